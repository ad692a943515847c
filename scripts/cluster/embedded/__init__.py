"""Kubernetes in one container, compiled from its published modules."""
