-- Takes note that a node lives, and forgets those that were not heard of for some time.
--
-- KEYS: 1 nodes
-- ARGV: 1 node, 2 how long a node counts after it was heard of (ms)
-- Answers the nodes that live.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2] * 2)
return redis.call('ZRANGE', KEYS[1], 0, -1)
