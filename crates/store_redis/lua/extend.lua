--[[
PURPOSE  Move a hold's deadline: within the caps, or once to the payment window.
KEYS     as lib.lua
ARGV     1 hold field  2 token digest  3 payment window in ms, or '' for an ordinary extension
RETURNS  'D' now u64, record · 'L' now u64, record (no more extensions) · 'G' gone or another's · 'N' · 'T'
FAILS    never
]]
local function answer()
  -- 2. Only a live hold of this token; a reserved one waits for its payment already.
  local x = read_hold(ARGV[1])
  if not x or x.token ~= ARGV[2] then return 'G' end
  local at = pack('>I8', now)
  if x.state ~= 0 then return 'D' .. at .. get(x.h) end
  local to
  if ARGV[3] ~= '' then
    -- 3. Entering payment: once, and never to an earlier moment.
    if x.flags ~= 0 then return 'D' .. at .. get(x.h) end
    x.flags = 1
    to = math.max(x.expires, now + ARGV[3])
  else
    -- 4. Otherwise counted, and within the life from the first acquisition.
    to = math.min(now + x.ttl, x.created + life_max)
    if x.ext >= ext_max or to <= x.expires and x.created + life_max <= x.expires then return 'L' .. at .. get(x.h) end
    x.ext = x.ext + 1
    to = math.max(to, x.expires)
  end
  x.expires, x.held_until = to, to
  deadline(x.h, to)
  log(K.extend, SAME, x.h, x.claim)
  return 'D' .. at .. write_hold(x)
end

-- 1. Read.
local bad = begin({ ARGV[1] })
if bad then return bad end
local reply = answer()
-- 5. Write.
commit()
return reply
