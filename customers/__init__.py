"""What callers ring about: accounts, meters, charges, payments, outages. Pure; database and fakes implement ports."""
