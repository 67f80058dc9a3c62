"""The one exception that means "your input, not our bug"."""


class SrlibError(Exception):
    """Something the caller can mend; the message is one line that says what and how.

    The command line prints it on stderr without a traceback and leaves with exit code 1; a notebook shows that one
    line too.
    """

    def _render_traceback_(self):  # the name under which IPython asks for it
        return [f"{type(self).__name__}: {self}"]


class Busy(SrlibError):
    """Another process is doing this very thing."""
