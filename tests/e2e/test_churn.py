"""Ten thousand connections come and go in every way there is; what remains is who stayed, and nothing else."""

import time
import unittest

from crowd import ClientProcess, Crowd, Observer
from harness import SANITIZED, Server, wait_until

SCALE = 10 if SANITIZED else 1
CHURNERS = 4
VISITS = 2250 // SCALE
KILLED_PROCESSES = 20
KILLED_SIZE = 50 // SCALE
STAYERS = 50 // SCALE


def told_changes(events):
    """Joins and leaves that the log has told of, left-out ones included."""
    told = sum(event["event"] in ("joined", "left") for event in events)
    left_out = sum(e["total"] for e in events if e["event"] == "suppressed" and e["kind"] == "joined")
    return told + left_out


class ChurnTest(unittest.TestCase):
    def test_churn(self):
        with Server() as server:
            with Observer(server.endpoint) as observer, Crowd(server.endpoint, STAYERS) as stayers:
                stayers.wait_welcomed()
                open_before = server.fd_count()
                start_s = time.monotonic()
                joins_least, joins_most = self.churn(server.endpoint)
                wait_until(lambda: server.fd_count() == open_before, "the server's descriptors are those from before")
                observer.wait_count(1 + STAYERS)
                count, version = observer.ask()
                print(f"{CHURNERS * VISITS + KILLED_PROCESSES * KILLED_SIZE} connections came and went in "
                      f"{time.monotonic() - start_s:.2f} s; {version} joins and leaves")
                self.assertEqual(count, 1 + STAYERS)
                self.assertEqual((version - count) % 2, 0, "joins and leaves are this many, and differ by the count")
                joins = (version + count) // 2
                self.assertLessEqual(joins_least, joins - count)
                self.assertGreaterEqual(joins_most, joins - count)
                self.assertEqual(stayers.ask_all(), STAYERS)
                self.assertEqual(observer.ask(), (count, version))
            self.assertEqual(server.stop(), 0)
            self.check_log(server.events(), joins)

    def churn(self, endpoint):
        """Returns the least and the most sessions that this has begun."""
        churners = [self.enterContext(ClientProcess("churn", endpoint=endpoint, connects=VISITS))
                    for _ in range(CHURNERS)]
        for _ in range(KILLED_PROCESSES):
            with Crowd(endpoint, KILLED_SIZE) as crowd:
                crowd.wait_welcomed()
                crowd.kill()
        tallies = [churner.report() for churner in churners]
        least = KILLED_PROCESSES * KILLED_SIZE
        least += sum(tally[way] for tally in tallies for way in ("bye", "close", "plain"))
        return least, least + sum(tally["hasty"] for tally in tallies)

    def check_log(self, events, joins):
        changes = [event for event in events if event["event"] in ("joined", "left")]
        versions = [event["version"] for event in changes]
        self.assertEqual(versions, sorted(set(versions)), "every change has a version of its own, in order")
        for event in changes:
            self.assertEqual((event["version"] - event["count"]) % 2, 0, event)
        self.assertEqual(told_changes(events), 2 * joins, "joins, and as many leaves when the server has ended")

    def test_log_of_a_slow_churn_has_every_change(self):
        # Few enough a second that the log leaves nothing out.
        with Server() as server:
            with Observer(server.endpoint) as observer, Crowd(server.endpoint, 10) as crowd:
                crowd.wait_welcomed()
                with ClientProcess("churn", endpoint=server.endpoint, connects=100) as churner:
                    churner.report()
                observer.wait_count(11)
                count, version = observer.ask()
                server.wait_event("left", count=count, version=version)
            events = server.events()
            joins = sum(event["event"] == "joined" for event in events)
            leaves = sum(event["event"] == "left" for event in events)
            with self.subTest("while it runs"):
                last = [event for event in events if event["event"] in ("joined", "left")]
                self.assertEqual(joins - leaves, last[-1]["count"])
                self.assertEqual(joins + leaves, last[-1]["version"])


if __name__ == "__main__":
    unittest.main()
