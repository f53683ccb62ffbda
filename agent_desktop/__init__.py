"""The workplaces in the browser: the agent's desk, the supervisor's floor, the browser telephone of the demo."""
