"""Connections that die without having been heard, and honest clients that get their descriptors.

The server can't tell at once whose the first message on such a descriptor is; it waits a moment (core/connections.hpp).
Nobody may be refused for that, or get what was meant for somebody else.
"""

import concurrent.futures
import time
import unittest

import harness
import hostile_case
from hostile_case import Reply, hello, request, token_of
from raw_zmtp import RawPeer

DEAD_FIRST_ID = 1 << 40
LANES = 4
LATEST_WELCOME_S = 2.0 * hostile_case.SCALE  # the server means 20 ms; the rest is for busy machines


class ReusedDescriptors(hostile_case.HostileCase):
    def setUp(self):
        super().setUp()
        self.welcome_latencies_s = []

    def die(self, kind):
        """A connection of one of several kinds that ends at once, with a RST or a FIN."""
        peer = RawPeer(self.port)
        if kind % 4 > 0:
            peer.handshake()
        if kind % 4 > 1:
            peer.send_message(hello(b"dead"))
        if kind % 4 > 2:
            for i in range(20):
                peer.send_message(request(DEAD_FIRST_ID + i))
        if kind % 8 > 3:
            peer.abort()
        else:
            peer.close()

    def begin(self):
        peer = RawPeer(self.port)
        self.addCleanup(peer.close)
        peer.handshake()
        return peer, time.monotonic()

    def converse(self, peer, began_s):
        """The welcome, and the replies to this client's own requests and no others."""
        token = token_of(peer.read_message()[0])
        self.welcome_latencies_s.append(time.monotonic() - began_s)
        for request_id in (1, 2, 3):
            peer.send_message(request(request_id))
        for request_id in (1, 2, 3):
            reply = Reply(peer.read_message()[0])
            self.assertEqual(reply.id, request_id)
            self.assertGreaterEqual(reply.count, 2)
        self.assertEqual(peer.commands, [])
        return token

    def tell(self, what):
        late = [seconds for seconds in self.welcome_latencies_s if seconds > 0.015]
        print(f"  {what}: {len(self.welcome_latencies_s)} welcomed, {len(late)} of them after more than 15 ms,"
              f" the last after {max(self.welcome_latencies_s) * 1000:.1f} ms")
        self.assertLess(max(self.welcome_latencies_s), LATEST_WELCOME_S)
        # The dead may have been heard in time and have joined; nobody but the honest may have stayed.
        self.guests = None

    def test_one_after_the_other(self):
        """On each of a few lanes: most of the time, the server only waits."""
        with concurrent.futures.ThreadPoolExecutor(LANES) as threads:
            for _ in threads.map(self.walk, [400 // LANES // hostile_case.SCALE] * LANES):
                pass
        self.tell("one after the other")

    def walk(self, clients):
        for i in range(clients):
            self.die(i)
            peer, began_s = self.begin()
            peer.send_message(hello(b"honest"))
            self.converse(peer, began_s)
            peer.close()

    def test_many_at_once(self):
        tokens = set()
        rounds, crowd = 5, 80 // hostile_case.SCALE
        for _ in range(rounds):
            for i in range(crowd):
                self.die(i)
            peers = [self.begin() for _ in range(crowd)]
            for peer, _ in peers:
                peer.send_message(hello(b"honest"))
            for peer, began_s in peers:
                tokens.add(self.converse(peer, began_s))
            for peer, _ in peers:
                peer.close()
        self.assertEqual(len(tokens), rounds * crowd)
        self.tell("many at once")

    def test_a_whole_window_before_the_welcome(self):
        """What a client in doubt sends at once is kept, in order, and none of it is lost."""
        for i in range(40 // hostile_case.SCALE):
            self.die(i)
            peer, began_s = self.begin()
            peer.send_message(hello(b"eager"))
            for request_id in range(1, hostile_case.WINDOW + 1):
                peer.send_message(request(request_id))
            token_of(peer.read_message()[0])
            self.welcome_latencies_s.append(time.monotonic() - began_s)
            for request_id in range(1, hostile_case.WINDOW + 1):
                self.assertEqual(Reply(peer.read_message()[0]).id, request_id)
            peer.close()
        self.tell("a window at once")


class QuickClients(unittest.TestCase):
    def test_clients_that_speak_at_once(self):
        """Their first message may be there before the server has looked at what its monitor says of them."""
        for _ in range(8):
            with harness.Server() as server, concurrent.futures.ThreadPoolExecutor(8) as threads:
                for token in threads.map(self.welcome, [server.port] * (600 // hostile_case.SCALE)):
                    self.assertEqual(len(token), 16)

    @staticmethod
    def welcome(port):
        with RawPeer(port) as peer:
            peer.handshake()
            peer.send_message(hello(b"quick"))
            return token_of(peer.read_message()[0])


if __name__ == "__main__":
    unittest.main(verbosity=2)
