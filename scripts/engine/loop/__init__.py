"""One worker a resource, and what feeds them."""
