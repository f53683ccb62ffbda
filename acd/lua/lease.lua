-- The lease: one writer at a time, and each writer has a higher fence than all before it.
--   KEYS[1]  lease    KEYS[2]  fence counter
--   ARGV[1]  the caller's fence, or "" to ask for a new one    ARGV[2]  milliseconds
--   ARGV[3]  the highest fence that the caller knows of: the counter may have been lost with the rest of Redis
-- Returns the fence that the caller now holds, or 0.
local holder = redis.call('GET', KEYS[1])
if ARGV[1] ~= '' then
  if holder == ARGV[1] then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return tonumber(ARGV[1])
  end
  return 0
end
if holder then
  return 0
end
local fence = math.max(tonumber(redis.call('GET', KEYS[2]) or '0'), tonumber(ARGV[3])) + 1
redis.call('SET', KEYS[2], fence)
redis.call('SET', KEYS[1], fence, 'PX', ARGV[2])
return fence
