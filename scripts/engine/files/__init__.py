"""Which files there are, which changed, and which matter."""
