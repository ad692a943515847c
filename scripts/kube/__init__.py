"""The Kubernetes API: calls, exec, port-forwards."""
