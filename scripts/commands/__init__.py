"""The commands of ./dev, a module each."""
