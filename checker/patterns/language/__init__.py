"""The filter-pattern language: reading, printing and explaining it."""
