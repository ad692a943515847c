"""Whether an update is served, and why not."""
