"""Ways out to the services of others: webhooks and e-mail, each a port with a real adapter."""
