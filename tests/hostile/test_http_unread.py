"""Peers that ask over HTTP and read no answers."""

import unittest

import harness
import web
from crowd import Crowd
from http_case import PER_ADDRESS_MAX, REQUEST_TIME_S, HttpCase

UNREAD_MAX = 32 << 20  # tools/server/http/limits.hpp
CROWD = 1000


class Unread(HttpCase):
    rss_slack_bytes = 128 << 20  # the allocator keeps some of what was freed

    @unittest.skipIf(harness.SANITIZED, "the server is too slow there to write that much in the time of a request")
    def test_large_answers_that_nobody_reads(self):
        """They are bounded in all; small ones are always given, and those who read nothing are given up in time."""
        ask = b"GET /api/v1/roster?limit=2000 HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with Crowd(self.server.endpoint, CROWD) as crowd, web.Web(self.server) as ours:
            self.guests = CROWD
            crowd.wait_welcomed()
            ours.wait_status(count=1 + CROWD)
            page = harness.wait_until(lambda: (answer := ours.ask("/api/v1/roster?limit=2000")).status == 200 and
                                      answer.json["count"] == 1 + CROWD and answer.body, "the whole roster")
            peers = [self.connect(source=f"127.0.0.{2 + number % 2}", receive_buffer=4096)
                     for number in range(2 * PER_ADDRESS_MAX - 20)]
            self.assertGreater(len(peers) * len(page), 1.5 * UNREAD_MAX)
            for peer in peers:
                peer.send(ask * 5)
            refused = harness.wait_until(lambda: (answer := ours.ask("/api/v1/roster?limit=2000")).status == 503 and
                                         answer.json, "the bound")
            self.assertIn("not read", refused["error"])
            for path in ("/healthz", "/readyz", "/metrics", "/api/v1/status"):
                self.assertEqual(ours.ask(path).status, 200, path)
            harness.wait_until(lambda: ours.ask("/api/v1/roster?limit=2000").status == 200, "their end",
                               2 * REQUEST_TIME_S + 2 * harness.DEADLINE_S)
            crowd.kill()


if __name__ == "__main__":
    unittest.main(verbosity=2)
