"""Everything that talks to AWS: sessions, calls, errors and the list of operations."""
