"""Does a pattern match one event?"""
