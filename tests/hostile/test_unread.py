"""Clients that do not read what they asked for, and clients that never end what they say."""

import contextlib
import threading
import unittest

import harness
import hostile_case
import raw_zmtp
from hostile_case import BYE, WINDOW, Reply, hello, request, token_of
from raw_zmtp import RawPeer

LARGE_GREETING = "x" * 100_000 + " "
# Far above what the kernel takes off the server's hands for each connection, which is up to 4 MB.
UNREAD_BYTES_MAX = 16 << 20
TOTAL_UNREAD_BYTES_MAX = 48 << 20
SLACK_BYTES = 32 << 20  # what malloc keeps, and the bystander's answers need


class UnreadCase(hostile_case.HostileCase):
    server_args = ("--greeting", LARGE_GREETING + "{count}", "--max-unread", str(UNREAD_BYTES_MAX),
                   "--max-unread-total", str(TOTAL_UNREAD_BYTES_MAX), "--reply-cache", "0")
    greeting_text = LARGE_GREETING
    rss_slack_bytes = SLACK_BYTES

    def ask(self, peer, first, last):
        peer.send(b"".join(raw_zmtp.message(request(i)) for i in range(first, last + 1)))

    def evicted(self):
        return [e["name"] for e in self.server.events() if e["event"] == "left" and e["reason"] == "evicted"]

    def most_rss(self, action):
        """The server's memory at its most while `action` runs, above what it was."""
        ended = threading.Event()
        seen = [0]

        def watch():
            while not ended.wait(0.005):
                seen[0] = max(seen[0], self.server.rss_bytes() - self.rss_before)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            action()
        finally:
            ended.set()
            watcher.join()
        return seen[0]


class OneReader(UnreadCase):
    def test_who_reads_nothing_is_evicted(self):
        peer = self.welcomed(b"sleeper", receive_buffer_bytes=4096)

        def flood():
            self.ask(peer, 1, WINDOW)
            self.server.wait_event("left", name="sleeper", reason="evicted")
            peer.wait_closed()

        most = self.most_rss(flood)
        print(f"  {WINDOW} answers of 100 kB asked for, none read: memory +{most >> 20} MiB")
        self.assertLess(most, (UNREAD_BYTES_MAX + SLACK_BYTES) * hostile_case.SCALE)
        peer.close()

    def test_who_reads_slowly_gets_everything(self):
        peer = self.welcomed(b"slow", receive_buffer_bytes=4096)
        at_once = UNREAD_BYTES_MAX // len(LARGE_GREETING) - 1
        for first in range(1, 5 * at_once, at_once):
            self.ask(peer, first, first + at_once - 1)
            self.bystander.wait_asked(20)
            for request_id in range(first, first + at_once):
                self.assertEqual(Reply(peer.read_message()[0]).id, request_id)
        self.assertEqual(self.evicted(), [])
        peer.close()


class AllReaders(UnreadCase):
    def test_those_with_most_to_read_make_room(self):
        """Each is within its own bound; those that read nothing go, one after the other, and who reads stays. A goodbye
        makes no difference."""
        each = UNREAD_BYTES_MAX // len(LARGE_GREETING) - 1
        count = 4 * TOTAL_UNREAD_BYTES_MAX // UNREAD_BYTES_MAX
        reader = self.welcomed(b"reader")
        sleepers = []

        def fill():
            for number in range(count):
                peer = self.welcomed(b"sleeper%d" % number, receive_buffer_bytes=4096)
                sleepers.append(peer)
                self.ask(peer, 1, each)
                if number % 3 == 0:
                    self.bystander.wait_asked(20)  # so that they were run
                    peer.send_message(BYE)
                self.ask(reader, 1 + 2 * number, 2 + 2 * number)
                for _ in range(2):
                    Reply(reader.read_message()[0])
            harness.wait_until(lambda: len(self.evicted()) >= count // 3, "sleepers to be evicted")

        most = self.most_rss(fill)
        evicted = self.evicted()
        print(f"  {count} clients leave 15 MB each unread: {len(evicted)} evicted, memory +{most >> 20} MiB")
        self.assertNotIn("reader", evicted)
        self.assertLess(most, (TOTAL_UNREAD_BYTES_MAX + SLACK_BYTES) * hostile_case.SCALE)
        for peer in (reader, *sleepers):
            peer.close()


class Endless(hostile_case.HostileCase):
    server_args = ("--max-message", "64KiB")
    rss_slack_bytes = SLACK_BYTES

    def pour(self, peer):
        """Sends part after part until the connection is ended. Returns how many."""
        thousand = raw_zmtp.frame(b"", more=True) * 1000
        sent = 0
        peer.socket.settimeout(1)  # a kernel may let a peer wait whose connection was ended while it was full
        with contextlib.suppress(raw_zmtp.Closed, TimeoutError):
            for _ in range(100_000):
                peer.send(thousand)
                sent += 1000
        return sent

    def test_parts_without_end_of_a_stranger(self):
        peer = RawPeer(self.port)
        self.addCleanup(peer.close)
        peer.handshake()
        sent = self.pour(peer)
        print(f"  cut after {sent} parts")
        self.assertLess(sent, 10_000_000 * hostile_case.SCALE)
        self.expect_refused("endless_message", exactly=1)
        peer.close()

    def test_parts_without_end_of_a_client(self):
        peer = RawPeer(self.port)
        self.addCleanup(peer.close)
        peer.handshake()
        peer.send_message(hello(b"windbag"))
        token_of(peer.read_message()[0])
        self.guests = 1
        self.pour(peer)
        self.server.wait_event("left", name="windbag", reason="evicted", count=1)
        self.expect_refused("endless_message", exactly=1)
        peer.close()

    def test_messages_of_far_too_many_parts(self):
        """They end, so that they have to be read, and that takes time: it costs their sender the connection."""
        count = 20
        for _ in range(count):
            with RawPeer(self.port) as peer:
                peer.handshake()
                with contextlib.suppress(raw_zmtp.Closed):
                    peer.send(raw_zmtp.frame(b"", more=True) * 30_000 + raw_zmtp.frame(b""))
                peer.wait_closed()
        self.expect_refused("endless_message", exactly=count)
        waited_s = max(self.bystander.latencies_s)
        print(f"  {count} messages of 30,000 parts: the bystander waited {waited_s * 1000:.1f} ms at most")
        self.assertLess(waited_s, 2 * hostile_case.SCALE)

    def test_many_at_once(self):
        peers = [RawPeer(self.port) for _ in range(20)]
        threads = []
        for peer in peers:
            self.addCleanup(peer.close)
            peer.handshake()
            threads.append(threading.Thread(target=self.pour, args=(peer,)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.expect_refused("endless_message", exactly=len(peers))
        for peer in peers:
            peer.close()


class Frozen(hostile_case.HostileCase):
    """A client that takes nothing of what waits for it leaves as soon as any frozen one."""

    heartbeat_args = ("--heartbeat", "0.3", "--heartbeat-timeout", "0.2")
    server_args = ("--greeting", LARGE_GREETING + "{count}", "--reply-cache", "0")
    greeting_text = LARGE_GREETING
    rss_slack_bytes = SLACK_BYTES

    def test_it_leaves_the_count(self):
        peer = RawPeer(self.port, receive_buffer_bytes=4096)
        self.addCleanup(peer.close)
        peer.handshake()
        peer.send_message(hello(b"frozen"))
        self.guests = 1
        peer.send(b"".join(raw_zmtp.message(request(i)) for i in range(1, WINDOW + 1)))
        self.server.wait_event("left", name="frozen", reason="timed_out", count=1)
        peer.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
