-- One commit of the engine: all of it or nothing, only by the holder of the lease, and only once.
--   KEYS[1]  lease: the fence (a number) of the process that may write; expires when not renewed
--   KEYS[2]  floor: hash; `version` is that of the last commit (all keys: acd/keyspace.py)
--   ARGV[1]  the fence of the caller
--   ARGV[2]  the version that the commit was made upon; "" when it is to be written whatever is there
--   ARGV[3]  the version after it
--   ARGV[4]  the commands of the commit, as msgpack: a list of lists of strings
-- Returns 1 when it is written, now or by a former try whose answer was lost;
--         0 when somebody else or nobody holds the lease, -1 when the floor here is another one (nothing was written).
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
local version = redis.call('HGET', KEYS[2], 'version') or '0'
if ARGV[2] ~= '' and version ~= ARGV[2] then
  return version == ARGV[3] and 1 or -1
end
for _, command in ipairs(cmsgpack.unpack(ARGV[4])) do
  redis.call(unpack(command))
end
return 1
