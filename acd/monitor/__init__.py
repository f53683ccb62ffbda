"""The SLA monitor: follows the floor, tells figures and forecasts, raises alerts and sees that they are sent."""
