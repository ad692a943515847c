"""What a change means, and bringing it to the cluster."""
