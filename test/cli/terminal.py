"""Runs a command in a pseudo-terminal and types into it, each text when the program waits for input: nothing of it runs.

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

# Where Linux shows what runs, in seconds; elsewhere the screen alone tells.
IDLE = 0.15
QUIET = 0.7
SILENT = 3.0
LONGEST = 50.0


def activity(session):
    """How often each thread of the session gave up its core; None while one runs, or where this cannot be read."""
    switches = {}
    try:
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat") as file:
                    if int(file.read().rpartition(")")[2].split()[3]) != session:
                        continue
                for thread in os.listdir(f"/proc/{pid}/task"):
                    with open(f"/proc/{pid}/task/{thread}/status") as file:
                        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
                    if status["State"][0] in "RD":
                        return None
                    switches[thread] = (status["voluntary_ctxt_switches"], status["nonvoluntary_ctxt_switches"])
            except (FileNotFoundError, ProcessLookupError):
                continue
    except (OSError, KeyError):
        return None
    return switches or None


def read_until_quiet(screen, shown, deadline, silent=None, session=None):
    """Reads until nothing more comes for a moment, after something came or nothing did for `silent` seconds.

    With `session`, the moment is over as soon as no thread of it runs. Says whether the command still runs.
    """
    started = time.monotonic()
    quiet_from = None
    idle_from, last = None, None
    while time.monotonic() < deadline:
        ready, _, _ = select.select([screen], [], [], 0.03)
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
            last = None
            continue
        now = activity(session) if session is not None else None
        if now is None or now != last:
            idle_from, last = time.monotonic(), now
        elif time.monotonic() - idle_from > IDLE and (quiet_from is not None or silent is not None):
            return True
        if quiet_from is not None and time.monotonic() - quiet_from > QUIET:
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
    running = read_until_quiet(screen, shown, deadline, session=child)
    for text in task["typed"]:
        if not running:
            break
        # A key after the other, as a person types: what completes needs a moment for each tab.
        for part in text.replace("\t", "\0\t\0").split("\0"):
            if running and part:
                os.write(screen, part.encode())
                running = read_until_quiet(screen, shown, deadline, SILENT, child)
    if running:
        running = read_until_quiet(screen, shown, min(deadline, time.monotonic() + 5))
    if running:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    text = b"".join(shown).decode("utf-8", "replace")
    print(text)
    print("exit", os.waitstatus_to_exitcode(status))


main()
