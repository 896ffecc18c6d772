--[[
PURPOSE  What happened after an offset, from the stream.
KEYS     as lib.lua
ARGV     1 epoch  2 offset
RETURNS  the deltas in order · false when the epoch is another, some are gone, or the event is not loaded
FAILS    never
]]
-- 1. Where the event stands.
local p = call('HGET', HASH, 'p')
if not p then return false end
local at, last = unpk('>I8I8', p)
local since = tonumber(ARGV[2])
if at ~= tonumber(ARGV[1]) or since > last then return false end
if since == last then return {} end
-- 2. The entries after it, which must be all of them.
local prefix = format('%.0f-', at)
local got = call('XRANGE', STREAM, prefix .. format('%.0f', since + 1), prefix .. format('%.0f', last))
if #got ~= last - since then return false end
local out = {}
for i = 1, #got do out[i] = got[i][2][2] end
return out
