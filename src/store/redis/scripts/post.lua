-- Keeps parcels in a bucket's outbox. `commit.lua` does the same with those of a change.
--
-- KEYS: 1 parcels, 2 when they are due
-- ARGV: 1 how many may wait for one receiver, 2 life (ms), then for each parcel its id, when it is due (ms), and its bytes,
--       which begin with the receiver (4)
-- Answers how many found no room.

local dropped = 0
for at = 3, #ARGV, 3 do
  local receiver = string.sub(ARGV[at + 2], 1, 4)
  local known = redis.call('HEXISTS', KEYS[1], ARGV[at]) == 1
  if known or tonumber(redis.call('HGET', KEYS[1], receiver) or '0') < tonumber(ARGV[1]) then
    redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 2])
    redis.call('ZADD', KEYS[2], ARGV[at + 1], ARGV[at])
    if not known then
      redis.call('HINCRBY', KEYS[1], receiver, 1)
    end
  else
    dropped = dropped + 1
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return dropped
