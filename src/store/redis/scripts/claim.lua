-- Promises a chat to an invitation unless all are promised. Answers 1 when it is promised, else 0.
-- KEYS: the site's promises by their ends, and their departments. ARGV: invitation, when the promise ends, department or
-- nothing, now, how many chats agents can take, and how many in that department.
local claims, departments = KEYS[1], KEYS[2]
local invitation, ends, department = ARGV[1], ARGV[2], ARGV[3]
local now, total, there = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])

for _, void in ipairs(redis.call('ZRANGEBYSCORE', claims, '-inf', now)) do
  redis.call('ZREM', claims, void)
  redis.call('HDEL', departments, void)
end
if redis.call('ZSCORE', claims, invitation) then
  return 1
end
if redis.call('ZCARD', claims) >= total then
  return 0
end
local left = tonumber(ends) - now
local function keep(key)
  if redis.call('PTTL', key) < left then
    redis.call('PEXPIRE', key, left)
  end
end
if department ~= '' then
  local promised = 0
  for _, name in ipairs(redis.call('HVALS', departments)) do
    if name == department then
      promised = promised + 1
    end
  end
  if promised >= there then
    return 0
  end
  redis.call('HSET', departments, invitation, department)
  keep(departments)
end
redis.call('ZADD', claims, ends, invitation)
keep(claims)
return 1
