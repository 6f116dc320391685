"""Clients that ask for more than they may, or for more than they read."""

import concurrent.futures
import contextlib
import threading
import unittest

import hostile_case
import raw_zmtp
from hostile_case import MAX_MESSAGE_BYTES, WINDOW, Reply, error_of, hello, percentile, request, token_of
from raw_zmtp import RawPeer

P99_S_MAX = 0.25 * hostile_case.SCALE  # on two busy cores, and far below what any timeout would make of it
LARGE_GREETING = "x" * 100_000 + " "
PIPE_MESSAGES_MAX = 1864  # the high-water mark of the server's frontend at the default window


class FloodCase(hostile_case.HostileCase):
    rss_slack_bytes = 96 << 20  # of large messages, malloc keeps some for the next ones

    def tell_latencies(self, what, from_index):
        quiet, during = self.bystander.latencies_s[:from_index], self.bystander.latencies_s[from_index:]
        p99_s = percentile(during, 0.99)
        print(f"  {what}: the bystander's p99 {percentile(quiet, 0.99) * 1000:.2f} ms before,"
              f" {p99_s * 1000:.2f} ms during;"
              f" memory +{(self.server.rss_bytes() - self.rss_before) / (1 << 20):.0f} MiB")
        self.assertLess(p99_s, P99_S_MAX)


class Requests(FloodCase):
    def test_a_flood_whose_answers_nobody_reads(self):
        self.bystander.wait_asked(100)
        quiet = len(self.bystander.latencies_s)
        peer = self.welcomed(b"flooder", receive_buffer_bytes=4096)
        count = 50_000 // hostile_case.SCALE
        with contextlib.suppress(raw_zmtp.Closed):  # it may be evicted for it, and cut
            for first in range(1, count, 1000):
                peer.send(b"".join(raw_zmtp.message(request(i, b"body")) for i in range(first, first + 1000)))
        self.bystander.wait_asked(100)
        self.tell_latencies(f"{count} requests, nothing read", quiet)
        self.assertLess(self.server.rss_bytes(), self.rss_before + self.rss_slack_bytes * hostile_case.SCALE)
        peer.close()

    def test_a_client_that_reads_nothing_is_evicted(self):
        """Its requests are beyond its window, its errors beyond what its pipe and its kernel hold."""
        peer = self.welcomed(b"flooder", receive_buffer_bytes=4096)
        batch = b"".join(raw_zmtp.message(request(0, b"b" * 20)) for _ in range(1000))
        evicted = threading.Event()

        def flood():
            with contextlib.suppress(raw_zmtp.Closed):
                while not evicted.is_set():
                    peer.send(batch)

        thread = threading.Thread(target=flood)
        thread.start()
        try:
            self.server.wait_event("left", name="flooder", reason="evicted", count=1)
        finally:
            evicted.set()
            thread.join()
        self.expect_refused("out_of_place")
        peer.wait_closed()
        peer.close()

    def test_every_request_beyond_the_window_has_one_answer(self):
        """Over the window it is BUSY; either way it is one answer an id, and replies come in order."""
        peer = self.welcomed(b"flooder")
        burst = WINDOW + 300  # fewer answers than would fill its pipe
        replied = busy = 0
        for first in range(1, 20_000 // hostile_case.SCALE, burst):
            ids = range(first, first + burst)
            peer.send(b"".join(raw_zmtp.message(request(i)) for i in ids))
            outcomes = [self.outcome(peer.read_message()[0]) for _ in ids]
            replies = [request_id for request_id, code in outcomes if code == 0]
            self.assertEqual(replies, sorted(replies))
            self.assertEqual(sorted(request_id for request_id, _ in outcomes), list(ids))
            replied += len(replies)
            busy += burst - len(replies)
        self.assertGreaterEqual(replied, WINDOW)
        print(f"  beyond the window: {replied} replies, {busy} BUSY")
        if busy:
            self.expect_refused("over_bound", exactly=busy)
        peer.close()

    def outcome(self, part):
        """(id, 0) of a reply, (id, 13) of a BUSY."""
        if part[1] == 0x82:
            return Reply(part).id, 0
        request_id, code = error_of(part)
        self.assertEqual(code, 13)
        return request_id, code

    def test_a_flood_of_large_requests(self):
        """The bound on one client's bytes: what is above it gets QUEUE_FULL, not memory."""
        self.bystander.wait_asked(100)
        quiet = len(self.bystander.latencies_s)
        peer = self.welcomed(b"flooder")
        count = 200 // hostile_case.SCALE
        body = bytes(MAX_MESSAGE_BYTES - 10)
        sender = threading.Thread(target=lambda: [peer.send_message(request(i, body)) for i in range(1, count + 1)])
        sender.start()
        for _ in range(count):
            part = peer.read_message()[0]
            if part[1] != 0x82:
                self.assertEqual(error_of(part)[1], 14)
        sender.join()
        self.tell_latencies(f"{count} requests of 1 MiB", quiet)
        peer.close()


class Replies(FloodCase):
    server_args = ("--greeting", LARGE_GREETING + "{count}")
    greeting_text = LARGE_GREETING

    def test_large_replies_that_nobody_reads(self):
        """They wait in the client's pipe, up to its high-water mark; then the client is evicted."""
        peer = self.welcomed(b"flooder", receive_buffer_bytes=4096)
        most = self.rss_before + self.rss_slack_bytes + PIPE_MESSAGES_MAX * len(LARGE_GREETING)
        request_id = 0
        for _ in range(20):
            asked = b"".join(raw_zmtp.message(request(request_id + i)) for i in range(1, WINDOW + 1))
            request_id += WINDOW
            peer.send(asked)
            self.bystander.wait_asked(5)
            if any(event["event"] == "left" for event in self.server.events()):
                break
        self.server.wait_event("left", name="flooder", reason="evicted")
        print(f"  unread replies: memory +{(self.server.rss_bytes() - self.rss_before) / (1 << 20):.0f} MiB")
        self.assertLess(self.server.rss_bytes(), most * hostile_case.SCALE)
        peer.close()


class Churn(hostile_case.HostileCase):
    def test_clients_that_come_and_go(self):
        """Several at a time, as the server waits a moment whenever one may have another one's descriptor."""
        self.guests = None
        with concurrent.futures.ThreadPoolExecutor(16) as threads:
            for _ in threads.map(self.come_and_go, range(2000 // hostile_case.SCALE)):
                pass

    def come_and_go(self, number):
        peer = RawPeer(self.port)
        peer.handshake()
        peer.send_message(hello(b"moth"))
        if number % 3:
            token_of(peer.read_message()[0])
        if number % 2:
            peer.abort()
        else:
            peer.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
