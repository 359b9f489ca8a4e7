"""The SQL files of alarmchain, one per fact. ``checker.database.query_files`` reads them."""
