"""The self-service by touch tones: plain functions over a channel. Knows nothing of Asterisk, queues or tables."""
