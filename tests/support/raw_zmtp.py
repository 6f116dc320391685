"""A ZMTP peer made by hand over a plain TCP socket, which can stop, lie or go wrong anywhere.

Speaks ZMTP 3.0 and 3.1 with the NULL mechanism where it is asked to behave (rfc.zeromq.org/spec/37). One thread.
"""

import select
import socket
import struct
import time

from harness import DEADLINE_S

MORE, LONG, COMMAND = 1, 2, 4
SIGNATURE = b"\xff" + bytes(8) + b"\x7f"
GREETING_BYTES = 64


def greeting(minor=1, mechanism=b"NULL", major=3, as_server=False):
    return SIGNATURE + bytes([major, minor]) + mechanism.ljust(20, b"\0") + bytes([as_server]) + bytes(31)


def frame(body, more=False, command=False, long=None):
    """One frame; `long` forces the form of its length."""
    long = len(body) > 255 if long is None else long
    flags = more * MORE | long * LONG | command * COMMAND
    return bytes([flags]) + struct.pack(">Q" if long else ">B", len(body)) + body


def frame_header(size_bytes, more=False, command=False):
    """A long frame's beginning, whose body may never come."""
    return bytes([more * MORE | LONG | command * COMMAND]) + struct.pack(">Q", size_bytes)


def message(*parts):
    """The frames of one message."""
    return b"".join(frame(part, more=i + 1 < len(parts)) for i, part in enumerate(parts))


def command(name, body=b""):
    return frame(bytes([len(name)]) + name + body, command=True)


def property_bytes(name, value):
    return bytes([len(name)]) + name + struct.pack(">I", len(value)) + value


def ready(socket_type=b"DEALER", identity=None, extra=b""):
    body = property_bytes(b"Socket-Type", socket_type) if socket_type is not None else b""
    if identity is not None:
        body += property_bytes(b"Identity", identity)
    return command(b"READY", body + extra)


def ping(ttl_ds=0, context=b""):
    return command(b"PING", struct.pack(">H", ttl_ds) + context)


class Closed(Exception):
    """The other side has closed the connection."""


class RawPeer:
    """A TCP connection to a ZMTP server. Every wait has a deadline."""

    def __init__(self, port, receive_buffer_bytes=None, host="127.0.0.1", source=None):
        self.socket = socket.socket()
        if receive_buffer_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        self.socket.settimeout(DEADLINE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if source is not None:
            self.socket.bind((source, 0))
        self.socket.connect((host, port))
        self.pings_seen = 0
        self.commands = []  # those that came in between messages, PINGs aside
        self._got = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def abort(self):
        """Closes with a RST instead of a FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    # --- Sending ---

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as problem:
            raise Closed(str(problem)) from None

    def drip(self, data):
        """One byte a segment."""
        for i in range(len(data)):
            self.send(data[i:i + 1])

    def send_message(self, *parts):
        self.send(message(*parts))

    def handshake(self, socket_type=b"DEALER", identity=None, minor=1, major=3, extra=b""):
        """All of a good handshake, or one that differs in what the arguments say; returns the server's READY.

        To be waited for: libzmq cuts off a peer whose first message comes before it has sent its own READY.
        """
        self.send(greeting(minor, major=major) + ready(socket_type, identity, extra))
        self.take(GREETING_BYTES)
        flags, body = self.read_frame()
        assert flags & COMMAND and body.startswith(b"\5READY"), (flags, body)
        return body

    # --- Receiving ---

    def take(self, size_bytes, deadline_s=DEADLINE_S):
        end = time.monotonic() + deadline_s
        while len(self._got) < size_bytes:
            self._receive(end)
        taken, self._got = self._got[:size_bytes], self._got[size_bytes:]
        return taken

    def read_frame(self, deadline_s=DEADLINE_S):
        """(flags, body) of the next frame, whatever it is."""
        flags = self.take(1, deadline_s)[0]
        size_bytes = struct.unpack(">Q", self.take(8))[0] if flags & LONG else self.take(1)[0]
        return flags, self.take(size_bytes)

    def read_message(self, deadline_s=DEADLINE_S):
        """The parts of the next message; PINGs before it are answered as ZMTP 3.1 wants it."""
        end = time.monotonic() + deadline_s
        parts = []
        while True:
            flags, body = self.read_frame(max(0.001, end - time.monotonic()))
            if not flags & COMMAND:
                parts.append(body)
                if not flags & MORE:
                    return parts
            elif body.startswith(b"\4PING"):
                self.pings_seen += 1
                self.send(command(b"PONG", body[7:]))
            else:
                self.commands.append(body)

    def read_command(self, name, deadline_s=DEADLINE_S):
        """The body of the next frame, which has to be this command."""
        flags, body = self.read_frame(deadline_s)
        while body.startswith(b"\4PING"):
            flags, body = self.read_frame(deadline_s)
        assert flags & COMMAND and body.startswith(bytes([len(name)]) + name), (flags, body[:40])
        return body[1 + len(name):]

    def wait_closed(self, deadline_s=DEADLINE_S):
        """Reads until the server closes the connection; returns how long that took, in seconds."""
        begin = time.monotonic()
        try:
            while True:
                self._got = b""
                self._receive(begin + deadline_s)
        except Closed:
            return time.monotonic() - begin

    def is_idle(self):
        """Whether nothing that the server has said by now is left to be read."""
        return not self._got and not select.select([self.socket], [], [], 0)[0]

    def is_closed(self):
        """Whether the server has closed the connection by now. Throws away what it said before."""
        try:
            while select.select([self.socket], [], [], 0)[0]:
                self._receive(time.monotonic() + 1)
        except Closed:
            return True
        return False

    def _receive(self, end):
        self.socket.settimeout(max(0.001, end - time.monotonic()))
        try:
            data = self.socket.recv(1 << 20)
        except TimeoutError:
            raise AssertionError("the server neither said anything nor closed the connection in time") from None
        except (ConnectionResetError, BrokenPipeError) as problem:
            raise Closed(str(problem)) from None
        finally:
            self.socket.settimeout(DEADLINE_S)
        if not data:
            raise Closed("end of stream")
        self._got += data
