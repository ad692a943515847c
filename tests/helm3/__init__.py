"""Helm 3, which the chart works with too: compiled from its published module like the Helm 4 of the cluster."""
