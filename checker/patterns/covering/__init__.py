"""Does a pattern match every event that a reference matches? With a proof either way."""
