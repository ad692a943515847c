"""Backup and restore of the stack's own PostgreSQL."""
