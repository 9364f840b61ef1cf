-- What is known of a site's desk: agents and their words; promises and their ends; promises and their departments.
-- KEYS: agents, promises by their ends, their departments.
return {
  redis.call('HGETALL', KEYS[1]),
  redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES'),
  redis.call('HGETALL', KEYS[3]),
}
