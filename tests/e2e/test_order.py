"""Eight workers and requests of every duration: a client's replies come in the order of its requests, all of them."""

import random
import time
import unittest

import zmq

from crowd import rc
from harness import DEADLINE_S, SANITIZED, Server

WORKERS = 8
CLIENTS = 20
REQUESTS = 20 if SANITIZED else 200
DELAY_MS_MAX = 20
SEED = 20240229


class OrderTest(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server("--workers", WORKERS, name="rollcall-test-server"))
        self.context = self.enterContext(zmq.Context())
        self.random = random.Random(SEED)

    def connect(self, plain):
        """A client whose session stands."""
        client = self.enterContext(rc.Client(self.server.endpoint, self.context))
        client.plain("hello", DEADLINE_S) if plain else client.hello("ana", DEADLINE_S)
        return client

    def pipeline(self, plain, clients):
        """Sends every client's requests at once; returns the sum of their durations."""
        total_ms = 0
        for number in range(1, REQUESTS + 1):
            for name, client in enumerate(clients):
                delay_ms = self.random.randint(0, DELAY_MS_MAX)
                total_ms += delay_ms
                body = f"sleep {delay_ms} {name}-{number}"
                client.send(rc.Plain(body) if plain else rc.Request(number, body.encode()))
        return total_ms / 1000

    def replies(self, client):
        """The next REQUESTS messages, which are this client's replies."""
        return [client.next_message(2 * DEADLINE_S) for _ in range(REQUESTS)]

    def check(self, plain):
        clients = [self.connect(plain) for _ in range(CLIENTS)]
        start_s = time.monotonic()
        serial_s = self.pipeline(plain, clients)
        for name, client in enumerate(clients):
            numbers = range(1, REQUESTS + 1)
            if plain:
                expected = [rc.Plain(f"{name}-{number}") for number in numbers]
            else:
                expected = [rc.Reply(number, CLIENTS, CLIENTS, f"{name}-{number}".encode()) for number in numbers]
            self.assertEqual(self.replies(client), expected)
        took_s = time.monotonic() - start_s
        # One more answer each: nothing was doubled.
        for client in clients:
            client.plain("done", DEADLINE_S) if plain else client.hello("ana", DEADLINE_S)
            with self.assertRaises(TimeoutError):
                client.next_message(0)
        kind = "plain" if plain else "full"
        print(f"{kind}: {CLIENTS * REQUESTS} requests of {serial_s:.1f} s took {took_s:.1f} s, {WORKERS} workers")
        self.assertLess(took_s, 0.7 * serial_s + (DEADLINE_S if SANITIZED else 0))

    def test_full_protocol(self):
        self.check(plain=False)

    def test_plain(self):
        self.check(plain=True)


if __name__ == "__main__":
    unittest.main()
