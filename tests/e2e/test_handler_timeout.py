"""A handler that does not return: its client gets an ERROR in time, another thread takes the place of its thread."""

import os
import signal
import time
import unittest

import zmq

from crowd import rc
from harness import DEADLINE_S, SANITIZED, Server

TIMEOUT_MS = 3000 if SANITIZED else 500
HUNG_WORKERS_MAX = 64  # core/limits.hpp


class HandlerTimeoutTest(unittest.TestCase):
    def start(self, workers, *args, stop_code=0):
        self.server = self.enterContext(Server("--workers", workers, "--handler-timeout", TIMEOUT_MS, *args,
                                               name="rollcall-test-server", stop_code=stop_code))
        self.context = self.enterContext(zmq.Context())

    def connect(self, name):
        client = self.enterContext(rc.Client(self.server.endpoint, self.context))
        client.hello(name, DEADLINE_S)
        return client

    def assert_over_time(self, message, request):
        self.assertIsInstance(message, rc.Error)
        self.assertEqual((message.code, message.id), (rc.Code.HANDLER_TIMEOUT, request))
        self.assertIn("may still be running", message.text)

    def hang(self, client):
        """A call of the handler that is over its time."""
        with self.assertRaises(rc.ServerError) as failure:
            client.ask(b"hold x", DEADLINE_S)
        self.assertEqual(failure.exception.code, rc.Code.HANDLER_TIMEOUT)

    def threads(self):
        return len(os.listdir(f"/proc/{self.server.pid}/task"))

    def let_all_go(self):
        """Every call of "hold" that has begun."""
        self.server.signal(signal.SIGUSR2)
        self.server.wait_event("let_go")

    def test_its_client_gets_an_error_in_time_and_the_others_go_on(self):
        self.start(2)
        slow, quick = self.connect("slow"), self.connect("quick")
        began_s = time.monotonic()
        slow.ask_async(b"hold x")
        slow.ask_async(b"next")
        self.assertEqual(quick.ask(b"echo", DEADLINE_S).body, b"echo")
        self.assert_over_time(slow.next_message(DEADLINE_S), 1)
        took_s = time.monotonic() - began_s
        self.assertGreaterEqual(took_s, TIMEOUT_MS / 1000)
        self.assertLess(took_s, DEADLINE_S / 2)
        self.assertEqual(slow.next_message(DEADLINE_S).body, b"next")
        self.assertEqual(self.server.wait_event("hung"), {"event": "hung", "total": 1, "missing": 0})
        self.let_all_go()

    def test_the_worker_is_replaced_and_used_again(self):
        self.start(1)
        client = self.connect("ana")
        self.assertEqual(client.ask(b"echo", DEADLINE_S).body, b"echo")
        before = self.threads()
        for _ in range(4):
            self.hang(client)
            self.assertEqual(client.ask(b"echo", DEADLINE_S).body, b"echo")
        self.assertEqual(self.threads(), before + 4)
        self.let_all_go()
        for _ in range(4):
            self.hang(client)
            self.assertEqual(client.ask(b"echo", DEADLINE_S).body, b"echo")
        self.assertLess(self.threads(), before + 8, "those that are back took the places of others")
        self.let_all_go()

    def test_a_late_answer_goes_nowhere(self):
        self.start(1)
        client = self.connect("ana")
        self.hang(client)
        self.let_all_go()
        for _ in range(20):
            self.assertEqual(client.ask(b"echo", DEADLINE_S).body, b"echo")

    def test_plain_client_gets_it_as_text(self):
        self.start(1)
        with rc.Client(self.server.endpoint, self.context) as plain:
            with self.assertRaises(rc.ServerError) as failure:
                plain.plain("hold x", DEADLINE_S)
            error = failure.exception.message
            self.assertEqual((error.code, error.code_name), (18, "HANDLER_TIMEOUT"))
        self.let_all_go()

    def test_a_client_that_leaves_leaves_a_hung_worker_that_is_replaced(self):
        self.start(1)
        with rc.Client(self.server.endpoint, self.context) as leaver:
            leaver.hello("leaver", DEADLINE_S)
            leaver.ask_async(b"hold x")
            leaver.hello("leaver", DEADLINE_S)  # by the next message, the first one is with a worker
            leaver.bye(DEADLINE_S)
        self.assertEqual(self.connect("ana").ask(b"echo", DEADLINE_S).body, b"echo")
        self.assertEqual(self.server.wait_event("hung")["total"], 1)
        self.let_all_go()

    def test_so_many_may_hang_at_a_time(self):
        workers = HUNG_WORKERS_MAX
        self.start(workers)
        clients = [self.connect(f"c{i}") for i in range(workers)]
        before = self.threads()
        for _ in range(2):  # those, and those in their places
            for client in clients:
                client.ask_async(b"hold x")
            for client in clients:
                self.assertIsInstance(client.next_message(DEADLINE_S), rc.Error)
        self.assertEqual(self.threads(), before + HUNG_WORKERS_MAX)
        waiting = self.connect("waiting")
        waiting.ask_async(b"echo")
        with self.assertRaises(TimeoutError):
            waiting.next_message(0.05)
        self.server.signal(signal.SIGUSR1)
        self.assertEqual(waiting.next_message(DEADLINE_S).body, b"echo")
        self.let_all_go()

    def test_sigterm_ends_the_server_in_time(self):
        self.start(2, "--drain-timeout", 20_000, stop_code=130)
        client = self.connect("ana")
        self.hang(client)
        began_s = time.monotonic()
        self.assertEqual(self.server.stop(), 130)
        self.assertLess(time.monotonic() - began_s, 15 if SANITIZED else 10)


if __name__ == "__main__":
    unittest.main()
