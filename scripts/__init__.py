"""The tooling of todo-stack, run through ./dev."""
