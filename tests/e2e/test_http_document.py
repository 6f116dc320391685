"""proto/HTTP.md: its examples do what they say, and it names every field and every metric, and no other."""

import re
import subprocess
import unittest
from pathlib import Path

from crowd import rc
from harness import DEADLINE_S, Server
from web import Web

DOCUMENT = (Path(__file__).resolve().parents[2] / "proto/HTTP.md").read_text()
EXAMPLES = re.findall(r"^```console\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)


def steps(example):
    """(command, expected output) of each."""
    for part in re.split(r"^\$ ", example, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def pattern(output):
    return ".*?".join(map(re.escape, output.split("…"))) + r"\Z"


class Document(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server("--http", "127.0.0.1:0"))
        self.web = self.enterContext(Web(self.server))
        context = self.enterContext(rc.zmq.Context())
        ana = self.enterContext(rc.Client(self.server.endpoint, context))
        ana.hello("ana", DEADLINE_S)
        ana.ask(b"hello", DEADLINE_S)
        plain = self.enterContext(rc.Client(self.server.endpoint, context))
        plain.plain("hello", DEADLINE_S)
        self.web.wait_status(count=2, requests=2, replies=2)

    def test_examples(self):
        self.assertGreaterEqual(len(EXAMPLES), 7)
        for command, output in (step for example in EXAMPLES for step in steps(example)):
            with self.subTest(command):
                real = command.replace("localhost:8090", f"localhost:{self.web.port}")
                self.assertNotEqual(real, command)
                done = subprocess.run(["bash", "-c", "set -o pipefail; " + real], capture_output=True, text=True,
                                      timeout=DEADLINE_S, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertRegex(done.stdout, re.compile(r"\A" + pattern(output), re.DOTALL))

    def test_every_metric(self):
        section = DOCUMENT.split("\n## Metrics\n")[1].split("\n## ")[0]
        rows = re.findall(r"^\| (`rollcall_[^|]*) \| (\w+) \|", section, re.MULTILINE)
        told = {(name, kind) for names, kind in rows for name in re.findall(r"`(\w+)`", names)}
        real = {tuple(pair) for pair in re.findall(r"^# TYPE (\w+) (\w+)$", self.web.ask("/metrics").text,
                                                   re.MULTILINE)}
        sometimes = {("rollcall_presence_drift", "gauge"), ("rollcall_errors_total", "counter")}
        self.assertEqual(told | sometimes, real | sometimes)

    def test_every_field(self):
        def names(value):
            if isinstance(value, dict):
                return set(value).union(*map(names, value.values()))
            return set().union(*map(names, value)) if isinstance(value, list) else set()
        told = set(re.findall(r"`(\w+)`", DOCUMENT)) | set(re.findall(r'"(\w+)":', DOCUMENT))
        by_reason = set(self.web.status()["leaves"]) | set(self.web.status()["refused"])
        for path in ("status", "history", "roster", "changes"):
            self.assertEqual(names(self.web.json(f"/api/v1/{path}")) - by_reason - told, set())


if __name__ == "__main__":
    unittest.main()
