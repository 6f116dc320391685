"""--record of both programs: what is in the file, whose it is, and what happens when it can't be written."""

import os
import signal
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

import zmq

import runs
from crowd import ClientProcess, Crowd, Observer, rc
from harness import DEADLINE_S, SANITIZED, Program, Server, wait_until
from recordings import Recording

VISITS = 50 if SANITIZED else 300


class RecordCase(unittest.TestCase):
    def setUp(self):
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.path = self.directory / "conversation.jsonl"

    def serve(self, *flags, **options):
        return self.enterContext(Server("--record", self.path, *flags, **options))

    def check_private(self):
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)


class ServerRecords(RecordCase):
    def test_all_kinds_of_clients(self):
        server = self.serve()
        context = self.enterContext(zmq.Context())
        with rc.Client(server.endpoint, context) as full, rc.Client(server.endpoint, context) as plain, \
                context.socket(zmq.REQ) as req:
            full.hello("ana {1}", DEADLINE_S)
            self.assertEqual(full.ask(b"um", DEADLINE_S).count, 1)
            plain.plain("dois \"{}\" \x1b[2J", DEADLINE_S)
            req.connect(server.endpoint)
            req.send(b"tr\xc3\xaas")
            self.assertTrue(req.recv())
            self.assertEqual(full.ask(b"\xff\x00", DEADLINE_S).count, 3)
            full.send_parts([b"\x07not a message"])
            self.assertIsInstance(full.next_message(DEADLINE_S), rc.Error)
            full.bye(DEADLINE_S)
            server.wait_event("left", reason="goodbye")
            with Program("rollcall-client", "--server", server.endpoint, stdin=subprocess.PIPE) as killed:
                killed.out.wait_for("ativas: 3")
                killed.signal(signal.SIGKILL)
                server.wait_event("left", reason="disconnected")
        self.assertEqual(server.stop(), 0)
        self.check_private()
        recording = Recording(self.path)
        self.assertEqual(recording.labels, {"c1": "ana {{1}}", "c2": "", "c3": "", "c4": ""})
        self.assertEqual(recording.texts("c2"), ['dois "{{}}" \x1b[2J'])
        self.assertEqual(recording.texts("c4"), ["Hello, Server!"])
        self.assertEqual(recording.replies, 5)
        self.assertIn({"hex": "ff00"}, [{"hex": step["hex"]} for step in recording.steps if "hex" in step])
        self.assertIn({"leave": "c1"}, [{"leave": step["leave"]} for step in recording.steps if "leave" in step])
        self.assertIn({"crash": "c4"}, [{"crash": step["crash"]} for step in recording.steps if "crash" in step])
        self.assertNotIn("\x1b", self.path.read_text())
        self.assertEqual(server.err.all[1:], [], "nothing was left out")

    def test_whoever_is_there_at_the_end_leaves(self):
        server = self.serve()
        with Observer(server.endpoint) as observer:
            observer.ask()
            self.assertEqual(server.stop(), 0)
        self.assertEqual(Recording(self.path).verbs(), ["join", "wait", "send", "expect", "wait", "leave"])

    def test_lines_come_within_a_second(self):
        server = self.serve()
        with Observer(server.endpoint) as observer:
            observer.ask()
            wait_until(lambda: "how many?" in self.path.read_text(), "the request is in the file", 5)

    # Every count must follow from the joins and leaves around it, whatever comes and goes meanwhile.
    def test_counts_are_right_in_a_crowd_that_changes(self):
        server = self.serve("--workers", 4)
        churners = [self.enterContext(ClientProcess("churn", endpoint=server.endpoint, connects=VISITS))
                    for _ in range(2)]
        with Crowd(server.endpoint, 20) as stayers:
            stayers.wait_welcomed()
            asked = 20
            for _ in range(20):
                with Crowd(server.endpoint, 5) as killed:
                    killed.wait_welcomed()
                    killed.send_all("unheard")
                    killed.kill()
                stayers.send_all("heard")
                self.assertEqual(stayers.ask_all(), 20)
                asked += 20
        for churner in churners:
            churner.report()
        self.assertEqual(server.stop(), 0)
        recording = Recording(self.path)
        self.assertGreaterEqual(recording.replies, asked)
        self.assertGreater(len(recording.labels), 120)

    def test_an_existing_file_is_refused(self):
        self.path.write_text("precious")
        run = runs.Run("rollcall-server", "--port", 0, "--record", self.path)
        self.assertEqual((run.code, self.path.read_text()), (2, "precious"))
        self.assertEqual(run.err, f"rollcall-server: --record: {self.path} exists: give another name, or --force to "
                                  "replace it\n")
        self.serve("--force").stop()
        self.check_private()
        self.assertEqual(Recording(self.path).steps, [])

    def test_a_full_disk_ends_the_recording_and_not_the_server(self):
        server = self.enterContext(Server("--record", "/dev/full", "--force"))
        with Observer(server.endpoint) as observer:
            server.err.wait_for("--record: cannot write to /dev/full: No space left on device.*server goes on")
            observer.ask()
        self.assertEqual(server.stop(), 0)

    def test_nothing_is_left_of_a_server_that_could_not_bind(self):
        with Server() as other:
            run = runs.Run("rollcall-server", "--port", other.port, "--record", self.path)
            self.assertEqual((run.code, self.path.exists()), (3, False))


class ClientRecords(RecordCase):
    def test_others_are_brought_back(self):
        server = self.enterContext(Server())
        with Observer(server.endpoint) as observer:
            with Program("rollcall-client", "--server", server.endpoint, "--name", "ana", "--record", self.path,
                         stdin=subprocess.PIPE) as client:
                client.out.wait_for("ativas: 2")
                with Crowd(server.endpoint, 3) as crowd:
                    crowd.wait_welcomed()
                    client.write("cheio {x}\n")
                    client.out.wait_for("ativas: 5")
                observer.wait_count(2)
                client.write("vazio\n")
                client.out.wait_for("ativas: 2")
                client.process.stdin.close()
                self.assertEqual(client.wait(), 0)
        self.check_private()
        recording = Recording(self.path)
        self.assertEqual(recording.texts("c1"), ["Hello, Server!", "cheio {{x}}", "vazio"])
        self.assertEqual(recording.labels["c1"], "ana")
        self.assertEqual([step["expect"]["count"] for step in recording.steps if "send" in step], [2, 5, 2])

    def test_a_long_batch(self):
        server = self.enterContext(Server())
        self.assertEqual(runs.client(server, "-n", 5000, "--json", "--record", self.path).code, 0)
        recording = Recording(self.path)
        self.assertEqual((recording.replies, recording.verbs()[:3]), (5000, ["join", "wait", "send"]))

    def test_the_same_rules_for_the_file(self):
        self.path.write_text("precious")
        server = self.enterContext(Server())
        run = runs.client(server, "--record", self.path)
        self.assertEqual((run.code, self.path.read_text()), (2, "precious"))
        self.assertIn(f"{self.path} exists", run.err)
        self.assertEqual(runs.client(server, "--record", self.path, "--force").code, 0)
        self.assertEqual(Recording(self.path).replies, 1)
        full = runs.client(server, "--record", "/dev/full", "--force")
        self.assertEqual((full.code, full.err.count("\n")), (0, 1))
        self.assertIn("No space left on device", full.err)

    def test_nothing_is_left_where_no_server_answers(self):
        run = runs.Run("rollcall-client", "--port", runs.lasting_port(), "-W", "200ms", "--record", self.path)
        self.assertEqual((run.code, os.path.exists(self.path)), (3, False))


if __name__ == "__main__":
    unittest.main()
