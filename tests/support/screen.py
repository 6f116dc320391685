"""rollcall-client on a terminal of its own, seen as a person sees it: a pseudo-terminal whose screen pyte keeps."""

import fcntl
import os
import struct
import subprocess
import tempfile
import termios
import threading
import time

import pyte
from harness import DEADLINE_S, binary


class Screen:
    """What a terminal of this size shows; fed by a thread, read by any."""

    def __init__(self, columns, rows):
        self._screen = pyte.HistoryScreen(columns, rows, history=1000)
        self._stream = pyte.ByteStream(self._screen)
        self._changed = threading.Condition()

    def feed(self, data):
        with self._changed:
            self._stream.feed(data)
            self._changed.notify_all()

    def lines(self):
        """The lines on the screen, without blanks at their ends and without empty ones at the bottom."""
        with self._changed:
            return self._lines()

    def _lines(self):
        lines = [line.rstrip() for line in self._screen.display]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def cursor(self):
        """Row and column, from 0."""
        with self._changed:
            return self._screen.cursor.y, self._screen.cursor.x

    def wait_until(self, condition, what, deadline_s=DEADLINE_S):
        """Waits until condition(lines) gives something true, and returns that."""
        end = time.monotonic() + deadline_s
        with self._changed:
            while True:
                value = condition(self._lines())
                if value:
                    return value
                left_s = end - time.monotonic()
                if left_s <= 0:
                    raise AssertionError(f"{what}: not within {deadline_s} s; the screen:\n" + "\n".join(self._lines()))
                self._changed.wait(left_s)

    def wait_for(self, text):
        """Waits until the screen shows this text within a line."""
        self.wait_until(lambda lines: any(text in line for line in lines), f"{text!r}")

    def wait_for_lines(self, *expected):
        """Waits until these are all the lines on the screen."""
        self.wait_until(lambda lines: lines == list(expected), "the lines\n" + "\n".join(expected) + "\n")


class Terminal:
    """A program with a pseudo-terminal as its controlling terminal, and a state directory of its own."""

    def __init__(self, name, *args, columns=80, rows=24, locale="C.UTF-8", state_home=None):
        self._own_state = None
        if state_home is None:
            self._own_state = tempfile.TemporaryDirectory()
            state_home = self._own_state.name
        self.screen = Screen(columns, rows)
        self._master, self._slave = os.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._attributes = termios.tcgetattr(self._slave)
        environment = {"PATH": os.environ["PATH"], "TERM": "xterm", "LANG": locale, "HOME": str(state_home),
                       "XDG_STATE_HOME": str(state_home)}
        for key, value in os.environ.items():
            if key.endswith("SAN_OPTIONS"):
                environment[key] = value
        self.process = subprocess.Popen(
            [binary(name), *map(str, args)], stdin=self._slave, stdout=self._slave, stderr=self._slave,
            env=environment, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # nobody has the other end any more
                return
            self.screen.feed(data)

    def type(self, text):
        os.write(self._master, text.encode())

    def wait(self, deadline_s=DEADLINE_S):
        return self.process.wait(deadline_s)

    def is_restored(self):
        """True when the terminal's settings are what they were before the program."""
        return termios.tcgetattr(self._slave) == self._attributes

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._slave)
        self._reader.join()
        os.close(self._master)
        if self._own_state:
            self._own_state.cleanup()
