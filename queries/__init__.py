"""The SQL files of alarmchain, one per fact. ``checker.catalogue`` reads them."""
