"""Clusters: one provider a file behind one protocol (provider.py)."""
