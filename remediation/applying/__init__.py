"""Doing what a plan says, taking it back, and the journal of both."""
