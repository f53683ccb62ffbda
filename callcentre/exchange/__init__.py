"""Queues, limits and users as text and back: `callcentre settings export` and `import`."""
