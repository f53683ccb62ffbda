"""The distribution engine: a pure core that decides (`engine.step`) and a thin shell that performs (`runner`)."""
