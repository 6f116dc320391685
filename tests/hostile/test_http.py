"""Peers that mean harm to the HTTP side: the server lives, ZeroMQ clients notice nothing, and descriptors come back."""

import random
import subprocess
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor

import harness
import hostile_case
import web
from http_case import PER_ADDRESS_MAX, REQUEST, HttpCase

CONNECTIONS_MAX = 512
FLOOD = """
import sys, urllib.request
for number in range(int(sys.argv[2])):
    for path in ("metrics", "api/v1/status", "api/v1/roster", "api/v1/changes", "api/v1/history"):
        assert urllib.request.urlopen(sys.argv[1] + path).status == 200
"""


class Bounds(HttpCase):
    def test_connections_of_one_address(self):
        peers = [self.connect(source="127.0.0.2") for _ in range(PER_ADDRESS_MAX + 50)]
        for peer in peers:
            peer.send(b"G")
        harness.wait_until(lambda: sum(peer.has_ended() for peer in peers) >= 50, "the end of those beyond it")
        self.assertEqual(sum(peer.has_ended() for peer in peers), 50)
        self.assertTrue(self.is_served("127.0.0.1"))
        for peer in peers:
            peer.close()
        harness.wait_until(lambda: self.is_served("127.0.0.2"), "room for that address")

    def test_connections_of_all_addresses(self):
        peers = [self.connect(source=f"127.0.0.{2 + number % 4}") for number in range(CONNECTIONS_MAX + 100)]
        self.bystander.wait_asked(100)
        self.assertLessEqual(self.server.fd_count(), self.fds_before + CONNECTIONS_MAX)
        for peer in peers:
            peer.close()
        self.assertTrue(self.is_served())

    def test_targets(self):
        for size, status in ((2000, 200), (3000, 414), (1 << 16, 414), (1 << 21, 414)):
            with self.subTest(size):
                target = b"/healthz?" + b"x" * size
                replies = self.replies(b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
                # A connection that is cut while it sends may lose what it was told.
                self.assertIn(web.statuses(replies), [[status]] if size < 1 << 15 else [[status], []])

    def test_headers(self):
        cases = ((1, 8000, 200), (1, 9000, 431), (100, 200, 431), (3000, 2, 431), (1, 1 << 21, 431))
        for number, size, status in cases:
            with self.subTest(number=number, size=size):
                headers = b"".join(b"X-%d: %s\r\n" % (i, b"x" * size) for i in range(number))
                replies = self.replies(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n")
                self.assertIn(web.statuses(replies),
                              [[status]] if number * size < 1 << 15 and number < 1000 else [[status], []])


class FewDescriptors(HttpCase):
    """A process that may not open many files: the HTTP side takes none from the clients."""

    open_files_max = 300

    def test_clients_keep_theirs(self):
        clients_max = next(e["max_clients"] for e in self.server.events() if e["event"] == "started")
        peers = [self.connect() for _ in range(100)]
        guests = [self.guest() for _ in range(clients_max - 1)]
        for guest in guests:
            guest.send(hostile_case.hello(b"guest"))
        self.guests = len(guests)
        for guest in guests:
            hostile_case.token_of(self.receive(guest)[0])
        for peer in peers:
            peer.close()
        self.assertTrue(self.is_served())


class Malformed(HttpCase):
    def test_what_is_not_http(self):
        lies = (b"\r\n\r\n", b"\0\r\n\r\n", b"\xff" * 50_000, b"GET\r\n\r\n", b"GET /healthz\r\n\r\n",
                b"GET  /healthz HTTP/1.1\r\n\r\n", b"GET /healthz HTTP/9.9\r\n\r\n", b" / HTTP/1.1\r\n\r\n",
                b"GET /healthz HTTP/1.1\nHost: localhost\n\n", b"GET /healthz HTTP/1.1\r\nHost\r\n\r\n",
                b"GET /healthz HTTP/1.1\r\n: x\r\n\r\n", b"GET /healthz HTTP/1.1\r\n folded\r\n\r\n",
                b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
                b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        with ThreadPoolExecutor(len(lies)) as pool:  # since some end when the server loses its patience only
            answers = list(pool.map(lambda data: (self.replies(data), self.is_served()), lies))
        for data, (replies, is_served_after) in zip(lies, answers):
            with self.subTest(data):
                for status in web.statuses(replies):
                    self.assertIn(status, (200, 400, 404, 405, 414, 505))
                self.assertTrue(is_served_after)

    def test_nul_bytes(self):
        for data in (b"GET /metrics\0/../x HTTP/1.1\r\nHost: localhost\r\n\r\n",
                     b"GET /\0 HTTP/1.1\r\nHost: x\0y\r\n\r\n",
                     b"G\0T / HTTP/1.1\r\nHost: localhost\r\n\r\n", REQUEST[:-2] + b"X\0: \0\r\n\r\n"):
            with self.subTest(data):
                for status in web.statuses(self.replies(data)):
                    self.assertIn(status, (200, 400, 404, 405, 421))
        for path in (b"/metrics%00", b"/%00", b"/healthz%00.html"):
            self.assertEqual(self.status(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"), 404)

    def test_paths_that_climb(self):
        for path in (b"/../../etc/passwd", b"/..%2f..%2fetc/passwd", b"/%2e%2e/etc/passwd", b"//etc/passwd",
                     b"/api/v1/../../etc/passwd", b"/page.js/../../x", b"\\..\\x", b"/metrics/", b"/.",
                     b"http://localhost/metrics", b"*", b"/\xff\xfe\xfd", b"/%zz", b"/%"):
            with self.subTest(path):
                self.assertEqual(self.status(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"), 404)

    def test_methods(self):
        for method in (b"POST", b"PUT", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT", b"PATCH", b"get", b"BREW",
                       b"X" * 1000, b"\x01\x02"):
            with self.subTest(method):
                self.assertEqual(self.status(method + b" /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"), 405)

    def test_bodies(self):
        for headers in (b"Content-Length: 5\r\n\r\nhello", b"Content-Length: 99999999999\r\n\r\nhello",
                        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                        b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
                        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"):
            for method, expected in ((b"GET", 400), (b"POST", 405)):
                with self.subTest(headers, method=method):
                    data = method + b" /metrics HTTP/1.1\r\nHost: localhost\r\n" + headers
                    statuses = web.statuses(self.replies(data))
                    self.assertEqual(statuses[:1], [expected])
                    self.assertNotIn(200, statuses, "nothing in the body is taken for a request")
        for length in (b"-1", b"x", b"5, 6", b"18446744073709551616"):
            with self.subTest(length):
                data = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + length + b"\r\n\r\n"
                self.assertIn(web.statuses(self.replies(data))[0], (400, 413))

    def test_hosts(self):
        for hosts, status in ((b"", 400), (b"Host: a\r\nHost: b\r\n", 400), (b"Host: evil.example\r\n", 421),
                              (b"Host: localhost\r\nHost: localhost\r\n", 400), (b"Host: [::1]:1\r\n", 200)):
            with self.subTest(hosts):
                self.assertEqual(self.status(b"GET /healthz HTTP/1.1\r\n" + hosts + b"\r\n"), status)
        self.assertEqual(self.status(b"GET /healthz HTTP/1.0\r\n\r\n"), 200)

    def test_random_bytes(self):
        source = random.Random(20261126)
        for _ in range(300 // hostile_case.SCALE):
            noise = source.randbytes(source.randrange(1, 3000))
            self.throw(noise)
            cut = source.randrange(len(REQUEST))
            self.throw(REQUEST[:cut] + noise)
            broken = bytearray(REQUEST)
            broken[cut] ^= 1 << source.randrange(8)
            self.throw(bytes(broken))
        self.assertTrue(self.is_served())


class Floods(HttpCase):
    def test_many_requests_on_one_connection(self):
        with web.RawConnection(self.http_port) as connection:
            connection.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 999 +
                            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            self.assertEqual(web.statuses(connection.read_all()), [200] * 1000)

    def test_connections_that_come_and_go(self):
        sent = [b"", b"G", REQUEST, REQUEST[:-1], REQUEST.replace(b"metrics", b"api/v1/roster")]
        for number in range(2000 // hostile_case.SCALE):
            with web.RawConnection(self.http_port) as connection:
                connection.send(sent[number % len(sent)])
        self.assertTrue(self.is_served())

    def test_clients_are_undisturbed(self):
        def flood():
            """In a process of its own, which does not take its time from the bystander."""
            subprocess.run([sys.executable, "-B", "-c", FLOOD, self.server.page, str(500 // hostile_case.SCALE)],
                           check=True, timeout=2 * harness.DEADLINE_S)
        self.check_undisturbed_by(flood, "a flood of requests over HTTP")


if __name__ == "__main__":
    unittest.main(verbosity=2)
