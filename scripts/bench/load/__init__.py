"""Loads a release of the final images and measures what it serves and what it needs."""
