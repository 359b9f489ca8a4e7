"""The demonstration: an emulated AWS with a few instructive accounts. Touches no real account."""
