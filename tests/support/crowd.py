"""Clients in processes of their own, which can be killed, frozen and told to leave; and one that asks for the count.

    with Observer(endpoint) as observer, Crowd(endpoint, 50) as crowd:
        crowd.wait_welcomed()
        crowd.kill()
        seconds = observer.wait_count(1)

Run as a program, this file is the nursery: a process without threads that forks the clients. So a client costs a fork
instead of a start of Python, and the threads of the test that wants it are no danger to it.
"""

import atexit
import ctypes
import functools
import json
import math
import os
import signal
import socket
import subprocess
import sys
import time
import traceback

import zmq

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../interop"))

import rollcall_client as rc  # noqa: E402
from harness import DEADLINE_S  # noqa: E402

PR_SET_PDEATHSIG = 1
OPEN_AT_A_TIME = 20


def percentile(samples, percent):
    """The smallest sample that is not below `percent` per cent of all."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def figures(seconds):
    """Durations as people read them."""
    p50, p99, most = (1000 * value for value in (percentile(seconds, 50), percentile(seconds, 99), max(seconds)))
    return f"p50 {p50:.2f} ms, p99 {p99:.2f} ms, max {most:.2f} ms of {len(seconds)}"


# --- The test's side ---


class Nursery:
    """The process that forks clients; ends, and takes them along, with the test."""

    def __init__(self):
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen([sys.executable, "-B", __file__, str(theirs.fileno())],
                                             stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
        atexit.register(self.close)

    def fork(self, role, **arguments):
        """A new process that plays this role; returns the line to it."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._socket, [json.dumps([role, arguments]).encode()], [theirs.fileno()])
        return ours

    def close(self):
        self._socket.close()
        self._process.wait()


@functools.cache
def nursery():
    return Nursery()


class ClientProcess:
    """A process that plays one of the roles below and reports JSON lines."""

    def __init__(self, role, **arguments):
        self._line = nursery().fork(role, **arguments)
        self._line.settimeout(3 * DEADLINE_S)  # a report may be of thousands of connections
        self._reports = self._line.makefile("r")
        self.pid = self.report()["pid"]

    def report(self):
        """The next report."""
        line = self._reports.readline()
        if not line:
            raise AssertionError("the client process has ended")
        return json.loads(line)

    def tell(self, command, *arguments):
        self._line.sendall((json.dumps([command, *arguments]) + "\n").encode())

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def freeze(self):
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self):
        os.kill(self.pid, signal.SIGCONT)

    def end(self):
        """Kills it if it lives, and returns when it does not."""
        if self._line.fileno() < 0:
            return
        try:
            self.kill()
        except ProcessLookupError:
            pass
        self._reports.read()  # up to the end, which comes with the process's own
        self._reports.close()
        self._line.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


class Crowd(ClientProcess):
    """A process that holds `size` connections with a session each: even numbers say HELLO, the others are plain."""

    def __init__(self, endpoint, size, first_number=0):
        super().__init__("hold", endpoint=endpoint, size=size, first_number=first_number)
        self.size = size

    def wait_welcomed(self):
        """Returns when every session has had its first answer."""
        assert self.report()["welcomed"] == self.size

    def ask_all(self):
        """One request on every session; how many were answered without an error."""
        self.tell("ask")
        return self.report()["answered"]

    def send_all(self, text):
        """One request on every session; nobody waits for the answers."""
        self.tell("send", text)
        assert self.report()["sent"] == self.size

    def say_goodbye(self):
        """Begins to leave: BYE where there was a HELLO, then the end of all connections. Reports `left`."""
        self.tell("leave", True)

    def hang_up(self):
        """The end of all connections without BYE. Reports `left`."""
        self.tell("leave", False)

    def wait_left(self):
        assert self.report()["left"] == self.size


class Observer:
    """A session that asks for the count. `history` has (count, version) of every reply so far."""

    def __init__(self, endpoint):
        self._context = zmq.Context()
        self.client = rc.Client(endpoint, self._context)
        self.client.hello("observer", DEADLINE_S)
        self.history = []

    def ask(self):
        """(count, version) of one reply."""
        reply = self.client.ask(b"how many?", DEADLINE_S)
        self.history.append((reply.count, reply.version))
        return reply.count, reply.version

    def wait_count(self, count, since_s=None, deadline_s=DEADLINE_S):
        """Asks back to back until this is the count; returns the seconds since `since_s` (default: the call)."""
        start_s = time.monotonic() if since_s is None else since_s
        while self.ask()[0] != count:
            if time.monotonic() - start_s > deadline_s:
                raise AssertionError(f"the count is {self.history[-1][0]} and not {count} after {deadline_s} s")
        return time.monotonic() - start_s

    def close(self):
        self.client.close()
        self._context.term()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


# --- The clients' side: roles ---


class Line:
    """The client's end of the line to the test."""

    def __init__(self, file_descriptor):
        self._socket = socket.socket(fileno=file_descriptor)
        self.commands = (json.loads(line) for line in self._socket.makefile("r"))

    def report(self, **facts):
        self._socket.sendall((json.dumps(facts) + "\n").encode())


def is_plain(number):
    return number % 2 == 1


def opened_together(numbers):
    """The numbers, so many at a time that even a slow server cuts nobody for a handshake that took too long."""
    return (numbers[first:first + OPEN_AT_A_TIME] for first in range(0, len(numbers), OPEN_AT_A_TIME))


def hold(line, endpoint, size, first_number):
    """Role: joins with `size` sessions, then does what it is told."""
    context = zmq.Context()
    clients = []
    for numbers in opened_together(range(first_number, first_number + size)):
        opened = [(is_plain(number), rc.Client(endpoint, context)) for number in numbers]
        for (plain, client), number in zip(opened, numbers):
            client.plain("hello", DEADLINE_S) if plain else client.hello(f"client-{number}", DEADLINE_S)
        clients += opened
    line.report(welcomed=size)
    for command, *arguments in line.commands:
        if command == "ask":
            line.report(answered=sum(ask(plain, client) for plain, client in clients))
        elif command == "send":
            for plain, client in clients:
                client.send(rc.Plain(*arguments)) if plain else client.ask_async(arguments[0].encode())
            line.report(sent=size)
        elif command == "leave":
            for plain, client in clients:
                leave(client, arguments[0] and not plain)
            line.report(left=size)


def ask(plain, client):
    try:
        client.plain("still there?", DEADLINE_S) if plain else client.ask(b"still there?", DEADLINE_S)
    except rc.ServerError:
        return False
    return True


def leave(client, politely):
    if politely:
        client.bye(DEADLINE_S)
    client.close()


WAYS = ("bye", "close", "plain", "hasty", "tcp")


def churn(line, endpoint, connects):
    """Role: that many connections come and go, each in one of the WAYS."""
    context = zmq.Context()
    tally = dict.fromkeys(WAYS, 0)
    for numbers in opened_together(range(connects)):
        visits = [begin_visit(context, endpoint, WAYS[number % len(WAYS)]) for number in numbers]
        for way, client in visits:
            end_visit(way, client)
            tally[way] += 1
    line.report(**tally)
    for _ in line.commands:
        pass


def begin_visit(context, endpoint, way):
    if way == "tcp":
        host, port = endpoint.removeprefix("tcp://").rsplit(":", 1)
        return way, socket.create_connection((host, int(port)), DEADLINE_S)
    client = rc.Client(endpoint, context)
    client.send(rc.Plain("hello") if way == "plain" else rc.Hello("visitor"))
    return way, client


def end_visit(way, client):
    if way not in ("tcp", "hasty"):
        first = client.next_message(DEADLINE_S)
        assert isinstance(first, (rc.Welcome, rc.Plain)), first
    if way == "bye":
        client.bye(DEADLINE_S)
    client.close()


ROLES = {"hold": hold, "churn": churn}


def play(file_descriptor, role, arguments):
    """What a forked process does, up to its end."""
    if ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError("prctl")
    line = Line(file_descriptor)
    line.report(pid=os.getpid())
    ROLES[role](line, **arguments)


def run_nursery(orders):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    while True:
        order, file_descriptors, _, _ = socket.recv_fds(orders, 4096, 1)
        if not order:
            return
        if os.fork() != 0:
            os.close(file_descriptors[0])
            continue
        orders.close()
        exit_code = 1
        try:
            play(file_descriptors[0], *json.loads(order))
            exit_code = 0
        except (BrokenPipeError, ConnectionResetError):
            pass  # the test has ended
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(exit_code)


if __name__ == "__main__":
    run_nursery(socket.socket(fileno=int(sys.argv[1])))
