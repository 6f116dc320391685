"""rollcall-server's log: nothing hostile in it, bounded under load, never in the server's way, whole at the end."""

import fcntl
import json
import re
import signal
import struct
import subprocess
import termios
import threading
import time
import unittest

import runs
import zmq
from harness import DEADLINE_S, SANITIZED, Program, Server, binary, wait_until

HOSTILE = "a\x1b[2J\n\r\x07\u202eb\u2066\u009b\u2028\x7f"
SHOWN = r"a\u{1B}[2J\u{A}\u{D}\u{7}\u{202E}b\u{2066}\u{9B}\u{2028}\u{7F}"
MESSAGES = 2_000 if SANITIZED else 20_000
MANY_MESSAGES = 20_000 if SANITIZED else 200_000
BURST = 200


class LogCase(unittest.TestCase):
    def setUp(self):
        self.context = self.enterContext(zmq.Context())
        for option, value in ((zmq.RCVTIMEO, DEADLINE_S * 1000), (zmq.SNDTIMEO, DEADLINE_S * 1000), (zmq.LINGER, 0)):
            self.context.setsockopt(option, int(value))

    def connect(self, endpoint):
        socket = self.enterContext(self.context.socket(zmq.DEALER))
        socket.connect(endpoint)
        return socket

    def say(self, socket, count, text="x"):
        """Sends that many plain messages, a burst at a time, and receives all their replies."""
        for first in range(0, count, BURST):
            size = min(BURST, count - first)
            for _ in range(size):
                socket.send_string(text)
            for _ in range(size):
                self.assertRegex(socket.recv_string(), "^Hello, Client!")


class Escapes(LogCase):
    def test_text(self):
        with Server(log="text") as server:
            socket = self.connect(server.endpoint)
            socket.send_string(" " + HOSTILE)  # a plain message begins with a space or more
            socket.recv()
            server.out.wait_for("📩")
            self.assertRegex(server.out.all[-1], r"^📩 Mensagem recebida de \('127\.0\.0\.1', \d+\):  a")
            self.assertTrue(server.out.all[-1].endswith(SHOWN), server.out.all[-1])

    def test_json(self):
        with Server() as server:
            run = runs.client(server, "--name", HOSTILE, stdin=b"\xff\xc3(\xf5\n")
            self.assertEqual(run.code, 0)
            self.assertEqual(server.wait_event("joined")["name"], SHOWN)
            server.wait_event("message", text=r"\x{FF}\x{C3}(\x{F5}")
            server.wait_event("left", name=SHOWN)
            self.connect(server.endpoint).send_string(" " + HOSTILE)
            server.wait_event("message", text=" " + SHOWN)
            for line in server.out.all:
                self.assertTrue(line.isprintable(), line)

    def test_a_long_message_is_cut(self):
        with Server() as server:
            self.connect(server.endpoint).send_string("ç" * 100_000)
            text = server.wait_event("message")["text"]
            self.assertRegex(text, "^ç{100,500}…$")

    def test_every_json_line_has_a_time_and_an_event(self):
        with Server() as server:
            runs.client(server)
            server.wait_event("left")
            server.stop()
            for entry in server.events():
                self.assertRegex(entry["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertEqual([entry["event"] for entry in server.events()],
                             ["started", "joined", "message", "left", "draining", "stopped"])


class UnderLoad(LogCase):
    def test_shown_and_left_out_add_up(self):
        with Server() as server:
            start = time.monotonic()
            self.say(self.connect(server.endpoint), MESSAGES)
            self.assertEqual(server.stop(), 0)
            seconds = time.monotonic() - start
            events = server.events()
        shown = [event for event in events if event["event"] == "message"]
        left_out = [event for event in events if event["event"] == "suppressed" and event["kind"] == "message"]
        self.assertEqual(len(shown) + sum(event["total"] for event in left_out), MESSAGES)
        self.assertLessEqual(len(shown), 40 * (seconds + 1))
        self.assertGreaterEqual(len(left_out), 1)

    def test_in_words(self):
        with Server(log="text") as server:
            self.say(self.connect(server.endpoint), MESSAGES)
            self.assertEqual(server.stop(), 0)
            shown = sum(line.startswith("📩") for line in server.out.all)
            left_out = [re.search(r"^… e mais ([\d.]+) mensagens$", line) for line in server.out.all]
            total = sum(int(found[1].replace(".", "")) for found in left_out if found)
            self.assertEqual(shown + total, MESSAGES)

    def test_the_rest_is_told_within_seconds_also_when_nothing_more_comes(self):
        with Server() as server:
            self.say(self.connect(server.endpoint), 100)
            server.wait_event("suppressed", kind="message", total=60)


class Unread(LogCase):
    """Nobody reads the server's stdout: a pipe that is full, or broken."""

    def start(self, port, *args):
        server = subprocess.Popen([binary("rollcall-server"), "--port", str(port), *args], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.kill)
        return server

    def fill(self, server, port):
        """Talks until the log's pipe has no room for another line."""
        size = fcntl.fcntl(server.stdout, fcntl.F_SETPIPE_SZ, 4096)
        socket = self.connect(f"tcp://127.0.0.1:{port}")
        text = "x" * 400

        def is_full():
            self.say(socket, BURST, text)
            unread = struct.unpack("i", fcntl.ioctl(server.stdout, termios.FIONREAD, b"1234"))[0]
            return size - unread < len(text)

        wait_until(is_full, "a full pipe")
        self.say(socket, BURST, text)
        return socket

    def test_replies_go_on_and_it_still_ends(self):
        port = runs.lasting_port()
        server = self.start(port)
        socket = self.fill(server, port)
        self.say(socket, MANY_MESSAGES, "y")
        server.send_signal(signal.SIGTERM)
        start = time.monotonic()
        self.assertEqual(server.wait(DEADLINE_S), 0)
        self.assertLess(time.monotonic() - start, 10)

    def test_a_reader_that_comes_back_gets_whole_lines(self):
        port = runs.lasting_port()
        server = self.start(port, "--log-format", "json")
        self.fill(server, port)
        lines = []
        reader = threading.Thread(target=lambda: lines.extend(server.stdout.read().splitlines()))
        reader.start()
        server.send_signal(signal.SIGTERM)
        self.assertEqual(server.wait(DEADLINE_S), 0)
        reader.join(DEADLINE_S)
        events = [json.loads(line)["event"] for line in lines]
        self.assertEqual((events[0], events[-1]), ("started", "stopped"))

    def test_a_reader_that_is_gone(self):
        port = runs.lasting_port()
        server = self.start(port)
        server.stdout.close()
        self.say(self.connect(f"tcp://127.0.0.1:{port}"), 1000)
        server.send_signal(signal.SIGTERM)
        self.assertEqual(server.wait(DEADLINE_S), 0)


class Ending(LogCase):
    def test_clients_are_told_and_dismissed(self):
        with Server() as server:
            with Program("rollcall-client", "--server", server.endpoint, stdin=subprocess.PIPE) as client:
                client.out.wait_for("Conexões ativas: 1")
                self.assertEqual(server.stop(), 0)
                client.err.wait_for("^🛑 O servidor está encerrando$")
            self.assertEqual([event["event"] for event in server.events()[-2:]], ["left", "stopped"])
            left, stopped = server.events()[-2:]
            self.assertEqual((left["reason"], left["count"], stopped["drained"]), ("drained", 0, True))

    def test_sigint_is_the_same(self):
        with Server() as server:
            server.signal(signal.SIGINT)
            self.assertEqual(server.wait(), 0)
            server.wait_event("stopped", drained=True)

    def test_a_signal_right_after_the_first_line(self):
        for log in ("text", "json"):
            for _ in range(5):
                with Server(log=log) as server:
                    self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
