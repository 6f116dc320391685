"""The server is killed thirty times under load and started again at once: all come back, no request is forgotten."""

import signal
import unittest

import runs
from chaos import CLIENTS, RATE, ChaosCase, back_figures, pass_time

KILLS = 30
BACK_P99_S = 3.0
LOAD_S = 0.5


class KillsTest(ChaosCase):
    def test_thirty_kills(self):
        port = runs.lasting_port()
        server = self.serve(port=port, stop_code=-signal.SIGKILL)
        accountant = self.account(server.endpoint)
        accountant.wait_welcome()
        accountant.rate(RATE)
        self.assert_busy(accountant)
        worst_ms = 0
        for kill in range(1, KILLS + 1):
            accountant.mark()
            server.signal(signal.SIGKILL)
            server.wait()
            server = self.serve(port=port, stop_code=0 if kill == KILLS else -signal.SIGKILL)
            report = accountant.wait_back(CLIENTS)
            print(f"kill {kill}: back {back_figures(report['came_back'])}; {report['unknown']} unknown", flush=True)
            self.assertLessEqual(report["came_back"]["p99_ms"], 1000 * BACK_P99_S)
            worst_ms = max(worst_ms, report["came_back"]["p99_ms"])
            pass_time(LOAD_S)
        total = accountant.finish()
        self.assert_balanced(total)
        print(f"{KILLS} kills: the worst p99 until clients were back is {worst_ms:.0f} ms")


if __name__ == "__main__":
    unittest.main()
