"""A thousand clients come, are killed in waves and leave: the count is exact after each wave and never out of range."""

import unittest

from crowd import Crowd, Observer
from harness import SANITIZED, Server

PROCESSES = 20
SIZE = 5 if SANITIZED else 50
ASKS_AFTERWARDS = 50


class CrowdTest(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server())
        self.observer = self.enterContext(Observer(self.server.endpoint))

    def come(self):
        """All crowds, whose sessions are counted while they come."""
        self.observer.history.clear()
        crowds = [self.enterContext(Crowd(self.server.endpoint, SIZE, i)) for i in range(PROCESSES)]
        all_of_them = 1 + PROCESSES * SIZE
        seconds = self.observer.wait_count(all_of_them)
        for crowd in crowds:
            crowd.wait_welcomed()
        counts = [count for count, _ in self.observer.history]
        self.assertEqual(counts, sorted(counts), "the count rises only")
        self.assert_stays(all_of_them, all_of_them)
        print(f"{PROCESSES * SIZE} clients came in {seconds:.2f} s, {len(counts)} counts seen")
        return crowds

    def wave(self, what, leavers, leave):
        """`leave` takes these crowds away."""
        before, version = self.observer.ask()
        self.observer.history.clear()
        for crowd in leavers:
            leave(crowd)
        after = before - len(leavers) * SIZE
        seconds = self.observer.wait_count(after)
        counts = [count for count, _ in self.observer.history]
        self.assertEqual(counts, sorted(counts, reverse=True), "the count falls only")
        self.assertLessEqual(counts[0], before)
        self.assertEqual(counts[-1], min(counts))
        self.assert_stays(after, version + before - after)
        print(f"{before - after} {what}: exact after {seconds:.3f} s, {len(set(counts))} different counts seen")

    def assert_stays(self, count, version):
        for _ in range(ASKS_AFTERWARDS):
            self.assertEqual(self.observer.ask(), (count, version))

    def test_waves(self):
        crowds = self.come()
        half, quarter = PROCESSES // 2, PROCESSES // 4
        self.wave("killed", crowds[:half], Crowd.kill)
        self.wave("killed", crowds[half:half + quarter], Crowd.kill)
        polite = crowds[half + quarter:]
        self.assertEqual([crowd.ask_all() for crowd in polite], [SIZE] * len(polite))
        self.wave("left politely", polite, Crowd.say_goodbye)
        for crowd in polite:
            crowd.wait_left()
        self.assertEqual(self.observer.ask()[0], 1)

    def test_all_hang_up_at_once_and_come_again(self):
        crowds = [self.enterContext(Crowd(self.server.endpoint, SIZE)) for _ in range(2)]
        self.observer.wait_count(1 + 2 * SIZE)
        for crowd in crowds:
            crowd.wait_welcomed()
        self.wave("hung up", crowds, Crowd.hang_up)
        again = self.enterContext(Crowd(self.server.endpoint, SIZE))
        again.wait_welcomed()
        self.assert_stays(1 + SIZE, 1 + 5 * SIZE)


if __name__ == "__main__":
    unittest.main()
