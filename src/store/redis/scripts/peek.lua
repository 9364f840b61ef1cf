#!lua flags=allow-oom
-- A visitor's state, unless it has the version that is known.
--
-- Its first line says that it might write, though it never does: so a primary that was demoted refuses it, rather than
-- tell what was so some time ago.
--
-- KEYS: 1 state
-- ARGV: 1 known version (8 bytes; zeros for a visitor who is not known)
-- Answers {1} when the version is that, {0, value or nil} when it is not.

local version = redis.call('GETRANGE', KEYS[1], 0, 7)
if version == '' then
  version = string.rep('\0', 8)
end
if version == ARGV[1] then
  return {1}
end
return {0, redis.call('GET', KEYS[1])}
