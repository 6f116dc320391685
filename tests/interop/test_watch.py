"""Who is here, and who comes and goes, as a client of another language sees it (section 4.4)."""

import sys
import time
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "support")]

import rollcall_client as rc  # noqa: E402
from crowd import Crowd  # noqa: E402
from harness import DEADLINE_S, SANITIZED  # noqa: E402
from test_interop import InteropCase  # noqa: E402

JOINED, LEFT, RESET = 1, 2, 3
GOODBYE, DISCONNECTED = 1, 2
ACKNOWLEDGE_EVERY = 100
BURST = 800  # queries: more than the 500 that are answered in a second, and fewer answers than its high-water mark
CROWDS = 20
CROWD_SIZE = 10 if SANITIZED else 50
VISITORS = CROWD_SIZE // 2
POLITE_VISITORS = (VISITORS + 1) // 2  # the others are plain ones, which close their connections


class Watching:
    """A watcher's picture of the roster: names by session, at each version that it was told."""

    def __init__(self, client, version_from=0):
        self.client = client
        self.version = version_from
        self.names = {}
        self.counts = {}  # by version
        self.reasons = []
        self.resets = 0
        client.watch(version_from)

    def follow_until(self, done):
        while not done(self):
            self.take(self.client.next_message(DEADLINE_S))

    def take(self, message):
        if isinstance(message, rc.Roster):
            assert message.pushed and message.version == self.version, message
            self.names |= {entry.session: entry.name for entry in message.entries}
            return
        assert isinstance(message, rc.Event), message
        if message.kind == RESET:
            self.resets += 1
            self.names = {}
        else:
            assert message.version == self.version + 1, (message, self.version)
            if message.kind == JOINED:
                self.names[message.session] = message.name
            else:
                assert self.names.pop(message.session) == message.name, message
                self.reasons.append(message.reason)
            assert len(self.names) == message.count, message
        self.version = message.version
        self.counts[self.version] = message.count
        if self.version % ACKNOWLEDGE_EVERY == 0:
            self.client.watch(self.version)


class RosterTest(InteropCase):
    def test_who_is_here(self):
        ana, ben = self.client("ana"), self.client("ben\u202e<b>")
        ana.ask(b"oi", DEADLINE_S)
        roster = ben.roster(DEADLINE_S)
        self.assertEqual((roster.version, roster.count), (2, 2))
        self.assertEqual([(e.session, e.name, e.requests) for e in roster.entries],
                         [(1, "ana", 1), (2, "ben\u202e<b>", 0)])
        for entry in roster.entries:
            host, port = entry.address.rsplit(":", 1)
            self.assertEqual(host, "127.0.0.1")
            self.assertGreater(int(port), 0)
            self.assertLess(abs(entry.since / 1000 - time.time()), 60)
            self.assertLess(entry.idle, 60_000)

    def test_pages(self):
        clients = [self.client(f"client {number}") for number in range(7)]
        names = [entry.name for entry in clients[0].roster(DEADLINE_S, limit=3).entries]
        self.assertEqual(names, [f"client {number}" for number in range(7)])

    def test_too_many_queries_in_a_second_are_error_13(self):
        ana = self.client("ana")
        refused = []
        end = time.monotonic() + DEADLINE_S
        while not refused:
            self.assertLess(time.monotonic(), end)
            for _ in range(BURST):
                ana.send(rc.RosterQuery())
            answers = [ana.next_message(DEADLINE_S) for _ in range(BURST)]
            refused = [answer for answer in answers if isinstance(answer, rc.Error)]
        for error in refused:
            self.assertEqual((error.code, error.id), (rc.Code.BUSY, 0))
            self.assertTrue(error.text.startswith("ROSTER"))


class WatchTest(InteropCase):
    def test_from_nothing(self):
        ana = self.client("ana")
        watching = Watching(ana)
        watching.follow_until(lambda each: each.names == {1: "ana"})
        ben = self.client("ben")
        ben.bye(DEADLINE_S)
        watching.follow_until(lambda each: each.version == 3)
        self.assertEqual((watching.reasons, watching.resets, watching.counts), ([GOODBYE], 1, {1: 1, 2: 2, 3: 1}))

    def test_from_a_version_of_the_future(self):
        ana = self.client("ana")
        watching = Watching(ana, 1 << 60)
        watching.follow_until(lambda each: each.names == {1: "ana"})
        self.assertEqual((watching.resets, watching.version), (1, 1))

    def test_who_stops_is_told_nothing_more(self):
        ana = self.client("ana")
        ana.watch(1)
        ana.send(rc.Watch(0, stop=True))
        self.client("ben")
        self.assertEqual(ana.ask(b"oi", DEADLINE_S).version, 2)

    def test_a_crowd_that_churns_and_is_killed(self):
        """Ten watchers follow 1,000 clients that come, go and are killed; each sees every version, and all see the
        same."""
        watchers = [Watching(self.client(f"watcher {number}")) for number in range(10)]
        crowds = [self.enterContext(Crowd(self.server.endpoint, CROWD_SIZE)) for _ in range(CROWDS)]
        for crowd in crowds:
            crowd.wait_welcomed()
        for number in range(CROWDS // 2):
            crowds[number].kill()
            with Crowd(self.server.endpoint, VISITORS) as visitors:
                visitors.wait_welcomed()
                visitors.say_goodbye()
                visitors.wait_left()
        stayers = CROWD_SIZE * (CROWDS - CROWDS // 2)
        changes = 10 + CROWDS * CROWD_SIZE + CROWDS // 2 * (CROWD_SIZE + 2 * VISITORS)
        for watching in watchers:
            watching.follow_until(lambda each: each.version == changes)
        roster = watchers[0].client.roster(DEADLINE_S)
        self.assertEqual((roster.version, roster.count), (changes, 10 + stayers))
        names = {entry.session: entry.name for entry in roster.entries}
        counts = {version: count for watching in watchers for version, count in watching.counts.items()}
        for watching in watchers:
            self.assertEqual(watching.names, names)
            self.assertEqual(watching.resets, 1)
            # Every version from where it began, with the count that all others were told.
            self.assertEqual(sorted(watching.counts), list(range(min(watching.counts), changes + 1)))
            self.assertTrue(watching.counts.items() <= counts.items())
            self.assertEqual(watching.reasons.count(GOODBYE), CROWDS // 2 * POLITE_VISITORS)
            self.assertEqual(watching.reasons.count(DISCONNECTED),
                             CROWDS // 2 * (CROWD_SIZE + VISITORS - POLITE_VISITORS))


if __name__ == "__main__":
    unittest.main()
