-- Takes a promise back, or lets it stand until a moment and no longer.
-- KEYS: the site's promises by their ends, and their departments. ARGV: invitation, that moment or nothing, the news.
local claims, departments = KEYS[1], KEYS[2]
local invitation, ends, news = ARGV[1], ARGV[2], ARGV[3]

local changed
if ends == '' then
  changed = redis.call('ZREM', claims, invitation)
  redis.call('HDEL', departments, invitation)
else
  changed = redis.call('ZADD', claims, 'XX', 'LT', 'CH', ends, invitation)
end
if changed == 1 then
  redis.call('SPUBLISH', news, 'desk')
end
return changed
