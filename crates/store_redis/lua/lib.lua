--[[
PURPOSE  The unit of work that every script of a live event stands on: one read at the start, changes in memory, one
         write at the end. Nothing is written before commit(), except that expired holds leave the deadlines at once.
KEYS     1 states (2 bits a seat)  2 neighbours (2 bits a seat: none, linked with the next)  3 the event's hash
         4 deadlines (sorted set)  5 stream of deltas  6 live channel
ARGV     none of its own
RETURNS  begin() gives 'N' (not loaded) or 'T' (more expired holds than one call may tidy: call again), else nothing
FAILS    never on its own account
]]
local call, floor, unpack = redis.call, math.floor, unpack
local char, byte, sub, rep, format, concat = string.char, string.byte, string.sub, string.rep, string.format, table.concat
local band, bor, bnot, lsh, rsh = bit.band, bit.bor, bit.bnot, bit.lshift, bit.rshift
local pack, unpk = struct.pack, struct.unpack
local STATES, NEAR, HASH, DUE, STREAM, LIVE = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local LOW = 0x55555555 -- the low bit of each of a word's 16 seats
local NEVER_MS = 9007199254740991
local TOMB_MS = 3600000 -- how long a request is remembered after its hold ended
local DELTAS_MAX = 10000
local AVAILABLE, HELD, SOLD, SAME = 0, 1, 2, 255
local K = { hold = 1, change = 2, extend = 3, release = 4, expire = 5, convert = 6, sold = 8, freed = 9,
  rebuild = 10, restate = 11 }
local RULE_SINGLE = 1
-- state, extensions, flags, created, expires, held_until, ttl, epoch, seq, places, bytes of the claim
local HEAD, HEAD_LEN = '>BBBI8I8I8I4I8I8I2I2', 51

local now, epoch, offset, seq, durable, due
local per_hold, per_buyer, ttl, ext_max, life_max, flags, seats_n, words
local F, W = {}, {} -- fields of the hash: as read (false: absent), as to be written (false: to be deleted)
local S, N, painted = {}, {}, {} -- words of 16 seats: states, neighbours, those to be written
local A, area_touched -- places left, by area position + 1
local L = {} -- lines of the log
local Z, ZR = {}, {} -- deadlines to set and to drop

-- Reads those fields of the hash that were not read yet.
local function fetch(fields)
  local want, n = {}, 0
  for i = 1, #fields do
    local f = fields[i]
    if F[f] == nil then n = n + 1; want[n] = f; F[f] = false end
  end
  for from = 1, n, 1000 do
    local to = math.min(n, from + 999)
    local got = call('HMGET', HASH, unpack(want, from, to))
    for i = from, to do F[want[i]] = got[i - from + 1] end
  end
end

local function get(f)
  local w = W[f]
  if w ~= nil then return w end
  return F[f]
end

-- Reads words of seats that were not read yet. Beyond the plan all is blocked and nothing is linked.
local function load_words(cache, key, beyond, ks)
  local args, list, n = {}, {}, 0
  for i = 1, #ks do
    local k = ks[i]
    if cache[k] == nil then
      cache[k] = beyond
      if k < words then
        args[3 * n + 1], args[3 * n + 2], args[3 * n + 3] = 'GET', 'i32', '#' .. k
        n = n + 1
        list[n] = k
      end
    end
  end
  for from = 1, n, 1000 do
    local to = math.min(n, from + 999)
    local got = call('BITFIELD', key, unpack(args, 3 * from - 2, 3 * to))
    for i = from, to do cache[list[i]] = got[i - from + 1] end
  end
end

local function load_states(ks) load_words(S, STATES, -1, ks) end

-- Seats as words: the words concerned in order, and a mask for each.
local function masks(seats)
  local ks, m = {}, {}
  for i = 1, #seats do
    local s = seats[i]
    local k = floor(s / 16)
    local old = m[k]
    if not old then ks[#ks + 1] = k; old = 0 end
    m[k] = bor(old, lsh(1, 30 - 2 * (s % 16)))
  end
  return ks, m
end

local function taken(word) return band(bor(word, rsh(word, 1)), LOW) end
local function held(word) return band(word, bnot(rsh(word, 1)), LOW) end

local function paint(k, mask, state)
  local word = band(S[k], bnot(bor(mask, lsh(mask, 1))))
  if band(state, 1) == 1 then word = bor(word, mask) end
  if state >= 2 then word = bor(word, lsh(mask, 1)) end
  S[k] = word
  painted[k] = true
end

local function area_list()
  if not A then
    local text = F.a or ''
    A = { unpk('>' .. rep('I4', #text / 4), text) }
    A[#A] = nil
  end
  return A
end

-- Places left in an area; an unknown area has none.
local function places(ix) return area_list()[ix + 1] or 0 end

local function area_add(ix, n)
  local list = area_list()
  if list[ix + 1] then
    list[ix + 1] = math.max(0, list[ix + 1] + n)
    area_touched = area_touched or {}
    area_touched[ix] = true
  end
end

-- buyer, {seat, …}, {area, places, area, places, …}
local function claim_parts(claim)
  local buyer, n, pos = unpk('>Bc0I2', claim)
  local seats = { unpk('>' .. rep('I4', n), claim, pos) }
  pos = seats[n + 1]
  seats[n + 1] = nil
  local m = byte(claim, pos)
  local areas = { unpk('>' .. rep('I2I4', m), claim, pos + 1) }
  areas[2 * m + 1] = nil
  return buyer, seats, areas
end

local function claim_of(buyer, seats, areas)
  return pack('>Bc0I2', #buyer, buyer, #seats) .. pack('>' .. rep('I4', #seats), unpack(seats))
    .. char(#areas / 2) .. pack('>' .. rep('I2I4', #areas / 2), unpack(areas))
end

local function log(kind, state, h, claim) L[#L + 1] = char(kind, state) .. sub(h, 2) .. claim end

local function deadline(member, ms)
  Z[#Z + 1] = format('%.0f', ms)
  Z[#Z + 1] = member
  if ms < due then due = ms end
end

-- The hold under field h ('h' and 16 bytes of id), or nil.
local function read_hold(h)
  fetch({ h })
  local rec = get(h)
  if not rec or #rec < HEAD_LEN then return nil end
  local x = { h = h }
  x.state, x.ext, x.flags, x.created, x.expires, x.held_until, x.ttl, x.epoch, x.seq, x.places, x.claim_len = unpk(HEAD, rec)
  x.claim = sub(rec, HEAD_LEN + 1, HEAD_LEN + x.claim_len)
  x.rest = sub(rec, HEAD_LEN + x.claim_len + 1)
  x.token, x.client = unpk('>Bc0Bc0', x.rest)
  x.buyer = sub(x.claim, 2, 1 + byte(x.claim, 1))
  return x
end

local function head_of(x)
  return pack(HEAD, x.state, x.ext, x.flags, x.created, x.expires, x.held_until, x.ttl, x.epoch, x.seq, x.places, #x.claim)
end

local function write_hold(x)
  W[x.h] = head_of(x) .. x.claim .. x.rest
  return W[x.h]
end

-- A buyer's line: 18 bytes a hold, its id and its places, oldest first. Setting no places takes a hold out of it.
local function buyer_places(b)
  local line, sum = get(b) or '', 0
  for p = 17, #line, 18 do sum = sum + unpk('>I2', line, p) end
  return sum
end

local function buyer_set(b, h, n)
  local line, id = get(b) or '', sub(h, 2)
  for p = 1, #line, 18 do
    if sub(line, p, p + 15) == id then
      line = sub(line, 1, p - 1) .. sub(line, p + 18)
      break
    end
  end
  if n then line = line .. id .. pack('>I2', n) end
  W[b] = line ~= '' and line
end

-- Frees what a hold has. A seat that is not held any more (sold over its head) stays as it is.
local function give_back(x, kind)
  local buyer, seats, areas = claim_parts(x.claim)
  local ks, m = masks(seats)
  load_states(ks)
  local claim, all = x.claim, true
  for i = 1, #ks do
    local k = ks[i]
    if held(S[k]) ~= bor(held(S[k]), m[k]) then all = false end
  end
  if not all then
    local still = {}
    for i = 1, #seats do
      local k = floor(seats[i] / 16)
      if band(held(S[k]), lsh(1, 30 - 2 * (seats[i] % 16))) ~= 0 then still[#still + 1] = seats[i] end
    end
    claim = claim_of(buyer, still, areas)
    ks, m = masks(still)
  end
  for i = 1, #ks do paint(ks[i], m[ks[i]], AVAILABLE) end
  for i = 1, #areas, 2 do area_add(areas[i], areas[i + 1]) end
  log(kind, AVAILABLE, x.h, claim)
end

-- Forgets a hold; its request is remembered for a while, and with `tomb` the hold's end too.
local function forget(x, tomb)
  W[x.h] = tomb or false
  fetch({ 'b' .. x.buyer })
  buyer_set('b' .. x.buyer, x.h, nil)
  ZR[#ZR + 1] = x.h
  deadline('t' .. sub(x.h, 2) .. x.client, now + TOMB_MS)
end

-- Tidies what is due, `limit` members at most. Gives the number of holds freed, and whether nothing is left.
local function tidy(limit)
  local freed = 0
  while limit > 0 do
    local batch = math.min(limit, 128)
    local members = call('ZRANGEBYSCORE', DUE, '-inf', format('%.0f', now), 'LIMIT', 0, batch)
    if #members == 0 then
      local first = call('ZRANGE', DUE, 0, 0, 'WITHSCORES')
      due = first[2] and tonumber(first[2]) or NEVER_MS
      return freed, true
    end
    call('ZREM', DUE, unpack(members))
    local holds, buyers, seats = {}, {}, {}
    for i = 1, #members do
      if byte(members[i], 1) == 104 then holds[#holds + 1] = members[i] end
    end
    fetch(holds)
    for i = 1, #members do
      local member = members[i]
      if byte(member, 1) == 104 then
        local x = read_hold(member)
        if x and x.state == 0 then
          buyers[#buyers + 1] = 'b' .. x.buyer
          local _, list = claim_parts(x.claim)
          for j = 1, #list do seats[#seats + 1] = list[j] end
        end
      else
        W['h' .. sub(member, 2, 17)] = false
        if #member > 17 then W['c' .. sub(member, 18)] = false end
      end
    end
    fetch(buyers)
    load_states((masks(seats)))
    for i = 1, #holds do
      local x = read_hold(holds[i])
      if x and x.state == 0 then
        give_back(x, K.expire)
        forget(x)
        freed = freed + 1
      end
    end
    limit = limit - #members
  end
  due = now
  return freed, false
end

local function hash_write()
  local set, gone = {}, {}
  for f, v in pairs(W) do
    if v then
      set[#set + 1] = f
      set[#set + 1] = v
    else
      gone[#gone + 1] = f
    end
  end
  for from = 1, #set, 2000 do call('HSET', HASH, unpack(set, from, math.min(#set, from + 1999))) end
  for from = 1, #gone, 2000 do call('HDEL', HASH, unpack(gone, from, math.min(#gone, from + 1999))) end
end

-- The delta of this unit of work: stream entry and published message are the same bytes.
local function announce()
  local touched, n = {}, 0
  for ix in pairs(area_touched or {}) do
    n = n + 1
    touched[n] = pack('>I2I4', ix, A[ix + 1])
  end
  local delta = pack('>BI8I8I8I2', 1, epoch, offset, now, #L) .. concat(L) .. pack('>I2', n) .. concat(touched)
  -- First of all writes: should it fail, nothing has changed.
  call('XADD', STREAM, 'MAXLEN', '~', DELTAS_MAX, format('%.0f-%.0f', epoch, offset), 'd', delta)
  call('SPUBLISH', LIVE, delta)
end

local function commit()
  if #L > 0 then
    offset = offset + 1
    announce()
  end
  local args = {}
  for k in pairs(painted) do
    local n = #args
    args[n + 1], args[n + 2], args[n + 3], args[n + 4] = 'SET', 'i32', '#' .. k, S[k]
  end
  for from = 1, #args, 2000 do call('BITFIELD', STATES, unpack(args, from, math.min(#args, from + 1999))) end
  if area_touched then W.a = pack('>' .. rep('I4', #A), unpack(A)) end
  local p = pack('>I8I8I8I8I8', epoch, offset, seq, durable, due)
  if p ~= F.p then W.p = p end
  hash_write()
  for from = 1, #Z, 2000 do call('ZADD', DUE, unpack(Z, from, math.min(#Z, from + 1999))) end
  for from = 1, #ZR, 2000 do call('ZREM', DUE, unpack(ZR, from, math.min(#ZR, from + 1999))) end
end

local function clock()
  local t = call('TIME')
  now = t[1] * 1000 + floor(t[2] / 1000)
end

-- Reads the clock, the event and `fields` of its hash, and tidies what is due: from here on, what is expired is free.
local function begin(fields, limit)
  clock()
  local all = { 'p', 'r', 'a' }
  for i = 1, #fields do all[i + 3] = fields[i] end
  fetch(all)
  if not F.p then return 'N' end
  epoch, offset, seq, durable, due = unpk('>I8I8I8I8I8', F.p)
  per_hold, per_buyer, ttl, ext_max, life_max, flags, seats_n = unpk('>I4I4I8I4I8BI4', F.r)
  words = floor((seats_n + 15) / 16)
  if now >= due then
    local freed, done = tidy(limit or 1024)
    if not done and not limit then
      commit()
      return 'T'
    end
    return nil, freed, done
  end
  return nil, 0, true
end

-- Seats that would be left single once the masks are taken: free, beside one of the masks, without a free linked
-- neighbour. `ks` are the words concerned in order, including those that only stand beside.
local function singles(ks, m)
  load_words(N, NEAR, 0, ks)
  local free, link, linked_want, found = {}, {}, {}, {}
  for i = 1, #ks do
    local k = ks[i]
    free[k] = band(bnot(bor(taken(S[k]), m[k])), LOW)
    link[k] = band(N[k], LOW)
    linked_want[k] = band(link[k], m[k])
  end
  for i = 1, #ks do
    local k = ks[i]
    local f, l, before, after = free[k], link[k], k - 1, k + 1
    local left = bor(rsh(band(l, f), 2), lsh(band(link[before] or 0, free[before] or 0), 30))
    local right = band(l, bor(lsh(f, 2), rsh(free[after] or 0, 30)))
    local beside = bor(rsh(linked_want[k], 2), lsh(linked_want[before] or 0, 30),
      band(l, bor(lsh(m[k], 2), rsh(m[after] or 0, 30))))
    local single = band(f, bnot(left), bnot(right), beside)
    if single ~= 0 then
      for j = 0, 15 do
        if band(single, lsh(1, 30 - 2 * j)) ~= 0 then found[#found + 1] = pack('>I4', k * 16 + j) end
      end
    end
  end
  return found
end

-- Seats of the masks that are not free, as 'seat, state' of 5 bytes.
local function conflicts(ks, m)
  local found = {}
  for i = 1, #ks do
    local k = ks[i]
    local clash = band(taken(S[k]), m[k])
    if clash ~= 0 then
      for j = 0, 15 do
        if band(clash, lsh(1, 30 - 2 * j)) ~= 0 then
          found[#found + 1] = pack('>I4B', k * 16 + j, band(rsh(S[k], 30 - 2 * j), 3))
        end
      end
    end
  end
  return found
end
