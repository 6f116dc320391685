"""The Python client at a server that takes keys (section 11)."""

import sys
import unittest
from pathlib import Path

import zmq

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "support")]

import rollcall_client as rc  # noqa: E402
from harness import DEADLINE_S, Server, signal  # noqa: E402
from keys import Keys  # noqa: E402


class KeysTest(unittest.TestCase):
    def setUp(self):
        self.keys = self.enterContext(Keys("ana", "ben"))
        self.keys.allow("ana", "ben")
        self.server = self.enterContext(Server(*self.keys.server_arguments()))
        self.context = zmq.Context()
        self.addCleanup(self.context.destroy, linger=0)

    def client(self, name):
        keys = (self.keys.public["server"], self.keys.public[name], self.keys.secret(name))
        return self.enterContext(rc.Client(self.server.endpoint, self.context, [key.encode() for key in keys]))

    def test_a_session_has_the_name_of_its_key(self):
        ana = self.client("ana")
        welcome = ana.hello("ben", DEADLINE_S)
        self.assertEqual((welcome.count, welcome.resumed), (1, False))
        self.assertEqual(self.server.wait_event("joined")["name"], "ana")
        self.assertEqual(ana.ask("Olá!".encode(), DEADLINE_S),
                         rc.Reply(1, 1, 1, "Hello, Client! Conexões ativas: 1".encode()))
        ben = self.client("ben")
        self.assertEqual(ben.plain("hi", DEADLINE_S), "Hello, Client! Conexões ativas: 2")
        self.assertEqual(self.server.wait_event("joined")["name"], "ben")
        self.assertEqual(ana.bye(DEADLINE_S).reason, 1)
        self.assertEqual(ben.plain("hi", DEADLINE_S), "Hello, Client! Conexões ativas: 1")

    def test_a_lost_connection_and_the_same_key(self):
        first = self.client("ana")
        token = first.hello("", DEADLINE_S).token
        first.close()
        self.server.wait_event("left")
        other = self.client("ben").hello("", DEADLINE_S, token=token)
        self.assertFalse(other.resumed)
        self.assertNotEqual(other.token, token)
        again = self.client("ana").hello("", DEADLINE_S, token=token)
        self.assertEqual((again.resumed, again.token, again.count), (True, token, 2))

    def test_a_key_that_is_taken_off_the_list(self):
        ana, ben = self.client("ana"), self.client("ben")
        ana.hello("", DEADLINE_S)
        ben.hello("", DEADLINE_S)
        self.keys.allow("ana")
        self.server.signal(signal.SIGHUP)
        closing = ben.next_message(DEADLINE_S)
        self.assertEqual((type(closing), closing.reason), (rc.Closing, 3))
        self.assertEqual(ana.ask(b"", DEADLINE_S).count, 1)

    def test_without_a_key_there_is_no_answer(self):
        with rc.Client(self.server.endpoint, self.context) as stranger:
            monitor = stranger.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL)
            stranger.send(rc.Hello("ana"))
            self.assertTrue(monitor.poll(DEADLINE_S * 1000))
            stranger.socket.disable_monitor()
            monitor.close()
            self.assertRaises(TimeoutError, stranger.next_message, timeout=0.01)
        self.assertEqual(self.client("ana").hello("", DEADLINE_S).count, 1)


if __name__ == "__main__":
    unittest.main()
