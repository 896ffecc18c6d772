--[[
PURPOSE  The event as it stands.
KEYS     as lib.lua
ARGV     none
RETURNS  epoch u64, offset u64, now ms u64, seats u32, areas u16, places left u32 each; and the states · 'N' · 'T'
FAILS    never
]]
-- 1. Read and tidy.
local bad = begin({})
if bad then return { bad } end
-- 2. Write what was tidied: a viewer sees no expired hold.
commit()
local list = area_list()
return { 'D' .. pack('>I8I8I8I4I2', epoch, offset, now, seats_n, #list) .. pack('>' .. rep('I4', #list), unpack(list)),
  call('GET', STATES) or '' }
