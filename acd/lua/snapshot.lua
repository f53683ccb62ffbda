-- A copy of the floor inside Redis, so that a replay has where to begin (acd/event_log.py); nothing passes over the wire.
--   KEYS[1]  floor    KEYS[2]  log    KEYS[3]  snapshots: sorted set, version by the floor's instant
--   ARGV[1]  the prefix of all keys, with its colon    ARGV[2]  now, ms    ARGV[3]  least distance of two, ms
--   ARGV[4]  how long one is kept, s    ARGV[5...]  the names of the keys to copy
-- Returns the version copied; 0 when the last copy is young enough or there is no floor yet.
local newest = redis.call('ZREVRANGE', KEYS[3], 0, 0, 'WITHSCORES')
if newest[2] and tonumber(ARGV[2]) - tonumber(newest[2]) < tonumber(ARGV[3]) then
  return 0
end
local version = redis.call('HGET', KEYS[1], 'version')
if not version then
  return 0
end
local to = ARGV[1] .. 'snapshot:' .. version .. ':'
for n = 5, #ARGV do
  if redis.call('COPY', ARGV[1] .. ARGV[n], to .. ARGV[n], 'REPLACE') == 1 then
    redis.call('EXPIRE', to .. ARGV[n], ARGV[4])
  end
end
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
redis.call('HSET', to .. 'floor', 'log', last[1] and last[1][1] or '0-0')
redis.call('ZADD', KEYS[3], ARGV[2], version)
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', tonumber(ARGV[2]) - 1000 * tonumber(ARGV[4]))
return tonumber(version)
