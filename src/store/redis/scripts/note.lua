-- Adds an entry to a log, at a moment or after the entry before it.
--
-- KEYS: 1 log
-- ARGV: 1 the moment (ms), 2 what it says, 3 how long entries are kept (ms), 4 how many at most
-- Answers its place.

local ms, nth = tonumber(ARGV[1]), 0
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if newest then
  local a, b = string.match(newest[1], '^(%d+)-(%d+)$')
  local last_ms, last_nth = tonumber(a), tonumber(b)
  if last_ms >= ms then
    ms, nth = last_ms, last_nth + 1
    if nth >= 1048576 then
      ms, nth = last_ms + 1, 0
    end
  end
end
local life = tonumber(ARGV[3])
local oldest = string.format('%.0f', math.max(tonumber(ARGV[1]) - life, 0))
local id = string.format('%.0f-%d', ms, nth)
redis.call('XADD', KEYS[1], 'MINID', '~', oldest, id, 'b', ARGV[2])
redis.call('XTRIM', KEYS[1], 'MAXLEN', '~', ARGV[4])
redis.call('PEXPIRE', KEYS[1], life + 120000)
return id
