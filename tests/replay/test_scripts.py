"""Scripts against the real server: the examples of proto/SCRIPT.md, and what a script can say."""

import glob
import os
import unittest

import harness
from harness import Server
from replaying import SCRIPTS, Replay, lines, play
from runs import Run


class Examples(unittest.TestCase):
    def test_every_example_passes_as_it_stands(self):
        paths = sorted(glob.glob(os.path.join(SCRIPTS, "*.jsonl")))
        self.assertGreaterEqual(len(paths), 5)
        for path in paths:
            with self.subTest(os.path.basename(path)), Server() as server:
                done = Replay(server, path)
                self.assertEqual(done.code, 0, done)
                self.assertGreater(done.report["expectations"]["met"], 0, done)

    def test_every_example_passes_as_fast_as_it_goes_and_more_than_once(self):
        for path in sorted(glob.glob(os.path.join(SCRIPTS, "*.jsonl"))):
            with self.subTest(os.path.basename(path)), Server() as server:
                done = Replay(server, "--speed", "max", "--loop", "3", path)
                self.assertEqual(done.code, 0, done)

    def test_a_dry_run_sends_nothing(self):
        for path in sorted(glob.glob(os.path.join(SCRIPTS, "*.jsonl"))):
            with self.subTest(os.path.basename(path)):
                done = Replay("tcp://127.0.0.1:1", "--dry-run", path)
                self.assertEqual(done.code, 0, done)
                self.assertIn("join", done.out)


class Presence(unittest.TestCase):
    def test_every_step_sees_the_count_that_it_should(self):
        done = play(
            {"join": "ana"},
            {"wait": {"count": 1}},
            {"join": "bia*", "number": 50},
            {"wait": {"count": 51}},
            {"send": "bia*", "text": "oi", "expect": {"count": 51}},
            {"wait": {}},
            {"crash": "bia*"},
            {"wait": {"count": 1}},
            {"send": "ana", "text": "oi", "expect": {"count": 1}},
            {"leave": "ana"},
            {"wait": {"count": 0}},
            {"join": "ana"},
            {"send": "ana", "text": "again", "expect": {"text": "Hello, Client! Conexões ativas: 1"}})
        self.assertEqual(done.code, 0, done)
        self.assertEqual(done.report["clients"]["joined"], 52, done)
        self.assertEqual(done.report["clients"]["crashed"], 50, done)

    def test_a_count_that_never_comes_fails_and_says_so(self):
        done = play({"join": "ana"}, {"wait": {"count": 2}, "timeout": 0.2}, {"send": "ana", "text": "x"})
        self.assertEqual(done.code, 1, done)
        self.assertIn("line 3", done.out)
        self.assertIn("count 2", done.out)
        self.assertEqual(done.report["replies"], 1, "what comes after it is played")

    def test_only_one_clients_requests(self):
        done = play(
            {"join": "ana"}, {"join": "bia"}, {"wait": {"count": 2}},
            {"send": "bia", "text": "x", "expect": {"text": "nobody says this"}},
            {"send": "ana", "text": "x", "expect": {"count": 2}}, args=("--only", "ana"))
        self.assertEqual(done.code, 0, done)
        self.assertEqual(done.report["requests"]["sent"], 1, done)

    def test_another_number_of_clients_under_a_pattern(self):
        done = play({"join": "bia*", "number": 2}, {"wait": {}}, {"send": "bia*", "text": "oi"}, {"wait": {"count": 7}},
                    args=("--clients", "7"))
        self.assertEqual(done.code, 0, done)
        self.assertEqual(done.report["clients"]["joined"], 7, done)


    def test_a_ramp_holds_nobodys_own_order_back_to_front(self):
        done = play(
            {"join": "bia*", "number": 5, "ramp": 0.2},
            {"send": "bia*", "text": "oi", "ramp": 0.1, "expect": {"matches": "ativas"}},
            {"leave": "bia*", "ramp": 0.05},
            {"wait": {"count": 0}})
        self.assertEqual(done.code, 0, done)
        self.assertEqual(done.report["replies"], 5, done)
        self.assertEqual(done.report["clients"]["left"], 5, done)

    def test_more_clients_than_the_script_says(self):
        done = play({"join": "bia*", "number": 100}, {"wait": {"count": 200}}, args=("--clients", "200"))
        self.assertEqual(done.code, 0, done)

    def test_a_script_through_a_pipe(self):
        with Server() as server:
            done = Run("rollcall-replay", "--lang", "en", "--server", server.endpoint, "-",
                       stdin=lines({"join": "ana"}, {"send": "ana", "text": "x", "expect": {"count": 1}}).encode())
            self.assertEqual(done.code, 0, done.out + done.err)
            self.assertRegex(done.out, r"Expectations +1 of 1 met")
            done = Run("rollcall-replay", "--server", server.endpoint, "-",
                       stdin=lines({"join": "ana"}, {"send": "bia", "text": "x"}).encode())
            self.assertEqual(done.code, 2, done.out + done.err)
            self.assertIn("bia", done.err)


class Expectations(unittest.TestCase):
    def test_expect_lines_follow_the_order_of_the_requests(self):
        done = play(
            {"join": "ana"},
            {"send": "ana", "text": "1"}, {"send": "ana", "text": "2", "expect": {"text": "two"}},
            {"send": "ana", "text": "3"},
            {"expect": "ana", "text": "one"}, {"expect": "ana", "text": "three"},
            server_args=("--greeting", "{count}"))
        self.assertEqual(done.code, 1, done)
        failures = done.report["expectations"]["failures"]
        self.assertEqual(sorted(each["line"] for each in failures), [4, 6, 7], done)

    def test_a_request_that_ends_in_an_error_fails_unless_that_is_expected(self):
        too_long = "x" * 5000
        arguments = ("--max-message", "4KiB")
        done = play({"join": "ana"}, {"send": "ana", "text": too_long}, server_args=arguments)
        self.assertEqual(done.code, 1, done)
        self.assertIn("line 3", done.out)
        wanted = {"send": "ana", "text": too_long, "expect": {"error": "too_large"}}
        done = play({"join": "ana"}, wanted, server_args=arguments)
        self.assertEqual(done.code, 0, done)
        done = play({"join": "ana"}, wanted, server_args=arguments, args=("--fail-on", "error.too_large==0"))
        self.assertEqual(done.code, 1, done)

    def test_requests_without_end_are_bounded_and_served(self):
        count = 12_000 if harness.SANITIZED else 120_000
        asked = {"send": "ana", "text": "x", "expect": {"timeout": harness.DEADLINE_S}}
        with Server() as server:
            done = Replay(server, "--fail-on", "errors==0",
                          script=lines({"join": "ana"}, {"repeat": count, "steps": [asked]}))
        self.assertEqual(done.code, 0, done)
        self.assertEqual(done.report["replies"], count, done)

    def test_think_time_counts_from_the_last_reply(self):
        done = play({"join": "ana"}, {"repeat": 3, "steps": [{"send": "ana", "text": "x", "think": 0.05}]})
        self.assertEqual(done.code, 0, done)
        self.assertGreaterEqual(done.report["seconds"], 0.15, done)

    def test_the_same_seed_sends_the_same(self):
        step = {"send": "ana", "text": "{random} {random:1-6}", "expect": {"text": "{random} {random:1-6}"}}
        with Server(name="rollcall-test-server", log="json") as server:  # it sends back what it gets
            steps = [{"join": "ana"}, {"repeat": 20, "steps": [step]}]
            done = Replay(server, script=lines(*steps))
        self.assertEqual(done.code, 0, done)
        self.assertEqual(done.report["expectations"]["met"], 20, done)


if __name__ == "__main__":
    unittest.main()
