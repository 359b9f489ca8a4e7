"""The chain, one module a hop, each a pure function from facts to a verdict; ``assemble`` picks the best chain."""
