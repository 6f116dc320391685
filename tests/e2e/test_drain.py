"""SIGTERM while requests run: what was accepted is answered, what comes later is refused, and the server ends."""

import signal
import time
import unittest

import zmq

from crowd import rc
from harness import DEADLINE_S, Server

DRAINED, ABANDONED = 0, 130
RUNS_MS = 300
OUTLASTS_MS = 4000


class DrainTest(unittest.TestCase):
    def setUp(self):
        self.context = self.enterContext(zmq.Context())

    def serve(self, *flags, stop_code=DRAINED, name="rollcall-test-server"):
        return self.enterContext(Server("--workers", 2, *flags, name=name, stop_code=stop_code))

    def client(self, server, name=None):
        client = self.enterContext(rc.Client(server.endpoint, self.context))
        if name is not None:
            client.hello(name, DEADLINE_S)
        return client

    def accepted(self, client, *bodies):
        """Sends requests, and returns when the server has accepted them: a WELCOME is not queued behind them."""
        for body in bodies:
            client.ask_async(body.encode())
        client.hello("again", DEADLINE_S)

    def assert_closing(self, client, grace_ms):
        closing = client.next_message(DEADLINE_S)
        self.assertEqual((type(closing), closing.reason, closing.grace), (rc.Closing, 2, grace_ms))

    def assert_refused(self, client, message, kind=rc.Error):
        client.send(message)
        error = client.next_message(DEADLINE_S)
        self.assertEqual((type(error), error.code), (kind, rc.Code.DRAINING))
        self.assertEqual(getattr(error, "id", 0), getattr(message, "id", 0))

    def test_accepted_requests_are_answered_and_later_ones_refused(self):
        server = self.serve("--drain-timeout", 15000)
        clients = [self.client(server, f"client-{i}") for i in range(4)]
        plain, stranger = self.client(server), self.client(server)
        self.assertEqual(plain.plain("hello", DEADLINE_S), "hello")
        plain.send(rc.Plain(f"sleep {RUNS_MS} plain"))
        for client in clients:
            self.accepted(client, f"sleep {RUNS_MS} first", f"sleep {RUNS_MS} second", "third")
        server.signal(signal.SIGTERM)
        for client in clients:
            self.assert_closing(client, 15000)
        self.assert_refused(clients[0], rc.Request(9, b"late"))
        self.assert_refused(plain, rc.Plain("late"), rc.PlainError)
        self.assert_refused(stranger, rc.Hello("stranger"))
        for client in clients:
            replies = [client.next_message(DEADLINE_S) for _ in range(3)]
            self.assertEqual([(reply.id, reply.body) for reply in replies],
                             [(1, b"first"), (2, b"second"), (3, b"third")])
        self.assertEqual(plain.next_message(DEADLINE_S), rc.Plain("plain"))
        self.assertEqual(server.wait(), DRAINED)

    def test_handler_that_outlasts_the_drain_timeout(self):
        server = self.serve("--drain-timeout", RUNS_MS, stop_code=ABANDONED)
        running, waiting = self.client(server, "running"), self.client(server, "waiting")
        start_s = time.monotonic()
        self.accepted(running, f"sleep {OUTLASTS_MS} x", "queued")
        self.accepted(waiting, f"sleep {OUTLASTS_MS} x", "queued")
        server.signal(signal.SIGTERM)
        for client in (running, waiting):
            self.assert_closing(client, RUNS_MS)
            errors = [client.next_message(DEADLINE_S) for _ in range(2)]
            self.assertEqual([(error.id, error.code) for error in errors],
                             [(1, rc.Code.DRAINING), (2, rc.Code.DRAINING)])
            self.assertIn("outcome is unknown", errors[0].text)
            self.assertIn("before the request was run", errors[1].text)
        self.assertEqual(server.wait(), ABANDONED)
        self.assertLess(time.monotonic() - start_s, OUTLASTS_MS / 1000, "nobody waited for the handler")

    def test_nothing_to_finish(self):
        server = self.serve()
        client = self.client(server, "idle")
        server.signal(signal.SIGTERM)
        self.assert_closing(client, 5000)
        self.assertEqual(server.wait(), DRAINED)

    def test_second_signal_ends_at_once(self):
        server = self.serve("--drain-timeout", 60000, stop_code=ABANDONED)
        client = self.client(server, "running")
        start_s = time.monotonic()
        self.accepted(client, f"sleep {OUTLASTS_MS} x")
        server.signal(signal.SIGTERM)
        self.assert_closing(client, 60000)
        server.signal(signal.SIGINT)
        self.assertEqual(server.wait(), ABANDONED)
        self.assertLess(time.monotonic() - start_s, OUTLASTS_MS / 1000)

    def test_the_program_says_that_all_left(self):
        server = self.serve(name="rollcall-server")
        clients = [self.client(server, f"client-{i}") for i in range(10)]
        server.signal(signal.SIGTERM)
        for client in clients:
            self.assert_closing(client, 5000)
        self.assertEqual(server.wait(), DRAINED)
        drained = [event["count"] for event in server.events() if event.get("reason") == "drained"]
        self.assertEqual(drained, list(range(9, -1, -1)))
        self.assertEqual((server.events()[-1]["event"], server.events()[-1]["drained"]), ("stopped", True))


if __name__ == "__main__":
    unittest.main()
