"""The one exception that means "your input, not our bug"."""


class SrlibError(Exception):
    """Something the caller can mend; the message is one line that says what and how.

    The command line prints it on stderr without a traceback and leaves with exit code 1.
    """


class Busy(SrlibError):
    """Another process is doing this very thing."""
