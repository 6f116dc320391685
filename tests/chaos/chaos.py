"""What the chaos tests share: accountants, servers that write down what they run, and the balance of the two."""

import collections
import json
import os
import subprocess
import tempfile
import threading
import unittest

from harness import DEADLINE_S, SANITIZED, Program, Server, wait_until

# A sanitized build is up to twenty times slower: it shows that nothing breaks, not how fast it is.
CLIENTS = 100 if SANITIZED else 1000
RATE = 300 if SANITIZED else 1500
LEAST_RATE = 0 if SANITIZED else 1000
MACHINE_FACTOR = 10 if SANITIZED else 1


def pass_time(seconds):
    """Here time itself is what is waited for: load goes on, an outage lasts."""
    threading.Event().wait(seconds)


class Accountant(Program):
    """rollcall-accountant: clients whose every request is accounted for (accountant.cpp tells the figures)."""

    def __init__(self, endpoint, clients=CLIENTS, name="a", outcomes=None, prefix=()):
        arguments = ["--server", endpoint, "--clients", clients, "--name", name]
        arguments += ["--outcomes", outcomes] if outcomes else []
        super().__init__("rollcall-accountant", *arguments, stdin=subprocess.PIPE, prefix=prefix)
        self.clients = clients
        self.out.wait_for("started")

    def command(self, *words, deadline_s=DEADLINE_S):
        self.write(" ".join(map(str, words)) + "\n")
        line = self.out.next(deadline_s)
        assert line is not None, f"the accountant has ended: {self.err.all}"
        return json.loads(line)

    def rate(self, requests_per_second):
        self.command("rate", requests_per_second)

    def mark(self):
        self.command("mark")

    def report(self):
        return self.command("report")

    def wait_welcome(self, clients=None, deadline_s=DEADLINE_S):
        """Returns the report in which so many clients are welcome (default: all)."""
        wanted = self.clients if clients is None else clients
        return wait_until(lambda: (r := self.report())["welcome"] >= wanted and r, f"{wanted} clients welcome",
                          deadline_s)

    def wait_back(self, clients=None, deadline_s=DEADLINE_S):
        """The same for clients that were welcomed after the mark, and all others are welcome too."""
        def are_back(report):
            back = report["came_back"]["samples"] if report["came_back"] else 0
            return back >= (clients or self.clients) and report["welcome"] == self.clients
        return wait_until(lambda: (r := self.report()) and are_back(r) and r, "clients come back", deadline_s)

    def window(self, seconds):
        """The report of the next so many seconds."""
        self.mark()
        pass_time(seconds)
        return self.report()

    def finish(self, patience_s=DEADLINE_S):
        """All figures, when every request has ended or patience has; the program has ended too."""
        total = self.command("finish", patience_s, deadline_s=patience_s + DEADLINE_S)
        code = self.wait()
        assert code == 0, f"the accountant ended with {code}: {self.err.all[-60:]}"
        return total


def replies_per_second(report):
    return report["replies"] / report["seconds"]


class Journals:
    """A file for each life of a server: the bodies that it ran."""

    def __init__(self, folder):
        self.folder = folder
        self.lives = []

    def next(self):
        self.lives.append(os.path.join(self.folder, f"journal-{len(self.lives)}"))
        return self.lives[-1]

    def runs(self):
        """For each life, how often each body was run."""
        for path in self.lives:
            with open(path, encoding="utf-8") as file:
                yield collections.Counter(file.read().split("\n")[:-1])


class ChaosCase(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.journals = Journals(self.folder)
        self.outcomes = os.path.join(self.folder, "outcomes")

    def serve(self, *flags, port=0, stop_code=0):
        """A server that keeps a journal of this life of its own."""
        return self.enterContext(Server("--journal", self.journals.next(), *flags, name="rollcall-journal-server",
                                        port=port, stop_code=stop_code))

    def account(self, endpoint, **options):
        return self.enterContext(Accountant(endpoint, outcomes=self.outcomes, **options))

    def assert_busy(self, accountant, seconds=1.0):
        """The load before a fault: without it, a fault proves little."""
        best = 0
        for _ in range(5):  # a machine that is busy with other things for a moment
            before = accountant.window(seconds)
            best = max(best, replies_per_second(before))
            if best >= LEAST_RATE and best > 0:
                return before
        self.fail(f"only {best:.0f} replies a second before the fault")

    def assert_balanced(self, total, overdue_max=0):
        """Every request has one outcome; none was run twice in a server's life; outcomes agree with the journals.

        Returns how each request ended, and how often it was run.
        """
        self.assertLessEqual(total["overdue"], overdue_max, "not ended in time")
        with open(self.outcomes, encoding="utf-8") as file:
            ended = dict(line.split() for line in file)
        self.assertEqual(len(ended), total["sent"])
        self.assertEqual((total["open"], total["unasked"], total["wrong"]), (0, 0, 0), total)
        run = collections.Counter()
        for life, runs in enumerate(self.journals.runs()):
            twice = [body for body, times in runs.items() if times > 1]
            self.assertEqual(twice, [], f"run twice in life {life} of the server")
            run += runs
        never_run = [body for body, end in ended.items() if end == "reply" and body not in run]
        self.assertEqual(never_run, [], "answered, but by no server")
        self.assertEqual([body for body in run if body not in ended], [], "run, but never asked")
        more_than_once = sum(times > 1 for times in run.values())
        ends = collections.Counter(ended.values())
        print(f"{total['sent']} requests: " + ", ".join(f"{number} {end}" for end, number in sorted(ends.items())) +
              f"; {more_than_once} were run by more than one server")
        return ended, run


def ms(report, figure):
    return report["latency"][figure + "_ms"] if report["latency"] else float("nan")


def back_figures(came_back):
    return "p50 {p50_ms:.0f} ms, p99 {p99_ms:.0f} ms, max {max_ms:.0f} ms".format(**came_back)
