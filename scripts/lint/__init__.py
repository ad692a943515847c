"""`./dev test lint`: every file of the tree is checked by a tool that knows its language, without running the code."""
