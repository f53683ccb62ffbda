"""The configuration of Asterisk: its contract with our processes, its templates, the private Asterisk itself."""
