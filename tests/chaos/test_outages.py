"""Numbered requests through a minute of a network that fails again and again, the server alive: all are answered."""

import os
import random
import time
import unittest

from chaos import CLIENTS, LEAST_RATE, RATE, ChaosCase, ms
from fault_proxy import FaultProxy
from harness import SANITIZED
from outages import WAYS, outage

OUTAGES_S = float(os.environ.get("ROLLCALL_CHAOS_OUTAGES_S", "60"))
REQUESTS = int((100 if SANITIZED else 1200) * OUTAGES_S)
SEED = int(os.environ.get("ROLLCALL_CHAOS_SEED", "7"))


class OutagesTest(ChaosCase):
    def test_outages_with_the_server_alive(self):
        # Heartbeats of a second: a stall of two is a lost connection for the server, though the client sees none.
        server = self.serve("--heartbeat", 700, "--heartbeat-timeout", 300)
        proxy = self.enterContext(FaultProxy(server.port))
        accountant = self.account(proxy.endpoint)
        accountant.wait_welcome()
        accountant.rate(RATE)
        self.assert_busy(accountant)
        chance = random.Random(SEED)
        accountant.mark()
        end_s = time.monotonic() + OUTAGES_S
        outages = 0
        while time.monotonic() < end_s:
            outage(proxy, chance, WAYS[outages % len(WAYS)])
            outages += 1
        report = accountant.wait_welcome()
        faults = proxy.stats()["faults"]
        print(f"seed {SEED}: {outages} outages; connections hit: "
              + ", ".join(f"{way} {faults[way]['connections']}" for way in (*WAYS, "refuse")))
        print(f"p50 {ms(report, 'p50'):.1f} ms, p99 {ms(report, 'p99'):.0f} ms, max {ms(report, 'max'):.0f} ms; "
              f"{report['lost']} connections lost, {report['resumed']} sessions resumed, {report['anew']} begun anew")
        for way in (*WAYS, "refuse"):
            self.assertGreater(faults[way]["connections"], 0, way)
        for way in ("stall", "swallow", "delay", "drip"):
            self.assertGreater(faults[way]["bytes"], 0, way)
        self.assertGreater(report["resumed"], CLIENTS / 2)
        self.assertEqual(report["anew"], 0, "every session was resumed")
        total = accountant.finish()
        self.assertGreaterEqual(total["sent"], REQUESTS if LEAST_RATE else 0)
        ended, _ = self.assert_balanced(total)
        self.assertEqual(set(ended.values()), {"reply"}, "the server lived, so each has its reply")


if __name__ == "__main__":
    unittest.main()
