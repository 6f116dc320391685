"""The thread that answers for keys is slow, or dead: who is here goes on, and nobody comes in whose key is unknown.

libzmq lets every key in when nobody answers its questions.
"""

import contextlib
import os
import tempfile
import time
import unittest

import zmq

import harness
from curve_case import CurveCase
from hostile_case import hello, token_of

ZAP_FAULT = os.path.join(harness.BIN, "../lib/zap_fault.so")
ANSWER_S = 2.0  # zap_fault.cpp
STRANGERS = 20


class Fault:
    """What the server's environment has to be for it, and when it begins."""

    def __init__(self, folder):
        self._path = os.path.join(folder, "fault")
        self.environment = {"LD_PRELOAD": os.path.abspath(ZAP_FAULT), "ZAP_FAULT": self._path}

    def begin(self, word):
        with open(self._path, "w", encoding="ascii") as file:
            file.write(word)

    def questions(self):
        """How many keys were asked about."""
        with contextlib.suppress(FileNotFoundError):
            return os.path.getsize(self._path + ".asked")
        return 0


class ZapCase(CurveCase):
    def setUp(self):
        self.fault = Fault(self.enterContext(tempfile.TemporaryDirectory()))
        self.server_env = self.fault.environment
        super().setUp()

    def knock(self, name):
        """A client with this key that is on its way in."""
        peer = self.stranger()
        self.keys.use(peer, name)
        peer.connect(self.server.endpoint)
        with contextlib.suppress(zmq.Again):  # the connection may have ended already
            peer.send(hello(name.encode()), zmq.DONTWAIT)
        return peer


@unittest.skipIf(harness.SANITIZED, "a preloaded library and a sanitizer's runtime don't go together")
class Slow(ZapCase):
    def setUp(self):
        super().setUp()
        self.strangers = []

    def test_answers_that_take_two_seconds(self):
        self.check_undisturbed_by(self.ask_slowly, f"answers after {ANSWER_S} s")
        self.expect_refused("silent_connection", exactly=len(self.strangers))
        self.wait_refused("silent_connection", len(self.strangers))
        self.assertEqual([stranger for stranger in self.strangers if stranger.poll(0)], [])

    def ask_slowly(self):
        self.fault.begin("slow")
        asked = self.fault.questions()
        began_s = time.monotonic()
        ben = self.knock("ben")
        harness.wait_until(lambda: self.fault.questions() > asked, "the question about ben")
        self.strangers += [self.knock("mallory") for _ in range(STRANGERS)]
        token_of(self.receive(ben)[0])
        self.guests += 1
        self.assertGreaterEqual(time.monotonic() - began_s, ANSWER_S, "the fault is one")
        self.fault.begin("none")  # the strangers wait behind an answer that comes when their time is over


@unittest.skipIf(harness.SANITIZED, "a preloaded library and a sanitizer's runtime don't go together")
class Dead(ZapCase):
    def test_the_server_ends_and_says_why(self):
        self.bystander.finish()
        self.fault.begin("dead")
        strangers = [self.knock("mallory") for _ in range(STRANGERS)]
        self.assertEqual(self.server.wait(), 1)
        self.assertIn("nobody checks keys any more", self.server.err.all[-1])
        for stranger in strangers:
            while stranger.poll(0):
                self.assertNotEqual(stranger.recv()[:2], b"\1\x81", "a WELCOME")
        self.assertEqual([event["name"] for event in self.server.events() if event["event"] == "joined"], ["ana"])

    def tearDown(self):
        """What all hostile tests check is about servers that live."""


if __name__ == "__main__":
    unittest.main(verbosity=2)
