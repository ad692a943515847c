"""The page on :10350, and its client."""
