"""Clients whose frames lie about their length, never end, or are commands that nobody asked for."""

import contextlib
import struct
import threading
import unittest

import harness
import hostile_case
import raw_zmtp
from hostile_case import MAX_MESSAGE_BYTES, Reply, Welcome, error_of, hello, request, token_of
from raw_zmtp import RawPeer

HEARTBEAT_S, TIMEOUT_S = 1.0, 0.4
FAR_TOO_LARGE_BYTES = 2 * MAX_MESSAGE_BYTES + 1


class Lengths(hostile_case.HostileCase):
    def cut_off(self, *frames):
        """Each of these costs its sender the connection, and the session that it may have."""
        for data in frames:
            with self.subTest(data[:9].hex(), session=False), RawPeer(self.port) as peer:
                peer.handshake()
                peer.send(data)
                peer.wait_closed()
            with self.subTest(data[:9].hex(), session=True), RawPeer(self.port) as peer:
                peer.handshake()
                peer.send_message(hello(b"guest"))
                self.assertEqual(Welcome(peer.read_message()[0]).count, 2)
                self.guests += 1
                peer.send_message(request(1))
                self.assertEqual(Reply(peer.read_message()[0]).id, 1)
                peer.send(data)
                peer.wait_closed()
                self.bystander.wait_asked(2)  # the second of them was asked afterwards
                harness.wait_until(lambda: self.bystander.last_count == 1, "the session's end")

    def test_announcements_of_too_much(self):
        """Nothing is allocated for what is only announced."""
        sizes_bytes = (FAR_TOO_LARGE_BYTES, 1 << 31, 1 << 32, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)
        self.cut_off(*(raw_zmtp.frame_header(size, more=more) for size in sizes_bytes for more in (False, True)))
        self.assertLess(self.server.rss_bytes(), self.rss_before + self.rss_slack_bytes)

    def test_commands_that_are_too_large(self):
        self.cut_off(*(raw_zmtp.frame_header(size, command=True) for size in (FAR_TOO_LARGE_BYTES, 1 << 62)))

    def test_far_too_large_and_sent(self):
        """What comes behind the announcement is not read."""
        for _ in range(2):
            with RawPeer(self.port) as peer:
                peer.handshake()
                with self.assertRaises(raw_zmtp.Closed):
                    peer.send(raw_zmtp.frame(bytes(16 << 20)))
                    peer.take(1)
        self.expect_refused("silent_connection", exactly=2)

    def test_announced_and_never_sent(self):
        """As large as may be, from many peers: it costs address space, not memory."""
        peers = [RawPeer(self.port) for _ in range(100)]
        for peer in peers:
            peer.handshake()
            peer.send(raw_zmtp.frame_header(FAR_TOO_LARGE_BYTES - 1) + b"\1\1")
        self.bystander.wait_asked(50)
        self.assertLess(self.server.rss_bytes(), self.rss_before + (1 + hostile_case.SCALE) * self.rss_slack_bytes)
        for peer in peers:
            peer.close()
        self.expect_refused("silent_connection", exactly=len(peers))

    def test_short_lengths_in_the_long_form(self):
        with RawPeer(self.port) as peer:
            peer.handshake()
            peer.send(raw_zmtp.frame(hello(), long=True))
            token_of(peer.read_message()[0])
            self.guests = 1

    def test_flags_that_mean_nothing(self):
        """libzmq passes over the upper bits; nobody is harmed."""
        for flags in range(256):
            with RawPeer(self.port) as peer:
                peer.handshake()
                try:
                    peer.send(bytes([flags, 4]) + b"\1\1\0\0" * 3)
                except raw_zmtp.Closed:
                    pass
        self.guests = None
        self.bystander.wait_asked(20)


class EndlessMessages(hostile_case.HostileCase):
    def test_parts_without_end(self):
        """libzmq keeps them until the message ends or its connection does; then they are gone."""
        with RawPeer(self.port) as peer:
            peer.handshake()
            thousand = raw_zmtp.frame(b"part", more=True) * 1000
            for _ in range(200 // hostile_case.SCALE):
                peer.send(thousand)
            self.bystander.wait_asked(20)
        self.expect_refused("silent_connection", exactly=1)

    def test_an_unended_message_dies_with_its_connection(self):
        """Its beginning is not taken for the beginning of somebody else's."""
        for _ in range(20):
            with RawPeer(self.port) as peer:
                peer.handshake()
                peer.send(raw_zmtp.frame(hello(b"half"), more=True))
        with RawPeer(self.port) as peer:
            peer.handshake()
            peer.send_message(hello(b"whole"))
            self.guests = 1
            token_of(peer.read_message()[0])
        self.expect_refused("silent_connection", exactly=20)


class Commands(hostile_case.HostileCase):
    def still_served(self, peer, request_id=1):
        peer.send_message(request(request_id))
        self.assertEqual(Reply(peer.read_message()[0]).id, request_id)
        peer.close()

    def test_pings_are_answered_with_their_context(self):
        peer = self.welcomed()
        for context in (b"", b"x", b"0123456789abcdef"):
            peer.send(raw_zmtp.ping(context=context))
            self.assertEqual(peer.read_command(b"PONG"), context)
        peer.send(raw_zmtp.ping(context=b"c" * (MAX_MESSAGE_BYTES - 7)))  # ZMTP 3.1 bounds it at 16
        self.assertEqual(peer.read_command(b"PONG"), b"c" * 16)
        self.still_served(peer)

    def test_pings_that_are_cut_short(self):
        """libzmq 4.3.4 answers with up to 16 bytes of what the same connection sent before: no secret of others."""
        peer = self.welcomed()
        for body in (b"\4PING", b"\4PING\0"):
            peer.send(raw_zmtp.frame(body, command=True))
            self.assertLessEqual(len(peer.read_command(b"PONG")), 16)
        self.still_served(peer)

    def test_a_flood_of_pings_whose_pongs_nobody_reads(self):
        peer = self.welcomed()
        flood = raw_zmtp.ping(context=b"0123456789abcdef") * 1000
        peer.socket.settimeout(1)  # the server may stop reading, as its answers find no room
        try:
            for _ in range(200 // hostile_case.SCALE):
                peer.socket.sendall(flood)
        except TimeoutError:
            pass
        self.bystander.wait_asked(50)
        self.assertLess(self.server.rss_bytes(), self.rss_before + self.rss_slack_bytes * hostile_case.SCALE)
        peer.close()

    def test_a_ping_that_promises_to_be_back(self):
        """Its time to live is kept: who stays silent longer than it said is gone."""
        peer = self.welcomed()
        peer.send(raw_zmtp.ping(ttl_ds=1))
        peer.wait_closed()
        self.server.wait_event("left", name="guest", reason="disconnected")

    def test_commands_nobody_asked_for(self):
        peer = self.welcomed()
        for name in (b"READY", b"ERROR", b"HELLO", b"WELCOME", b"INITIATE", b"MESSAGE", b"PONG", b"X" * 255):
            peer.send(raw_zmtp.command(name, b"body"))
        peer.send(raw_zmtp.frame(b"", command=True))
        peer.send(raw_zmtp.frame(b"\xffPING", command=True, more=True))
        self.still_served(peer)

    def test_subscriptions_are_messages_of_no_kind(self):
        """libzmq hands them on as messages, to a ROUTER too."""
        peer = self.welcomed()
        for name in (b"SUBSCRIBE", b"CANCEL"):
            peer.send(raw_zmtp.command(name, b"topic"))
            self.assertEqual(error_of(peer.read_message()[0]), (0, 2))
        self.expect_refused("bad_message", exactly=2)
        self.still_served(peer)

    def test_a_time_to_live_that_wraps(self):
        peer = self.welcomed()
        peer.send(raw_zmtp.command(b"PING", struct.pack(">H", 0xFFFF)))
        peer.read_command(b"PONG")
        self.still_served(peer)


class Silence(hostile_case.HostileCase):
    heartbeat_args = ("--heartbeat", HEARTBEAT_S, "--heartbeat-timeout", TIMEOUT_S)

    def test_nonsense_after_a_silence_is_no_timeout(self):
        """It was silent for longer than a heartbeat's answer may take, and owed none when it spoke. On a slow day it
        may come to owe one: not three times in a row."""
        for _ in range(3):
            self.talk_nonsense_after_a_silence(self.welcomed())
            if self.server.wait_event("left", name="guest")["reason"] == "disconnected":
                return
        self.fail("called timed out, three times")

    def talk_nonsense_after_a_silence(self, peer):
        for _ in range(2):
            flags, body = peer.read_frame()
            self.assertTrue(flags & raw_zmtp.COMMAND and body.startswith(b"\4PING"), body)
            peer.send(raw_zmtp.command(b"PONG", body[7:]))
        threading.Event().wait(1.5 * TIMEOUT_S)  # time itself is what is waited for
        with contextlib.suppress(raw_zmtp.Closed):
            peer.send(raw_zmtp.frame_header(FAR_TOO_LARGE_BYTES))
        peer.wait_closed()


if __name__ == "__main__":
    unittest.main(verbosity=2)
