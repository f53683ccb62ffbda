-- One commit of the engine: all of it or nothing, and only by the holder of the lease.
--   KEYS[1]  lease: the fence (a number) of the process that may write; expires when not renewed
--   ARGV[1]  the fence of the caller
--   ARGV[2]  the commands of the commit, as msgpack: a list of lists of strings
-- Returns 1, or 0 when somebody else holds the lease (nothing was written then).
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
for _, command in ipairs(cmsgpack.unpack(ARGV[2])) do
  redis.call(unpack(command))
end
return 1
