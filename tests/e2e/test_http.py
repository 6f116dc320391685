"""rollcall-server --http: what it tells of clients that come, ask, leave and are killed; and where it listens."""

import re
import shutil
import signal
import socket
import subprocess
import unittest

from crowd import Crowd, Observer, rc
from harness import DEADLINE_S, Server, wait_until
from web import Web

FREE = ("--http", "127.0.0.1:0")


class HttpCase(unittest.TestCase):
    def serve(self, *args, **options):
        self.server = self.enterContext(Server(*FREE, *args, **options))
        self.web = self.enterContext(Web(self.server))

    def crowd(self, size, **arguments):
        crowd = self.enterContext(Crowd(self.server.endpoint, size, **arguments))
        crowd.wait_welcomed()
        return crowd


class Figures(HttpCase):
    def test_they_move(self):
        self.serve()
        before = self.web.wait_status(count=0, joins=0, requests=0)
        staying, leaving, dying = self.crowd(4), self.crowd(6), self.crowd(10)
        # Of each crowd, one half is plain, and has asked once to get in.
        status = self.web.wait_status(count=20, joins=20, requests=10, replies=10)
        self.assertEqual(status["roster_version"], before["roster_version"] + 20)
        self.assertEqual(staying.ask_all(), 4)
        self.web.wait_status(requests=14, replies=14, unanswered=0)
        leaving.say_goodbye()
        leaving.wait_left()
        status = self.web.wait_status(count=14)
        self.assertEqual((status["leaves"]["goodbye"], status["leaves"]["disconnected"]), (3, 3))
        dying.kill()
        status = self.web.wait_status(count=4)
        self.assertEqual((status["leaves"]["goodbye"], status["leaves"]["disconnected"]), (3, 13))
        self.assertEqual(status["roster_version"], before["roster_version"] + 36)
        self.assertEqual((status["state"], status["server"], status["clients_max"]), ("serving", "0.1.0", 10_000))
        self.check_metrics(status)

    def check_metrics(self, status):
        metrics = self.web.metrics()
        self.assertEqual(metrics["rollcall_clients"], 4)
        self.assertEqual(metrics["rollcall_joins_total"], 20)
        self.assertEqual(metrics['rollcall_leaves_total{reason="goodbye"}'], 3)
        self.assertEqual(metrics['rollcall_leaves_total{reason="disconnected"}'], 13)
        self.assertEqual(metrics["rollcall_requests_total"], 14)
        self.assertEqual(metrics["rollcall_replies_total"], 14)
        self.assertEqual(metrics["rollcall_reply_seconds_count"], 14)
        self.assertEqual(metrics['rollcall_reply_seconds_bucket{le="+Inf"}'], 14)
        self.assertGreater(metrics["rollcall_reply_seconds_sum"], 0)
        self.assertEqual(metrics["rollcall_handler_seconds_count"], 14)
        self.assertLess(metrics["rollcall_status_age_seconds"], 5)
        self.assertAlmostEqual(1000 * metrics["rollcall_start_time_seconds"], status["started_unix_ms"], delta=1)

    def test_promtool_has_nothing_to_say(self):
        self.serve()
        with Observer(self.server.endpoint) as observer:
            observer.ask()
            with socket.create_connection(("127.0.0.1", self.server.port)) as stranger:
                stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
            self.web.wait_status(requests=1)
            promtool = shutil.which("promtool")
            self.assertIsNotNone(promtool, "apt-get install prometheus")
            done = subprocess.run([promtool, "check", "metrics"], input=self.web.ask("/metrics").body,
                                  capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, b""))

    def test_history_goes_on(self):
        self.serve()
        with Observer(self.server.endpoint) as observer:
            def has_three_points():
                observer.ask()
                history = self.web.json("/api/v1/history")
                return len(history["count"]) >= 3 and history
            history = wait_until(has_three_points, "three seconds of history")
            self.assertEqual(history["step_ms"], 1000)
            self.assertEqual(len(history["requests_per_second"]), len(history["count"]))
            self.assertEqual(len(history["p99_us"]), len(history["count"]))
            self.assertEqual(history["count"][-1], 1)
            self.assertGreater(history["requests_per_second"][-1], 0)
            self.assertGreater(history["p99_us"][-1], 0)
            age_ms = self.web.status()["now_unix_ms"] - history["last_unix_ms"]
            self.assertLess(age_ms, 60_000)
            self.assertGreaterEqual(age_ms, 0)

    def test_an_error_is_counted_by_its_name(self):
        self.serve()
        with rc.Client(self.server.endpoint, self.enterContext(rc.zmq.Context())) as client:
            client.hello("ana", DEADLINE_S)
            client.ask(b"x", DEADLINE_S)
            self.web.wait_status(requests=1, errors={})
            client.send(rc.Request(1, b"an id that was used"))
            self.assertIsInstance(client.next_message(DEADLINE_S), rc.Error)
            status = wait_until(lambda: (status := self.web.status())["errors"] and status, "the error's count")
        self.assertEqual(status["errors"], {"BAD_REQUEST_ID": 1})
        self.assertEqual(self.web.metrics()['rollcall_errors_total{code="BAD_REQUEST_ID"}'], 1)


class Roster(HttpCase):
    def page(self, **query):
        return self.web.json("/api/v1/roster?" + "&".join(f"{name}={value}" for name, value in query.items()))

    def read_all(self, limit):
        """Every client, page by page, of one moment."""
        page = self.page(limit=limit)
        clients = page["clients"]
        while page["next"] is not None:
            page = self.page(limit=limit, after=page["next"], version=page["roster_version"])
            clients += page["clients"]
        self.assertEqual(len(clients), page["count"])
        return clients

    def test_everybody_is_on_one_page(self):
        self.serve()
        self.crowd(50)
        self.web.wait_status(count=50)
        # At most one roster is made in a second: this waits for one with all of them.
        clients = wait_until(lambda: len(clients := self.read_all(7)) == 50 and clients, "the roster")
        sessions = [client["session"] for client in clients]
        self.assertEqual(sessions, sorted(set(sessions)))
        names = {client["name"] for client in clients}
        self.assertEqual(names, {""} | {f"client-{number}" for number in range(0, 50, 2)})
        for client in clients:
            self.assertRegex(client["address"], r"^127\.0\.0\.1:\d+$")
            self.assertEqual(client["requests"], 1 if client["name"] == "" else 0)
            self.assertGreaterEqual(client["idle_ms"], 0)
            self.assertLess(abs(self.web.status()["now_unix_ms"] - client["since_unix_ms"]), 3_600_000)

    def test_pages_are_of_one_moment(self):
        self.serve()
        first = self.crowd(10)
        page = wait_until(lambda: (page := self.page(limit=5))["count"] == 10 and page, "the roster")
        first.kill()
        self.web.wait_status(count=0)
        rest = self.page(limit=5, after=page["next"], version=page["roster_version"])
        self.assertEqual((len(rest["clients"]), rest["next"], rest["count"]), (5, None, 10))

        def is_gone():
            self.page()
            answer = self.web.ask(f"/api/v1/roster?version={page['roster_version']}")
            return answer.status == 410 and answer.json
        gone = wait_until(is_gone, "the old roster's end")
        self.assertIn("without version", gone["remedy"])

    def test_names_are_data(self):
        self.serve()
        name = '"><script>\u2028\\é'
        with rc.Client(self.server.endpoint, self.enterContext(rc.zmq.Context())) as client:
            client.hello(name, DEADLINE_S)
            clients = wait_until(lambda: self.page()["clients"], "the roster")
            self.assertEqual([client["name"] for client in clients], [name])
            changes = wait_until(lambda: self.web.json("/api/v1/changes")["changes"], "the change")
            self.assertEqual([change["name"] for change in changes], [name])
            self.assertNotIn(b"script", self.web.ask("/metrics").body)


class Changes(HttpCase):
    def test_joins_and_leaves_come_once_and_in_order(self):
        self.serve()
        version, kinds, reasons = 0, [], []
        crowd = self.crowd(300)
        self.web.wait_status(count=300)
        crowd.kill()
        self.web.wait_status(count=0)
        count = 0
        while version < 600:
            part = self.web.json(f"/api/v1/changes?after={version}")
            self.assertFalse(part["reset"])
            self.assertLessEqual(len(part["changes"]), 500)
            for change in part["changes"]:
                version += 1
                count += 1 if change["kind"] == "joined" else -1
                self.assertEqual((change["version"], change["count"]), (version, count))
                kinds.append(change["kind"])
                reasons.append(change["reason"])
        self.assertEqual(kinds, ["joined"] * 300 + ["left"] * 300)
        self.assertEqual(set(reasons), {None, "disconnected"})
        self.assertEqual(self.web.json("/api/v1/changes?after=600")["changes"], [])
        self.assertEqual([c["version"] for c in self.web.json("/api/v1/changes")["changes"]], list(range(551, 601)))
        reset = self.web.json("/api/v1/changes?after=601")
        self.assertEqual((reset["reset"], reset["changes"], reset["roster_version"]), (True, [], 600))


class Answers(HttpCase):
    def test_headers(self):
        self.serve()
        self.web.wait_status(count=0)
        for path in ("/", "/healthz", "/readyz", "/metrics", "/api/v1/status", "/api/v1/roster", "/no/such/path"):
            headers = self.web.ask(path).headers
            with self.subTest(path):
                self.assertIn("default-src 'self'", headers["Content-Security-Policy"])
                self.assertNotIn("unsafe", headers["Content-Security-Policy"])
                self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
                self.assertEqual(headers["X-Frame-Options"], "DENY")
                self.assertEqual(headers["Referrer-Policy"], "no-referrer")
                self.assertEqual(headers["Cache-Control"], "no-store")
                self.assertEqual([name for name in headers if name.lower().startswith("access-control")], [])

    def test_the_page_and_its_files(self):
        self.serve()
        page = self.web.ask("/")
        self.assertEqual((page.status, page.headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        files = re.findall(r'(?:src|href)="(/?[\w.]+)"', page.text)
        self.assertGreaterEqual(len(files), 2)
        for file in files:
            answer = self.web.ask("/" + file.removeprefix("/"))
            self.assertEqual(answer.status, 200, file)
            self.assertRegex(answer.headers["Content-Type"], r"^(text/(javascript|css); charset=utf-8|image/svg\+xml)$")
            self.assertEqual(int(answer.headers["Content-Length"]), len(answer.body))

    def test_head_has_everything_but_the_body(self):
        self.serve()
        self.web.wait_status(count=0)
        head, get = self.web.ask("/healthz", "HEAD"), self.web.ask("/healthz")
        self.assertEqual((head.status, head.body, head.headers["Content-Length"]), (200, b"", "3"))
        self.assertEqual((get.status, get.text), (200, "ok\n"))

    def test_other_methods(self):
        self.serve()
        for method, body in (("POST", b"x=1"), ("PUT", b"x" * 100_000), ("DELETE", None), ("OPTIONS", None)):
            with self.subTest(method), Web(self.server) as web:
                answer = web.ask("/api/v1/status", method, body=body)
                self.assertEqual((answer.status, answer.headers["Allow"]), (405, "GET, HEAD"))
                self.assertEqual(set(answer.json), {"error", "remedy"})

    def test_a_strangers_page_cannot_read_it(self):
        """A name that somebody has made to mean 127.0.0.1."""
        self.serve()
        self.assertEqual(self.web.ask("/api/v1/roster", headers={"Host": "evil.example"}).status, 421)
        self.assertEqual(self.web.ask("/healthz", headers={"Host": f"localhost:{self.web.port}"}).status, 200)


class Endings(HttpCase):
    def test_not_ready_while_draining_and_there_until_the_end(self):
        self.serve("--workers", 2, "--drain-timeout", 60_000, name="rollcall-test-server")
        context = self.enterContext(rc.zmq.Context())
        with rc.Client(self.server.endpoint, context) as client:
            client.hello("ana", DEADLINE_S)
            client.ask_async(b"hold x")
            self.web.wait_status(unanswered=1)
            wait_until(lambda: self.web.ask("/readyz").text == "ready\n", "readiness")
            self.server.signal(signal.SIGTERM)
            wait_until(lambda: self.web.ask("/readyz").text == "draining\n", "the end of readiness")
            self.assertEqual(self.web.ask("/readyz").status, 503)
            self.assertEqual(self.web.ask("/healthz").text, "ok\n")
            status = self.web.wait_status(state="draining", unanswered=1, count=1)
            self.assertEqual(status["workers"]["busy"], 1)
            self.assertEqual(self.web.metrics()["rollcall_draining"], 1)
            self.assertEqual(len(self.web.json("/api/v1/roster")["clients"]), 1)
            self.server.signal(signal.SIGUSR2)
            self.assertEqual(self.server.wait(), 0)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", self.web.port))

    def test_a_request_that_waits_does_not_hold_up_the_end(self):
        for _ in range(5):
            with Server(*FREE) as server, Web(server) as web:
                with socket.create_connection(("127.0.0.1", web.port)) as waiting:
                    waiting.sendall(b"GET /api/v1/roster HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    self.assertEqual(server.stop(), 0)

    def test_a_second_signal_ends_it_too(self):
        self.serve("--drain-timeout", 60_000, name="rollcall-test-server", stop_code=130)
        with rc.Client(self.server.endpoint, self.enterContext(rc.zmq.Context())) as client:
            client.hello("ana", DEADLINE_S)
            client.ask_async(b"hold x")
            self.web.wait_status(unanswered=1)
            self.server.signal(signal.SIGTERM)
            self.web.wait_status(state="draining")
            self.server.signal(signal.SIGTERM)
            self.assertEqual(self.server.wait(), 130)


if __name__ == "__main__":
    unittest.main()
