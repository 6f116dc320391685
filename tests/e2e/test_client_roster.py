"""rollcall-client --who and --watch: who is here, who comes, who goes, for people and for scripts."""

import json
import os
import signal
import subprocess
import sys
import threading
import unicodedata
import unittest

import runs
import zmq
from crowd import ClientProcess, Crowd
from fault_proxy import FaultProxy
from harness import DEADLINE_S, SANITIZED, Program, Server, binary
from proxy import Proxy

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../interop"))

import rollcall_client as rc  # noqa: E402

HOSTILE = "a\x1b[2J\u202e\r\n\u009b日本"
SHOWN = r"a\u{1B}[2J\u{202E}\u{D}\u{A}\u{9B}日本"


class RosterCase(unittest.TestCase):
    def start(self, *args, **options):
        return self.enterContext(Server(*args, **options))

    def join(self, server, name):
        """A client with this name, until the test's end."""
        client = self.enterContext(rc.Client(server.endpoint))
        client.hello(name, DEADLINE_S)
        return client

    def watch(self, endpoint, *flags):
        return Watcher(self.enterContext(Program("rollcall-client", "--watch", "--json", "--server", endpoint, *flags)))

    def who(self, server):
        run = runs.client(server, "--who", "--json")
        self.assertEqual((run.err, run.code), ("", 0))
        return json.loads(run.out)


class Watcher:
    """A program that watches, and what it tells; `picture` has the sessions of each version that it told."""

    def __init__(self, program):
        self.program = program
        self.told = []
        self.picture = {}
        self._here = set()

    def next(self):
        line = self.program.out.next()
        assert line is not None, self.program.err.all
        entry = json.loads(line)
        self.told.append(entry)
        kind = entry["kind"]
        if kind == "snapshot":
            self._here = {client["session"] for client in entry["clients"]}
            assert len(self._here) == len(entry["clients"]) == entry["count"], entry
        elif kind in ("joined", "left"):
            assert entry["version"] == self.version + 1, (self.version, entry)
            assert (entry["session"] in self._here) == (kind == "left"), entry
            self._here ^= {entry["session"]}
            assert len(self._here) == entry["count"], entry
        else:
            return entry
        self.version = entry["version"]
        self.picture[self.version] = frozenset(self._here)
        return entry

    def wait(self, kind, **fields):
        """The next that is of this kind and has these fields."""
        while True:
            entry = self.next()
            if entry["kind"] == kind and all(entry[key] == value for key, value in fields.items()):
                return entry

    def wait_version(self, version):
        while self.version < version:
            self.next()

    def count(self, kind):
        return sum(entry["kind"] == kind for entry in self.told)


class Who(RosterCase):
    def test_a_table_of_strangers(self):
        server = self.start()
        for name in ("ana", HOSTILE, ""):
            self.join(server, name)
        run = runs.client(server, "--who", "--name", "eu")
        self.assertEqual((run.err, run.code), ("", 0))
        server.wait_event("left", reason="goodbye")
        joined = [event for event in server.events() if event["event"] == "joined"]
        addresses = [f"{event['host']}:{event['port']}" for event in joined]
        head, titles, *rows = run.lines
        self.assertEqual(head, "👥 4 clientes conectados")
        self.assertEqual(titles.split(), ["NOME", "ENDEREÇO", "DESDE", "PEDIDOS", "INATIVO"])
        self.assertEqual([row.split()[:2] for row in rows],
                         [[name, address] for name, address in zip(("ana", SHOWN, "-", "eu"), addresses)])
        self.assertEqual(["← este programa" in row for row in rows], [False, False, False, True])
        begins = {sum(1 + (unicodedata.east_asian_width(c) == "W") for c in row[:row.index("127.0.0.1")])
                  for row in rows}
        self.assertEqual(begins, {titles.index("ENDEREÇO")}, "the addresses stand below each other")

    def test_one_object_for_scripts(self):
        server = self.start()
        ana = self.join(server, HOSTILE)
        ana.ask(b"oi", DEADLINE_S)
        run = runs.client(server, "--who", "--json", "--name", "eu", "--lang", "en")
        self.assertEqual((run.err, run.code, run.out.count("\n")), ("", 0, 1))
        for character in "\x1b\u202e\u009b":
            self.assertNotIn(character, run.out)
        roster = json.loads(run.out)
        self.assertEqual((roster["version"], roster["count"]), (2, 2))
        first, own = roster["clients"]
        self.assertEqual((first["name"], first["requests"], first["self"]), (HOSTILE, 1, False))
        self.assertEqual((own["name"], own["requests"], own["self"]), ("eu", 0, True))
        self.assertLess(first["session"], own["session"])
        self.assertLess(abs(first["since_unix_ms"] - own["since_unix_ms"]), 1000 * DEADLINE_S)

    def test_more_than_a_page(self):
        server = self.start()
        crowds = [self.enterContext(Crowd(server.endpoint, 600)) for _ in range(2)]
        for crowd in crowds:
            crowd.wait_welcomed()
        roster = self.who(server)
        self.assertEqual(roster["count"], 1201)
        sessions = [client["session"] for client in roster["clients"]]
        self.assertEqual(sessions, sorted(set(sessions)))
        self.assertEqual(len(sessions), 1201)
        watcher = self.watch(server.endpoint)
        self.assertEqual(watcher.wait("snapshot")["count"], 1201)

    def test_behind_a_proxy_nobody_is_marked(self):
        server = self.start()
        proxy = self.enterContext(Proxy(server.port))
        run = runs.Run("rollcall-client", "--who", "--server", proxy.endpoint, "--lang", "en")
        self.assertEqual((run.lines[0], run.code), ("👥 1 client connected", 0))
        self.assertNotIn("this program", run.out)

    def test_a_server_that_does_not_tell(self):
        """Older ones answer error 10, and who knows what else answers nothing."""
        for error, code, word in ((rc.Error(0, 10, "not\x1bhere"), 1, r"not\u{1B}here"), (None, 4, "0.3 s")):
            with StrangeServer(error) as server:
                for flag in ("--who", "--watch"):
                    run = runs.client(server, flag, "-W", "0.3")
                    self.assertEqual((run.out, run.code), ("", code), run.err)
                    self.assertIn(word, run.err)
                    self.assertEqual(run.err.count("\n"), 1)

    def test_wrong_usage(self):
        for flags in (("--who", "--watch"), ("--who", "-n", "3"), ("--watch", "--record", "x")):
            run = runs.Run("rollcall-client", *flags)
            self.assertEqual((run.out, run.code, run.err.count("\n")), ("", 2, 1), run.err)


class StrangeServer:
    """Welcomes everybody, and answers everything else with this error, or not at all."""

    def __init__(self, error):
        self._error = error
        self._socket = zmq.Context.instance().socket(zmq.ROUTER)
        self._socket.linger = 0
        self.endpoint = f"tcp://127.0.0.1:{self._socket.bind_to_random_port('tcp://127.0.0.1')}"
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        self._thread.join()
        self._socket.close()

    def _run(self):
        while not self._ending.is_set():
            if not self._socket.poll(20):
                continue
            peer, part = self._socket.recv_multipart()
            message = rc.decode_client_message(part)
            answer = self._error
            if isinstance(message, rc.Hello):
                answer = rc.Welcome(bytes(16), 4, 4096, 5000, 1, 1)
            if answer is not None:
                self._socket.send_multipart([peer, rc.encode_server_message(answer)])


class Watch(RosterCase):
    def test_lines_for_people(self):
        server = self.start()
        with Program("rollcall-client", "--watch", "--name", "eu", "--server", server.endpoint) as watcher:
            watcher.out.wait_for("👀 Vigiando")
            self.assertEqual(watcher.out.all[0], "👥 1 cliente conectado")
            self.assertRegex(watcher.out.all[2], r"^eu +127\.0\.0\.1:\d+ .*← este programa$")
            self.join(server, HOSTILE).bye(DEADLINE_S)
            line = watcher.out.wait_for(r"^\d\d:\d\d:\d\d ✅ (.*) \(127\.0\.0\.1:\d+\) entrou\. Total de clientes: 2$")
            self.assertEqual(line[1], SHOWN)
            watcher.out.wait_for(r"👋 .* saiu\. Total de clientes: 1$")
            with Crowd(server.endpoint, 1) as crowd:
                crowd.wait_welcomed()
                crowd.kill()
                watcher.out.wait_for(r"❌ .* perdeu a conexão\. Total de clientes: 1$")
            self.assertEqual(watcher.err.all, [])

    def test_churn(self):
        """Four churners and killed crowds: every version is told once, and the picture is that of --who."""
        visits = 100 if SANITIZED else 1000
        server = self.start()
        watcher = self.watch(server.endpoint)
        first = watcher.wait("snapshot")
        churners = [self.enterContext(ClientProcess("churn", endpoint=server.endpoint, connects=visits))
                    for _ in range(2)]
        for _ in range(5):
            with Crowd(server.endpoint, 30) as crowd:
                crowd.wait_welcomed()
                crowd.kill()
        for churner in churners:
            churner.report()
        roster = self.who(server)
        watcher.wait_version(roster["version"])
        self.assertEqual(watcher.picture[roster["version"]], {client["session"] for client in roster["clients"]})
        self.assertEqual(watcher.count("snapshot"), 1)
        self.assertEqual(sorted(watcher.picture), list(range(first["version"], watcher.version + 1)))
        self.assertGreater(watcher.version, 2 * visits)
        reasons = {entry["reason"] for entry in watcher.told if entry["kind"] == "left"}
        self.assertLessEqual({"goodbye", "disconnected"}, reasons)

    def test_a_cut_connection_leaves_no_gap(self):
        server = self.start()
        proxy = self.enterContext(Proxy(server.port))
        watcher = self.watch(proxy.endpoint, "--name", "eu")
        watcher.wait("snapshot")
        for round in range(3):
            proxy.cut()
            watcher.wait("disconnected")
            self.join(server, f"meanwhile {round}")
            watcher.wait("reconnected")
            watcher.wait("left", name="eu")  # it is told of its own loss
            self.join(server, f"afterwards {round}")
            watcher.wait("joined", name=f"afterwards {round}")
            told = [entry["name"] for entry in watcher.told if entry["kind"] == "joined"]
            self.assertEqual(told.count(f"meanwhile {round}"), 1)
        self.assertEqual(watcher.count("snapshot"), 1)
        roster = self.who(server)
        watcher.wait_version(roster["version"])
        self.assertEqual(watcher.picture[roster["version"]], {client["session"] for client in roster["clients"]})

    def test_faults_of_the_network_during_a_churn_leave_no_gap(self):
        server = self.start()
        proxy = self.enterContext(FaultProxy(server.port))
        watcher = self.watch(proxy.endpoint)
        watcher.wait("snapshot")
        visits = 500 if SANITIZED else 3000
        churner = self.enterContext(ClientProcess("churn", endpoint=server.endpoint, connects=visits))
        for way in 2 * ("cut", "reset", "abandon"):
            watcher.wait("joined")
            self.assertGreater(proxy.put(way), 0)
            watcher.wait("reconnected")
        churner.report()
        roster = self.who(server)
        watcher.wait_version(roster["version"])
        self.assertEqual(watcher.picture[roster["version"]], {client["session"] for client in roster["clients"]})
        self.assertEqual((watcher.count("snapshot"), watcher.count("disconnected")), (1, 6))

    def test_a_server_that_is_started_again(self):
        server = self.start(port=runs.lasting_port(), stop_code=-signal.SIGKILL)
        watcher = self.watch(server.endpoint)
        watcher.wait("snapshot")
        self.join(server, "before")
        watcher.wait("joined", name="before")
        server.signal(signal.SIGKILL)
        watcher.wait("disconnected")
        again = self.start(port=server.port)
        watcher.wait("reconnected")
        watcher.wait("snapshot")
        self.join(again, "after")
        watcher.wait("joined", name="after")
        roster = self.who(again)
        watcher.wait_version(roster["version"])
        self.assertEqual(watcher.picture[roster["version"]], {client["session"] for client in roster["clients"]})

    def test_it_says_when_the_list_begins_anew(self):
        server = self.start(port=runs.lasting_port(), stop_code=-signal.SIGKILL)
        with Program("rollcall-client", "--watch", "--lang", "en", "--server", server.endpoint) as watcher:
            watcher.out.wait_for("👀 Watching")
            server.signal(signal.SIGKILL)
            watcher.err.wait_for("🔌 Connection lost")
            self.start(port=server.port)
            watcher.err.wait_for("✅ Connected again! Active connections: 1")
            watcher.out.wait_for("🔄 The list begins anew")
            watcher.out.wait_for("👥 1 client connected")

    def test_a_server_that_ends(self):
        server = self.start()
        watcher = self.watch(server.endpoint, "-W", "1")
        watcher.wait("snapshot")
        self.assertEqual(server.stop(), 0)
        watcher.wait("closing")
        watcher.wait("disconnected")
        self.assertEqual(watcher.program.wait(), 4)
        self.assertEqual(watcher.program.err.all, ["rollcall-client: o servidor não voltou dentro de 1 s (veja -W)"])

    def test_signals_end_it_with_a_goodbye(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 0)):
            server = self.start()
            watcher = self.watch(server.endpoint)
            watcher.wait("snapshot")
            watcher.program.signal(number)
            self.assertEqual(watcher.program.wait(), code)
            self.assertEqual(watcher.program.err.all, [])
            server.wait_event("left", reason="goodbye")

    def test_as_many_watchers_as_may(self):
        server = self.start()
        watchers = [self.join(server, f"w{i}") for i in range(64)]
        for client in watchers:
            client.send(rc.Watch(0))
            while not isinstance(client.next_message(DEADLINE_S), rc.Roster):
                pass
        run = runs.client(server, "--watch")
        self.assertEqual((run.out, run.code), ("", 1), run.err)
        self.assertIn("o servidor não diz quem está conectado", run.err)
        self.assertEqual(self.who(server)["count"], 65)

    def test_whoever_does_not_read_gets_the_list_anew(self):
        """Thousands of changes are not kept for a program whose output is a full pipe."""
        server = self.start()
        watcher = subprocess.Popen([binary("rollcall-client"), "--watch", "--json", "--server", server.endpoint],
                                   stdout=subprocess.PIPE)
        self.addCleanup(watcher.stdout.close)
        self.addCleanup(watcher.wait)
        self.addCleanup(watcher.kill)
        self.assertEqual(json.loads(watcher.stdout.readline())["kind"], "snapshot")
        for _ in range(2):
            with ClientProcess("churn", endpoint=server.endpoint, connects=4000) as churner:
                churner.report()
        version = self.who(server)["version"]
        kinds = []
        told = 0
        while told < version:
            entry = json.loads(watcher.stdout.readline())
            kinds.append(entry["kind"])
            self.assertTrue(entry["kind"] == "snapshot" or entry["version"] == told + 1 or told == 0)
            told = entry["version"]
        self.assertIn("snapshot", kinds)
        self.assertLess(len(kinds), 3 * 4096)


if __name__ == "__main__":
    unittest.main(verbosity=2)
