"""The kube context in use."""
