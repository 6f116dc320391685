"""A frozen client leaves within the printed bound; a healthy one is never taken for frozen, whoever else freezes."""

import signal
import threading
import time
import unittest

from crowd import Crowd, Observer
from harness import SANITIZED, Server, wait_until

HEARTBEAT_S = 0.6
TIMEOUT_S = 0.4
BOUND_S = HEARTBEAT_S + TIMEOUT_S
MACHINE_S = 10.0 if SANITIZED else 3.0  # what a busy machine may add
ALMOST = 0.8  # of the timeout: the last PING may have been answered late
PERIODS = 4
SIZE = 10 if SANITIZED else 50
KILLS, KILLS_AT_ONCE = 100, 10
ATTEMPTS = 3


def pass_time(seconds):
    """Here time itself is what is waited for."""
    threading.Event().wait(seconds)


class FrozenTest(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server("--heartbeat", HEARTBEAT_S, "--heartbeat-timeout", TIMEOUT_S))
        self.observer = self.enterContext(Observer(self.server.endpoint))

    def crowd(self, size, first_number=0):
        crowd = self.enterContext(Crowd(self.server.endpoint, size, first_number))
        crowd.wait_welcomed()
        return crowd

    def test_frozen_leaves_within_the_bound_and_healthy_ones_stay(self):
        self.assertEqual(self.server.liveness_ms, 1000 * BOUND_S)
        healthy = self.crowd(SIZE)
        for frozen in (self.crowd(1, 0), self.crowd(1, 1)):
            self.assertEqual(frozen.ask_all(), 1)  # so that no PING is unanswered now
            count, version = self.observer.ask()
            start_s = time.monotonic()
            frozen.freeze()
            took_s = self.observer.wait_count(count - 1, start_s, BOUND_S + MACHINE_S)
            print(f"frozen client left after {took_s:.3f} s; the bound is {BOUND_S} s")
            self.assertGreaterEqual(took_s, ALMOST * TIMEOUT_S)
            self.assertEqual(self.observer.ask(), (count - 1, version + 1))
            self.server.wait_event("left", reason="timed_out", count=count - 1)
        self.assertEqual(healthy.ask_all(), SIZE)

    def test_killed_while_they_were_silent_is_not_frozen(self):
        """Silent for up to a heartbeat, which is longer than the timeout: what came last tells nothing by itself."""
        groups = [self.crowd(KILLS_AT_ONCE, KILLS_AT_ONCE * i) for i in range(KILLS // KILLS_AT_ONCE)]
        self.observer.ask()
        pass_time(HEARTBEAT_S)
        for i, group in enumerate(groups):
            pass_time(HEARTBEAT_S / (len(groups) - 1))
            group.kill()
            self.observer.wait_count(1 + KILLS_AT_ONCE * (len(groups) - 1 - i))

        def reasons():
            return [event["reason"] for event in self.server.events() if event["event"] == "left"]

        wait_until(lambda: len(reasons()) == KILLS, "all leaves in the log")
        self.assertEqual(reasons(), ["disconnected"] * KILLS)

    def test_idle_clients_stay(self):
        idle = self.crowd(SIZE)
        before = self.observer.ask()
        pass_time(PERIODS * HEARTBEAT_S)
        self.assertEqual(self.observer.ask(), before)
        self.assertEqual(idle.ask_all(), SIZE)
        self.assertEqual(self.observer.ask(), before)

    def test_frozen_for_less_than_the_timeout_stays(self):
        stayed = sum(self.stays_after_a_short_freeze() for _ in range(3))
        print(f"frozen for less than the timeout, three times: {stayed} told something")

    def stays_after_a_short_freeze(self):
        """False when the machine froze the client for longer than it was meant to, which tells nothing."""
        with Crowd(self.server.endpoint, 2) as crowd:
            crowd.wait_welcomed()
            self.assertEqual(crowd.ask_all(), 2)
            before = self.observer.ask()
            start_s = time.monotonic()
            crowd.freeze()
            pass_time(TIMEOUT_S / 4)
            crowd.thaw()
            answered = crowd.ask_all()
            in_time = time.monotonic() - start_s < ALMOST * TIMEOUT_S
            pass_time(TIMEOUT_S)
            after = self.observer.ask()
        self.observer.wait_count(1)
        if in_time:
            self.assertEqual((answered, after), (2, before))
        return in_time

    def test_frozen_server_evicts_nobody(self):
        # A PING whose PONG is on its way when the server freezes counts as lost; that takes bad luck of some
        # milliseconds in a heartbeat period, not three times in a row.
        crowds = [self.crowd(SIZE, SIZE * i) for i in range(2)]
        for attempt in range(ATTEMPTS):
            before = self.observer.ask()
            self.server.signal(signal.SIGSTOP)
            pass_time(2.0)
            self.server.signal(signal.SIGCONT)
            self.observer.ask()
            pass_time(BOUND_S)
            after = self.observer.ask()
            print(f"server frozen for 2 s: {after[1] - before[1]} of {2 * SIZE} clients came or went")
            if after == before:
                break
            for crowd in crowds:
                crowd.end()
            self.observer.wait_count(1)
            crowds = [self.crowd(SIZE, SIZE * i) for i in range(2)]
        self.assertEqual(after, before, f"{ATTEMPTS} attempts")
        self.assertEqual([crowd.ask_all() for crowd in crowds], [SIZE, SIZE])


if __name__ == "__main__":
    unittest.main()
