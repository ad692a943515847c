"""Measures the loop from outside."""
