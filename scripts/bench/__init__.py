"""Measures what a developer waits for, from outside, for ./dev bench."""
