--[[
PURPOSE  The end of a reservation: its seats are sold, or free again. Repeatable: the end is remembered for an hour.
         Without a record (lost, ended long ago, or ended free and then paid for late) sold seats are marked all the
         same, since PostgreSQL has said so; nothing is freed then, since the seats may be another's by now.
KEYS     as lib.lua
ARGV     1 hold field  2 '1' sold, '0' free  3 seats of the reservation (u32 each, big endian)
RETURNS  'D' · 'N' · 'T'
FAILS    never
]]
local function mark_sold(buyer, seats, areas)
  local ks, m = masks(seats)
  load_states(ks)
  local new = 0
  for i = 1, #ks do
    local k = ks[i]
    local sold = band(rsh(S[k], 1), bnot(S[k]), LOW)
    new = bor(new, band(m[k], bnot(sold)))
    paint(k, m[k], SOLD)
  end
  if new ~= 0 or #areas > 0 then log(K.sold, SOLD, ARGV[1], claim_of(buyer, seats, areas)) end
end

-- What is remembered of a reservation whose seats went back: its places, to take them again if it is paid for late.
local function freed_tomb(x)
  local _, _, areas = claim_parts(x.claim)
  local tomb = 'F'
  for i = 1, #areas, 2 do tomb = tomb .. pack('>I2I4', areas[i], areas[i + 1]) end
  return tomb
end

-- The places that such a tomb remembers, taken again.
local function taken_again(tomb)
  local areas = { unpk('>' .. rep('I2I4', (#tomb - 1) / 6), sub(tomb, 2)) }
  areas[#areas] = nil
  for i = 1, #areas, 2 do area_add(areas[i], -areas[i + 1]) end
  return areas
end

local function settle()
  local x = read_hold(ARGV[1])
  local sold = ARGV[2] == '1'
  -- 2. The record knows best what to end.
  if x then
    if sold then
      local buyer, seats, areas = claim_parts(x.claim)
      mark_sold(buyer, seats, areas)
    else
      give_back(x, K.freed)
    end
    forget(x, sold and 'S' or freed_tomb(x))
    durable = durable + 1
    return
  end
  -- 3. Ended so before.
  local tomb = get(ARGV[1])
  if tomb == 'S' or not sold then return end
  -- 4. Lost, or freed before: sold is sold.
  local given = { unpk('>' .. rep('I4', #ARGV[3] / 4), ARGV[3]) }
  local seats = {}
  for i = 1, #given - 1 do
    if given[i] < seats_n then seats[#seats + 1] = given[i] end
  end
  mark_sold('', seats, tomb and taken_again(tomb) or {})
  W[ARGV[1]] = 'S'
  deadline('t' .. sub(ARGV[1], 2), now + TOMB_MS)
  durable = durable + 1
end

-- 1. Read.
local bad = begin({ ARGV[1] })
if bad then return bad end
settle()
-- 5. Write.
commit()
return 'D'
