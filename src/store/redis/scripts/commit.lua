-- Writes one visitor's change if the state still has the version that the change was made from.
--
-- KEYS: 1 state, 2 timeline, 3 live, 4 due, 5 journal, 6 decisions, 7 head; with parcels: 8 parcels, 9 when they are due
-- ARGV: 1 version that the change was made from (8 bytes), 2 new value (version 8, token 8, state), 3 visitor id,
--       4 now (ms), 5 bucket, 6 last seen (ms) or '' without a session, 7 wake-up (ms) or '', 8 record,
--       9 decisions or '', 10 notices or '', 11 life (ms), 12 node (8 bytes), 13 channel of notices, 14 channel of the feed;
--       with parcels: 15 how many may wait for one receiver, 16 their life (ms), then as in post.lua
-- Answers {1, place, parcels that found no room} when written, {2} when this very change was written before, {0, value or nil} after a conflict.

local MOST_PLACES = 50000
local GAP = 35 * 60000
local NONE = string.rep('\0', 8)

local head = redis.call('GETRANGE', KEYS[1], 0, 15)
local version = NONE
if head ~= '' then
  if string.sub(head, 9) == string.sub(ARGV[2], 9, 16) then
    return {2}
  end
  version = string.sub(head, 1, 8)
end
if version ~= ARGV[1] then
  return {0, redis.call('GET', KEYS[1])}
end

local visitor, now, bucket, life = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[11])
local kept = redis.call('HMGET', KEYS[7], 'epoch', 'last', 'noticed', 'minute')
local epoch, last, noticed = kept[1], kept[2] or NONE, kept[3] or NONE
if not epoch then
  epoch = string.sub(ARGV[2], 9, 16)
  redis.call('HSET', KEYS[7], 'epoch', epoch)
end

-- The place: by time, and never before what is there. Its counter ends in the bucket's number.
local ms, nth = now, bucket
local last_ms, last_nth
if kept[2] then
  local high, low = struct.unpack('>I4I4', last)
  last_ms, last_nth = high * 4096 + math.floor(low / 1048576), low % 1048576
else
  local newest = redis.call('XREVRANGE', KEYS[5], '+', '-', 'COUNT', 1)[1]
  if newest then
    local a, b = string.match(newest[1], '^(%d+)-(%d+)$')
    last_ms, last_nth = tonumber(a), tonumber(b)
  end
end
if last_ms and last_ms >= ms then
  ms, nth = last_ms, last_nth + 1024
  if nth >= 1048576 then
    ms, nth = last_ms + 1, bucket
  end
end
local id = string.format('%.0f-%d', ms, nth)
local place = struct.pack('>I4I4', math.floor(ms / 4096), (ms % 4096) * 1048576 + nth)

-- The bucket's keys live a little longer than what is in them. Once a minute is often enough to say so.
local minute = tostring(math.floor(now / 60000))
local renew = kept[4] ~= minute
local oldest = string.format('%.0f', math.max(now - life, 0))

redis.call('SET', KEYS[1], ARGV[2], 'PX', life)
local places = redis.call('APPEND', KEYS[2], place) / 8
if places > MOST_PLACES then
  redis.call('SET', KEYS[2], redis.call('GETRANGE', KEYS[2], -8 * MOST_PLACES / 2, -1))
end
redis.call('PEXPIRE', KEYS[2], life)

local function indexed(key, score)
  if score == '' then
    redis.call('ZREM', key, visitor)
  elseif redis.call('ZADD', key, score, visitor) == 1 and redis.call('ZCARD', key) == 1 or renew then
    redis.call('PEXPIRE', key, life + 120000)
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - GAP)
indexed(KEYS[3], ARGV[6])
indexed(KEYS[4], ARGV[7])

if ARGV[10] == '' then
  redis.call('XADD', KEYS[5], 'MINID', '~', oldest, id, 'r', ARGV[8], 'n', string.sub(ARGV[2], 1, 8))
else
  redis.call('XADD', KEYS[5], 'MINID', '~', oldest, id, 'r', ARGV[8], 'n', string.sub(ARGV[2], 1, 8), 'o', ARGV[10])
end
if ARGV[9] ~= '' then
  redis.call('XADD', KEYS[6], 'MINID', '~', oldest, id, 'd', ARGV[9])
  redis.call('PEXPIRE', KEYS[6], life + 120000)
end

redis.call('HSET', KEYS[7], 'last', place)
if ARGV[10] ~= '' then
  redis.call('HSET', KEYS[7], 'noticed', place)
end
if renew then
  redis.call('HSET', KEYS[7], 'minute', minute)
  redis.call('PEXPIRE', KEYS[5], life + 120000)
  redis.call('PEXPIRE', KEYS[7], life + 120000)
end

-- What is to be delivered to somebody outside; most changes have nothing, and touch nothing.
local dropped = 0
if KEYS[8] then
  for at = 17, #ARGV, 3 do
    local receiver = string.sub(ARGV[at + 2], 1, 4)
    if tonumber(redis.call('HGET', KEYS[8], receiver) or '0') < tonumber(ARGV[15]) then
      if redis.call('HSET', KEYS[8], ARGV[at], ARGV[at + 2]) == 1 then
        redis.call('HINCRBY', KEYS[8], receiver, 1)
      end
      redis.call('ZADD', KEYS[9], ARGV[at + 1], ARGV[at])
    else
      dropped = dropped + 1
    end
  end
  redis.call('PEXPIRE', KEYS[8], ARGV[16])
  redis.call('PEXPIRE', KEYS[9], ARGV[16])
end

-- What other nodes hear: epoch, the place before, this place, visitor, node, and what is said.
if ARGV[10] ~= '' then
  redis.call('SPUBLISH', ARGV[13], epoch .. noticed .. place .. visitor .. ARGV[12] .. ARGV[10])
end
local live = ARGV[6] == '' and '\0' or '\1'
redis.call('SPUBLISH', ARGV[14], epoch .. last .. place .. visitor .. ARGV[12] .. string.sub(ARGV[2], 1, 8) .. live)
return {1, place, dropped}
