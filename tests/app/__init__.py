"""The whole app in a real Chromium, without a cluster."""
