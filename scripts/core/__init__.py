"""Shared by everything in scripts/: subprocesses, errors, progress, paths, HTTP."""
