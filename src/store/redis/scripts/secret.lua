-- The older of two secrets holds: the one that is kept, or this node's own.
--
-- KEYS: 1 secret
-- ARGV: 1 the node's own: 32 bytes, and the milliseconds since the epoch when it was drawn, in digits
-- Answers 1 when the node's own was written, else 0, and the one that holds.

local function drawn(secret)
  return tonumber(string.sub(secret, 33)) or 0
end
local kept = redis.call('GET', KEYS[1])
if kept and drawn(kept) <= drawn(ARGV[1]) then
  return {0, kept}
end
redis.call('SET', KEYS[1], ARGV[1])
return {1, ARGV[1]}
