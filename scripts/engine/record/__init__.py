"""What happened: status rows, updates, logs."""
