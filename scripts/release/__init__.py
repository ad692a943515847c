"""A new version of the project: every place that carries it changes together."""
