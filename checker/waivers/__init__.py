"""Accepted risks: what they are, and reading them from a file."""
