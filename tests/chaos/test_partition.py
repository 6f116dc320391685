"""Clients are cut off from the server without a word: they leave in time, and come back to their sessions."""

import unittest

from chaos import RATE, Accountant, back_figures
from fault_proxy import FaultProxy
from harness import DEADLINE_S, Server, wait_until
from partition_case import HALF, HEARTBEATS, PartitionCase


class HalfOpen(PartitionCase):
    def test_connections_that_are_open_on_one_side_only(self):
        self.server = self.enterContext(Server(*HEARTBEATS))
        proxy = self.enterContext(FaultProxy(self.server.port))
        near = self.enterContext(Accountant(self.server.endpoint, HALF, "near"))
        far = self.enterContext(Accountant(proxy.endpoint, HALF, "far"))
        self.check(near, far, lambda: proxy.put("swallow", "every"), proxy.heal)
        self.assertGreaterEqual(proxy.hits("swallow")["connections"], HALF)
        self.assertGreater(proxy.hits("swallow")["bytes"], 0)

    def test_a_client_that_comes_back_before_its_old_connection_has_ended(self):
        # Its connection is cut on its side only: for the server, it is still here when it is here again.
        self.server = self.enterContext(Server("--heartbeat", 60, "--heartbeat-timeout", 30))
        proxy = self.enterContext(FaultProxy(self.server.port))
        far = self.enterContext(Accountant(proxy.endpoint, HALF, "far"))
        far.wait_welcome()
        far.rate(RATE)
        self.assert_busy(far)
        far.mark()
        proxy.put("abandon")
        back = far.wait_back(deadline_s=DEADLINE_S)
        print(f"{HALF} clients back {back_figures(back['came_back'])} beside their old connections")
        self.assertEqual((back["resumed"], back["anew"]), (HALF, 0))
        wait_until(lambda: far.report()["count"] == HALF, "the count")
        self.assertEqual(proxy.hits("abandon")["connections"], HALF)
        total = far.finish()
        self.assertEqual((total["replies"], total["unknown"], total["overdue"]), (total["sent"], 0, 0), total)


if __name__ == "__main__":
    unittest.main()
