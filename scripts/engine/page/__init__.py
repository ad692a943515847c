"""The web page of the loop, and the client that reads it."""
