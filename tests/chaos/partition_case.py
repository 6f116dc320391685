"""What the tests have in common in which half of all clients are cut off from the server without a word."""

import time

from chaos import CLIENTS, MACHINE_FACTOR, RATE, ChaosCase, back_figures, ms
from harness import wait_until

HEARTBEAT_S, TIMEOUT_S = 1.0, 0.5
BOUND_S = HEARTBEAT_S + TIMEOUT_S
MACHINE_S = 2.0 * MACHINE_FACTOR  # what a busy machine may add
HALF = CLIENTS // 2
HEARTBEATS = ("--heartbeat", HEARTBEAT_S, "--heartbeat-timeout", TIMEOUT_S)
HEALED_WITHIN_S = 60.0  # TCP tries again when it likes; it doubles its pauses


class PartitionCase(ChaosCase):
    def check(self, near, far, cut, heal):
        """`far` is cut off and healed; `near` never is."""
        for accountant in (near, far):
            accountant.wait_welcome()
            accountant.rate(RATE)
        before = self.assert_busy(near)
        near.mark()
        far.mark()
        start_s = time.monotonic()
        cut()
        wait_until(lambda: near.report()["count"] == HALF, "those cut off have left")
        left_s = time.monotonic() - start_s
        self.server.wait_event("left")
        left = [event["reason"] for event in self.server.events() if event["event"] == "left"]
        self.assertEqual(left, ["timed_out"] * len(left))  # the log leaves out what is too much for a second
        heal_s = time.monotonic()
        heal()
        back = far.wait_back(deadline_s=HEALED_WITHIN_S)
        print(f"{HALF} clients cut off left after {left_s:.2f} s (the bound is {BOUND_S} s), and were back within "
              f"{time.monotonic() - heal_s:.2f} s of the network ({back_figures(back['came_back'])} after the cut); "
              f"{back['resumed']} sessions resumed, {back['anew']} begun anew")
        self.assertLessEqual(left_s, BOUND_S + MACHINE_S)
        self.assertEqual((back["resumed"], back["anew"]), (HALF, 0))
        meanwhile = near.report()
        print(f"the others' p99: {ms(before, 'p99'):.1f} ms before, {ms(meanwhile, 'p99'):.1f} ms meanwhile")
        self.assertEqual((meanwhile["lost"], meanwhile["errors"], meanwhile["unknown"]), (0, {}, 0))
        for accountant in (near, far):
            total = accountant.finish()
            self.assertEqual((total["replies"], total["unknown"], total["overdue"]), (total["sent"], 0, 0), total)
