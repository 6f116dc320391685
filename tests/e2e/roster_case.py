"""What the tests of rollcall-client --who and --watch have in common."""

import json
import unittest

import runs
from crowd import rc
from harness import DEADLINE_S, Program, Server

HOSTILE = "a\x1b[2J\u202e\r\n\u009b日本"
SHOWN = r"a\u{1B}[2J\u{202E}\u{D}\u{A}\u{9B}日本"


class RosterCase(unittest.TestCase):
    def start(self, *args, **options):
        return self.enterContext(Server(*args, **options))

    def join(self, server, name):
        """A client with this name, until the test's end."""
        client = self.enterContext(rc.Client(server.endpoint))
        client.hello(name, DEADLINE_S)
        return client

    def watch(self, endpoint, *flags):
        return Watcher(self.enterContext(Program("rollcall-client", "--watch", "--json", "--server", endpoint, *flags)))

    def who(self, server):
        run = runs.client(server, "--who", "--json")
        self.assertEqual((run.err, run.code), ("", 0))
        return json.loads(run.out)


class Watcher:
    """A program that watches, and what it tells; `picture` has the sessions of each version that it told."""

    def __init__(self, program):
        self.program = program
        self.told = []
        self.picture = {}
        self._here = set()

    def next(self):
        line = self.program.out.next()
        assert line is not None, self.program.err.all
        entry = json.loads(line)
        self.told.append(entry)
        kind = entry["kind"]
        if kind == "snapshot":
            self._here = {client["session"] for client in entry["clients"]}
            assert len(self._here) == len(entry["clients"]) == entry["count"], entry
        elif kind in ("joined", "left"):
            assert entry["version"] == self.version + 1, (self.version, entry)
            assert (entry["session"] in self._here) == (kind == "left"), entry
            self._here ^= {entry["session"]}
            assert len(self._here) == entry["count"], entry
        else:
            return entry
        self.version = entry["version"]
        self.picture[self.version] = frozenset(self._here)
        return entry

    def wait(self, kind, **fields):
        """The next that is of this kind and has these fields."""
        while True:
            entry = self.next()
            if entry["kind"] == kind and all(entry[key] == value for key, value in fields.items()):
                return entry

    def wait_version(self, version):
        while self.version < version:
            self.next()

    def count(self, kind):
        return sum(entry["kind"] == kind for entry in self.told)
