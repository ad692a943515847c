"""Base images for the services: the official ones where they can be had, else stand-ins made from packages."""

from scripts.bases.ensure import ensure

__all__ = ["ensure"]
