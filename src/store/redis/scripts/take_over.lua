-- Takes over wake-ups that are overdue: nobody else is given them until the lease ends.
--
-- KEYS: 1 due
-- ARGV: 1 the latest moment that counts as overdue (ms), 2 how many at most, 3 when the lease ends (ms)
-- Answers the visitors.

local overdue = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, visitor in ipairs(overdue) do
  redis.call('ZADD', KEYS[1], 'XX', ARGV[3], visitor)
end
return overdue
