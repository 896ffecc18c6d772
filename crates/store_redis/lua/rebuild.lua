--[[
PURPOSE  Load an event from PostgreSQL under a new epoch. All holds but the given reservations are gone.
         Does nothing when the event moved on since PostgreSQL was read.
KEYS     as lib.lua
ARGV     1 expected epoch, '' for not loaded  2 expected durable count  3 epoch floor  4 states, padded to whole words
         with blocked  5 neighbours, same length  6 rules  7 areas (places left u32 each, big endian)
         8… per reservation: hold field · buyer field · record
RETURNS  {1, new epoch} · {0, epoch that stands}
FAILS    never
]]
clock()
-- 1. Compare: an absent event may always be loaded.
local p = call('HGET', HASH, 'p')
local at = 0
if p then
  local _, count
  at, _, _, count = unpk('>I8I8I8I8', p)
  if ARGV[1] == '' or at ~= tonumber(ARGV[1]) or count ~= tonumber(ARGV[2]) then return { 0, at } end
end
-- 2. The new epoch is above all that Redis or PostgreSQL remember.
local last = call('XREVRANGE', STREAM, '+', '-', 'COUNT', 1)[1]
local seen = last and tonumber(string.match(last[1], '^%d+')) or 0
epoch, offset, seq, durable, due = math.max(at, seen, tonumber(ARGV[3])) + 1, 0, 0, 0, NEVER_MS
-- 3. The log says so first.
log(K.rebuild, SAME, 'h' .. rep('\0', 16), claim_of('', {}, {}))
announce()
-- 4. Throw away and write anew.
call('UNLINK', HASH, DUE, STATES, NEAR)
if #ARGV[4] > 0 then
  call('SET', STATES, ARGV[4])
  call('SET', NEAR, ARGV[5])
end
W.p = pack('>I8I8I8I8I8', epoch, offset, seq, durable, due)
W.r, W.a = ARGV[6], ARGV[7]
for i = 8, #ARGV, 3 do
  local h, b, rec = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  W[h] = rec
  W[b] = (W[b] or '') .. sub(h, 2) .. sub(rec, 48, 49)
end
hash_write()
return { 1, epoch }
