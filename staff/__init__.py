"""Who works here: users, the five roles and what each may do, audit entries. Pure."""
