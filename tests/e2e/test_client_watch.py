"""rollcall-client --watch: who comes and who goes, for people and for scripts."""

import json
import signal
import subprocess
import unittest

import runs
from crowd import ClientProcess, Crowd, rc
from fault_proxy import FaultProxy
from harness import DEADLINE_S, SANITIZED, Program, binary
from proxy import Proxy
from roster_case import HOSTILE, SHOWN, RosterCase


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
