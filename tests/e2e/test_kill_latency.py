"""How long it takes from a client's SIGKILL to the first reply with the new count. The figures are for reading."""

import time
import unittest

from crowd import Crowd, Observer, figures
from harness import SANITIZED, Server

KILLS = 10 if SANITIZED else 100
SEEN_WITHIN_S = 10.0 if SANITIZED else 2.0


class KillLatencyTest(unittest.TestCase):
    def test_single_kills(self):
        with Server() as server, Observer(server.endpoint) as observer:
            crowds = [self.enterContext(Crowd(server.endpoint, 1, number)) for number in range(KILLS)]
            for crowd in crowds:
                crowd.wait_welcomed()
            self.assertEqual(observer.ask(), (1 + KILLS, 1 + KILLS))
            took_s = []
            for crowd in crowds:
                count = observer.history[-1][0] - 1
                start_s = time.monotonic()
                crowd.kill()
                took_s.append(observer.wait_count(count, start_s))
            self.assertEqual(observer.ask(), (1, 1 + 2 * KILLS))
            server.wait_event("left", count=1)
            left = [event["reason"] for event in server.events() if event["event"] == "left"]
            self.assertEqual(left, ["disconnected"] * KILLS)
        print(f"SIGKILL to an exact count: {figures(took_s)}")
        self.assertLess(max(took_s), SEEN_WITHIN_S)


if __name__ == "__main__":
    unittest.main()
