"""The server notices when its clients, its connections and the system's own count of them do not add up."""

import socket
import unittest

import runs
from harness import Server, wait_until


class PresenceAudit(unittest.TestCase):
    def test_a_connection_of_its_port_that_it_does_not_have(self):
        with Server() as server, socket.socket() as foreign, socket.create_server(("127.0.0.1", 0)) as elsewhere:
            self.assertEqual(runs.client(server, stdin=b"oi\n").code, 0)
            # Who runs as the same user may use its port, as several threads of it do.
            foreign.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            foreign.bind(("127.0.0.1", server.port))
            foreign.connect(elsewhere.getsockname())
            self.assertEqual(server.wait_event("drifted")["drift"], -1)

    def test_people_are_told(self):
        with Server("--lang", "en", log="text") as server, socket.socket() as foreign, \
                socket.create_server(("127.0.0.1", 0)) as elsewhere:
            foreign.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            foreign.bind(("127.0.0.1", server.port))
            foreign.connect(elsewhere.getsockname())
            server.out.wait_for("^⚠️ Clients, connections and the system's count of them do not add up: -1 apart$")

    def test_nothing_is_told_where_they_do(self):
        with Server() as server:
            for _ in range(20):
                self.assertEqual(runs.client(server, stdin=b"oi\n").code, 0)
            with socket.create_connection(("127.0.0.1", server.port)):  # a stranger is a connection, too
                wait_until(lambda: server.refusals("silent_connection") > 0, "that the stranger was let go")
        self.assertEqual([event for event in server.events() if event["event"] == "drifted"], [])


if __name__ == "__main__":
    unittest.main()
