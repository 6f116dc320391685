"""Peers at the door of a server that takes keys: without one, with a wrong one, and with somebody else's bytes."""

import socket
import threading
import time
import unittest

import harness
import hostile_case
import raw_zmtp
from curve_case import CurveCase
from hostile_case import hello, token_of
from raw_zmtp import RawPeer


class Keyless(CurveCase):
    def test_a_null_client(self):
        self.expect_no_answer(self.stranger(), self.failures())

    def test_a_plain_client(self):
        peer = self.stranger()
        peer.plain_username, peer.plain_password = b"ana", b"secret"
        self.expect_no_answer(peer, self.failures())

    def test_an_unknown_key(self):
        peer = self.stranger()
        self.keys.use(peer, "mallory")
        self.expect_no_answer(peer, self.failures())

    def test_a_null_client_by_hand(self):
        for opening in (raw_zmtp.greeting() + raw_zmtp.ready(),
                        raw_zmtp.greeting(mechanism=b"CURVE") + raw_zmtp.ready(),
                        raw_zmtp.greeting(mechanism=b"CURVE") + raw_zmtp.command(b"HELLO", bytes(194)),
                        raw_zmtp.greeting(mechanism=b"CURVE") + raw_zmtp.command(b"INITIATE", bytes(300)),
                        raw_zmtp.greeting(mechanism=b"CURVE") + raw_zmtp.message(hello(b"let me in"))):
            with RawPeer(self.port) as peer:
                peer.send(opening)
                peer.wait_closed()


class Recorder(threading.Thread):
    """A TCP proxy for one connection that keeps what the client sends."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port = port
        self.sent = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"

    def run(self):
        client, _ = self._listener.accept()
        server = socket.create_connection(("127.0.0.1", self.port))
        back = threading.Thread(target=self._pass_on, args=(server, client), daemon=True)
        back.start()
        while data := self._receive(client):
            self.sent += data
            server.sendall(data)
        server.shutdown(socket.SHUT_RDWR)  # a close alone waits for the thread that reads from it
        for end in (server, client, self._listener):
            end.close()

    def _pass_on(self, source, destination):
        while data := self._receive(source):
            try:
                destination.sendall(data)
            except OSError:
                return

    @staticmethod
    def _receive(end):
        try:
            return end.recv(65536)
        except OSError:
            return b""


class Replay(CurveCase):
    def test_the_bytes_of_a_good_handshake_open_nothing_again(self):
        recorder = Recorder(self.port)
        recorder.start()
        ben = self.stranger()
        self.keys.use(ben, "ben")
        ben.connect(recorder.endpoint)
        ben.send(hello(b"ben"))
        token_of(self.receive(ben)[0])
        self.guests += 1
        ben.close()
        recorder.join(harness.DEADLINE_S)
        with RawPeer(self.port) as at_once, RawPeer(self.port) as dripping:
            at_once.send(recorder.sent)
            dripping.drip(recorder.sent[:300])
            dripping.send(recorder.sent[300:])
            for thief in (at_once, dripping):
                thief.wait_closed()


class Floods(CurveCase):
    def test_a_hundred_bad_handshakes_a_second(self):
        self.bystander.wait_asked(100)
        quiet = len(self.bystander.latencies_s)
        seconds, failures = (1.5, 0)
        began = time.monotonic()
        for number in range(int(100 * seconds) // hostile_case.SCALE):
            with RawPeer(self.port) as peer:
                peer.send(raw_zmtp.greeting(mechanism=b"CURVE") + raw_zmtp.command(b"HELLO", bytes(194)))
                peer.wait_closed()
                failures += 1
            while time.monotonic() < began + number / 100:
                self.bystander.wait_asked(1)
        before, during = self.bystander.latencies_s[:quiet], self.bystander.latencies_s[quiet:]
        p99_s = hostile_case.percentile(during, 0.99)
        print(f"  {failures} bad handshakes in {time.monotonic() - began:.1f} s: the bystander's p99"
              f" {1000 * hostile_case.percentile(before, 0.99):.2f} ms before, {1000 * p99_s:.2f} ms during")
        self.assertLess(p99_s, 0.25 * hostile_case.SCALE)

    def test_a_list_that_is_read_again_and_again_while_clients_come(self):
        ending = threading.Event()

        def reload():
            while not ending.wait(0.001):
                self.server.signal(harness.signal.SIGHUP)

        thread = threading.Thread(target=reload)
        thread.start()
        try:
            for _ in range(30):
                ben = self.stranger()
                self.keys.use(ben, "ben")
                ben.connect(self.server.endpoint)
                ben.send(hello(b"ben"))
                token_of(self.receive(ben)[0])
                self.guests += 1
                ben.close()
        finally:
            ending.set()
            thread.join()


if __name__ == "__main__":
    unittest.main(verbosity=2)
