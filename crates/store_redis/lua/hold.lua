--[[
PURPOSE  Holds for one event, one after the other, each all or nothing.
KEYS     as lib.lua
ARGV     7 a request: hold field ('h' + 16 bytes) · buyer field ('b' + key) · request field ('c' + client id, 'c' alone
         is not remembered) · request digest · claim · rest of the record · want: ttl_ms u32 (0: the event's), lenient u8,
         places u16, words u8, (word u32, mask i32) each, areas u8, (area u16, places u32) each; big endian. Words are
         in order and include those with an empty mask that stand beside a wanted seat.
RETURNS  one string a request:
         'H' now u64, record head · 'R' id 16 bytes, now u64, record (asked before) · 'M' (asked before, otherwise) ·
         'X' (asked before, the hold is gone) · 'U' seats u16, (seat u32, state u8) each, (area u16, left u32) each ·
         'S' (seat u32) each · 'L' cap u32 · 'N' not loaded · 'T' call again
FAILS    never
]]
local function parse(want)
  local q = {}
  local pos, n
  q.ttl, q.lenient, q.places, n, pos = unpk('>I4BI2B', want)
  local flat = { unpk('>' .. rep('I4i4', n), want, pos) }
  q.ks, q.m = {}, {}
  for i = 1, n do
    local k = flat[2 * i - 1]
    q.ks[i] = k
    q.m[k] = flat[2 * i]
  end
  pos = flat[2 * n + 1]
  n = byte(want, pos)
  q.areas = { unpk('>' .. rep('I2I4', n), want, pos + 1) }
  q.areas[2 * n + 1] = nil
  return q
end

local function repeated(known, digest)
  if sub(known, 17) ~= digest then return 'M' end
  local x = read_hold('h' .. sub(known, 1, 16))
  if not x then return 'X' end
  return 'R' .. sub(x.h, 2) .. pack('>I8', now) .. get(x.h)
end

local function refused(q, b)
  if q.places > per_hold then return 'L' .. pack('>I4', per_hold) end
  if buyer_places(b) + q.places > per_buyer then return 'L' .. pack('>I4', per_buyer) end
  local seats, areas = conflicts(q.ks, q.m), {}
  for i = 1, #q.areas, 2 do
    local left = places(q.areas[i])
    if left < q.areas[i + 1] then areas[#areas + 1] = pack('>I2I4', q.areas[i], left) end
  end
  if #seats + #areas > 0 then return 'U' .. pack('>I2', #seats) .. concat(seats) .. concat(areas) end
  if q.lenient == 0 and band(flags, RULE_SINGLE) ~= 0 and #q.ks > 0 then
    local single = singles(q.ks, q.m)
    if #single > 0 then return 'S' .. concat(single) end
  end
end

local function take(q, at)
  local h, b, c = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  for i = 1, #q.ks do
    local k = q.ks[i]
    if q.m[k] ~= 0 then paint(k, q.m[k], HELD) end
  end
  for i = 1, #q.areas, 2 do area_add(q.areas[i], -q.areas[i + 1]) end
  seq = seq + 1
  local life = q.ttl > 0 and q.ttl or ttl
  local x = { h = h, state = 0, ext = 0, flags = 0, created = now, expires = now + life, held_until = now + life,
    ttl = life, epoch = epoch, seq = seq, places = q.places, claim = ARGV[at + 4], rest = ARGV[at + 5] }
  local head = head_of(x)
  W[h] = head .. x.claim .. x.rest
  buyer_set(b, h, q.places)
  if #c > 1 then W[c] = sub(h, 2) .. ARGV[at + 3] end
  deadline(h, x.expires)
  log(K.hold, HELD, h, x.claim)
  return 'H' .. pack('>I8', now) .. head
end

-- 1. Read the clock, the event, the buyers and the requests already answered.
local fields, out = {}, {}
for at = 1, #ARGV, 7 do
  fields[#fields + 1] = ARGV[at + 1]
  fields[#fields + 1] = ARGV[at + 2]
end
local bad = begin(fields)
if bad then
  for at = 1, #ARGV, 7 do out[#out + 1] = bad end
  return out
end
-- 2. Read the words of all wanted seats at once.
local wants, ks = {}, {}
for at = 1, #ARGV, 7 do
  local q = parse(ARGV[at + 6])
  wants[#wants + 1] = q
  for i = 1, #q.ks do ks[#ks + 1] = q.ks[i] end
end
load_states(ks)
-- 3. Decide one after the other; later requests see what earlier ones took.
for i = 1, #wants do
  local at = 7 * i - 6
  local known = #ARGV[at + 2] > 1 and get(ARGV[at + 2])
  out[i] = known and repeated(known, ARGV[at + 3]) or refused(wants[i], ARGV[at + 1]) or take(wants[i], at)
end
-- 4. Write.
commit()
return out
