"""Measurements. ``make bench`` runs them all and prints a table; nothing here fails for being slow."""
