"""The Python client against the real server: ROLLCALL_BIN names the directory of `rollcall-server`."""

import sys
import time
import unittest
from pathlib import Path
from unittest import mock

import zmq

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "support")]

import rollcall_client as rc  # noqa: E402
from harness import DEADLINE_S, Server  # noqa: E402
from test_vectors import read_vectors  # noqa: E402

DEFAULT_ANSWER = "Hello, Client! Conexões ativas: {}"


class InteropCase(unittest.TestCase):
    """A server of its own for every test, so that counts start at nothing."""

    def setUp(self):
        self.server = self.enterContext(Server("--workers", "2"))
        self.context = zmq.Context()
        # Not term(), which would wait for ever for a socket that a failed test left open.
        self.addCleanup(self.context.destroy, linger=0)
        # Defaults of every socket made from this context: no test may hang on a lost answer.
        deadline_ms = int(DEADLINE_S * 1000)
        for option, value in ((zmq.RCVTIMEO, deadline_ms), (zmq.SNDTIMEO, deadline_ms), (zmq.LINGER, 0)):
            self.context.setsockopt(option, value)

    def client(self, name=None):
        """A new connection; with a name it says HELLO too."""
        client = self.enterContext(rc.Client(self.server.endpoint, self.context))
        if name is not None:
            client.hello(name, DEADLINE_S)
        return client

    def socket(self, kind):
        """A bare socket, closed by itself after the test."""
        return self.enterContext(self.context.socket(kind))

    def error_of(self, client, *parts):
        """Sends parts as they are and gives back the ERROR or plain error that they get."""
        client.send_parts(list(parts))
        message = client.next_message(DEADLINE_S)
        self.assertIsInstance(message, (rc.Error, rc.PlainError))
        return message

    def refused_request(self, client, request_id):
        """The ERROR that ends a REQUEST."""
        client.send(rc.Request(request_id))
        error = client.next_message(DEADLINE_S)
        self.assertEqual((type(error), error.id), (rc.Error, request_id))
        return error

    def assert_error(self, client, part, code, request_id=0):
        error = self.error_of(client, part)
        self.assertEqual((error.code, error.id), (code, request_id), part)

    def assert_usable(self, client, count=1):
        self.assertEqual(client.ask(b"still there?", DEADLINE_S).count, count)


class SessionTest(InteropCase):
    """Sections 4 and 8."""

    def test_welcome_has_the_defaults_of_a_first_client(self):
        welcome = self.client("ana").welcome
        self.assertEqual(len(welcome.token), rc.TOKEN_BYTES)
        self.assertNotEqual(welcome.token, bytes(rc.TOKEN_BYTES))
        self.assertEqual(welcome, rc.Welcome(welcome.token, 256, 1048576, 5000, 1, 1, False))

    def test_reply_has_the_answer_the_count_and_the_version(self):
        reply = self.client("ana").ask("Olá!".encode(), DEADLINE_S)
        self.assertEqual(reply, rc.Reply(1, 1, 1, DEFAULT_ANSWER.format(1).encode()))

    def test_every_client_is_counted(self):
        ana, ben = self.client("ana"), self.client("ben")
        self.assertEqual((ben.welcome.count, ben.welcome.version), (2, 2))
        self.assertNotEqual(ana.welcome.token, ben.welcome.token)
        self.assertEqual(ana.ask(b"", DEADLINE_S), rc.Reply(1, 2, 2, DEFAULT_ANSWER.format(2).encode()))

    def test_hello_with_every_field_is_welcome(self):
        client = self.client()
        metadata = tuple((f"key {i}", "värde" * i) for i in range(rc.MAX_METADATA_PAIRS))
        welcome = client.hello("ã" * (rc.MAX_NAME_BYTES // 2), DEADLINE_S, metadata, bytes(range(rc.TOKEN_BYTES)))
        self.assertFalse(welcome.resumed)
        self.assertEqual(welcome.count, 1)

    def test_a_second_hello_gives_the_same_token(self):
        client = self.client("ana")
        first = client.welcome
        self.assertEqual(client.hello("another name", DEADLINE_S), first)
        self.client("ben")
        again = client.hello("a third name", DEADLINE_S)
        self.assertEqual((again.token, again.count, again.version), (first.token, 2, 2))

    def test_a_request_before_hello_is_error_11_with_its_id(self):
        client = self.client()
        self.assertEqual(self.refused_request(client, 7).code, rc.Code.HELLO_REQUIRED)
        self.assert_error(client, rc.encode_bye(), rc.Code.HELLO_REQUIRED)
        welcome = client.hello("ana", DEADLINE_S)
        self.assertEqual((welcome.count, welcome.version), (1, 1))

    def test_bad_ids_are_error_12(self):
        client = self.client("ana")
        client.send(rc.Request(5))
        self.assertEqual(client.next_message(DEADLINE_S).id, 5)
        for request_id in (0, 1, 4, 5):
            self.assertEqual(self.refused_request(client, request_id).code, rc.Code.BAD_REQUEST_ID)
        self.assertEqual(client.ask(b"", DEADLINE_S).id, 6)

    def test_ids_may_have_gaps(self):
        client = self.client("ana")
        ids = [1, 2, 9, 1000, 2**32, 2**63, 2**64 - 1]
        for request_id in ids:
            client.send(rc.Request(request_id))
        self.assertEqual([client.next_message(DEADLINE_S).id for _ in ids], ids)

    def test_a_full_window_is_answered_in_order(self):
        client = self.client("ana")
        ids = [client.ask_async(b"x" * i) for i in range(client.welcome.window)]
        replies = [client.next_message(DEADLINE_S) for _ in ids]
        self.assertEqual([reply.id for reply in replies], ids)
        self.assertEqual({(type(reply), reply.count) for reply in replies}, {(rc.Reply, 1)})

    def test_bye_is_closing_1_and_the_count_falls(self):
        ana, ben = self.client("ana"), self.client("ben")
        self.assertEqual(ana.ask(b"", DEADLINE_S).count, 2)
        closing = ben.bye(DEADLINE_S)
        self.assertEqual((closing.reason, closing.grace), (1, 0))
        reply = ana.ask(b"", DEADLINE_S)
        self.assertEqual((reply.count, reply.version), (1, 3))

    def test_after_bye_every_message_is_error_19(self):
        client = self.client("ana")
        client.bye(DEADLINE_S)
        ended = rc.Code.SESSION_ENDED
        self.assert_error(client, rc.encode_hello(rc.Hello("ana")), ended)
        self.assert_error(client, rc.encode_bye(), ended)
        self.assert_error(client, rc.encode_roster_query(rc.RosterQuery()), ended)
        self.assert_error(client, bytes.fromhex("0163"), ended)
        self.assertEqual(self.refused_request(client, 7).code, ended)
        error = self.error_of(client, b"hi")
        self.assertEqual((type(error), error.code, error.code_name), (rc.PlainError, ended, "SESSION_ENDED"))
        self.assertEqual(self.client("ben").welcome.count, 1)

    def test_a_closed_connection_leaves(self):
        ana, ben = self.client("ana"), self.client("ben")
        ben.close()
        deadline_s = time.monotonic() + DEADLINE_S
        reply = ana.ask(b"", DEADLINE_S)
        # Asking is the waiting: no message tells a client that another one left.
        while reply.count != 1 and time.monotonic() < deadline_s:
            reply = ana.ask(b"", DEADLINE_S)
        self.assertEqual((reply.count, reply.version), (1, 3))

    def test_a_chosen_routing_id_is_error_20(self):
        socket = self.socket(zmq.DEALER)
        socket.routing_id = b"chosen"
        socket.connect(self.server.endpoint)
        socket.send(rc.encode_hello(rc.Hello("ana")))
        error = rc.decode_server_message(socket.recv())
        self.assertEqual((error.code, error.id), (rc.Code.ROUTING_ID_REFUSED, 0))
        self.assertEqual(self.client("ben").welcome.count, 1)


class BadMessageTest(InteropCase):
    """Section 7: none of these ends the session, and the same connection still works afterwards."""

    def test_bad_bytes_get_their_error(self):
        client = self.client("ana")
        for hex_part, code in (("0003", 2), ("1f", 2), ("01", 1), ("0100", 3), ("0163", 3), ("0181", 3), ("010104", 4),
                               ("01050200", 4), ("010300", 5), ("01010000016100", 5), ("0101000002c3", 1),
                               ("0101000001ff", 6), ("0101000003eda080", 6), ("01010000", 1), ("010200000000", 1),
                               ("01010000" + "81" + "61" * 129, 8), ("01010200001161", 8),
                               ("01010200000100000000", 7), ("010102000000", 7)):
            with self.subTest(hex_part):
                self.assert_error(client, bytes.fromhex(hex_part), code)
                self.assert_usable(client)

    def test_text_that_is_not_utf8_is_a_plain_error_6(self):
        client = self.client("ana")
        for part in (b"ol\xe1", b"\xff", b"\xc0\xaf", b"x\xed\xa0\x80"):
            with self.subTest(part):
                error = self.error_of(client, part)
                self.assertIsInstance(error, rc.PlainError)
                self.assertEqual((error.code, error.code_name), (6, "INVALID_TEXT"))
                self.assert_usable(client)

    def test_too_many_parts_are_error_9(self):
        client = self.client("ana")
        for parts in ((b"\x01\x03", b""), (b"\x01\x03", b"\x01\x03"), (b"hi", b"hi"), (b"hi", b"")):
            with self.subTest(parts):
                self.assertEqual(self.error_of(client, *parts).code, rc.Code.TOO_MANY_PARTS)
                self.assert_usable(client)
        client.send_parts([b"", b"", b"\x01\x03"])
        self.assertEqual(client.next_message(DEADLINE_S).code, rc.Code.TOO_MANY_PARTS)
        self.assert_usable(client)

    def test_an_empty_message_is_error_1(self):
        client = self.client("ana")
        for parts in ((b"",), (b"", b"")):
            with self.subTest(parts):
                self.assertEqual(self.error_of(client, *parts), rc.Error(0, 1, mock.ANY))
                self.assert_usable(client)

    def test_a_part_over_max_message_is_error_8(self):
        client = self.client("ana")
        max_body_bytes = client.welcome.max_message - len(rc.encode_request(rc.Request(1)))
        self.assertEqual(client.ask(b"x" * max_body_bytes, DEADLINE_S).count, 1)
        client.ask_async(b"x" * (max_body_bytes + 1))
        self.assertEqual(client.next_message(DEADLINE_S).code, rc.Code.TOO_LARGE)
        self.assert_usable(client)

    def test_roster_and_watch_without_hello_are_error_11(self):
        silent = self.client()
        self.assert_error(silent, rc.encode_roster_query(rc.RosterQuery(0, 10)), rc.Code.HELLO_REQUIRED)
        self.assert_error(silent, rc.encode_watch(rc.Watch(3)), rc.Code.HELLO_REQUIRED)


class VectorsTest(InteropCase):
    """proto/vectors/ as the real server takes them."""

    def check_error_vector(self, client, vector):
        part = bytes.fromhex(vector["hex"])
        error = self.error_of(client, part)
        self.assertEqual(error.code, vector["code"])
        if rc.is_plain(part):
            self.assertEqual((type(error), error.code_name), (rc.PlainError, vector["code_name"]))
        else:
            self.assertEqual((type(error), error.id), (rc.Error, 0))

    def test_bad_bytes_get_their_error_and_never_change_the_count(self):
        vectors = [vector for vector in read_vectors() if "code" in vector and vector["direction"] == "client"]
        self.assertTrue(vectors)
        observer, present = self.client("observer"), self.client("present")
        for vector in vectors:
            with self.subTest(vector["name"]), rc.Client(self.server.endpoint, self.context) as silent:
                self.check_error_vector(present, vector)
                self.check_error_vector(silent, vector)
                reply = observer.ask(b"", DEADLINE_S)
                self.assertEqual((reply.count, reply.version), (2, 2))
        self.assert_usable(present, 2)

    def test_every_client_message_is_understood(self):
        answers = {"hello": rc.Welcome, "request": rc.Reply, "bye": rc.Closing, "plain": rc.Plain,
                   "roster_query": rc.Roster, "watch": rc.Event}
        for vector in read_vectors():
            if "message" not in vector or vector["direction"] != "client":
                continue
            with self.subTest(vector["name"]), rc.Client(self.server.endpoint, self.context) as client:
                if vector["message"]["type"] != "hello":
                    client.hello("vectors", DEADLINE_S)
                client.send(rc.decode_client_message(bytes.fromhex(vector["hex"])))
                if vector["message"].get("stop"):  # has no answer
                    client.hello("vectors", DEADLINE_S)
                    continue
                answer = client.next_message(DEADLINE_S)
                self.assertIsInstance(answer, answers[vector["message"]["type"]])


class ModesTest(InteropCase):
    """Sections 3 and 6: plain text, REQ sockets, and both modes in one session."""

    def test_plain_dealer_in_three_lines(self):
        socket = self.socket(zmq.DEALER)
        socket.connect(self.server.endpoint)
        socket.send_string("Hello, Server!")
        self.assertEqual(socket.recv_multipart(), [DEFAULT_ANSWER.format(1).encode()])

    def test_plain_req_in_three_lines(self):
        socket = self.socket(zmq.REQ)
        socket.connect(self.server.endpoint)
        socket.send_string("Hello, Server!")
        self.assertEqual(socket.recv_multipart(), [DEFAULT_ANSWER.format(1).encode()])

    def test_a_req_socket_speaks_the_full_protocol(self):
        socket = self.socket(zmq.REQ)
        socket.connect(self.server.endpoint)

        def ask(message):
            socket.send(rc.encode_client_message(message))
            return rc.decode_server_message(socket.recv())

        # A REQ socket drops whatever comes without its delimiter, so every answer here proves one.
        self.assertEqual(ask(rc.Hello("req")).count, 1)
        self.assertEqual(ask(rc.Request(1, b"x")), rc.Reply(1, 1, 1, DEFAULT_ANSWER.format(1).encode()))
        self.assertEqual(ask(rc.Request(1)).code, rc.Code.BAD_REQUEST_ID)
        self.assertEqual(ask(rc.Plain("hi")), rc.Plain(DEFAULT_ANSWER.format(1)))
        self.assertEqual(ask(rc.Bye()).reason, 1)
        self.assertEqual(ask(rc.Hello("req")).code, rc.Code.SESSION_ENDED)

    def test_a_delimiter_is_given_back_to_the_message_that_had_it(self):
        socket = self.socket(zmq.DEALER)
        socket.connect(self.server.endpoint)
        for message in (rc.Hello("ana"), rc.Request(1), rc.Plain("hi"), rc.RosterQuery()):
            part = rc.encode_client_message(message)
            for delimiter in ([b""], []):
                socket.send_multipart([*delimiter, part])
                self.assertEqual(rc.split_delimiter(socket.recv_multipart())[0], delimiter, message)

    def test_a_session_may_use_both_modes(self):
        client = self.client()
        self.assertEqual(client.plain("hi", DEADLINE_S), DEFAULT_ANSWER.format(1))
        self.assertEqual(self.refused_request(client, 1).code, rc.Code.HELLO_REQUIRED)
        welcome = client.hello("ana", DEADLINE_S)
        self.assertEqual((welcome.count, welcome.version), (1, 1))
        self.assertEqual(client.ask(b"", DEADLINE_S).version, 1)
        self.assertEqual(client.plain("hi again", DEADLINE_S), DEFAULT_ANSWER.format(1))
        self.assertEqual(self.client("ben").welcome.count, 2)

    def test_plain_clients_are_counted(self):
        clients = [self.client() for _ in range(3)]
        self.assertEqual([client.plain("hi", DEADLINE_S) for client in clients],
                         [DEFAULT_ANSWER.format(count) for count in (1, 2, 3)])


class RestartTest(InteropCase):
    """Section 4.1: this version of the server never resumes."""

    def test_an_old_token_is_not_resumed_by_a_new_server_on_the_same_port(self):
        with Server("--workers", "2") as first:
            port = first.port
            client = self.enterContext(rc.Client(first.endpoint, self.context))
            old_token = client.hello("ana", DEADLINE_S).token
            monitor = self.enterContext(client.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED))
        # What is sent before the loss is noticed goes to the old connection and is lost with it.
        self.assertTrue(monitor.poll(DEADLINE_S * 1000))
        client.socket.disable_monitor()
        with Server("--workers", "2", port=port) as second:
            reconnected = client.hello("ana", DEADLINE_S)
            self.assertNotEqual(reconnected.token, old_token)
            other = self.enterContext(rc.Client(second.endpoint, self.context))
            welcome = other.hello("ben", DEADLINE_S, token=old_token)
            self.assertNotIn(welcome.token, (old_token, reconnected.token))
            self.assertEqual([(w.resumed, w.count, w.version) for w in (reconnected, welcome)],
                             [(False, 1, 1), (False, 2, 2)])


class ClientTest(unittest.TestCase):
    """What the client does by itself; no server, or one that is played here."""

    def test_a_wait_for_nobody_ends_in_timeout_error(self):
        with rc.Client("tcp://127.0.0.1:1") as client:
            for wait in (client.hello, client.bye, client.next_message):
                self.assertRaises(TimeoutError, wait, timeout=0.01)
            self.assertRaises(TimeoutError, client.ask, b"", timeout=0.01)
            self.assertRaises(TimeoutError, client.plain, "hi", timeout=0.01)

    def test_unknown_ids_are_ignored_and_a_new_token_leaves_requests_in_doubt(self):
        with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
            port = router.bind_to_random_port("tcp://127.0.0.1")
            with rc.Client(f"tcp://127.0.0.1:{port}", context) as client:
                ids = [client.ask_async(b"") for _ in range(3)]
                self.assertTrue(router.poll(DEADLINE_S * 1000))
                peer = router.recv_multipart()[0]
                first = rc.Welcome(b"1" * rc.TOKEN_BYTES, 1, 1, 1, 1, 1)
                second = rc.Welcome(b"2" * rc.TOKEN_BYTES, 1, 1, 1, 1, 1)
                seen = [first, first, rc.Reply(ids[0], 1, 1, b""), second]
                unseen = [rc.Reply(99, 1, 1, b""), rc.Error(99, rc.Code.BUSY, ""), rc.Reply(0, 1, 1, b"")]
                for message in [*unseen, *seen]:
                    router.send_multipart([peer, rc.encode_server_message(message)])
                self.assertEqual([client.next_message(DEADLINE_S) for _ in seen], seen)
                self.assertEqual((client.in_doubt_ids, client.unanswered_ids), (ids[1:], set()))


if __name__ == "__main__":
    unittest.main()
