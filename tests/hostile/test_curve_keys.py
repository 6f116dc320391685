"""Keys that are none, keys of others, and keys that are taken off the list at an awkward moment."""

import unittest

import zmq
import zmq.utils.monitor
from zmq.utils import z85

import harness
import raw_zmtp
from curve_by_hand import LOW_ORDER, CurvePeer, KeyPair, LowOrder
from curve_case import CurveCase
from hostile_case import error_of, hello, token_of


class ByHand(CurveCase):
    def setUp(self):
        super().setUp()
        self.server_public = z85.decode(self.keys.public["server"])

    def peer(self, permanent, ephemeral=None):
        peer = CurvePeer(self.port, self.server_public, permanent, ephemeral)
        self.addCleanup(peer.close)
        return peer

    def owner(self, name):
        pair = KeyPair()
        pair.public, pair.secret = z85.decode(self.keys.public[name]), z85.decode(self.keys.secret(name))
        return pair

    def test_the_hand_can_do_it(self):
        """Without this, the other tests would prove nothing."""
        peer = self.peer(self.owner("ben"))
        peer.let_in()
        peer.send_sealed(hello(b"another name"))
        token_of(peer.read_sealed())
        self.guests += 1
        self.assertEqual(self.server.wait_event("joined", name="ben")["count"], 2)
        peer.close()

    def test_low_order_points_as_the_key_of_a_connection(self):
        """Everybody can encrypt with them: so nothing that is encrypted with them may be believed."""
        for point in LOW_ORDER:
            with self.subTest(point.hex()):
                peer = self.peer(self.owner("ben"), LowOrder(point))
                with self.assertRaises(raw_zmtp.Closed):
                    peer.say_hello()
                    peer.read_welcome()

    def test_low_order_points_as_the_key_of_a_client(self):
        """On the list they would let everybody in under their name, were the vouch not checked."""
        for point in LOW_ORDER:
            self.keys.public[point.hex()] = z85.encode(point).decode()
        self.keys.allow("ana", "ben", *(point.hex() for point in LOW_ORDER))
        self.server.signal(harness.signal.SIGHUP)
        self.assertEqual(self.server.wait_event("reloaded")["total"], 2 + len(LOW_ORDER))
        for point in LOW_ORDER:
            with self.subTest(point.hex()):
                self.expect_shut(self.peer(LowOrder(point)))

    def test_a_key_without_its_secret(self):
        """The list has the public key, and whoever can read it must not come in with it."""
        thief = self.owner("ben")
        thief.secret = KeyPair().secret
        self.expect_shut(self.peer(thief))

    def expect_shut(self, peer):
        peer.say_hello()
        peer.initiate(peer.read_welcome())
        with self.assertRaises((raw_zmtp.Closed, AssertionError)):
            peer.read_ready()
        peer.wait_closed()


class TakenOffTheList(CurveCase):
    def test_between_the_handshake_and_the_first_message(self):
        ben = self.stranger()
        self.keys.use(ben, "ben")
        monitor = ben.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
        ben.connect(self.server.endpoint)
        self.assertTrue(monitor.poll(harness.DEADLINE_S * 1000))
        zmq.utils.monitor.recv_monitor_message(monitor)
        ben.disable_monitor()
        monitor.close()
        self.keys.allow("ana")
        self.server.signal(harness.signal.SIGHUP)
        self.assertEqual(self.server.wait_event("reloaded")["total"], 1)
        for message in (hello(b"ben"), hello(b"ben"), b"plain text"):
            ben.send(message)
            self.assertEqual(error_of(self.receive(ben)[0]), (0, 21))
        self.expect_refused("unauthorized", exactly=3)


if __name__ == "__main__":
    unittest.main(verbosity=2)
