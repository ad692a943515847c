"""Minikube."""
