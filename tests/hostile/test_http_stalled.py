"""Peers that stall while they ask over HTTP: nobody else waits for them, and they are given up in time."""

import time
import unittest

import harness
import hostile_case
import web
from http_case import REQUEST, REQUEST_TIME_S, HttpCase

ANSWER_GOAL_S = 0.1


class Stalled(HttpCase):
    def measure(self, times):
        """How long an answer of /metrics takes, over a new connection and over an old one."""
        took_s = []
        with web.Web(self.server) as kept:
            for _ in range(times):
                began_s = time.monotonic()
                self.assertTrue(self.is_served())
                took_s.append(time.monotonic() - began_s)
                began_s = time.monotonic()
                self.assertEqual(kept.ask("/metrics").status, 200)
                took_s.append(time.monotonic() - began_s)
        return took_s

    def test_two_hundred_that_stall(self):
        quiet = self.measure(50)
        begun = {"silent": b"", "half a request line": b"GET /met", "half a header": REQUEST[:-9],
                 "all but the last byte": REQUEST[:-1]}
        kinds = [*begun, "reads nothing", "drips"]
        peers = []
        for number in range(200):
            kind = kinds[number % len(kinds)]
            peer = self.connect(receive_buffer=4096)
            if kind == "reads nothing":
                peer.send_what_fits(REQUEST * 5000)
            else:
                peer.send(begun.get(kind, b"G"))
            peers.append((kind, peer, time.monotonic()))
        stalled = self.measure(100)
        drips = [0]
        for name, took_s in (("without them", quiet), ("beside them", stalled)):
            print(f"  /metrics {name}: p50 {1000 * hostile_case.percentile(took_s, 0.5):.2f} ms, "
                  f"p99 {1000 * hostile_case.percentile(took_s, 0.99):.2f} ms, max {1000 * max(took_s):.2f} ms "
                  f"of {len(took_s)}; to be below {1000 * ANSWER_GOAL_S:.0f} ms")
        self.assertLess(hostile_case.percentile(stalled, 0.99), 10 * ANSWER_GOAL_S * hostile_case.SCALE)
        ended_s = {}

        def are_cut():
            """A byte now and then does not buy time."""
            self.bystander.wait_asked(20)
            for kind, peer, began_s in peers:
                if peer in ended_s:
                    continue
                if peer.has_ended():
                    ended_s[peer] = time.monotonic() - began_s
                elif kind == "drips":
                    drips[0] += peer.send(b"E")
            return len(ended_s) == len(peers)
        harness.wait_until(are_cut, "the end of those who stall", REQUEST_TIME_S + 3 * harness.DEADLINE_S)
        self.assertGreater(min(ended_s.values()), REQUEST_TIME_S - 1)
        self.assertGreater(drips[0], 100, "they dripped")


if __name__ == "__main__":
    unittest.main(verbosity=2)
