--[[
PURPOSE  Reserved → Held: the payment was declined or abandoned, the buyer may try again. Repeatable.
KEYS     as lib.lua
ARGV     1 hold field  2 the least life in ms it gets back
RETURNS  'D' now u64, record · 'G' gone · 'N' · 'T'
FAILS    never
]]
local function answer()
  -- 2. Only a live hold.
  local x = read_hold(ARGV[1])
  if not x then return 'G' end
  -- 3. Back into the deadlines.
  if x.state == 1 then
    x.state = 0
    x.expires = math.max(x.held_until, now + ARGV[2])
    x.held_until = x.expires
    deadline(x.h, x.expires)
    durable = durable + 1
    log(K.unconvert, SAME, x.h, x.claim)
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
