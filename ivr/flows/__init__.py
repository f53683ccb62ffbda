"""One file a flow: what is said and what the caller may choose. A flow gets a Visit and returns an Outcome."""
