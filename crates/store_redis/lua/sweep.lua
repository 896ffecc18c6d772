--[[
PURPOSE  Tidy expired holds and forgotten requests away. Nothing depends on it: every script does the same first.
KEYS     as lib.lua
ARGV     1 members to tidy at most
RETURNS  'D' holds freed u32, more u8, earliest next deadline ms u64, now ms u64 · 'N'
FAILS    never
]]
-- 1. Read and tidy.
local bad, freed, done = begin({}, tonumber(ARGV[1]))
if bad then return bad end
-- 2. Write.
commit()
return 'D' .. pack('>I4BI8I8', freed, done and 0 or 1, due, now)
