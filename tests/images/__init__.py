"""Tests of the production images: what is in them, what is not, and that everybody builds the same."""
