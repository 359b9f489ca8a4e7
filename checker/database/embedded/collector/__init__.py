"""Asks AWS for the rows that a query is about to read, and for nothing else.

``collect`` decides what is missing, ``once`` sees that it is asked once, ``checker.aws`` makes the calls and words
what went wrong; ``accounts``, ``trails``, ``metric_filters``, ``alarms``, ``topics``, ``keys`` and ``log_groups`` know
the calls and the columns of one table each.
"""
