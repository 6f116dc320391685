"""SIGTERM under load: what was accepted has its outcome, clients are told, and the server ends well and in time."""

import signal
import time
import unittest

from chaos import CLIENTS, RATE, ChaosCase
from harness import wait_until

DRAIN_MS = 20_000


class DrainTest(ChaosCase):
    def test_sigterm(self):
        server = self.serve("--drain-timeout", DRAIN_MS)
        accountant = self.account(server.endpoint)
        accountant.wait_welcome()
        accountant.rate(RATE)
        self.assert_busy(accountant)
        accountant.mark()
        start_s = time.monotonic()
        server.signal(signal.SIGTERM)
        self.assertEqual(server.wait(DRAIN_MS / 1000), 0)
        took_s = time.monotonic() - start_s
        wait_until(lambda: accountant.report()["closing"] == CLIENTS, "every client is told")
        accountant.rate(0)
        # Nobody can say what became of those that met no server any more: leaving ends them as unknown, or not sent.
        total = accountant.finish(patience_s=0)
        ended, run = self.assert_balanced(total, overdue_max=total["sent"])
        print(f"SIGTERM under {RATE} requests a second: ended after {1000 * took_s:.0f} ms")
        unanswered = {body: end for body, end in ended.items() if body in run and end != "reply"}
        self.assertEqual(unanswered, {}, "accepted and run, but not answered")
        self.assertLess(took_s, DRAIN_MS / 1000)


if __name__ == "__main__":
    unittest.main()
