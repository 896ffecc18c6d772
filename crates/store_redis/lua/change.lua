--[[
PURPOSE  Add seats and places to a hold and give others back, all or nothing; the deadline stays.
KEYS     as lib.lua
ARGV     1 hold field  2 token digest  3 seats to add (u32 each)  4 seats to give back (u32 each)
         5 areas to add (u16, places u32 each)  6 areas to give back (same)  7 payload: 'K' keep, or 'P' and the new one
         8 lenient '0' or '1'; numbers big endian, no seat stands in both 3 and 4
RETURNS  'H' now u64, record · 'U', 'S', 'L', 'N', 'T' as hold.lua · 'X' gone or another's · 'C' reserved
FAILS    never
]]
local function numbers(text, fmt, width)
  local list = { unpk('>' .. rep(fmt, #text / width), text) }
  list[#list] = nil
  return list
end

local function set_of(list)
  local set = {}
  for i = 1, #list do set[list[i]] = true end
  return set
end

-- Words of seats, with the words that stand beside.
local function wide(seats)
  local near = {}
  for i = 1, #seats do
    for s = math.max(0, seats[i] - 2), seats[i] + 2 do near[#near + 1] = floor(s / 16) end
  end
  local _, m = masks(seats)
  local ks, seen = {}, {}
  for i = 1, #near do
    local k = near[i]
    if not seen[k] then
      seen[k] = true
      ks[#ks + 1] = k
      m[k] = m[k] or 0
    end
  end
  table.sort(ks)
  return ks, m
end

-- What the hold has, what it shall have, and the difference.
local function plan(x)
  local d = { added = {}, removed = {}, final = {}, plus = {}, minus = {}, areas = {}, places = 0 }
  local _, seats, areas = claim_parts(x.claim)
  local have, gone = set_of(seats), set_of(numbers(ARGV[4], 'I4', 4))
  for i = 1, #seats do
    local list = gone[seats[i]] and d.removed or d.final
    list[#list + 1] = seats[i]
  end
  for _, s in ipairs(numbers(ARGV[3], 'I4', 4)) do
    if not have[s] then
      d.added[#d.added + 1] = s
      d.final[#d.final + 1] = s
    end
  end
  table.sort(d.final)
  local has, net = {}, {}
  for i = 1, #areas, 2 do has[areas[i]] = areas[i + 1]; net[areas[i]] = areas[i + 1] end
  local less, more = numbers(ARGV[6], 'I2I4', 6), numbers(ARGV[5], 'I2I4', 6)
  for i = 1, #less, 2 do net[less[i]] = math.max(0, (net[less[i]] or 0) - less[i + 1]) end
  for i = 1, #more, 2 do net[more[i]] = (net[more[i]] or 0) + more[i + 1] end
  local ixs = {}
  for ix in pairs(net) do ixs[#ixs + 1] = ix end
  table.sort(ixs)
  d.places = #d.final
  for _, ix in ipairs(ixs) do
    local n, diff = net[ix], net[ix] - (has[ix] or 0)
    if n > 0 then d.areas[#d.areas + 1] = ix; d.areas[#d.areas + 1] = n end
    local list = diff > 0 and d.plus or d.minus
    if diff ~= 0 then list[#list + 1] = ix; list[#list + 1] = math.abs(diff) end
    d.places = d.places + n
  end
  return d
end

local function refused(x, d)
  if d.places > x.places then
    if d.places > per_hold then return 'L' .. pack('>I4', per_hold) end
    if buyer_places('b' .. x.buyer) - x.places + d.places > per_buyer then return 'L' .. pack('>I4', per_buyer) end
  end
  local ks, m = masks(d.added)
  load_states(ks)
  local seats, areas = conflicts(ks, m), {}
  for i = 1, #d.plus, 2 do
    local left = places(d.plus[i])
    if left < d.plus[i + 1] then areas[#areas + 1] = pack('>I2I4', d.plus[i], left) end
  end
  if #seats + #areas > 0 then return 'U' .. pack('>I2', #seats) .. concat(seats) .. concat(areas) end
end

-- Frees the seats given back (those still held), and says how to undo that.
local function free_removed(d)
  local ks, m = masks(d.removed)
  load_states(ks)
  local still = {}
  for i = 1, #ks do
    local k = ks[i]
    still[k] = band(held(S[k]), m[k])
    paint(k, still[k], AVAILABLE)
  end
  local list = {}
  for i = 1, #d.removed do
    local s = d.removed[i]
    if band(still[floor(s / 16)], lsh(1, 30 - 2 * (s % 16))) ~= 0 then list[#list + 1] = s end
  end
  d.removed = list
  return function() for i = 1, #ks do paint(ks[i], still[ks[i]], HELD) end end
end

local function write(x, d)
  local ks, m = masks(d.added)
  for i = 1, #ks do paint(ks[i], m[ks[i]], HELD) end
  for i = 1, #d.plus, 2 do area_add(d.plus[i], -d.plus[i + 1]) end
  for i = 1, #d.minus, 2 do area_add(d.minus[i], d.minus[i + 1]) end
  if #d.removed + #d.minus > 0 then log(K.change, AVAILABLE, x.h, claim_of(x.buyer, d.removed, d.minus)) end
  if #d.added + #d.plus > 0 then log(K.change, HELD, x.h, claim_of(x.buyer, d.added, d.plus)) end
  x.claim, x.places = claim_of(x.buyer, d.final, d.areas), d.places
  if sub(ARGV[7], 1, 1) == 'P' then
    x.rest = pack('>Bc0Bc0I2', #x.token, x.token, #x.client, x.client, #ARGV[7] - 1) .. sub(ARGV[7], 2)
  end
  local rec = write_hold(x)
  if d.places > 0 then buyer_set('b' .. x.buyer, x.h, d.places) else forget(x) end
  return 'H' .. pack('>I8', now) .. rec
end

local function answer()
  -- 2. Only a live hold of this token.
  local x = read_hold(ARGV[1])
  if not x or x.token ~= ARGV[2] then return 'X' end
  if x.state ~= 0 then return 'C' end
  fetch({ 'b' .. x.buyer })
  -- 3. Caps, then what is free.
  local d = plan(x)
  local no = refused(x, d)
  if no then return no end
  -- 4. The rule sees the hold as it would stand.
  local undo = free_removed(d)
  if #d.added > 0 and ARGV[8] == '0' and band(flags, RULE_SINGLE) ~= 0 then
    local ks, m = wide(d.final)
    load_states(ks)
    local single = singles(ks, m)
    if #single > 0 then
      undo()
      return 'S' .. concat(single)
    end
  end
  return write(x, d)
end

-- 1. Read.
local bad = begin({ ARGV[1] })
if bad then return bad end
local reply = answer()
-- 5. Write, also what was tidied when the change is refused.
commit()
return reply
