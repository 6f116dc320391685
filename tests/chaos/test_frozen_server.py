"""The server stands still (SIGSTOP) for longer than its heartbeats allow: when it goes on, it takes nobody for dead."""

import signal
import unittest

from chaos import CLIENTS, RATE, ChaosCase, ms, pass_time

HEARTBEAT_MS, TIMEOUT_MS = 1000, 500
FROZEN_S = 3 * (HEARTBEAT_MS + TIMEOUT_MS) / 1000
EVICTED_SHARE_MAX = 0.01
# A PING whose PONG is on its way when the server stops counts as lost: on a busy machine that can be more than one in
# a hundred, but not three times in a row.
ATTEMPTS = 3


class FrozenServerTest(ChaosCase):
    def test_frozen_for_three_times_the_bound(self):
        server = self.serve("--heartbeat", HEARTBEAT_MS, "--heartbeat-timeout", TIMEOUT_MS)
        accountant = self.account(server.endpoint)
        accountant.wait_welcome()
        accountant.rate(RATE)
        self.assert_busy(accountant)
        for _ in range(ATTEMPTS):
            accountant.mark()
            server.signal(signal.SIGSTOP)
            pass_time(FROZEN_S)
            while_frozen = accountant.report()
            server.signal(signal.SIGCONT)
            pass_time((HEARTBEAT_MS + TIMEOUT_MS) / 1000)
            report = accountant.wait_welcome()
            print(f"frozen for {FROZEN_S} s: {report['lost']} of {CLIENTS} clients lost their connection; the slowest "
                  f"reply took {ms(report, 'max'):.0f} ms")
            self.assertGreater(while_frozen["open"], RATE * FROZEN_S / 2, "it really stood still")
            if report["lost"] <= EVICTED_SHARE_MAX * CLIENTS:
                break
        self.assertLessEqual(report["lost"], EVICTED_SHARE_MAX * CLIENTS, f"{ATTEMPTS} attempts")
        ended, _ = self.assert_balanced(accountant.finish())
        self.assertEqual(set(ended.values()), {"reply"}, "the server lived, so each has its reply")


if __name__ == "__main__":
    unittest.main()
