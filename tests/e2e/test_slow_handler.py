"""One slow request delays nobody else; a failing handler costs its own client an ERROR and nothing more."""

import gc
import time
import unittest

import zmq

from crowd import Crowd, Observer, figures, percentile, rc
from harness import DEADLINE_S, SANITIZED, Server

SLOW_MS = 500 if SANITIZED else 2000
ONE_BY_ONE, PIPELINED, IN_FLIGHT = 8, 8, 4
DELAYED_AT_MOST_S = 2.0 if SANITIZED else 0.25  # generous; the target is 5 ms
MESSAGE_BYTES_MAX = 1 << 20


class EchoClient:
    """Keeps `in_flight` short requests unanswered, and notes how long each took."""

    def __init__(self, endpoint, context, in_flight):
        self.client = rc.Client(endpoint, context)
        self.client.hello("echo", DEADLINE_S)
        self.socket = self.client.socket
        self.in_flight = in_flight
        self._sent_s = {}
        self._last_id = 0

    def ask(self):
        self._last_id += 1
        self._sent_s[self._last_id] = time.perf_counter()
        self.socket.send(rc.encode_request(rc.Request(self._last_id, b"echo")))

    def take(self, took_s):
        """One reply, and the next request."""
        reply = rc.decode_server_message(self.socket.recv())
        now_s = time.perf_counter()
        assert reply.body == b"echo", reply
        took_s.append(now_s - self._sent_s.pop(reply.id))
        return reply.id


class Echoes:
    """The short requests of all other clients, from one thread."""

    def __init__(self, endpoint, context):
        depths = {"one by one": [1] * ONE_BY_ONE, "pipelined": [IN_FLIGHT] * PIPELINED}
        self._kind = {}
        self._poller = zmq.Poller()
        for kind, in_flights in depths.items():
            for in_flight in in_flights:
                client = EchoClient(endpoint, context, in_flight)
                self._kind[client.socket] = (kind, client)
                self._poller.register(client.socket, zmq.POLLIN)

    def run_until(self, other, over):
        """Runs until `other` has an answer or `over()` says so; then until nothing is unanswered. Durations by kind."""
        took_s = {kind: [] for kind, _ in self._kind.values()}
        self._poller.register(other, zmq.POLLIN)
        gc.disable()
        for _, client in self._kind.values():
            for _ in range(client.in_flight):
                client.ask()
        unanswered = sum(client.in_flight for _, client in self._kind.values())
        more = True
        while unanswered > 0:
            ready = dict(self._poller.poll(DEADLINE_S * 1000))
            assert ready, "no answer in time"
            if ready.pop(other, None):
                more = False
                self._poller.unregister(other)
            more = more and not over()
            for socket in ready:
                kind, client = self._kind[socket]
                client.take(took_s[kind])
                client.ask() if more else None
                unanswered -= not more
        gc.enable()
        if other in self._poller:
            self._poller.unregister(other)
        return took_s

    def close(self):
        for _, client in self._kind.values():
            client.client.close()


class SlowHandlerTest(unittest.TestCase):
    def setUp(self):
        self.context = self.enterContext(zmq.Context())

    def check(self, workers):
        server = self.enterContext(Server("--workers", workers, name="rollcall-test-server"))
        slow = self.enterContext(rc.Client(server.endpoint, self.context))
        slow.hello("slow", DEADLINE_S)
        echoes = Echoes(server.endpoint, self.context)
        self.addCleanup(echoes.close)
        end_s = time.monotonic() + SLOW_MS / 1000
        before = echoes.run_until(slow.socket, lambda: time.monotonic() > end_s)
        slow.ask_async(f"sleep {SLOW_MS} x".encode())
        during = echoes.run_until(slow.socket, lambda: False)
        self.assertEqual(slow.next_message(DEADLINE_S).body, b"x")
        for kind, quiet_s in before.items():
            delay_s = percentile(during[kind], 99) - percentile(quiet_s, 99)
            print(f"{workers} workers, {kind}: before {figures(quiet_s)}; during {figures(during[kind])}; "
                  f"p99 {1000 * delay_s:+.2f} ms")
            self.assertLess(delay_s, DELAYED_AT_MOST_S)
            self.assertGreater(len(during[kind]), len(quiet_s) / 20, "the others went on")

    def test_two_workers(self):
        self.check(2)

    def test_eight_workers(self):
        self.check(8)


class FailingHandlerTest(unittest.TestCase):
    def setUp(self):
        # One worker: when a failure cost it, nothing would be answered any more.
        self.server = self.enterContext(Server("--workers", 1, name="rollcall-test-server"))
        self.context = self.enterContext(zmq.Context())
        self.client = self.enterContext(rc.Client(self.server.endpoint, self.context))
        self.client.hello("ana", DEADLINE_S)

    def assert_failure(self, body, text):
        with self.assertRaises(rc.ServerError) as failure:
            self.client.ask(body, DEADLINE_S)
        self.assertEqual(failure.exception.code, rc.Code.HANDLER_FAILED)
        self.assertIn(text, failure.exception.message.text)
        self.assertEqual(self.client.ask(b"still there?", DEADLINE_S).body, b"still there?")

    def test_exception_becomes_an_error_with_its_text(self):
        self.assert_failure(b"throw no such table", "no such table")
        self.assert_failure("throw não há".encode(), "não há")

    def test_exception_that_is_none(self):
        self.assert_failure(b"oddthrow", "not a std::exception")

    def test_reply_over_the_bound(self):
        self.assert_failure(f"big {MESSAGE_BYTES_MAX + 1}".encode(), "larger than the bound")
        self.assertEqual(len(self.client.ask(f"big {MESSAGE_BYTES_MAX}".encode(), DEADLINE_S).body), MESSAGE_BYTES_MAX)

    def test_plain_client_gets_it_as_text(self):
        with rc.Client(self.server.endpoint, self.context) as plain:
            with self.assertRaises(rc.ServerError) as failure:
                plain.plain("throw ai", DEADLINE_S)
            self.assertEqual(failure.exception.message, rc.PlainError(17, "HANDLER_FAILED", "ai"))
            self.assertEqual(plain.plain("hello", DEADLINE_S), "hello")

    def test_failure_in_the_middle_of_a_pipeline(self):
        for body in (b"a", b"throw b", b"c", b"oddthrow", b"e"):
            self.client.ask_async(body)
        answers = [self.client.next_message(DEADLINE_S) for _ in range(5)]
        self.assertEqual([answer.id for answer in answers], [1, 2, 3, 4, 5])
        self.assertEqual([type(answer) for answer in answers], [rc.Reply, rc.Error, rc.Reply, rc.Error, rc.Reply])


class LeaverTest(unittest.TestCase):
    """A client that leaves while the handler works for it."""

    def setUp(self):
        # One worker: it is known to be done with the leaver when it answers somebody else.
        self.server = self.enterContext(Server("--workers", 1, name="rollcall-test-server"))
        self.observer = self.enterContext(Observer(self.server.endpoint))

    def check(self, leave):
        with Crowd(self.server.endpoint, 2) as crowd:
            crowd.wait_welcomed()
            crowd.send_all(f"sleep {SLOW_MS // 4} x")
            crowd.send_all("never run")
            leave(crowd)
            self.wait_welcome_count(1)
        with Crowd(self.server.endpoint, 2) as fresh:
            fresh.wait_welcomed()
            self.assertEqual(fresh.ask_all(), 2)
            self.assertEqual(self.observer.ask()[0], 3)
        self.observer.wait_count(1)

    def wait_welcome_count(self, count):
        """A WELCOME needs no worker: it tells the count while the handler runs."""
        end_s = time.monotonic() + DEADLINE_S
        while self.observer.client.hello("observer", DEADLINE_S).count != count:
            self.assertLess(time.monotonic(), end_s)

    def test_killed(self):
        self.check(Crowd.kill)

    def test_hung_up(self):
        self.check(Crowd.hang_up)

    def test_said_goodbye(self):
        self.check(Crowd.say_goodbye)


if __name__ == "__main__":
    unittest.main()
