"""Tokens that are guessed, too old, or somebody else's: none of them opens a session but one's own, and in time."""

import random
import time
import unittest

import harness
import hostile_case
from curve_case import CurveCase
from hostile_case import TOKEN_BYTES, Reply, Welcome, hello, request, token_of

GUESSES = 1000 // hostile_case.SCALE
AT_ONCE = 250 // hostile_case.SCALE
SEED = 20261126


class Guesses(hostile_case.HostileCase):
    def joined(self, name, token=None):
        peer = self.connected()
        peer.send_message(hello(name, token))
        return peer

    def test_a_thousand_guesses(self):
        """Random ones, near misses of tokens that are remembered, and those of sessions that are over."""
        chance = random.Random(SEED)
        here, gone, over = (self.joined(name) for name in (b"here", b"gone", b"over"))
        known = [token_of(peer.read_message()[0]) for peer in (here, gone, over)]
        over.send_message(hostile_case.BYE)
        over.read_message()
        gone.close()
        over.close()
        self.server.wait_event("left", name="gone")
        given = set(known)
        for first in range(0, GUESSES, AT_ONCE):
            guesses = [self.guess(chance, known, number) for number in range(first, first + AT_ONCE)]
            peers = [self.joined(b"mallory", token) for token in guesses]
            for peer, token in zip(peers, guesses):
                welcome = Welcome(peer.read_message()[0])
                self.assertFalse(welcome.resumed, token.hex())
                self.assertNotIn(welcome.token, given)
                given.add(welcome.token)
            for peer in peers:
                peer.close()
        self.assertEqual(len(given), GUESSES + len(known))
        self.guests = GUESSES + len(known)
        here.send_message(request(1))
        self.assertEqual(Reply(here.read_message()[0]).id, 1)
        # So that it is the guesses that were wrong: who knows the token comes back.
        again = self.joined(b"gone", known[1])
        self.guests += 1
        welcome = Welcome(again.read_message()[0])
        self.assertEqual((welcome.resumed, welcome.token), (True, known[1]))
        here.close()
        again.close()

    @staticmethod
    def guess(chance, known, number):
        kind = number % 4
        if kind == 0:
            return known[2]  # of the session that said goodbye
        if kind == 1:  # one bit beside a token that would do
            near = int.from_bytes(known[number // 4 % 2], "big") ^ 1 << chance.randrange(8 * TOKEN_BYTES)
            return near.to_bytes(TOKEN_BYTES, "big")
        return chance.randbytes(TOKEN_BYTES)


class Expired(hostile_case.HostileCase):
    server_args = ("--resume-timeout", "0.05")

    def test_a_token_whose_time_is_over(self):
        """For everybody who has it, whoever comes first."""
        client = self.guest()
        client.send(hello(b"late"))
        token = token_of(self.receive(client)[0])
        client.close()
        self.server.wait_event("left", name="late")
        ended_s = time.monotonic()
        harness.wait_until(lambda: time.monotonic() > ended_s + 0.1, "the token's end")
        peers = [self.guest() for _ in range(20)]
        for peer in peers:
            peer.send(hello(b"later", token))
        welcomes = [Welcome(self.receive(peer)[0]) for peer in peers]
        self.assertEqual([welcome.resumed for welcome in welcomes], [False] * len(peers))
        self.assertEqual(len({token, *(welcome.token for welcome in welcomes)}), 1 + len(peers))
        self.guests = 1 + len(peers)


class OfOtherKeys(CurveCase):
    def test_a_token_is_worth_nothing_to_another_key(self):
        """Whether its owner is here or may still come back; and the owner notices nothing."""
        ana = self.come("ana")
        here = token_of(self.receive(ana)[0])
        gone = self.come("ana")
        absent = token_of(self.receive(gone)[0])
        gone.close()
        self.server.wait_event("left", name="ana")
        for token in (here, absent):
            welcome = Welcome(self.receive(self.come("ben", token))[0])
            self.assertFalse(welcome.resumed)
            self.assertNotIn(welcome.token, (here, absent))
        ana.send(request(1))
        self.assertEqual(Reply(self.receive(ana)[0]).count, 4)
        welcome = Welcome(self.receive(self.come("ana", absent))[0])
        self.assertEqual((welcome.resumed, welcome.token), (True, absent))

    def come(self, name, token=None):
        peer = self.stranger()
        self.keys.use(peer, name)
        peer.connect(self.server.endpoint)
        peer.send(hello(name.encode(), token))
        self.guests += 1
        return peer


if __name__ == "__main__":
    unittest.main(verbosity=2)
