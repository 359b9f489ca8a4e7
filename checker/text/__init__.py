"""Text for people: wrapping, masking, control characters spelled out."""
