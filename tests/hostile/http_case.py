"""What every hostile-peer test of the HTTP side has in common: a server with --http, and connections to it."""

import harness
import hostile_case
import web

REQUEST_TIME_S = 10  # tools/server/http/limits.hpp
PER_ADDRESS_MAX = 256
REQUEST = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"


class HttpCase(hostile_case.HostileCase):
    server_args = ("--http", "127.0.0.1:0")

    def setUp(self):
        super().setUp()
        with web.Web(self.server) as ours:
            self.http_port = ours.port
            ours.wait_status(count=1)
        harness.wait_until(lambda: self.server.fd_count() <= self.fds_before, "the connection's end")

    def connect(self, **options):
        connection = web.RawConnection(self.http_port, **options)
        self.addCleanup(connection.close)
        return connection

    def is_served(self, source="127.0.0.1"):
        """Whether a request from there is answered."""
        with web.RawConnection(self.http_port, source) as connection:
            return connection.send(REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")) and \
                web.statuses(connection.read_all()) == [200]

    def replies(self, data):
        """What the server says to a peer that sends this, up to the first whole answer or the connection's end."""
        with web.RawConnection(self.http_port) as connection:
            connection.send(data)
            return connection.read_answer()

    def throw(self, data):
        """Sends this and is gone."""
        with web.RawConnection(self.http_port) as connection:
            connection.send(data)

    def status(self, data):
        statuses = web.statuses(self.replies(data))
        self.assertEqual(len(statuses), 1, data[:100])
        return statuses[0]
