"""rollcall-replay as the tests run it: a script from text, and the JSON report that comes of it."""

import json
import os
import tempfile

from harness import DEADLINE_S, Server
from runs import Run

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../proto/scripts")
HEADER = {"rollcall": 1, "title": "test", "seed": 1}


def lines(*steps, **header):
    """A script of these steps, as text."""
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in ({**HEADER, **header}, *steps))


class Replay:
    """A finished run of rollcall-replay: `code`, `out`, `err`, and `report`, the JSON one (None: it wrote none)."""

    def __init__(self, server, *args, script=None, deadline_s=3 * DEADLINE_S):
        with tempfile.TemporaryDirectory() as folder:
            report = os.path.join(folder, "report.json")
            arguments = ["--lang", "en", "--server", getattr(server, "endpoint", server), "--json", report, *args]
            if script is not None:
                path = os.path.join(folder, "script.jsonl")
                with open(path, "wb") as file:
                    file.write(script if isinstance(script, bytes) else script.encode())
                arguments.append(path)
            done = Run("rollcall-replay", *arguments, deadline_s=deadline_s)
            self.code, self.out, self.err = done.code, done.out, done.err
            self.report = None
            if os.path.exists(report) and os.path.getsize(report) > 0:
                with open(report) as file:
                    self.report = json.load(file)

    def __repr__(self):
        return f"exit {self.code}\n{self.out}\n{self.err}"


def play(*steps, server_args=(), args=(), **header):
    """The steps, played against a server of their own."""
    with Server(*server_args) as server:
        return Replay(server, *args, script=lines(*steps, **header))
