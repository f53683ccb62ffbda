-- The lease: one writer at a time, and each writer has a higher fence than all before it.
--   KEYS[1]  lease    KEYS[2]  fence counter
--   ARGV[1]  the caller's fence, or "" to ask for a new one    ARGV[2]  milliseconds
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
local fence = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], fence, 'PX', ARGV[2])
return fence
