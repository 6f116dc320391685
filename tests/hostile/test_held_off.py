"""An address whose connections fail again and again is held off, and nobody else is.

In network namespaces of the test's own, as the loopback is never held off: the test lives at the far end of a cable,
which has an address for the bad peer and another one for everybody else.
"""

import select
import socket
import time
import unittest

import harness
import hostile_case
import namespaces
import raw_zmtp
from hostile_case import hello, token_of
from namespaces import Cable
from raw_zmtp import RawPeer

BURST = 1000  # failures of an address that change nothing yet, and how many are forgiven each second:
FORGIVEN_PER_S = 50  # src/core/limits.hpp
ATTEMPTS = 2000
AT_ONCE = 100
SEEN_WITHIN_S = 0.05 * hostile_case.SCALE
CUT_WITHIN_S = 0.25 / FORGIVEN_PER_S  # who is held off; less than one failure is forgiven meanwhile
CPU_MS_MAX = 0.5 * hostile_case.SCALE  # of the server, for an attempt of somebody who is held off
CUT_SHARE_MIN = 0.5 if harness.SANITIZED else 0.8  # one in 40 comes in; on a busy machine, some more leave unseen
BACK_WITHIN_S = 1.0 * hostile_case.SCALE


class HeldOff(hostile_case.HostileCase):
    @classmethod
    def setUpClass(cls):
        cls.cable = cls.enterClassContext(Cable())
        cls.cable.enter_far()
        cls.server_args = ("--bind", f"tcp://{cls.cable.address}:0", "--insecure")
        cls.server_prefix = cls.cable.near
        cls.bystander_source = cls.cable.other_far_address

    def connect(self, port):
        return socket.create_connection((self.cable.address, port), harness.DEADLINE_S, (self.cable.far_address, 0))

    def cut_within(self, seconds, peers):
        """How many of them the server cuts in this time. Of who does not wait, it may never learn the address."""
        end_s = time.monotonic() + seconds
        waiting = set(peers)
        while waiting and (left_s := end_s - time.monotonic()) > 0:
            waiting -= {peer for peer in select.select(waiting, [], [], left_s)[0] if self.is_cut(peer)}
        return len(peers) - len(waiting)

    def fail_often(self, port):
        """As many connections as may fail, many at a time. None of them is cut."""
        for _ in range(0, BURST, AT_ONCE):
            peers = [self.connect(port) for _ in range(AT_ONCE)]
            self.assertEqual(self.cut_within(SEEN_WITHIN_S, peers), 0, "it may fail so often")
            for peer in peers:
                peer.close()

    def insist(self, port):
        """ATTEMPTS more, one after the other; how many of them were cut at once."""
        cut = 0
        for _ in range(ATTEMPTS):
            with self.connect(port) as peer:
                cut += self.cut_within(CUT_WITHIN_S, [peer])
        return cut

    @staticmethod
    def is_cut(peer):
        """Whether a readable peer is at its end; before that it may have the beginning of a greeting."""
        try:
            return not peer.recv(4096)
        except ConnectionError:
            return True

    def comes_in(self):
        """Whether a client at the bad address gets a session now."""
        try:
            with RawPeer(self.port, host=self.cable.address, source=self.cable.far_address) as peer:
                peer.handshake()
                peer.send_message(hello(b"reformed"))
                token_of(peer.read_message()[0])
        except (raw_zmtp.Closed, OSError):
            return False
        self.guests += 1
        return True

    def test_the_bad_address_and_a_good_one(self):
        with harness.Server(*self.server_args, prefix=self.server_prefix) as elsewhere:
            # What the machine has to do is the same then, and the bystander's server has no part in it.
            self.fail_often(elsewhere.port)
            quiet_s = self.p99_s(self.insist, elsewhere.port)
        self.fail_often(self.port)
        cpu_s = self.server.cpu_s()
        cut = []
        self.check_undisturbed_by(lambda: cut.append(self.insist(self.port)), "somebody else is held off", quiet_s)
        ended_s = time.monotonic()
        attempts = ATTEMPTS * len(cut)
        cpu_ms = 1000 * (self.server.cpu_s() - cpu_s) / attempts
        harness.wait_until(self.comes_in, "the bad address comes back, as its failures have stopped")
        back_s = time.monotonic() - ended_s
        print(f"  {sum(cut)} of {attempts} attempts cut at once, for {cpu_ms:.3f} ms of the server each; back after"
              f" {back_s:.3f} s")
        self.expect_refused("held_off", at_least=sum(cut))
        self.assertGreater(sum(cut), CUT_SHARE_MIN * attempts)
        self.assertLess(cpu_ms, CPU_MS_MAX)
        self.assertLess(back_s, BACK_WITHIN_S)


if __name__ == "__main__":
    namespaces.end_without("nobody is held off")
    unittest.main(verbosity=2)
