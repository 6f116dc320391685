"""What every hostile-peer test has in common: a real server, an honest client that keeps asking, and the aftermath.

A test says what it expects with `expect_refused` and `guests`; after it, the server must be alive, its descriptors and
memory must be back, its log must tell of refusals once a second at most, and the honest client must have got every
reply, with the right count.
"""

import datetime
import struct
import threading
import time
import unittest

import zmq

import harness
from raw_zmtp import RawPeer

SCALE = 10 if harness.SANITIZED else 1
MAX_MESSAGE_BYTES = 1 << 20
WINDOW = 256
GREETING = "Hello, Client! Conexões ativas: "
RSS_SLACK_BYTES = 24 << 20
HANDSHAKE_TIMEOUT_S = 3.0
TOKEN_BYTES = 16
BYSTANDER_PAUSE_S = 0.002  # one request in this time is enough to see harm
P99_FLOOR_S = 0.05 * SCALE  # what a p99 may be in any case: shorter ones differ by what else a machine does


def hello(name=b"", token=None):
    return b"\1\1" + bytes([token is not None]) + struct.pack(">H", len(name)) + name + (token or b"")


def request(request_id, body=b""):
    return b"\1\2" + struct.pack(">Q", request_id) + body


BYE = b"\1\3"


class Reply:
    def __init__(self, part):
        assert part[:2] == b"\1\x82", part[:60]
        self.id, self.count, self.version = struct.unpack(">QIQ", part[2:22])
        self.body = part[22:]


def error_of(part):
    """(id, code) of an ERROR."""
    assert part[:2] == b"\1\x86", part[:60]
    return struct.unpack(">QH", part[2:12])


class Welcome:
    def __init__(self, part):
        assert part[:2] == b"\1\x81", part[:60]
        self.resumed = bool(part[2] & 1)
        self.token = part[3:3 + TOKEN_BYTES]
        self.count = struct.unpack(">I", part[31:35])[0]


def token_of(part):
    """The token of a WELCOME."""
    return Welcome(part).token


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def as_asked_steadily(latencies_s):
    """With the latencies of the requests that nobody sent because the one before had no answer yet."""
    for latency_s in latencies_s:
        while latency_s > 0:
            yield latency_s
            latency_s -= BYSTANDER_PAUSE_S


class Bystander(threading.Thread):
    """An honest client that asks one request after the other, and notes what is wrong with the answers."""

    def __init__(self, endpoint, text=GREETING, prepare=None):
        super().__init__(daemon=True)
        self.prepare = prepare
        self.endpoint = endpoint
        self.text = text
        self.faults = []
        self.counts = set()
        self.last_count = None
        self.latencies_s = []
        self._end = threading.Event()
        self._first = threading.Event()

    def run(self):
        socket = zmq.Context.instance().socket(zmq.DEALER)
        socket.linger = 0
        if self.prepare:
            self.prepare(socket)
        socket.connect(self.endpoint)
        try:
            self._converse(socket)
        except Exception as problem:  # told by the main thread
            self.faults.append(repr(problem))
        finally:
            self._first.set()
            socket.close()

    def _converse(self, socket):
        socket.send(hello(b"bystander"))
        token_of(self._receive(socket))
        request_id = 0
        while not self._end.wait(BYSTANDER_PAUSE_S):
            request_id += 1
            began = time.monotonic()
            socket.send(request(request_id))
            reply = Reply(self._receive(socket))
            self.latencies_s.append(time.monotonic() - began)
            self.counts.add(reply.count)
            self.last_count = reply.count
            if reply.id != request_id or reply.body.decode() != f"{self.text}{reply.count}":
                self.faults.append(f"request {request_id}: got {reply.id} {reply.count} {reply.body[:60]!r}")
            self._first.set()

    @staticmethod
    def _receive(socket):
        if not socket.poll(harness.DEADLINE_S * 1000):
            raise AssertionError("the bystander got no answer")
        return socket.recv()

    def wait_first(self):
        assert self._first.wait(harness.DEADLINE_S), "the bystander got no first answer"

    def wait_asked(self, more):
        """Waits until that many more requests were answered."""
        goal = len(self.latencies_s) + more
        harness.wait_until(lambda: len(self.latencies_s) >= goal or self.faults, "the bystander's answers")

    def finish(self):
        self._end.set()
        self.join(harness.DEADLINE_S + 5)
        assert not self.is_alive(), "the bystander hangs"


class HostileCase(unittest.TestCase):
    # A peer by hand answers a PING only while it is read from: on a slow day, it would leave as timed out.
    heartbeat_args = ("--heartbeat", "60m")
    server_args = ()
    server_prefix = ()
    server_env = None
    open_files_max = None
    bystander_source = None  # its address, where that makes a difference
    greeting_text = GREETING
    prepare_bystander = None  # what its socket needs before it connects
    rss_slack_bytes = RSS_SLACK_BYTES

    def setUp(self):
        self.server = harness.Server(*self.heartbeat_args, *self.server_args, env=self.server_env,
                                     open_files_max=self.open_files_max, prefix=self.server_prefix)
        self.addCleanup(self.server.end)
        endpoint = self.server.endpoint
        if self.bystander_source:
            endpoint = endpoint.replace("tcp://", f"tcp://{self.bystander_source}:0;")
        self.bystander = Bystander(endpoint, self.greeting_text, self.prepare_bystander)
        self.bystander.start()
        self.addCleanup(self.bystander.finish)
        self.bystander.wait_first()
        self.port = self.server.port
        self.fds_before = self.server.fd_count()
        self.rss_before = self.server.rss_bytes()
        self.guests = 0  # sessions besides the bystander's that this test has begun, rightly; None: nobody knows
        self.expected_refusals = {}
        self.sockets = []

    def expect_refused(self, reason, exactly=None, at_least=1):
        """Waits until the log tells of one; how many there were, it is asked when the server has ended.

        Of those that come within a second, the log tells the first at once and how many others there were later.
        """
        self.expected_refusals[reason] = (at_least, None) if exactly is None else (exactly, exactly)
        self.wait_refused(reason, min(1, self.expected_refusals[reason][0]))

    def wait_refused(self, reason, number):
        """Waits until the log has told of that many, which takes a second where they are more than one."""
        harness.wait_until(lambda: self.refusals(reason) >= number, f"{number} refusals: {reason}")

    def refusals(self, reason):
        return self.server.refusals(reason)

    def guest(self, routing_id=None, kind=zmq.DEALER):
        """A pyzmq socket, connected to the server."""
        socket = zmq.Context.instance().socket(kind)
        socket.linger = 0
        if routing_id is not None:
            socket.routing_id = routing_id
        socket.connect(self.server.endpoint)
        self.sockets.append(socket)
        self.addCleanup(socket.close)
        return socket

    def p99_s(self, action, *arguments):
        """The bystander's 99th percentile while the action runs, and until there is enough of it to judge."""
        first = len(self.bystander.latencies_s)
        action(*arguments)
        self.bystander.wait_asked(100)
        return percentile(list(as_asked_steadily(self.bystander.latencies_s[first:])), 0.99)

    def check_undisturbed_by(self, action, what, quiet_s=None):
        """The bystander's p99 at most doubles, or is short. What others do to the machine passes, what the action does
        stays: it is done up to three times."""
        for _ in range(3):
            before_s = quiet_s or self.p99_s(self.bystander.wait_asked, 300)
            during_s = self.p99_s(action)
            print(f"  {what}: the bystander's p99 {1000 * before_s:.2f} ms before, {1000 * during_s:.2f} ms during")
            if during_s <= max(2 * before_s, P99_FLOOR_S):
                return
        self.fail(f"{what}: the bystander is disturbed")

    def close_guests(self):
        for socket in self.sockets:
            socket.close()

    def connected(self, **options):
        """A peer by hand, after its handshake."""
        peer = RawPeer(self.port, **options)
        self.sockets.append(peer)
        self.addCleanup(peer.close)
        peer.handshake()
        return peer

    def welcomed(self, name=b"guest", **options):
        """One that has said HELLO and read its WELCOME."""
        peer = self.connected(**options)
        self.join(peer, name)
        return peer

    def join(self, peer, name):
        """Says HELLO for it; returns its token."""
        peer.send_message(hello(name))
        token = token_of(peer.read_message()[0])
        self.guests += 1
        return token

    def receive(self, socket):
        self.assertTrue(socket.poll(harness.DEADLINE_S * 1000), "no answer")
        return socket.recv_multipart()

    def tearDown(self):
        if self._outcome.result.failures or self._outcome.result.errors:
            return  # the first failure says more than what follows from it
        self.assertIsNone(self.server.process.poll(), f"the server died: {self.server.err.all[-20:]}")
        self.close_guests()
        self.bystander.wait_asked(20)
        harness.wait_until(lambda: self.bystander.last_count == 1, "the count's return")
        harness.wait_until(lambda: self.server.fd_count() <= self.fds_before, "the descriptors' return")
        self.check_memory()
        self.bystander.finish()
        self.assertEqual(self.bystander.faults, [])
        if self.guests == 0:
            self.assertEqual(self.bystander.counts, {1})
        self.assertEqual(self.server.stop(), 0, self.server.err.all[-40:])
        self.check_log()

    def check_memory(self):
        if harness.SANITIZED:
            return  # freed memory is kept back there
        most = self.rss_before + self.rss_slack_bytes
        harness.wait_until(lambda: self.server.rss_bytes() <= most,
                           f"memory: {self.server.rss_bytes() >> 20} MiB, before {self.rss_before >> 20} MiB")

    def check_log(self):
        events = self.server.events()
        joins = [event for event in events if event["event"] == "joined"]
        left_out = [e for e in events if e["event"] == "suppressed" and e["kind"] == "joined"]
        if self.guests is not None and not left_out:
            self.assertEqual(len(joins), 1 + self.guests, joins)
        for reason, (least, most) in self.expected_refusals.items():
            self.assertGreaterEqual(self.refusals(reason), least, reason)
            if most is not None:
                self.assertLessEqual(self.refusals(reason), most, reason)
        times = {}
        for event in events:
            if event["event"] == "refused":
                moment = datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00")).timestamp()
                times.setdefault(event["reason"], []).append(moment)
        for reason, moments in times.items():
            # Periods of a second begin anew after a quiet one, so there may be one line more than seconds.
            self.assertLessEqual(len(moments), moments[-1] - moments[0] + 2.05, reason)
