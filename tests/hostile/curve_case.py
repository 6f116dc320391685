"""What the tests have in common whose server takes keys: ana's and ben's, and not mallory's. The bystander is ana."""

import contextlib

import zmq

import harness
import hostile_case
from hostile_case import hello
from keys import Keys


class CurveCase(hostile_case.HostileCase):
    def setUp(self):
        self.keys = Keys("ana", "ben", "mallory")
        self.addCleanup(self.keys.close)
        self.keys.allow("ana", "ben")
        self.server_args = self.keys.server_arguments()
        self.prepare_bystander = lambda peer: self.keys.use(peer, "ana")
        super().setUp()

    def stranger(self):
        """A pyzmq socket that is not connected yet."""
        peer = zmq.Context.instance().socket(zmq.DEALER)
        peer.linger = 0
        peer.reconnect_ivl = -1
        peer.sndtimeo = int(1000 * harness.DEADLINE_S)  # as nothing is sent when the connection has ended
        self.sockets.append(peer)
        self.addCleanup(peer.close)
        return peer

    def expect_no_answer(self, peer, failures_before):
        peer.connect(self.server.endpoint)
        with contextlib.suppress(zmq.Again):  # the connection may have ended already
            peer.send(hello(b"let me in"), zmq.DONTWAIT)
        harness.wait_until(lambda: self.failures() > failures_before, "the end of the handshake")
        self.assertFalse(peer.poll(0))

    def failures(self):
        return sum(self.refusals(reason) for reason in ("unauthorized", "failed_handshake", "silent_connection"))
