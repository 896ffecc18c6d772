--[[
PURPOSE  Held → Reserved: a reservation in PostgreSQL takes over, the deadline no longer frees the seats. Repeatable.
KEYS     as lib.lua
ARGV     1 hold field  2 token digest  3 payment window in ms
RETURNS  'D' now u64, record · 'G' gone or another's · 'N' · 'T'
FAILS    never
]]
local function answer()
  -- 2. Only a live hold of this token.
  local x = read_hold(ARGV[1])
  if not x or x.token ~= ARGV[2] then return 'G' end
  -- 3. Out of the deadlines; what was left of its life is kept for the way back.
  if x.state == 0 then
    x.state, x.held_until, x.expires = 1, x.expires, now + ARGV[3]
    ZR[#ZR + 1] = x.h
    durable = durable + 1
    log(K.convert, SAME, x.h, x.claim)
    write_hold(x)
  end
  return 'D' .. pack('>I8', now) .. get(x.h)
end

-- 1. Read.
local bad = begin({ ARGV[1] })
if bad then return bad end
local reply = answer()
-- 4. Write.
commit()
return reply
