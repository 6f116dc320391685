"""A rollcall client for Python, written from proto/PROTOCOL.md alone. Needs Python 3.11 and pyzmq.

`rollcall_messages` holds the messages, `rollcall_wire` their bytes; both are to be had from here.
"""

import time
from collections import deque

import zmq

from rollcall_messages import *  # noqa: F401,F403 - this module is the one to import
from rollcall_messages import (Bye, Closing, Error, Hello, Plain, PlainError, Reply, Request, Roster, RosterQuery,
                               Watch, Welcome, code_name)
from rollcall_wire import *  # noqa: F401,F403
from rollcall_wire import decode_server_message, encode_client_message, split_delimiter

WAIT_S = 60  # of every wait that says nothing else


class ServerError(Exception):
    """An ERROR (section 5) or a plain error (section 6) that the server answered with."""

    def __init__(self, message):
        super().__init__(f"{message.code} {code_name(message.code)}: {message.text}")
        self.message = message
        self.code = message.code


class Client:
    """One connection (section 2). Not for several threads at once. Every wait ends in TimeoutError at the latest.

    pyzmq reconnects behind the client's back, so a new session shows by its token: a WELCOME that is not resumed and
    has another token than the last one moves the unanswered requests to `in_doubt_ids` (section 4.1).
    """

    def __init__(self, endpoint, context=None, keys=None):
        """`keys` (section 11): the server's public key, this client's public key, and its secret one, in Z85."""
        self.socket = (context or zmq.Context.instance()).socket(zmq.DEALER)
        self.socket.linger = 0
        if keys is not None:
            self.socket.curve_serverkey, self.socket.curve_publickey, self.socket.curve_secretkey = keys
        self.socket.connect(endpoint)
        self.welcome = None
        self.unanswered_ids = set()
        self.in_doubt_ids = []
        self._last_id = 0
        self._kept = deque()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Section 2: the end of the connection ends the session."""
        self.socket.close()

    # --- Asking ---

    def hello(self, name="", timeout=WAIT_S, metadata=(), token=None):
        """HELLO to WELCOME (section 4.1); the last WELCOME's token goes along unless another one is given."""
        if token is None and self.welcome is not None:
            token = self.welcome.token
        self.send(Hello(name, token, metadata))
        return self._wait_for(lambda message: isinstance(message, Welcome), timeout)

    def ask_async(self, body):
        """Sends a REQUEST (section 4.2) and gives back its id; the answer comes from next_message()."""
        self._last_id += 1
        self.send(Request(self._last_id, body))
        return self._last_id

    def ask(self, body, timeout=WAIT_S):
        """REQUEST to REPLY (section 4.2); its ERROR is raised as ServerError."""
        request_id = self.ask_async(body)
        return self._wait_for(lambda message: isinstance(message, Reply) and message.id == request_id, timeout,
                              request_id)

    def bye(self, timeout=WAIT_S):
        """BYE to CLOSING 1 (section 4.3). What is still unanswered is dropped by the server, unrun."""
        self.send(Bye())
        closing = self._wait_for(lambda message: isinstance(message, Closing) and message.reason == 1, timeout)
        self.unanswered_ids.clear()
        return closing

    def plain(self, text, timeout=WAIT_S):
        """Plain text to plain text (section 6). One at a time: plain answers carry no id."""
        self.send(Plain(text))
        return self._wait_for(lambda message: isinstance(message, Plain), timeout).text

    def roster(self, timeout=WAIT_S, limit=0):
        """All who are here, by as many ROSTER queries as it takes (section 4.4): its last page, with all entries."""
        entries, cursor = (), 0
        while True:
            self.send(RosterQuery(cursor, limit))
            page = self._wait_for(lambda message: isinstance(message, Roster) and not message.pushed, timeout)
            entries += page.entries
            cursor = page.next
            if cursor == 0:
                return Roster(page.version, page.count, 0, entries)

    def watch(self, version_from=0):
        """Begins to watch, or acknowledges (section 4.4); next_message() gives what is pushed."""
        self.send(Watch(version_from))

    # --- Messages ---

    def send(self, message):
        """Any message of section 4, or plain text."""
        self.socket.send(encode_client_message(message))
        if isinstance(message, Request):
            self.unanswered_ids.add(message.id)
            self._last_id = max(self._last_id, message.id)

    def send_parts(self, parts):
        """Bytes as they are, for tests of bad ones."""
        self.socket.send_multipart(parts)

    def next_message(self, timeout=WAIT_S):
        """The next message that no other call waited for."""
        return self._kept.popleft() if self._kept else self._receive(time.monotonic() + timeout)

    def _receive(self, deadline_s):
        while True:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0 or not self.socket.poll(left_s * 1000):
                raise TimeoutError("the server sent nothing in time")
            _, part = split_delimiter(self.socket.recv_multipart())
            message = decode_server_message(part)
            if self._take_note(message):
                return message

    def _take_note(self, message):
        """False for a message to be ignored: one with an id that the client does not know (section 5)."""
        if isinstance(message, Welcome):
            if self.welcome is not None and not message.resumed and message.token != self.welcome.token:
                self.in_doubt_ids += sorted(self.unanswered_ids)
                self.unanswered_ids.clear()
            self.welcome = message
        elif isinstance(message, (Reply, Error)) and message.id != 0:
            known = message.id in self.unanswered_ids
            self.unanswered_ids.discard(message.id)
            return known
        return not (isinstance(message, Reply) and message.id == 0)

    def _wait_for(self, wanted, timeout_s, error_id=0):
        deadline_s = time.monotonic() + timeout_s
        while True:
            message = self._receive(deadline_s)
            if wanted(message):
                return message
            if isinstance(message, PlainError) or (isinstance(message, Error) and message.id in (0, error_id)):
                raise ServerError(message)
            self._kept.append(message)
