--[[
PURPOSE  Block, unblock or return seats and places by an organizer's or a refund's hand.
KEYS     as lib.lua
ARGV     1 seats (u32 each)  2 state they must be in  3 new state  4 areas (u16, places i32 to add each); big endian
         5 '', or a name ('h' and 16 bytes) under which it is done once: remembered for an hour
RETURNS  'D' · 'N' · 'T'
FAILS    never
]]
local function answer()
  local name = ARGV[5]
  if name ~= '' then
    if get(name) then return end
    W[name] = 'S'
    deadline('t' .. sub(name, 2), now + TOMB_MS)
    durable = durable + 1
  end
  local seats = { unpk('>' .. rep('I4', #ARGV[1] / 4), ARGV[1]) }
  seats[#seats] = nil
  local from, to, moved = tonumber(ARGV[2]), tonumber(ARGV[3]), {}
  load_states((masks(seats)))
  -- 2. Only seats in the state that the caller saw.
  for i = 1, #seats do
    local s = seats[i]
    local k = floor(s / 16)
    if s < seats_n and band(rsh(S[k], 30 - 2 * (s % 16)), 3) == from then
      paint(k, lsh(1, 30 - 2 * (s % 16)), to)
      moved[#moved + 1] = s
    end
  end
  -- 3. Places, never below none.
  local areas = { unpk('>' .. rep('I2i4', #ARGV[4] / 6), ARGV[4]) }
  for i = 1, #areas - 1, 2 do area_add(areas[i], areas[i + 1]) end
  if #moved > 0 or area_touched then
    durable = durable + 1
    log(K.restate, to, 'h' .. rep('\0', 16), claim_of('', moved, {}))
  end
end

-- 1. Read.
local bad = begin(ARGV[5] ~= '' and { ARGV[5] } or {})
if bad then return bad end
answer()
-- 4. Write.
commit()
return 'D'
