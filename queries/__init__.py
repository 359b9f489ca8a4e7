"""The SQL files of alarmchain: one per fact that a check reads, and below ``exploring`` one per further question."""
