"""Tasks: table, operations, REST."""
