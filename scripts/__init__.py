"""The Python that drives todo-stack: one module a command, run through ./dev."""
