"""The real engine under a virtual clock: a day of arrivals, callers and shifts in seconds."""
