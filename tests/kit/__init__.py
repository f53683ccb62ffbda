"""What the tests and benchmarks use to stand in for the world: telephones, callers, servers."""
