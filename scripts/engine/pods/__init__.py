"""The live pods: mirror, logs, port-forwards."""
