"""``python -m checker`` is ``alarmchain``."""

from checker.cli import main

if __name__ == "__main__":
    main()
