"""Runs a command in a pseudo-terminal and types into it, each text when the screen has been quiet for a moment.

Reads {"command": [...], "typed": [...]} as JSON from standard input; writes what the screen showed.
"""

import errno
import json
import os
import pty
import select
import signal
import struct
import sys
import time
import fcntl
import termios

QUIET = 0.7
SILENT = 3.0
LONGEST = 50.0


def read_until_quiet(screen, shown, deadline, silent=None):
    """Reads until nothing more comes for a moment, after something came or nothing did for `silent` seconds.

    Says whether the command still runs.
    """
    started = time.monotonic()
    quiet_from = None
    while time.monotonic() < deadline:
        ready, _, _ = select.select([screen], [], [], 0.1)
        if ready:
            try:
                data = os.read(screen, 65536)
            except OSError as error:
                if error.errno == errno.EIO:
                    return False
                raise
            if not data:
                return False
            shown.append(data)
            quiet_from = time.monotonic()
        elif quiet_from is not None and time.monotonic() - quiet_from > QUIET:
            return True
        elif quiet_from is None and silent is not None and time.monotonic() - started > silent:
            return True
    return True


def main():
    task = json.load(sys.stdin)
    child, screen = pty.fork()
    if child == 0:
        os.execvp(task["command"][0], task["command"])
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    shown = []
    deadline = time.monotonic() + LONGEST
    running = read_until_quiet(screen, shown, deadline)
    for text in task["typed"]:
        if not running:
            break
        # A key after the other, as a person types: what completes needs a moment for each tab.
        for part in text.replace("\t", "\0\t\0").split("\0"):
            if running and part:
                os.write(screen, part.encode())
                running = read_until_quiet(screen, shown, deadline, SILENT)
    if running:
        running = read_until_quiet(screen, shown, min(deadline, time.monotonic() + 5))
    if running:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    text = b"".join(shown).decode("utf-8", "replace")
    print(text)
    print("exit", os.waitstatus_to_exitcode(status))


main()
