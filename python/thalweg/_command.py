"""The command `thalweg` of the package."""

import signal
import sys

from thalweg import _thalweg


def main():
    # As for every command in a pipe: who reads no more ends it, and nothing is said of it.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(_thalweg.run_command(sys.argv[1:]))
