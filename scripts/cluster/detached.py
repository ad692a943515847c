"""Starts a program that outlives the command that needs it, and prints its pid:
`python -m scripts.cluster.detached LOG PROGRAM [ARGUMENT…]`."""

from __future__ import annotations

import signal
import subprocess
import sys


def main(log: str, *command: str) -> int:
    # A shell has its background commands ignore an interrupt, which the program would inherit: it ends on no other.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with open(log, "wb") as out:
        # A session of its own: a Ctrl+C meant for us is not meant for it.
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
    print(process.pid)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
