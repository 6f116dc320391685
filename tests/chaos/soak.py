"""Runs a server for a long time under load, churn and faults, and judges what it grew to: soak.py SECONDS.

Cycles of a few seconds: clients come and go in every way, the network of half of them fails; then it is quiet, all are
back, and the server is measured under equal load. Ends with the figures, and with 1 when something is not as it was.
"""

import random
import statistics
import sys
import time

from chaos import CLIENTS, RATE, Accountant, ms, pass_time
from crowd import ClientProcess, Observer
from fault_proxy import FaultProxy
from harness import DEADLINE_S, SANITIZED, Server, wait_until
from outages import outage

WARM_UP_SHARE = 0.2
RSS_DRIFT_MAX = 0.05
DIRECT, FAR = 3 * CLIENTS // 10, CLIENTS // 10
VISITS = 200 // (10 if SANITIZED else 1)  # connections that come and go in a cycle
OUTAGES = 2  # in a cycle
SAMPLES, SAMPLE_PAUSE_S = 5, 0.1
# What is kept for clients that left must have gone again before the warm-up is over.
RESUME_TIMEOUT_S = 10
# Small, so that as many answers as it allows are kept for every client before the warm-up is over.
WINDOW = 8
# libzmq's queues take memory up to their 512th message: each client has sent more before anything is compared.
FIRST_REQUESTS, FIRST_RATE = 600, 10 * RATE
COUNT = DIRECT + FAR + 1  # and the observer
MIB = 1 << 20


class Soak:
    def __init__(self, seconds, seed):
        self.seconds = seconds
        self.chance = random.Random(seed)
        self.samples = []  # (time, rss, fds) under equal load
        self.complaints = []
        self.visits = 0

    def check(self, is_well, complaint):
        if not is_well:
            self.complaints.append(complaint)
            print(f"NOT WELL: {complaint}", flush=True)

    def run(self):
        flags = ("--resume-timeout", RESUME_TIMEOUT_S, "--window", WINDOW, "--heartbeat", 2, "--heartbeat-timeout", 1)
        with Server(*flags) as server, Observer(server.endpoint) as observer, FaultProxy(server.port) as proxy:
            idle_fds = server.fd_count()
            with Accountant(server.endpoint, DIRECT, "direct") as direct, Accountant(proxy.endpoint, FAR, "far") as far:
                for accountant in (direct, far):
                    self.warm_up(accountant)
                    accountant.rate(RATE * accountant.clients / (DIRECT + FAR))
                begin_s = time.monotonic()
                while (now_s := time.monotonic() - begin_s) < self.seconds:
                    self.cycle(server, observer, proxy, direct, far, now_s)
                hits = proxy.stats()["faults"]
                self.check(direct.report()["lost"] == 0, "a client that had no fault lost its connection")
                self.settle(direct.finish(), far.finish())
            observer.wait_count(1)
            wait_until(lambda: server.fd_count() <= idle_fds, "descriptors are given back")
            self.check(server.fd_count() == idle_fds, f"{idle_fds} descriptors before, {server.fd_count()} afterwards")
            print(f"idle: {idle_fds} descriptors before and {server.fd_count()} afterwards; hit by faults: " +
                  ", ".join(f"{fault} {hit['connections']}" for fault, hit in hits.items()))
            self.check(all(hit["connections"] > 0 for fault, hit in hits.items() if fault not in ("abandon", "none")),
                       "some fault never happened")
            self.check(server.stop() == 0, f"the server's exit code; it said {server.err.all[-60:]}")
        self.judge_memory()
        return self.complaints

    def warm_up(self, accountant):
        accountant.wait_welcome()
        accountant.mark()
        accountant.rate(FIRST_RATE)
        wait_until(lambda: accountant.report()["replies"] >= FIRST_REQUESTS * accountant.clients, "the first requests",
                   10 * DEADLINE_S)

    def cycle(self, server, observer, proxy, direct, far, now_s):
        with ClientProcess("churn", endpoint=server.endpoint, connects=VISITS) as churner:
            for _ in range(OUTAGES):
                outage(proxy, self.chance, self.chance.choice(("cut", "reset", "stall", "swallow", "delay", "drip")))
            churner.report()
        self.visits += VISITS
        far.wait_welcome(deadline_s=DEADLINE_S)
        observer.wait_count(COUNT)
        far.mark()
        rss, fds = [], []
        for _ in range(SAMPLES):
            pass_time(SAMPLE_PAUSE_S)
            rss.append(server.rss_bytes())
            fds.append(server.fd_count())
            self.check(observer.ask()[0] == COUNT, f"the count is {observer.history[-1][0]}, and not {COUNT}")
        observer.history.clear()
        self.samples.append((now_s, statistics.median(rss), min(fds)))
        report = far.report()
        print(f"{now_s:6.1f} s: RSS {self.samples[-1][1] / MIB:.1f} MiB, {self.samples[-1][2]} descriptors, "
              f"p99 {ms(report, 'p99'):.1f} ms", flush=True)

    def settle(self, *totals):
        for total in totals:
            is_well = total["replies"] == total["sent"] and total["overdue"] == total["unasked"] == 0
            self.check(is_well, f"not every request has its reply: {total}")
        sent, replies = (sum(total[what] for total in totals) for what in ("sent", "replies"))
        print(f"{sent} requests, {replies} replies; "
              f"{self.visits} connections came and went")

    def judge_memory(self):
        warm = [sample for sample in self.samples if sample[0] >= WARM_UP_SHARE * self.seconds]
        part = max(1, len(warm) // 4)
        early = statistics.median(rss for _, rss, _ in warm[:part])
        late = statistics.median(rss for _, rss, _ in warm[-part:])
        drift = late / early - 1
        early_fds = statistics.median(fds for _, _, fds in warm[:part])
        late_fds = statistics.median(fds for _, _, fds in warm[-part:])
        print(f"under equal load: RSS {early / MIB:.1f} MiB after the warm-up, {late / MIB:.1f} MiB at the end "
              f"({100 * drift:+.1f} %); descriptors {early_fds:.0f} and {late_fds:.0f}")
        self.check(early_fds == late_fds, "descriptors under equal load are not those from before")
        if SANITIZED:
            print("(memory is not judged: sanitizers keep freed memory back)")
        else:
            self.check(drift <= RSS_DRIFT_MAX, f"memory grew by {100 * drift:.1f} %")


def main():
    seconds = float(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}, {seconds:.0f} s, {COUNT} clients, {RATE} requests/s", flush=True)
    complaints = Soak(seconds, seed).run()
    print("well" if not complaints else f"NOT WELL: {len(complaints)} complaints: {complaints[:5]}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
