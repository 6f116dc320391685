"""Clients whose ZMTP is good, and whose messages are not."""

import json
import unittest

import zmq

import hostile_case
from hostile_case import BYE, MAX_MESSAGE_BYTES, Reply, error_of, hello, request, token_of
from raw_zmtp import RawPeer


class BeforeHello(hostile_case.HostileCase):
    def answers(self, *messages):
        """What the messages of one fresh connection are answered with, as (id, code)."""
        with RawPeer(self.port) as peer:
            peer.handshake()
            for parts in messages:
                peer.send_message(*parts)
            return [error_of(peer.read_message()[-1]) for _ in messages]

    def test_empty_messages(self):
        self.assertEqual(self.answers([b""], [b"", b""]), [(0, 1), (0, 1)])
        for kind in (zmq.DEALER, zmq.REQ):
            client = self.guest(kind=kind)
            client.send(b"")
            self.assertEqual(error_of(self.receive(client)[-1]), (0, 1))
        self.expect_refused("bad_message", exactly=4)
        self.close_guests()
        self.expect_refused("silent_connection", exactly=3)

    def test_too_many_parts(self):
        many = [b"\1part"] * 60  # of far more, test_unread tells
        self.assertEqual(self.answers(many, [b"", *many], [b"\1", b""], [b"", b"", b""], [hello(), b"x"]), [(0, 9)] * 5)
        self.expect_refused("bad_message", exactly=5)
        self.expect_refused("silent_connection", exactly=1)

    def test_a_request_or_bye_before_hello(self):
        self.assertEqual(self.answers([request(7, b"body")], [BYE], [request(0)]), [(7, 11), (0, 11), (0, 11)])
        self.expect_refused("out_of_place", exactly=3)
        self.expect_refused("silent_connection", exactly=1)

    def test_bytes_that_are_no_message(self):
        bad = {b"\0": 2, b"\2\1": 2, b"\x1f": 2, b"\1": 1, b"\1\xff": 3, b"\1\x81": 3, b"\1\0": 3, b"\1\1": 1,
               b"\1\1\x80\0\0": 4, b"\1\1\0\xff\xff": 8, b"\1\1\0\0\x05abc": 1, hello() + b"x": 5,
               b"\1\1\0\0\2\xff\xfe": 6, BYE + b"\0": 5, b"\1\2": 1}
        got = self.answers(*([part] for part in bad))
        self.assertEqual([code for _, code in got], list(bad.values()))
        self.expect_refused("bad_message", exactly=len(bad))

    def test_plain_text_that_is_not_utf_8(self):
        with RawPeer(self.port) as peer:
            peer.handshake()
            peer.send_message(b"ol\xe1")
            self.assertEqual(peer.read_message()[0].split(b":")[0], b"ERROR 6 INVALID_TEXT")
        self.expect_refused("bad_message", exactly=1)
        self.expect_refused("silent_connection", exactly=1)

    def test_just_over_the_bound(self):
        """An error, and the connection lives."""
        body = bytes(MAX_MESSAGE_BYTES)
        with RawPeer(self.port) as peer:
            peer.handshake()
            peer.send_message(request(1, body))
            self.assertEqual(error_of(peer.read_message()[0]), (1, 8))
            peer.send_message(b"", b"\1" * (2 * MAX_MESSAGE_BYTES))
            self.assertEqual(error_of(peer.read_message()[-1]), (0, 8))
            peer.send_message(b"x" * (MAX_MESSAGE_BYTES + 1))
            self.assertTrue(peer.read_message()[0].startswith(b"ERROR 8 "))
            peer.send_message(hello(b"now well"))
            token_of(peer.read_message()[0])
            self.guests = 1
            peer.send_message(request(1, bytes(MAX_MESSAGE_BYTES - 10)))  # of the most that a part may have
            self.assertEqual(Reply(peer.read_message()[0]).count, 2)
        self.expect_refused("bad_message", exactly=3)


class Sessions(hostile_case.HostileCase):
    def test_hello_twice(self):
        peer = self.connected()
        token = self.join(peer, b"first")
        for _ in range(3):
            peer.send_message(hello(b"second"))
            self.assertEqual(token_of(peer.read_message()[0]), token)
        peer.send_message(request(1))
        self.assertEqual(Reply(peer.read_message()[0]).count, 2)
        peer.close()
        self.server.wait_event("left", name="first")

    def test_bye_twice(self):
        peer = self.welcomed()
        peer.send_message(BYE)
        self.assertEqual(peer.read_message()[0][:3], b"\1\x87\1")
        peer.send_message(BYE)
        self.assertEqual(error_of(peer.read_message()[0]), (0, 19))
        peer.send_message(request(3))
        self.assertEqual(error_of(peer.read_message()[0]), (3, 19))
        peer.send_message(hello())
        self.assertEqual(error_of(peer.read_message()[0]), (0, 19))
        peer.send_message(b"plain")
        self.assertTrue(peer.read_message()[0].startswith(b"ERROR 19 "))
        self.expect_refused("session_ended", exactly=4)
        peer.close()

    def test_ids_that_do_not_rise(self):
        peer = self.welcomed()
        for request_id, code in ((5, None), (5, 12), (4, 12), (0, 12), ((1 << 64) - 1, None), (6, 12)):
            peer.send_message(request(request_id))
            part = peer.read_message()[0]
            if code is None:
                self.assertEqual(Reply(part).id, request_id)
            else:
                self.assertEqual(error_of(part), (request_id, code))
        self.expect_refused("out_of_place", exactly=4)
        peer.close()

    def test_a_message_one_byte_at_a_time(self):
        """Slow is not wrong: it is answered when it is whole, and nobody waits for it."""
        peer = self.welcomed()
        text = request(1, b"dripping")
        peer.drip(bytes([0, len(text)]) + text[:-1])
        self.bystander.wait_asked(50)
        self.assertFalse(peer.is_closed())
        peer.drip(text[-1:])
        self.assertEqual(Reply(peer.read_message()[0]).id, 1)
        peer.close()

    def test_names_are_escaped_in_the_log(self):
        name = 'a\n{"event":"joined"}\r\x1b[2J\0\u202e"\\'.encode()
        peer = self.welcomed(name)
        peer.send_message('text\nline \x1b]0;title\x07 \u2028end'.encode())
        peer.read_message()
        peer.close()
        left = self.server.wait_event("left")
        for raw in ("\n", "\x1b", "\r", "\0", "\u202e"):
            self.assertNotIn(raw, left["name"])
        lines = [line for line in self.server.out.all]
        for line in lines:
            json.loads(line)
            self.assertFalse([c for c in line if ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2028"], line)
        self.assertEqual(sum(json.loads(line)["event"] == "joined" for line in lines), 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
