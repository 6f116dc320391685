"""How rollcall-replay ends: exit codes, Ctrl-C, servers that are not there or die, scripts that cannot be played."""

import os
import signal
import tempfile
import unittest

from harness import Program, Server, wait_until
from replaying import Replay, lines
from runs import Run, lasting_port


def script_file(folder, *steps, **header):
    path = os.path.join(folder, "script.jsonl")
    with open(path, "w") as file:
        file.write(lines(*steps, **header))
    return path


class BadInput(unittest.TestCase):
    def refused(self, script, *words, args=()):
        done = Replay("tcp://127.0.0.1:1", *args, script=script)
        self.assertEqual(done.code, 2, done)
        self.assertEqual(len(done.err.splitlines()), 1, done)
        for word in ("rollcall-replay: ", *words):
            self.assertIn(word, done.err)

    def test_each_is_named_with_its_line(self):
        self.refused(b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40, "script.jsonl:1:")
        self.refused(b"", "script.jsonl")
        self.refused(lines({"joyn": "ana"}), ":2:", "joyn", "join")
        self.refused(lines({"join": "ana"}, {"send": "ana", "txt": "x"}), ":3:", "txt", "text")
        self.refused(lines({"join": "ana", "at": 2}, {"send": "ana", "text": "x", "at": 1}), ":3:", "at")
        self.refused(lines({"join": "ana"}, {"join": "ana"}), ":3:", "ana")
        self.refused(lines({"expect": "ana", "text": "x"}), ":2:", "ana")
        self.refused(lines({"join": "ana"}, {"send": "ana", "text": "{nobody}"}), ":3:", "nobody")

    def test_a_line_of_100_mb(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "large.jsonl")
            with open(path, "w") as file:
                file.write(lines({"join": "ana"}))
                file.write('{"send": "ana", "text": "')
                for _ in range(100):
                    file.write("x" * 1_000_000)
                file.write('"}\n')
            done = Run("rollcall-replay", path)
        self.assertEqual(done.code, 2, done.err)
        self.assertIn("large.jsonl:3:", done.err)

    def test_a_csv_file_with_a_column_missing(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "people.csv"), "w") as file:
                file.write("city,age\nLisboa,3\nPorto\n")
            path = script_file(folder, {"join": "ana"}, {"send": "ana", "text": "{city}"}, csv="people.csv")
            done = Run("rollcall-replay", path)
        self.assertEqual(done.code, 2, done.err)
        self.assertIn("people.csv:3", done.err)

    def test_settings_that_do_not_go_together(self):
        for args, word in ((("--rate", "5", "--window", "1"), "--window"), ((), "SCRIPT"),
                           (("--speed", "2x"), "script"), (("--speed", "fast", "x"), "max"),
                           (("--window", "1", "--fail-on", "p99=="), "p99"),
                           (("--window", "1", "--json", "/nowhere/at/all"), "/nowhere/at/all")):
            done = Run("rollcall-replay", *args)
            self.assertEqual(done.code, 2, (args, done.err))
            self.assertIn(word, done.err)


class NoServer(unittest.TestCase):
    def test_nobody_there(self):
        done = Replay("tcp://127.0.0.1:1", "--patience", "0.3", script=lines({"join": "ana"}))
        self.assertEqual(done.code, 3, done)
        self.assertIn("tcp://127.0.0.1:1", done.err)

    def test_a_server_that_dies_in_between(self):
        port = lasting_port()
        endpoint = f"tcp://127.0.0.1:{port}"
        steps = ({"join": "ana"}, {"send": "ana", "text": "first"}, {"wait": {}},
                 {"send": "ana", "text": "sleep 60000 never answered"}, {"wait": {}},
                 {"send": "ana", "text": "after it"})
        with tempfile.TemporaryDirectory() as folder:
            report = os.path.join(folder, "report.json")
            path = script_file(folder, *steps, timeout=60)
            server = Server(name="rollcall-test-server", log="json", port=port)
            # Threads that sleep without having anything to do: a sanitizer has one.
            idle = set().union(*(sleepers(server.pid) for _ in range(50)))
            with Program("rollcall-replay", "--lang", "en", "--server", endpoint, "--json", report, path) as replay:
                # The handler has begun the request that it never ends.
                wait_until(lambda: sleepers(server.pid) - idle, "the handler sleeps")
                server.process.kill()
                server.process.wait()
                server.end()
                with Server(name="rollcall-test-server", log="json", port=port):
                    code = replay.wait()
            out = "\n".join(replay.out.all)
        self.assertEqual(code, 1, out)
        self.assertIn("line 5, ana", out)
        self.assertIn("unknown", out)
        self.assertRegex(out, r"Replies +2 ")


    def test_a_server_that_dies_before_a_count_is_checked(self):
        with tempfile.TemporaryDirectory() as folder:
            server = Server()
            path = script_file(folder, {"join": "ana"}, {"wait": {"count": 1}}, {"send": "ana", "text": "x"},
                               {"send": "ana", "text": "y", "think": 0.5}, {"wait": {"count": 1}}, timeout=1)
            with Program("rollcall-replay", "--lang", "en", "--server", server.endpoint, path) as replay:
                server.wait_event("message")
                server.process.kill()
                code = replay.wait()
            server.end()
        self.assertEqual(code, 1, replay.out.all)

    def test_a_server_that_freezes_at_a_goodbye(self):
        with tempfile.TemporaryDirectory() as folder, Server() as server:
            path = script_file(folder, {"join": "ana"}, {"send": "ana", "text": "x"}, {"wait": {}},
                               {"leave": "ana", "think": 0.5}, timeout=1)
            with Program("rollcall-replay", "--lang", "en", "--server", server.endpoint, path) as replay:
                server.wait_event("message")
                server.signal(signal.SIGSTOP)
                code = replay.wait()
                server.signal(signal.SIGCONT)
        self.assertEqual(code, 1, replay.out.all)
        self.assertTrue(any("goodbye" in line for line in replay.out.all), replay.out.all)


def sleepers(pid):
    """The threads of a process that are in clock_nanosleep(2)."""
    found = set()
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/wchan") as file:
                if "nanosleep" in file.read():
                    found.add(thread)
        except OSError:
            pass
    return found


class Interrupted(unittest.TestCase):
    def test_ctrl_c_gives_the_report_so_far(self):
        with Server() as server, tempfile.TemporaryDirectory() as folder:
            path = script_file(folder, {"join": "ana"}, {"send": "ana", "text": "x"},
                               {"send": "ana", "text": "y", "at": 3600})
            with Program("rollcall-replay", "--lang", "en", "--server", server.endpoint, path) as replay:
                server.wait_event("message")
                replay.signal(signal.SIGINT)
                self.assertEqual(replay.wait(), 130)
            self.assertTrue(any("Replies" in line for line in replay.out.all), replay.out.all)
            server.wait_event("left")


if __name__ == "__main__":
    unittest.main()
