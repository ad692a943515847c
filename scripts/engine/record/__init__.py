"""What people see: status rows, recent updates and logs."""
