"""Peers that never finish a ZMTP handshake: strangers, scanners, and those who stop on the way."""

import contextlib
import random
import time
import unittest

import harness
import hostile_case
import raw_zmtp
from raw_zmtp import RawPeer

# A peer may be cut off a moment before the timeout as the test measures it, since its clock starts at accept.
EARLIEST_S = hostile_case.HANDSHAKE_TIMEOUT_S - 0.5
DRIP_S = 0.1  # a greeting takes longer then than anybody has


class HandshakeTimeout(hostile_case.HostileCase):
    """All of them at the same time, as they only wait."""

    def test_who_does_not_finish_is_cut_after_three_seconds(self):
        full = raw_zmtp.greeting()
        begun = {
            "silent": b"", "first byte": full[:1], "signature": raw_zmtp.SIGNATURE, "half a greeting": full[:32],
            "all but one byte": full[:63], "greeting": full, "half a READY": full + raw_zmtp.ready()[:10],
            "READY announced": full + raw_zmtp.frame_header(1 << 20, command=True),
            "message for a READY": full[:12], "dripping": raw_zmtp.greeting()[:12] + b"NULL",
            **{f"one of many: {number}": full[:number % 64] for number in range(300)}
        }
        began_s, ended_s, dripped_s = {}, {}, [0]
        peers = {what: RawPeer(self.port) for what in begun}
        for what, peer in peers.items():
            began_s[what] = time.monotonic()
            peer.send(begun[what])
        self.check_client_is_welcome()

        def are_cut():
            """One byte more does not buy time: what counts is the whole handshake."""
            for what in peers.keys() - ended_s.keys():
                if peers[what].is_closed():
                    ended_s[what] = time.monotonic()
            self.bystander.wait_asked(10)
            if "dripping" not in ended_s and time.monotonic() - dripped_s[-1] > DRIP_S:
                dripped_s.append(time.monotonic())
                with contextlib.suppress(raw_zmtp.Closed):
                    peers["dripping"].send(b"\0")
            return len(ended_s) == len(peers)
        harness.wait_until(are_cut, "the end of those who do not finish")
        for what, peer in peers.items():
            with self.subTest(what), peer:
                self.assertGreater(ended_s[what] - began_s[what], EARLIEST_S)
                self.assertLess(ended_s[what] - began_s[what], hostile_case.HANDSHAKE_TIMEOUT_S + 10)
        self.assertGreater(len(dripped_s), 3, "it dripped")
        self.assertGreater(dripped_s[-1] - began_s["dripping"], hostile_case.HANDSHAKE_TIMEOUT_S / 2, "it dripped")
        self.expect_refused("silent_connection", exactly=len(peers))

    def check_client_is_welcome(self):
        with RawPeer(self.port) as client:
            client.handshake()
            client.send_message(hostile_case.hello(b"guest"))
            self.guests = 1
            hostile_case.token_of(client.read_message()[0])
            client.send_message(hostile_case.request(1))
            self.assertEqual(hostile_case.Reply(client.read_message()[0]).count, 2)


class Strangers(hostile_case.HostileCase):
    def let_go(self, *peers):
        for peer in peers:
            peer.close()
        self.expect_refused("silent_connection", exactly=len(peers))

    def send_all(self, data):
        """A peer that has sent this, or as much of it as the server would take."""
        peer = RawPeer(self.port)
        try:
            peer.send(data)
        except raw_zmtp.Closed:
            pass
        return peer

    def test_http(self):
        texts = [b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
                 b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100), b"SSH-2.0-OpenSSH_9.2\r\n"]
        self.let_go(*(self.send_all(text) for text in texts))

    def test_every_first_byte(self):
        """Alone, and with zeros after it, which makes of some of them a ZMTP 1 greeting without an id."""
        peers = []
        for byte in range(256):
            peers.append(self.send_all(bytes([byte])))
            peers.append(self.send_all(bytes([byte]) + bytes(70)))
        self.bystander.wait_asked(20)
        for peer in peers:
            peer.close()
        self.expect_refused("silent_connection", exactly=len(peers))

    def test_random_bytes(self):
        source = random.Random(20261122)
        peers = []
        for _ in range(100 // hostile_case.SCALE):
            noise = source.randbytes(source.randrange(1, 4000))
            peers.append(self.send_all(noise))
            peers.append(self.send_all(raw_zmtp.greeting() + noise))
            peers.append(self.send_all(raw_zmtp.SIGNATURE + noise))
        self.bystander.wait_asked(20)
        for peer in peers:
            peer.close()
        self.expect_refused("silent_connection", exactly=len(peers))

    def test_random_frames_after_a_good_handshake(self):
        """Heard or not, counted or not: nothing to expect but that nobody is harmed."""
        source = random.Random(1)
        for _ in range(100 // hostile_case.SCALE):
            with RawPeer(self.port) as peer:
                peer.handshake()
                noise = bytes([source.randrange(32)]) + source.randbytes(source.randrange(1, 4000))
                try:
                    peer.send(noise)
                except raw_zmtp.Closed:
                    pass
        self.guests = None
        self.bystander.wait_asked(20)


if __name__ == "__main__":
    unittest.main(verbosity=2)
