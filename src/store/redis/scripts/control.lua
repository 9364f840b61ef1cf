-- Changes a document if it still has the expected revision, and tells the nodes.
--
-- KEYS: 1 document
-- ARGV: 1 expected revision (0 when there is none), 2 new document, 3 its channel of news
-- Answers the new revision, or -1 after a conflict.

local revision = tonumber(redis.call('HGET', KEYS[1], 'revision') or '0')
if revision ~= tonumber(ARGV[1]) then
  return -1
end
redis.call('HSET', KEYS[1], 'revision', revision + 1, 'bytes', ARGV[2])
redis.call('SPUBLISH', ARGV[3], 'document')
return revision + 1
