-- Keeps a parcel as it is now, to be due at another moment, if it is still there.
--
-- KEYS: 1 parcels, 2 when they are due
-- ARGV: 1 id, 2 when it is due (ms), 3 its bytes, 4 life (ms)
-- Answers 1 if it was there, else 0.

if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 1
