--[[
PURPOSE  Give a hold back. Repeatable.
KEYS     as lib.lua
ARGV     1 hold field  2 token digest
RETURNS  'D' given back · 'G' nothing to give back, or another's · 'C' reserved: leave checkout first · 'N' · 'T'
FAILS    never
]]
local function answer()
  -- 2. Only a live hold of this token that nobody is paying for.
  local x = read_hold(ARGV[1])
  if not x or x.token ~= ARGV[2] then return 'G' end
  if x.state ~= 0 then return 'C' end
  -- 3. Free and forget.
  give_back(x, K.release)
  forget(x)
  return 'D'
end

-- 1. Read.
local bad = begin({ ARGV[1] })
if bad then return bad end
local reply = answer()
-- 4. Write.
commit()
return reply
