-- Says what a node's best offers would be worth, and answers with what every node has said lately.
-- KEYS: the site's bids. ARGV: the node, what it says, and for how many milliseconds that counts.
local bids, node, said, life = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
redis.call('HSET', bids, node, said)
redis.call('PEXPIRE', bids, life)
return redis.call('HGETALL', bids)
