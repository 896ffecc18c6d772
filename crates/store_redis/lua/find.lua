--[[
PURPOSE  A hold by its id, or the newest live hold of a buyer.
KEYS     as lib.lua
ARGV     1 hold field ('h' + 16 bytes) or buyer field ('b' + key)
RETURNS  'D' id 16 bytes, now u64, record · 'G' none · 'N' · 'T'
FAILS    never
]]
local function answer()
  local h = ARGV[1]
  -- 2. A buyer's newest hold stands last in its line.
  if byte(h, 1) == 98 then
    local line = get(h)
    if not line then return 'G' end
    h = 'h' .. sub(line, -18, -3)
  end
  local x = read_hold(h)
  if not x then return 'G' end
  return 'D' .. sub(h, 2) .. pack('>I8', now) .. get(x.h)
end

-- 1. Read.
local bad = begin({ ARGV[1] })
if bad then return bad end
local reply = answer()
-- 3. Write what was tidied.
commit()
return reply
