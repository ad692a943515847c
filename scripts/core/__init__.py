"""What every command shares: the runner for subprocesses, errors, progress and paths."""
