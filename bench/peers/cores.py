"""A process on N threads gets N cores, so that no tool has more threads at work than it was asked for."""

import os


def usable():
    return sorted(os.sched_getaffinity(0))


def hold_to(threads):
    """For preexec_fn of a new process. The last cores: interrupts tend to go to the first."""
    return lambda: os.sched_setaffinity(0, usable()[-threads:])
