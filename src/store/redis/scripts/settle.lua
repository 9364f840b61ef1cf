-- Forgets a parcel.
--
-- KEYS: 1 parcels, 2 when they are due
-- ARGV: 1 id, 2 receiver
-- Answers 1 if it was there, else 0.

local there = redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
if there == 1 and redis.call('HINCRBY', KEYS[1], ARGV[2], -1) <= 0 then
  redis.call('HDEL', KEYS[1], ARGV[2])
end
return there
