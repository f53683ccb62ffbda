"""All that a caller hears: catalogue, spelling, voice, mastering, and the build that makes files of it."""
