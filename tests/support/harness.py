"""The real programs, started on free ports and ended with the test that started them.

Every wait is for an event and has a deadline; nothing here sleeps for a fixed time.
"""

import json
import os
import queue
import re
import signal
import subprocess
import threading
import time

BIN = os.environ.get("ROLLCALL_BIN", os.path.join(os.path.dirname(__file__), "../../build/release/bin"))
SANITIZED = bool(os.environ.get("ROLLCALL_SANITIZE"))
DEADLINE_S = 120.0 if SANITIZED else 60.0


def binary(name):
    return os.path.join(BIN, name)


def wait_until(condition, what, deadline_s=DEADLINE_S):
    """Calls `condition` until it gives something true, and returns that. For facts that come without a notification."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {deadline_s} s")
        threading.Event().wait(0.002)


class Lines:
    """The lines of a stream, read by a thread of its own; `all` keeps every line so far."""

    def __init__(self, stream):
        self.all = []
        self._queue = queue.Queue()
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def _read(self, stream):
        for line in iter(stream.readline, b""):
            text = line.decode("utf-8", "replace").rstrip("\n")
            self.all.append(text)
            self._queue.put((time.monotonic(), text))
        stream.close()
        self._queue.put(None)

    def next(self, deadline_s=DEADLINE_S):
        """The next line that was not taken yet; None at the end of the stream."""
        try:
            item = self._queue.get(timeout=deadline_s)
        except queue.Empty:
            raise AssertionError(f"no line within {deadline_s} s; so far: {self.all[-20:]}") from None
        if item is None:
            self._queue.put(None)
            return None
        self.last_time_s = item[0]
        return item[1]

    def wait_for(self, pattern, deadline_s=DEADLINE_S):
        """Takes lines until one matches the pattern, and returns the match. `last_time_s` says when it came."""
        end = time.monotonic() + deadline_s
        while True:
            line = self.next(max(0.001, end - time.monotonic()))
            if line is None:
                raise AssertionError(f"the stream ended before {pattern!r}: {self.all[-20:]}")
            found = re.search(pattern, line)
            if found:
                return found


class Program:
    """A process whose stdout and stderr are read as lines."""

    def __init__(self, name, *args, stdin=subprocess.DEVNULL, env=None, cwd=None, open_files_max=None,
                 prefix=()):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("ROLLCALL_")}
        environment.update(env or {})
        self.process = subprocess.Popen(
            [*prefix, *(["prlimit", f"--nofile={open_files_max}:{open_files_max}"] if open_files_max else []),
             binary(name), *map(str, args)],
            stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=cwd)
        self.out = Lines(self.process.stdout)
        self.err = Lines(self.process.stderr)

    @property
    def pid(self):
        return self.process.pid

    def signal(self, number):
        self.process.send_signal(number)

    def write(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def wait(self, deadline_s=DEADLINE_S):
        """The exit code, when the program has ended and everything that it printed was read."""
        code = self.process.wait(deadline_s)
        self.out._thread.join(deadline_s)
        self.err._thread.join(deadline_s)
        return code

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        if self.process.stdin:
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                pass
        self.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


class Server(Program):
    """rollcall-server (or another program with its flags) on a free port, logging JSON unless told otherwise.

    Ends with SIGTERM; a sanitizer's complaint, or any exit code but 0 after that, fails the test.
    """

    def __init__(self, *args, name="rollcall-server", log="json", port=0, env=None, stop_code=0, open_files_max=None,
                 prefix=()):
        arguments = list(args)
        if log:
            arguments += ["--log-format", log]
        if not any(str(argument).startswith("--bind") for argument in arguments):
            arguments += ["--port", port]
        super().__init__(name, *arguments, env=env, open_files_max=open_files_max, prefix=prefix)
        self.stop_code = stop_code
        self.port = None
        self.page = None
        self.endpoint = None
        if log == "json":
            started = self.wait_event("started")
            self.endpoint = started["endpoints"][0]
            self.liveness_ms = started["liveness_ms"]
            self.page = started.get("page")  # with --http
        else:
            self.endpoint = "tcp://127.0.0.1:" + self.out.wait_for(r":(\d+)$")[1]
        if self.endpoint.startswith("tcp://"):
            self.port = int(self.endpoint.rsplit(":", 1)[1])

    def wait_event(self, event, deadline_s=DEADLINE_S, **fields):
        """Takes JSON log lines until one is this event and has these fields, and returns it."""
        end = time.monotonic() + deadline_s
        while True:
            line = self.out.next(max(0.001, end - time.monotonic()))
            if line is None:
                raise AssertionError(f"the server ended before {event} {fields}: {self.err.all[-20:]}")
            entry = json.loads(line)
            if entry["event"] == event and all(entry.get(key) == value for key, value in fields.items()):
                return entry

    def events(self):
        """Every JSON log line so far."""
        return [json.loads(line) for line in list(self.out.all)]

    def refusals(self, reason):
        """How many refusals the log has told: each line is one, and a line about omissions says how many."""
        lines = [event for event in self.events() if event.get("reason") == reason]
        return (sum(event["event"] == "refused" for event in lines) +
                sum(event["total"] for event in lines if event["event"] == "suppressed"))

    def rss_bytes(self):
        with open(f"/proc/{self.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def cpu_s(self):
        """Processor time that it has used."""
        with open(f"/proc/{self.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def fd_count(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def stop(self):
        """SIGTERM, and the exit code."""
        if self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
        return self.wait()

    def __exit__(self, failure, *_):
        try:
            code = self.stop()
        finally:
            self.end()
        if failure is None and code != self.stop_code:
            raise AssertionError(f"the server ended with {code}: {self.err.all[-60:]}")
