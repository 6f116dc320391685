"""What was recorded is replayed against a fresh server and passes as it stands: the same count at every step."""

import os
import tempfile
import unittest

import zmq

from harness import Program, Server
from replaying import Replay, lines
from runs import client

LIVELY = (
    {"join": "ana"},
    {"join": "bia*", "number": 20, "ramp": 0.1},
    {"repeat": 5, "steps": [{"send": "bia*", "text": "olá {{{round}}}", "ramp": 0.02}]},
    {"wait": {}},
    {"send": "ana", "text": "tudo \u202e bem? \"\\ \n", "expect": {"count": 21}},
    {"wait": {}},
    {"crash": "bia*", "ramp": 0.05},
    {"join": "caio"},
    {"send": "caio", "hex": "fffe00"},
    {"leave": "caio"},
)


class Recordings(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.recording = os.path.join(self.folder.name, "recording.jsonl")

    def replayed(self, *args):
        with Server() as fresh:
            done = Replay(fresh, *args, self.recording)
        with open(self.recording) as file:
            self.assertEqual(done.code, 0, f"{done}\n{file.read()}")
        return done.report

    def test_what_the_server_saw_with_goodbyes_and_crashes(self):
        with Server("--record", self.recording) as server:
            seen = Replay(server, script=lines(*LIVELY))
            self.assertEqual(seen.code, 0, seen)
        for args in ((), ("--speed", "max"), ("--speed", "3x", "--loop", "2")):
            report = self.replayed(*args)
            plays = 2 if "--loop" in args else 1
            self.assertEqual(report["requests"]["sent"], plays * seen.report["requests"]["sent"])
            for what in ("joined", "crashed"):
                self.assertEqual(report["clients"][what], plays * seen.report["clients"][what], what)

    def test_processes_that_are_killed_and_clients_in_plain_mode(self):
        context = zmq.Context()
        self.addCleanup(context.destroy, 0)
        with Server("--record", self.recording) as server:
            people = [Program("rollcall-client", "--server", server.endpoint, "--json", stdin=-1) for _ in range(5)]
            for person in people:
                person.out.next()  # the reply to the first message
            plain = context.socket(zmq.REQ)
            plain.connect(server.endpoint)
            for person in people:
                person.process.kill()
                plain.send_string("quem está aqui?")
                plain.recv_string()
                server.wait_event("left")
                plain.send_string("e agora?")
                self.assertIn("ativas: ", plain.recv_string())
                person.end()
            plain.close()
            server.wait_event("left")
        report = self.replayed()
        self.assertEqual(report["clients"]["crashed"], 6)
        self.assertEqual(report["replies"], 5 + 10)

    def test_what_a_client_saw_among_others_that_came_and_went(self):
        with Server() as server:
            others = [Program("rollcall-client", "--server", server.endpoint, "--json", stdin=-1) for _ in range(3)]
            for other in others:
                other.out.next()
            with Program("rollcall-client", "--server", server.endpoint, "--json", "--record", self.recording,
                         stdin=-1) as ana:
                ana.out.next()
                for other in others:
                    other.process.kill()
                    server.wait_event("left")
                    ana.write("e agora?\n")
                    ana.out.next()
                    other.end()
                ana.process.stdin.close()
                self.assertEqual(ana.wait(), 0)
        report = self.replayed()
        self.assertEqual(report["replies"], 4)
        self.assertEqual(report["clients"]["joined"], 4)

    def test_a_client_from_a_pipe(self):
        with Server() as server:
            done = client(server, "--record", self.recording, stdin="um\ndois {x}\n")
            self.assertEqual(done.code, 0, done.err)
        self.assertEqual(self.replayed()["replies"], 3)


if __name__ == "__main__":
    unittest.main()
