"""The todo backend: REST, chat, and the only owner of the database."""

__version__ = "0.2.0"
