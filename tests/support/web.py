"""A server's HTTP side, as programs see it; and as those do who send whatever bytes they like."""

import contextlib
import http.client
import json
import re
import select
import socket
import urllib.parse

from harness import DEADLINE_S, wait_until


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers
        self.body = body

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


class Web:
    """One connection, which is kept as long as the server does; `server` has --http, or is on `port`."""

    def __init__(self, server=None, port=None):
        self.port = port or urllib.parse.urlsplit(server.page).port
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)

    def ask(self, path, method="GET", headers=None, body=None):
        try:
            return self._ask(path, method, headers, body)
        except (http.client.RemoteDisconnected, ConnectionError):
            self._connection.close()  # idle for longer than the server waits
            return self._ask(path, method, headers, body)

    def _ask(self, path, method, headers, body):
        self._connection.request(method, path, body=body, headers=headers or {})
        response = self._connection.getresponse()
        return Answer(response, response.read())

    def json(self, path):
        """The body of what has to be there."""
        answer = self.ask(path)
        assert answer.status == 200, (path, answer.status, answer.text)
        return answer.json

    def status(self):
        return self.json("/api/v1/status")

    def wait_status(self, **figures):
        """Waits until the status has these figures, and returns it."""
        def as_wanted():
            answer = self.ask("/api/v1/status")
            status = answer.json
            self.last = status
            return answer.status == 200 and all(status[key] == value for key, value in figures.items()) and status
        try:
            return wait_until(as_wanted, f"the status {figures}")
        except AssertionError as failure:
            raise AssertionError(f"{failure}; it was {self.last}") from None

    def metrics(self):
        """Every sample's value, by its name with labels as they are written."""
        answer = self.ask("/metrics")
        assert answer.status == 200, answer.text
        samples = (re.fullmatch(r"([^ {]+(?:\{.*\})?) (\S+)", line) for line in answer.text.splitlines()
                   if not line.startswith("#"))
        return {sample[1]: float(sample[2]) for sample in samples}

    def close(self):
        self._connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class RawConnection:
    """Bytes to and from the server."""

    def __init__(self, port, source="127.0.0.1", receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(DEADLINE_S)
        self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", port))

    def send(self, data):
        """False when the server has ended the connection before it had all of it."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def send_what_fits(self, data):
        """As much as the server takes without being read from."""
        self.socket.setblocking(False)
        sent = 0
        with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            while sent < len(data):
                sent += self.socket.send(data[sent:])
        self.socket.settimeout(DEADLINE_S)
        return sent

    def read_all(self):
        """Everything until the server ends the connection."""
        data = b""
        with contextlib.suppress(ConnectionResetError):
            while part := self.socket.recv(1 << 16):
                data += part
        return data

    def read_answer(self):
        """One whole answer; or what came until the server ended the connection."""
        data = b""
        with contextlib.suppress(ConnectionResetError):
            while part := self.socket.recv(1 << 16):
                data += part
                head, blank, body = data.partition(b"\r\n\r\n")
                length = re.search(rb"\r\nContent-Length: (\d+)", head)
                if blank and length and len(body) >= int(length[1]):
                    return data
        return data

    def has_ended(self):
        """Whether the server has ended the connection. Reads nothing."""
        poll = select.poll()
        poll.register(self.socket, select.POLLRDHUP)
        return bool(poll.poll(0))

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def statuses(data):
    """Of all responses in these bytes, as far as one can tell without reading their bodies."""
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", data)]
