"""What a plan adds, and why."""
