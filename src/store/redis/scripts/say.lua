-- Keeps an agent's word until it lapses. Answers 1, or 0 when there is no room for another agent.
-- KEYS: the site's agents. ARGV: agent, when the word lapses, the word, now, how many agents there may be, the news.
local agents = KEYS[1]
local agent, lapses, word = ARGV[1], ARGV[2], ARGV[3]
local now, most, news = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]

if redis.call('HEXISTS', agents, agent) == 0 and redis.call('HLEN', agents) >= most then
  local all = redis.call('HGETALL', agents)
  for at = 1, #all, 2 do
    if tonumber(string.match(all[at + 1], '^%d+')) <= now then
      redis.call('HDEL', agents, all[at])
    end
  end
  if redis.call('HLEN', agents) >= most then
    return 0
  end
end
redis.call('HSET', agents, agent, lapses .. ':' .. word)
local left = tonumber(lapses) - now
if redis.call('PTTL', agents) < left then
  redis.call('PEXPIRE', agents, left)
end
redis.call('SPUBLISH', news, 'desk')
return 1
