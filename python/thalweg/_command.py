"""The command `thalweg` of the package."""

import os
import signal
import sys

from thalweg import _thalweg


def main():
    # As for every command in a pipe: who reads no more ends it, and nothing is said of it.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    status = _thalweg.run_command(sys.argv[1:])
    # Without Python's own end: a thread of Arrow that lets go of a file's bytes meanwhile would abort the process.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
