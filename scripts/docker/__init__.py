"""The Docker engine of this machine: found, installed, and images delivered from it."""
