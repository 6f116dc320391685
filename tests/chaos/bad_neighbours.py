"""Clients that do harm within the protocol: one floods, one asks for much and reads nothing. A thread each."""

import select
import socket
import threading

from crowd import rc
from raw_zmtp import Closed, RawPeer, message


class BadNeighbour(threading.Thread):
    """Connects again whenever the server has had enough of it, until it is ended."""

    receive_buffer_bytes = None

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port = port
        self.connections = 0
        self._end = threading.Event()

    def run(self):
        while not self._end.is_set():
            try:
                with RawPeer(self.port, self.receive_buffer_bytes) as peer:
                    peer.handshake()
                    self.connections += 1
                    self.misbehave(peer)
            except (Closed, OSError):
                pass

    def send_some(self, peer, data):
        """As much of the data as the socket takes now; returns the rest. Waits a moment when that is nothing."""
        peer.socket.setblocking(False)
        writable = select.select([], [peer.socket], [], 0.05)[1]
        sent = peer.socket.send(data) if writable else 0
        return data[sent:]

    def end(self):
        self._end.set()
        self.join()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.end()


class Flooder(BadNeighbour):
    """Keeps twice its window of requests under way, so that half of them are refused: as fast as the server answers."""

    def __init__(self, port, window=256):
        super().__init__(port)
        self.in_flight_max = 2 * window
        self.answered = 0

    def misbehave(self, peer):
        begun, ended, tail = 0, 0, b""
        while not self._end.is_set():
            more = self.in_flight_max - (begun - ended)
            if more > self.in_flight_max // 4:
                rest = message(b"flood") * more
                begun += more
                while rest and not self._end.is_set():
                    rest = self.send_some(peer, rest)
            if select.select([peer.socket], [], [], 0.05)[0]:
                data = peer.socket.recv(1 << 20)
                if not data:
                    raise Closed("end of stream")
                tail += data
                ends = tail.count(b"flood") + tail.count(b"ERROR")
                ended += ends
                self.answered += ends
                tail = tail[-4:]  # a word may go on in what comes next


class SlowReader(BadNeighbour):
    """Asks for more and more large answers, and reads none of them."""

    receive_buffer_bytes = 4096

    def __init__(self, port, answer_bytes):
        super().__init__(port)
        self.answer_bytes = answer_bytes
        self.asked = 0

    def misbehave(self, peer):
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
        peer.send_message(rc.encode_hello(rc.Hello("slow reader")))
        number = 0
        while not self._end.is_set():
            number += 1
            self.asked += 1
            rest = message(rc.encode_request(rc.Request(number, f"big {self.answer_bytes} {number}".encode())))
            while rest and not self._end.is_set():
                rest = self.send_some(peer, rest)
