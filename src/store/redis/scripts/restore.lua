-- Puts a document back, unless there is one that is as new.
--
-- KEYS: 1 document
-- ARGV: 1 its revision, 2 the document, 3 its channel of news
-- Answers 1 when it was put back, 0 when it was not.

local revision = tonumber(redis.call('HGET', KEYS[1], 'revision') or '0')
if revision >= tonumber(ARGV[1]) then
  return 0
end
redis.call('HSET', KEYS[1], 'revision', ARGV[1], 'bytes', ARGV[2])
redis.call('SPUBLISH', ARGV[3], 'document')
return 1
