# SPDX-License-Identifier: Apache-2.0
"""A terminal emulator that runs a program: what a user sees of it, with the lines that scrolled off the screen."""

import errno
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

import pyte

from reflow import Screen

LIMIT = 60  # seconds


class Emulator:
    """Runs a command at a terminal of this size. `raw`: all bytes that the terminal has received."""

    def __init__(self, command, columns=80, rows=24, **environment):
        self.screen = Screen(columns, rows, history=100_000, ratio=0.5)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.code = None
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            try:
                self._set_size(0, columns, rows)
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
                os.execvpe(command[0], command, {**kept, "TERM": "xterm-256color", **environment})
            finally:
                os._exit(127)

    def close(self):
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)

    @staticmethod
    def _set_size(terminal, columns, rows):
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns, rows, keeps="cursor"):
        """Changes the size, and tells the program. `keeps`: see Screen.change_size()."""
        self.screen.change_size(columns, rows, keeps)
        self.tell_size()

    def tell_size(self):
        self._set_size(self.master, self.screen.columns, self.screen.lines)

    def press(self, keys):
        os.write(self.master, keys)

    def _read(self, seconds):
        """Shows what the program has written. Returns false at its end."""
        if not select.select([self.master], [], [], seconds)[0]:
            return True
        try:
            piece = os.read(self.master, 4096)
        except OSError as failure:
            if failure.errno != errno.EIO:
                raise
            return False
        self.raw += piece
        self.stream.feed(piece)
        return bool(piece)

    def wait_for(self, what, condition):
        """Shows the output until `condition()` is true."""
        end = time.monotonic() + LIMIT
        while not condition():
            more = self._read(0.1)
            if not condition():
                assert more, f"the program has ended without {what}:\n" + self.text()
                assert time.monotonic() < end, f"no {what} within {LIMIT} s:\n" + self.text()

    def wait_for_row(self, part):
        self.wait_for(f"row with {part!r}", lambda: any(part in row for row in self.rows()))

    def finish(self):
        """Shows all output until the end, and returns the exit code; negative: the signal."""
        end = time.monotonic() + LIMIT
        while self._read(0.1):
            assert time.monotonic() < end, f"no end within {LIMIT} s:\n" + self.text()
        _, status = os.waitpid(self.pid, 0)
        self.code = os.waitstatus_to_exitcode(status)
        return self.code

    def rows(self):
        """The rows of the screen."""
        return [row.rstrip() for row in self.screen.display]

    def history(self):
        """The rows that have scrolled off the screen."""
        return ["".join(row[column].data for column in range(max(row, default=-1) + 1)).rstrip()
                for row in self.screen.history.top]

    def text(self):
        """All rows, without the empty ones at the end."""
        return "\n".join(self.history() + self.rows()).rstrip("\n")
