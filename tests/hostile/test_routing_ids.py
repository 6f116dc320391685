"""Peers that choose a routing id, and those that claim one of the form that the server's libzmq gives out itself."""

import os
import unittest

import zmq

import harness
import hostile_case
from hostile_case import Reply, error_of, hello, request, token_of
from raw_zmtp import RawPeer

FIXED_RAND = os.path.join(harness.BIN, "../lib/fixed_rand.so")
FIRST_COUNTER = 0x1000  # with FIXED_RAND: the server's own probe has it, the first connection the next one


def claimed_id(counter):
    return b"\0" + counter.to_bytes(4, "big")


class ChosenIds(hostile_case.HostileCase):
    def test_ids_chosen_through_the_library(self):
        ids = (b"a", b"abcde", b"\1\0\0\0\0", b"x" * 255)
        for routing_id in ids:
            with self.subTest(routing_id[:10]):
                client = self.guest(routing_id)
                for part in (hello(b"chosen"), b"plain text", request(1), hostile_case.BYE):
                    client.send(part)
                    self.assertEqual(error_of(self.receive(client)[-1]), (0, 20))
        self.expect_refused("chosen_routing_id", exactly=4 * len(ids))
        self.close_guests()
        self.expect_refused("silent_connection", exactly=len(ids))

    def test_a_chosen_id_on_a_req_socket(self):
        client = self.guest(b"chosen", zmq.REQ)
        client.send(b"plain text")
        self.assertEqual(error_of(self.receive(client)[-1]), (0, 20))
        self.expect_refused("chosen_routing_id", exactly=1)

    def test_two_peers_with_the_same_chosen_id(self):
        with RawPeer(self.port) as first, RawPeer(self.port) as second:
            first.handshake(identity=b"twin")
            first.send_message(hello())
            self.assertEqual(error_of(first.read_message()[0]), (0, 20))
            second.handshake(identity=b"twin")
            second.send_message(hello())
            self.bystander.wait_asked(20)
            self.expect_refused("chosen_routing_id", exactly=1)  # libzmq never hands on what the second one says
        self.expect_refused("silent_connection", exactly=2)

    def test_huge_ids(self):
        """ZMTP bounds an id at 255 bytes; libzmq takes what its bound on messages lets through."""
        sizes_bytes = (256, 65536, 1 << 20)
        for size_bytes in sizes_bytes:
            with self.subTest(size_bytes), RawPeer(self.port) as peer:
                peer.handshake(identity=bytes([1]) * size_bytes)
                peer.send_message(hello())
                self.assertEqual(error_of(peer.read_message()[0]), (0, 20))
        self.expect_refused("chosen_routing_id", exactly=len(sizes_bytes))
        with RawPeer(self.port) as peer:
            peer.send(b"")
            with self.assertRaises(Exception):
                peer.handshake(identity=bytes(2 * hostile_case.MAX_MESSAGE_BYTES))
        self.expect_refused("silent_connection", exactly=len(sizes_bytes) + 1)

    def test_a_claimed_id_of_the_servers_own_form(self):
        """Whatever number it claims: chance would have to hit the few that were given out."""
        with RawPeer(self.port) as peer:
            peer.handshake(identity=claimed_id(0xDEADBEEF))
            for part in (hello(), b"plain text"):
                peer.send_message(part)
            for _ in range(2):
                self.assertEqual(error_of(peer.read_message()[0]), (0, 20))
        self.expect_refused("forged_routing_id", exactly=2)
        self.expect_refused("silent_connection", exactly=1)

    def test_an_empty_id_is_none(self):
        with RawPeer(self.port) as peer:
            peer.handshake(identity=b"")
            peer.send_message(hello())
            token_of(peer.read_message()[0])
            self.guests = 1


@unittest.skipIf(harness.SANITIZED, "a preloaded library and a sanitizer's runtime don't go together")
class KnownCounter(hostile_case.HostileCase):
    """What a peer could do that knew the server's counter. The bystander has FIRST_COUNTER + 1."""

    def setUp(self):
        self.server_env = {"LD_PRELOAD": os.path.abspath(FIXED_RAND)}
        super().setUp()

    def test_the_id_of_a_living_client(self):
        with RawPeer(self.port) as peer:
            peer.handshake(identity=claimed_id(FIRST_COUNTER + 1))
            for part in (hello(b"thief"), request(1), hostile_case.BYE):
                peer.send_message(part)
            self.bystander.wait_asked(100)
            self.assertEqual(peer.commands, [])
        self.expect_refused("silent_connection", exactly=1)

    def test_ids_just_outside_what_was_given_out(self):
        """The counter's start, which was the server's own, and numbers that no connection can have got yet."""
        claims = (FIRST_COUNTER, FIRST_COUNTER - 1, FIRST_COUNTER + 1000)
        peers = [RawPeer(self.port) for _ in claims]
        for peer, claim in zip(peers, claims):
            peer.handshake(identity=claimed_id(claim))
            peer.send_message(hello(b"thief"))
        for peer, claim in zip(peers, claims):
            with self.subTest(claim), peer:
                self.assertEqual(error_of(peer.read_message()[0]), (0, 20))
        self.expect_refused("forged_routing_id", exactly=len(claims))

    def test_the_id_of_a_client_that_left(self):
        """Believed, as it cannot be told from an honest one, and worth no more than an honest one."""
        with RawPeer(self.port) as client:
            client.handshake()
            client.send_message(hello(b"leaver"))
            token = token_of(client.read_message()[0])
        self.server.wait_event("left", name="leaver")
        self.guests = None
        with RawPeer(self.port) as peer:
            peer.handshake(identity=claimed_id(FIRST_COUNTER + 2))
            peer.send_message(hello(b"heir"))
            # On the dead one's descriptor it is late, on another one it is a client with a token of its own.
            self.bystander.wait_asked(20)
            for event in self.server.events():
                if event["event"] == "joined" and event["name"] == "heir":
                    self.assertNotEqual(token_of(peer.read_message()[0]), token)

    def test_the_thief_gets_no_replies_of_the_one_before(self):
        with RawPeer(self.port) as client:
            client.handshake()
            client.send_message(hello(b"leaver"))
            token_of(client.read_message()[0])
            for i in range(1, 200):
                client.send_message(request(i))
        self.guests = None
        with RawPeer(self.port) as peer:
            peer.handshake(identity=claimed_id(FIRST_COUNTER + 2))
            self.bystander.wait_asked(20)
            peer.send_message(hello(b"heir"))
            peer.send_message(b"plain text")
            self.bystander.wait_asked(20)
            while not peer.is_idle():
                part = peer.read_message()[0]
                if part[:2] == b"\1\x82":
                    self.fail(f"a reply to another client's request: {Reply(part).id}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
