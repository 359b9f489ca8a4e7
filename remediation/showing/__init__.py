"""Plans, runs and journals as text and JSON."""
