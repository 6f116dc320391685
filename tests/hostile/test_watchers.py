"""Those who ask who is here, or watch who comes and goes, and mean harm (PROTOCOL.md section 4.4)."""

import contextlib
import time
import unittest

import hostile_case
import raw_zmtp
from crowd import Crowd, rc
from harness import SANITIZED
from hostile_case import error_of, hello, token_of
from raw_zmtp import RawPeer

WATCHERS_FULL, TOO_LARGE = 23, 8
RESET = 3
UNACKNOWLEDGED_MAX = 256
WATCHERS_MAX = 64
NAMES = ["<script>alert(1)</script>", "&lt;b&gt;\"'`${1}", "\x1b[31mred\x1b[0m\r\n\0\x7f", "\u202egnirts\u2066",
         "🧨" * 32, "e\u0301" * 40, ""]
CROWD = 10 if SANITIZED else 50
CROWDS = 4 if SANITIZED else 10


def roster_query(cursor=0, limit=0):
    return rc.encode_client_message(rc.RosterQuery(cursor, limit))


def watch(from_version=0):
    return rc.encode_client_message(rc.Watch(from_version))


def is_event(part):
    return isinstance(rc.decode_server_message(part), rc.Event)


class WatcherCase(hostile_case.HostileCase):
    def polite_guest(self):
        """One whose ZeroMQ library reads and answers heartbeats, whatever becomes of the messages."""
        guest = self.guest()
        guest.send(hello(b"guest"))
        token_of(self.receive(guest)[0])
        self.guests += 1
        return guest

    def come_and_go(self):
        for _ in range(CROWDS):
            with Crowd(self.server.endpoint, CROWD) as crowd:
                crowd.wait_welcomed()
                crowd.say_goodbye()
                crowd.wait_left()
            self.guests += CROWD


class Names(WatcherCase):
    def test_any_text_is_a_name_and_comes_back_as_it_was(self):
        peers = [self.welcomed(name.encode()) for name in NAMES]
        peers[0].send_message(roster_query())
        roster = rc.decode_server_message(peers[0].read_message()[0])
        self.assertEqual([entry.name for entry in roster.entries[1:]], NAMES)

    def test_sixty_four_kibibytes_of_emoji(self):
        with RawPeer(self.port) as peer:
            peer.handshake()
            peer.send_message(hello("🧨".encode() * 16_383))
            self.assertEqual(error_of(peer.read_message()[0]), (0, TOO_LARGE))
        self.expect_refused("bad_message", exactly=1)
        self.expect_refused("silent_connection", exactly=1)


class Queries(WatcherCase):
    def test_beyond_the_end(self):
        peer = self.welcomed()
        for cursor in (2, 3, 1 << 32, (1 << 64) - 1):
            peer.send_message(roster_query(cursor, 65_535))
            roster = rc.decode_server_message(peer.read_message()[0])
            self.assertEqual((roster.entries, roster.next, roster.count), ((), 0, 2))

    def test_a_flood_whose_answers_nobody_reads(self):
        batch = raw_zmtp.message(roster_query()) * 1000

        def flood():
            peer = self.welcomed(receive_buffer_bytes=4096)
            # It may be evicted for what it does not read; a kernel may then let it wait.
            with contextlib.suppress(raw_zmtp.Closed, TimeoutError):
                for _ in range(50 // hostile_case.SCALE):
                    peer.send(batch)
            peer.close()
        self.check_undisturbed_by(flood, "a flood of ROSTER queries")


class Watchers(WatcherCase):
    def test_from_versions_of_the_future(self):
        peer = self.welcomed()
        for version in (3, 1 << 63, (1 << 64) - 1):
            peer.send_message(watch(version))
            event, roster = (rc.decode_server_message(peer.read_message()[0]) for _ in range(2))
            self.assertEqual(event.kind, RESET)
            self.assertEqual((roster.version, roster.count, roster.next), (2, 2, 0))

    def test_one_more_than_may_be(self):
        guests = [self.polite_guest() for _ in range(WATCHERS_MAX + 1)]
        for guest in guests[:-1]:
            guest.send(watch())
            self.assertTrue(is_event(self.receive(guest)[0]))
        guests[-1].send(watch())
        self.assertEqual(error_of(self.receive(guests[-1])[0]), (0, WATCHERS_FULL))
        guests[0].close()
        self.server.wait_event("left", reason="disconnected")
        guests[-1].send(watch())
        self.assertTrue(is_event(self.receive(guests[-1])[0]))

    def test_as_many_as_may_be_that_read_nothing(self):
        """Each is told what it may have unacknowledged, and no more; and nobody waits for it."""
        guests = [self.polite_guest() for _ in range(WATCHERS_MAX)]
        unwatched_s = self.p99_s(self.come_and_go)
        for guest in guests:
            guest.send(watch())
        came_before = self.guests
        self.check_undisturbed_by(self.come_and_go, "64 watchers that read nothing", unwatched_s)
        due = 1 + min(2 * (self.guests - came_before), UNACKNOWLEDGED_MAX)  # a reset, and changes
        for guest in guests:
            told = 0
            while told < due:
                told += is_event(self.receive(guest)[0])
            self.assertFalse(guest.poll(10), "it was told more")

    def test_a_flood_of_new_beginnings(self):
        """A session begins anew once a second, however often it says so."""
        guest = self.polite_guest()
        began_s = time.monotonic()

        def flood():
            for _ in range(50_000 // hostile_case.SCALE):
                guest.send(watch())
        self.check_undisturbed_by(flood, "a flood of WATCH")
        guest.send(roster_query(1 << 60))  # answered when all before it was read
        resets = 0
        while isinstance(message := rc.decode_server_message(self.receive(guest)[0]), rc.Event) or message.pushed:
            resets += isinstance(message, rc.Event) and message.kind == RESET
        self.assertLessEqual(resets, time.monotonic() - began_s + 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
