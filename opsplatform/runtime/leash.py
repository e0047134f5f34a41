"""`python leash.py PARENT COMMAND…` becomes COMMAND, which the kernel ends (SIGTERM) when process PARENT dies.

That holds even when the parent is killed with -9 and can tell nobody. It is a program of its own because the request
has to be made by the child itself, before it becomes something else. It imports nothing but the standard library.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """This process is COMMAND now, or gone if the parent died first."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
