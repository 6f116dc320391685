"""rollcall-server's --http: where it comes from, what is refused, and what is printed."""

import signal
import socket
import tempfile
import unittest
from pathlib import Path

import runs
from harness import Program, Server
from web import Web

SERVER = "rollcall-server"


class Setting(unittest.TestCase):
    def refused(self, value, *args, code=2, env=None):
        run = runs.Run(SERVER, "--port", 0, *([] if value is None else ["--http", value]), *args, env=env)
        self.assertEqual((run.code, run.out), (code, ""), run.err)
        self.assertEqual(run.err.count("\n"), 1, run.err)
        return run.err

    def check_serves(self, *args, env=None):
        with Server(*args, env=env) as server, Web(server) as web:
            self.assertEqual(web.ask("/healthz").text, "ok\n")

    def test_off_by_default(self):
        with Server() as server:
            self.assertIsNone(server.page)

    def test_values_that_are_none(self):
        for value in ("8090", "localhost", "localhost:", "localhost:x", "localhost:70000", "example.org:80", "::1:80",
                      "http://localhost:80"):
            with self.subTest(value):
                complaint = self.refused(value)
                for word in ("--http", value, "HOST:PORT", "--help"):
                    self.assertIn(word, complaint)
        self.assertIn("HOST:PORT", self.refused(""))
        self.assertIn("ROLLCALL_HTTP", self.refused(None, env={"ROLLCALL_HTTP": "nonsense"}))

    def test_open_to_the_network_only_when_asked_for(self):
        for value in ("0.0.0.0:0", "*:0", "[::]:0", "192.0.2.1:80"):
            complaint = self.refused(value)
            for word in ("http", "--insecure", "127.0.0.1"):
                self.assertIn(word, complaint)
        self.check_serves("--http", "0.0.0.0:0", "--insecure")
        with Server("--http", "*:0", "--insecure") as server, Web(server) as web:
            answer = web.ask("/healthz", headers={"Host": "server.example"})
            self.assertEqual(answer.status, 200, "it cannot know its names")

    def test_a_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            complaint = self.refused(f"127.0.0.1:{port}", code=3)
        for words in ("http", f"localhost:{port}", "in use", "--http"):
            self.assertIn(words, complaint)
        self.assertNotIn("--bind", complaint)

    def test_an_address_of_somebody_else(self):
        self.assertIn("192.0.2.1", self.refused("192.0.2.1:0", "--insecure", code=3))

    def test_places(self):
        with tempfile.TemporaryDirectory() as directory:
            config = Path(directory, "rollcall.toml")
            config.write_text('http = "127.0.0.1:0"\n')
            self.check_serves("--config", config)
        self.check_serves(env={"ROLLCALL_HTTP": "localhost:0"})
        self.check_serves("--http", "127.0.0.1:0", env={"ROLLCALL_HTTP": "nonsense"})

    def test_the_same_port_again(self):
        """Connections of the last life do not keep the port."""
        port = runs.lasting_port()
        for _ in range(2):
            with Server("--http", f"127.0.0.1:{port}") as server, Web(server) as web:
                self.assertEqual(server.page, f"http://localhost:{port}/")
                self.assertEqual(web.ask("/healthz").status, 200)
                server.stop()

    def test_ipv6(self):
        with Server("--http", "[::1]:0") as server:
            self.assertRegex(server.page, r"^http://\[::1\]:\d+/$")
            with socket.create_connection(("::1", int(server.page.rsplit(":", 1)[1][:-1]))) as connection:
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: [::1]\r\nConnection: close\r\n\r\n")
                self.assertIn(b" 200 OK\r\n", connection.makefile("rb").read())


class Printed(unittest.TestCase):
    def stdout_of(self, *args):
        with tempfile.TemporaryDirectory() as directory:
            endpoint = f"ipc://{directory}/socket"
            with Program(SERVER, "--bind", endpoint, "--http", "127.0.0.1:0", *args) as server:
                self.assertEqual(runs.Run("rollcall-client", "--server", endpoint, "-W", 60).code, 0)
                server.signal(signal.SIGTERM)
                self.assertEqual(server.wait(), 0)
                return server.out.all

    def test_both_languages(self):
        self.assertRegex(self.stdout_of()[1], r"^📊 Página em http://localhost:\d+/$")
        self.assertRegex(self.stdout_of("--lang", "en")[1], r"^📊 Page at http://localhost:\d+/$")

    def test_json(self):
        self.assertRegex(self.stdout_of("--log-format", "json")[0], r'"page":"http://localhost:\d+/"')

    def test_quiet(self):
        self.assertEqual(self.stdout_of("--quiet"), [])


if __name__ == "__main__":
    unittest.main()
