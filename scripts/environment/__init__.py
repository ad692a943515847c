"""Makes the Python environment of ./dev. Runs on the system's Python: it may import the standard library only."""
