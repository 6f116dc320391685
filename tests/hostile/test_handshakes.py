"""Peers that speak ZMTP, but not as the server wants it: socket types, mechanisms, old versions, odd READYs."""

import contextlib
import unittest

import zmq

import hostile_case
import raw_zmtp
from hostile_case import error_of, hello
from raw_zmtp import RawPeer

WRONG_TYPES = [b"PUB", b"SUB", b"XPUB", b"XSUB", b"REP", b"PUSH", b"PULL", b"PAIR", b"SERVER", b"CLIENT", b"STREAM",
               b"dealer", b"DEALERS", b"", b"x" * 255]


class HandshakeCase(hostile_case.HostileCase):
    heartbeat_args = ()  # libzmq takes some of what is tried for a good handshake, and cuts their sender off later

    def cut_off(self, *openings):
        """Each of these costs its sender the connection, and is counted as a connection that was never heard."""
        peers = [RawPeer(self.port) for _ in openings]
        for peer, opening in zip(peers, openings):
            with contextlib.suppress(raw_zmtp.Closed):  # before it has said all
                peer.send(opening)
        for peer, opening in zip(peers, openings):
            with self.subTest(opening[-60:]), peer:
                peer.wait_closed()
        self.expect_refused("silent_connection", exactly=len(openings))


class Handshakes(HandshakeCase):
    def test_wrong_socket_types(self):
        joining = raw_zmtp.message(hello(b"wrong"))
        self.cut_off(*(raw_zmtp.greeting() + raw_zmtp.ready(kind) + joining for kind in WRONG_TYPES))

    def test_wrong_socket_types_of_the_library(self):
        for kind in (zmq.PUB, zmq.SUB, zmq.REP, zmq.PUSH):
            self.guest(kind=kind)
        self.expect_refused("silent_connection", at_least=4)

    def test_a_router_is_a_client_like_any_other(self):
        with RawPeer(self.port) as peer:
            peer.handshake(b"ROUTER")
            peer.send_message(hello(b"router"))
            self.guests = 1
            hostile_case.token_of(peer.read_message()[0])

    def test_other_mechanisms(self):
        names = (b"CURVE", b"PLAIN", b"GSSAPI", b"null", b"NULLX", b"", b"\xff" * 20)
        openings = [raw_zmtp.greeting(mechanism=name) for name in names]
        openings += [opening + raw_zmtp.command(b"HELLO", bytes(194)) for opening in openings]
        openings.append(raw_zmtp.greeting(mechanism=b"CURVE", as_server=True))
        self.cut_off(*openings)
        self.expect_refused("failed_handshake", at_least=len(openings))

    def test_not_a_ready(self):
        good = raw_zmtp.greeting()
        value = raw_zmtp.property_bytes(b"Socket-Type", b"DEALER")
        self.cut_off(
            good + raw_zmtp.command(b"HELLO", bytes(194)),
            good + raw_zmtp.command(b"ERROR", b"\3bad"),
            good + raw_zmtp.command(b""),
            good + raw_zmtp.frame(b"", command=True),
            good + raw_zmtp.frame(b"\xffREADY", command=True),
            good + raw_zmtp.command(b"READY", value[:-1]),
            good + raw_zmtp.command(b"READY", value + b"\xff"),
            good + raw_zmtp.command(b"READY", value + b"\1x\xff\xff\xff\xff"),
            good + raw_zmtp.command(b"READY", value + b"\1x\x7f\xff\xff\xff"),
            good + raw_zmtp.frame_header(1 << 62, command=True),
            good + raw_zmtp.frame_header((1 << 64) - 1, command=True))

    def test_a_message_before_the_servers_ready(self):
        """libzmq answers it with the end of the connection, unless its own READY was quicker."""
        for _ in range(50 // hostile_case.SCALE):
            with RawPeer(self.port) as peer:
                peer.send(raw_zmtp.greeting() + raw_zmtp.ready() + raw_zmtp.message(hello(b"hasty")))
        self.guests = None
        self.bystander.wait_asked(20)

    def test_a_ready_full_of_properties(self):
        extra = b"".join(raw_zmtp.property_bytes(b"X-%d" % i, b"v" * 100) for i in range(5000 // hostile_case.SCALE))
        with RawPeer(self.port) as peer:
            peer.handshake(extra=extra)
            peer.send_message(hello())
            hostile_case.token_of(peer.read_message()[0])
            self.guests = 1

    def test_a_future_version_is_spoken_to_as_3(self):
        for major, minor in ((3, 0), (3, 255), (4, 0)):
            with self.subTest(major=major, minor=minor), RawPeer(self.port) as peer:
                peer.handshake(major=major, minor=minor)
                peer.send_message(hello())
                hostile_case.token_of(peer.read_message()[0])
                self.guests += 1


class OldVersions(HandshakeCase):
    """Connections that libzmq does not let the server watch."""

    def refused_after(self, opening, greeting_bytes):
        with RawPeer(self.port) as peer:
            peer.send(opening)
            peer.take(greeting_bytes)
            while True:
                _, body = peer.read_frame()
                if body:
                    break
            self.assertEqual(error_of(body), (0, 20))
        self.expect_refused("no_connection", exactly=1)
        self.expect_refused("silent_connection", exactly=1)

    def test_zmtp_2(self):
        opening = raw_zmtp.SIGNATURE + b"\1\5" + raw_zmtp.frame(b"") + raw_zmtp.message(hello(b"old"))
        self.refused_after(opening, greeting_bytes=12)

    def test_zmtp_1(self):
        """Its frames are a length, flags and a body; it gets the server's signature and no more of a greeting."""
        part = hello(b"old")
        with RawPeer(self.port) as peer:
            peer.send(b"\1\0" + bytes([len(part) + 1, 0]) + part)
            self.expect_refused("no_connection", exactly=1)
            self.assertEqual(peer.take(10)[:1], b"\xff")
        self.expect_refused("silent_connection", exactly=1)

    def test_old_peers_with_a_chosen_id(self):
        with RawPeer(self.port) as peer:
            peer.send(raw_zmtp.SIGNATURE + b"\1\5" + raw_zmtp.frame(b"chosen") + raw_zmtp.message(hello(b"old")))
            self.expect_refused("chosen_routing_id", exactly=2)
        with RawPeer(self.port) as peer:
            part = hello(b"old")
            peer.send(b"\6\0older" + bytes([len(part) + 1, 0]) + part)
            self.wait_refused("chosen_routing_id", 2)

    def test_zmtp_1_lengths(self):
        """A length of zero, of all ones, and one far above the bound."""
        endings = (b"\0\0", b"\xff" + b"\xff" * 8 + b"\0", b"\xff" + (1 << 62).to_bytes(8, "big") + b"\0")
        self.cut_off(*(b"\1\0" + ending for ending in endings))


if __name__ == "__main__":
    unittest.main(verbosity=2)
