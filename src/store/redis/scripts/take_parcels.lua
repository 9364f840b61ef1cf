-- Takes parcels that are due: nobody else is given them until the lease ends.
--
-- KEYS: 1 parcels, 2 when they are due
-- ARGV: 1 the latest moment that counts as due (ms), 2 how many at most, 3 when the lease ends (ms)
-- Answers ids and bytes in turn.

local taken = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])) do
  local parcel = redis.call('HGET', KEYS[1], id)
  if parcel then
    redis.call('ZADD', KEYS[2], 'XX', ARGV[3], id)
    taken[#taken + 1] = id
    taken[#taken + 1] = parcel
  else
    redis.call('ZREM', KEYS[2], id)
  end
end
return taken
