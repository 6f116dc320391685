"""Half of all clients are killed at once under load: the count is exact within a second, the others notice nothing."""

import signal
import time
import unittest

from chaos import CLIENTS, MACHINE_FACTOR, RATE, Accountant, ChaosCase, ms
from crowd import Observer

EXACT_WITHIN_S = 1.0 * MACHINE_FACTOR
HALF = CLIENTS // 2


class KilledClientsTest(ChaosCase):
    def test_half_of_them(self):
        server = self.serve()
        staying = self.account(server.endpoint, clients=HALF)
        leaving = self.enterContext(Accountant(server.endpoint, clients=HALF, name="b"))
        observer = self.enterContext(Observer(server.endpoint))
        for accountant in (staying, leaving):
            accountant.wait_welcome()
            accountant.rate(RATE)
        observer.wait_count(1 + 2 * HALF)
        before = self.assert_busy(staying)
        observer.history.clear()
        staying.mark()
        start_s = time.monotonic()
        leaving.signal(signal.SIGKILL)
        took_s = observer.wait_count(1 + HALF, start_s)
        counts = [count for count, _ in observer.history]
        self.assertEqual(counts, sorted(counts, reverse=True), "the count falls only")
        self.assertLessEqual(took_s, EXACT_WITHIN_S)
        after = staying.report()
        print(f"{HALF} of {2 * HALF} clients killed: exact count after {1000 * took_s:.0f} ms; p99 of the others "
              f"{ms(before, 'p99'):.1f} ms before, {ms(after, 'p99'):.1f} ms meanwhile")
        quiet = staying.window(0.5)
        self.assertEqual((quiet["lost"], after["lost"], quiet["welcome"]), (0, 0, HALF))
        self.assertEqual(observer.ask()[0], 1 + HALF)
        total = staying.finish()
        self.assertEqual((total["errors"], total["unknown"], total["open"]), ({}, 0, 0))
        self.assertEqual(total["replies"], total["sent"])


if __name__ == "__main__":
    unittest.main()
