"""rollcall-client --who: who is here, for people and for scripts."""

import json
import threading
import unicodedata
import unittest

import runs
import zmq
from crowd import Crowd, rc
from harness import DEADLINE_S
from proxy import Proxy
from roster_case import HOSTILE, SHOWN, RosterCase


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


if __name__ == "__main__":
    unittest.main(verbosity=2)
