"""Let a loop end between two steps when somebody asks it to stop, so that its state is whole and can be kept."""

import signal
import threading
from contextlib import contextmanager

# Ctrl-C, and what a cluster's queue sends before the time of a job is over.
ASKING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def deferred():
    """While the block runs, the first Ctrl-C or SIGTERM is noted and nothing else; the second one interrupts at once.

    Yields a function that says whether somebody asked. A signal that this process ignores stays ignored. Signals
    reach the main thread alone: elsewhere nothing is deferred and the function always says False.
    """
    asked = []

    def note(number, _frame):
        asked.append(number)
        if len(asked) > 1:
            raise KeyboardInterrupt

    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {number: signal.getsignal(number) for number in ASKING}
        before = {number: handler for number, handler in before.items() if handler != signal.SIG_IGN}
    for number in before:
        signal.signal(number, note)
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
