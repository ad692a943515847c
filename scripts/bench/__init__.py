"""Measures the loop from outside, for ./dev bench."""
