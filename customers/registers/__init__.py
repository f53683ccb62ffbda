"""Registers: customers' data as CSV files that suppliers, banks and dispatchers exchange. Pure."""
