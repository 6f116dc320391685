"""rollcall-server's settings: where they come from, what is refused, and how the refusal is worded."""

import os
import signal
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

import runs
import zmq
from harness import Program, Server

SERVER = "rollcall-server"


class CommandLineCase(unittest.TestCase):
    def setUp(self):
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def config(self, text):
        path = self.directory / "rollcall.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def refused(self, *args, code=2, env=None):
        """The one line on stderr, without the program's name."""
        run = runs.Run(SERVER, *args, env=env)
        self.assertEqual((run.code, run.out), (code, ""), run.err)
        self.assertEqual(run.err.count("\n"), 1, run.err)
        name, complaint = run.err.rstrip("\n").split(": ", 1)
        self.assertEqual(name, SERVER)
        return complaint

    def started(self, *args, env=None):
        """What a server with these settings says of them when it starts."""
        with Server(*args, env=env) as server:
            return server.events()[0]


class Refused(CommandLineCase):
    def check(self, *cases):
        """Each case: flags, and words that the complaint has."""
        for flags, *words in cases:
            with self.subTest(flags):
                complaint = self.refused("--port", 0, *flags)
                for word in words:
                    self.assertIn(word, complaint)

    def test_numbers(self):
        self.check((["--port", "abc"], "--port", "abc", "--help"), (["--port", "70000"], "--port", "70000"),
                   (["--port", "-1"], "--port"), (["--port", "80x"], "--port"), (["--port", ""], "--port", "empty"),
                   (["--workers", "abc"], "--workers"), (["--workers", "0"], "workers", "1 to 1024"),
                   (["--workers", "1025"], "workers"), (["--window", "0"], "window", "1 to 100000"),
                   (["--window", "1.5"], "--window"), (["--max-clients", "0"], "max-clients", "1 to 1000000"),
                   (["--max-clients", ""], "--max-clients"), (["--max-message", "0"], "max-message", "4096"),
                   (["--max-message", "1XB"], "--max-message", "1XB"), (["--max-message", "2GiB"], "max-message"))

    def test_durations(self):
        self.check((["--heartbeat", "0"], "heartbeat", "10 ms"), (["--heartbeat", "soon"], "--heartbeat", "soon"),
                   (["--heartbeat", ""], "--heartbeat"), (["--heartbeat", "-1"], "--heartbeat"),
                   (["--heartbeat", "nan"], "--heartbeat"), (["--heartbeat", "1e300"], "--heartbeat"),
                   (["--heartbeat-timeout", "1h"], "--heartbeat-timeout"),
                   (["--heartbeat-timeout", "61m"], "heartbeat-timeout", "3600000 ms"),
                   (["--drain-timeout", "-1"], "--drain-timeout"))

    def test_words(self):
        self.check((["--frobnicate"], "--frobnicate", "--help"), (["stray"], "stray"),
                   (["--lang", "fr"], "--lang", "pt", "en"), (["--log-format", "xml"], "--log-format", "text", "json"),
                   (["--workers"], "--workers"), (["--quiet=maybe"], "--quiet"),
                   (["--bad\nflag\x1b[2J"], r"--bad\u{A}flag\u{1B}[2J"))

    def test_greetings(self):
        self.check((["--greeting", "no number"], "greeting", "{count}"), (["--greeting", ""], "greeting", "{count}"),
                   (["--greeting", "{count"], "greeting", "{{"), (["--greeting", "{count}}"], "greeting", "}}"),
                   (["--greeting", "{name} {count}"], "greeting", "{{"), (["--greeting", "{{count}}"], "{count}"))

    def test_endpoints(self):
        self.check((["--bind", "nonsense"], "bind", "nonsense", "tcp://"), (["--bind", ""], "bind"),
                   (["--bind", "udp://127.0.0.1:0"], "bind", "tcp://"), (["--bind", "inproc://x"], "bind", "tcp://"),
                   (["--bind", "tcp://0.0.0.0:0"], "bind", "--insecure"), (["--bind", "tcp://*:0"], "--insecure"),
                   (["--bind", "tcp://[::]:0"], "--insecure"),
                   (["--bind", "tcp://127.0.0.1:abc"], "bind", "65535"),
                   (["--bind", "tcp://127.0.0.1"], "bind", "PORT"),
                   (["--bind", "tcp://127.0.0.1:99999"], "bind", "65535"),
                   (["--bind", "tcp://127.0.0.1:0", "--bind", "tcp://0.0.0.0:0"], "0.0.0.0", "--insecure"))

    def test_what_cannot_be_bound(self):
        missing = f"ipc://{self.directory}/missing/socket"
        for endpoint in (missing, "ipc://" + "x" * 200):
            with self.subTest(endpoint):
                complaint = self.refused("--bind", endpoint, code=3)
                self.assertIn(endpoint, complaint)
                self.assertIn("--bind", complaint)

    def test_a_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            complaint = self.refused("--port", port, code=3)
        for words in (f"127.0.0.1:{port}", "in use", "--port"):
            self.assertIn(words, complaint)

    def test_environment(self):
        for name, value, word in (("WORKERS", "abc", "--workers"), ("HEARTBEAT_TIMEOUT", "x", "--heartbeat-timeout"),
                                  ("MAX_MESSAGE", "1XB", "--max-message"), ("LANG", "fr", "--lang"),
                                  ("QUIET", "maybe", "--quiet"), ("PORT", "70000", "--port")):
            with self.subTest(name):
                complaint = self.refused(env={f"ROLLCALL_{name}": value, "ROLLCALL_HEARTBEAT": "2"})
                self.assertIn(word, complaint)
                self.assertIn(f"ROLLCALL_{name};", complaint)
        self.assertIn("workers", self.refused(env={"ROLLCALL_WORKERS": "0"}))
        self.assertIn("--config", self.refused(env={"ROLLCALL_CONFIG": "/nonexistent"}))


class RefusedConfig(CommandLineCase):
    def test_files_that_cannot_be_read(self):
        for path in (self.directory / "missing", self.directory):
            complaint = self.refused("--config", path)
            for word in ("--config", str(path), "readable"):
                self.assertIn(word, complaint)

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_a_file_without_permission(self):
        path = self.config("workers = 2\n")
        path.chmod(0)
        self.assertIn(str(path), self.refused("--config", path))

    def test_unknown_names(self):
        for text, name in (("frobnicate = 1\n", "frobnicate"), ("workers = 2\nmax_clients = 3\n", "max_clients"),
                           ("config = 'x'\n", "config"), ("version = true\n", "version"), ("help = true\n", "help"),
                           ("[server]\nworkers = 2\n", "server.workers"), ("no setting\n", "no setting"),
                           (b"\x01\xff\x02\n", r"\u{1}\x{FF}\u{2}")):
            with self.subTest(text):
                path = self.config(text)
                complaint = self.refused("--config", path)
                for word in (str(path), name, "not a setting", "--help"):
                    self.assertIn(word, complaint)

    def test_bad_values(self):
        for text, word in (("workers = many\n", "--workers"), ("lang = 'fr'\n", "--lang"), ("port =\n", "--port"),
                           ("heartbeat = 'soon'\n", "--heartbeat"), ("quiet = 'maybe'\n", "--quiet")):
            with self.subTest(text):
                path = self.config(text)
                complaint = self.refused("--config", path)
                self.assertIn(word, complaint)
        for text, word in (("workers = 0\n", "workers"), ("greeting = 'no number'\n", "greeting"),
                           ("bind = 'tcp://0.0.0.0:0'\n", "--insecure")):
            with self.subTest(text):
                self.assertIn(word, self.refused("--config", self.config(text)))


class Precedence(CommandLineCase):
    def check(self, setting, key, flag, variable, file, default=None):
        """The started event's `key` for every place that gives the setting."""
        config = self.config(f"{setting} = {file}\n")
        environment = {"ROLLCALL_" + setting.upper().replace("-", "_"): str(variable)}
        given = ["--" + setting, flag]
        self.assertEqual(self.started(*given, "--config", config, env=environment)[key], flag)
        self.assertEqual(self.started("--config", config, env=environment)[key], variable)
        self.assertEqual(self.started("--config", config)[key], file)
        self.assertEqual(self.started(env={"ROLLCALL_CONFIG": str(config)})[key], file)
        if default is not None:
            self.assertEqual(self.started()[key], default)

    def test_workers(self):
        self.check("workers", "workers", 3, 4, 5)

    def test_max_clients(self):
        self.check("max-clients", "max_clients", 30, 40, 50)

    def test_durations_with_units(self):
        config = self.config('heartbeat = 1.5\nheartbeat-timeout = "20ms"\n')
        self.assertEqual(self.started()["liveness_ms"], 5000)
        self.assertEqual(self.started("--config", config)["liveness_ms"], 1520)
        self.assertEqual(self.started("--config", config, env={"ROLLCALL_HEARTBEAT": "0.5m"})["liveness_ms"], 30_020)
        self.assertEqual(self.started("--config", config, "--heartbeat", "2s")["liveness_ms"], 2020)

    def test_greeting(self):
        config = self.config("greeting = 'file {count}'\n")
        environment = {"ROLLCALL_GREETING": "environment {count}"}
        for args, env, greeting in ((["--greeting", "flag {count}"], environment, "flag 1"),
                                    ([], environment, "environment 1"), ([], None, "file 1")):
            with Server("--config", config, *args, env=env) as server:
                self.assertIn(greeting, runs.client(server).out)

    def test_bind_replaces_all_endpoints_of_a_lower_place(self):
        names = [f"ipc://{self.directory}/{name}" for name in "abcde"]
        config = self.config(f"bind = ['{names[0]}', '{names[1]}']\nlog-format = 'json'\n")
        environment = {"ROLLCALL_BIND": names[2]}
        flags = ["--bind", names[3], "--bind", names[4]]
        for args, env, bound in ((flags, environment, names[3:]), ([], environment, names[2:3]), ([], {}, names[:2])):
            with Program(SERVER, "--config", config, *args, env=env) as server:
                server.out.wait_for('"event":"started"')
                self.assertIn('"endpoints":["' + '","'.join(bound) + '"]', server.out.all[0])
                server.signal(signal.SIGTERM)
                self.assertEqual(server.wait(), 0)

    def test_the_last_flag_wins(self):
        self.assertEqual(self.started("--workers", 3, "--workers", 7)["workers"], 7)

    def test_an_empty_variable_is_not_set(self):
        self.assertEqual(self.started("--workers", 3, env={"ROLLCALL_WORKERS": "", "ROLLCALL_LANG": ""})["workers"], 3)
        self.assertEqual(self.started(env={"ROLLCALL_MAX_CLIENTS": ""})["max_clients"], 10_000)

    def test_language(self):
        config = self.config("lang = 'en'\n")
        with Server("--config", config, log="text") as server:
            self.assertIn("Server running", server.out.all[0])
        with Server("--config", config, log="text", env={"ROLLCALL_LANG": "pt"}) as server:
            self.assertIn("Servidor rodando", server.out.all[0])


class Quiet(CommandLineCase):
    def stdout_of(self, *args, env=None):
        """All that a server printed which has talked to a client and ended; on an endpoint that it need not tell."""
        endpoint = f"ipc://{self.directory}/quiet"
        with Program(SERVER, "--bind", endpoint, *args, env=env) as server:
            run = runs.Run("rollcall-client", "--server", endpoint, "-W", 60)
            self.assertEqual(run.code, 0, run.err)
            server.signal(signal.SIGTERM)
            self.assertEqual(server.wait(), 0)
            return server.out.all + server.err.all

    def test_quiet_says_nothing(self):
        self.assertEqual(self.stdout_of("--quiet"), [])
        self.assertEqual(self.stdout_of("--quiet", "--log-format", "json"), [])

    def test_precedence(self):
        config = self.config("quiet = true\n")
        self.assertEqual(self.stdout_of("--config", config), [])
        self.assertEqual(self.stdout_of(env={"ROLLCALL_QUIET": "1"}), [])
        self.assertNotEqual(self.stdout_of("--config", config, env={"ROLLCALL_QUIET": "false"}), [])
        self.assertNotEqual(self.stdout_of("--quiet=false", env={"ROLLCALL_QUIET": "true"}), [])

    def test_errors_are_still_told(self):
        self.assertIn("workers", self.refused("--quiet", "--workers", 0))


class Told(CommandLineCase):
    def test_version(self):
        run = runs.Run(SERVER, "--version")
        self.assertRegex(run.out, r"^\d+\.\d+\.\d+\n$")
        self.assertEqual((run.code, run.err), (0, ""))
        self.assertEqual(runs.Run("rollcall-client", "--version").out, run.out)

    def test_help_names_every_setting(self):
        run = runs.Run(SERVER, "--help")
        self.assertEqual((run.code, run.err), (0, ""))
        for flag in ("--port", "--bind", "--insecure", "--workers", "--greeting", "--lang", "--max-clients", "--window",
                     "--max-message", "--heartbeat", "--heartbeat-timeout", "--drain-timeout", "--log-format",
                     "--quiet", "--record", "--force", "--http", "--config", "--version", "ROLLCALL_LANG", "8080",
                     "250ms", "64KiB"):
            self.assertIn(flag, run.out)
        self.assertEqual([line for line in run.out.splitlines() if len(line) > 120], [])

    def test_two_endpoints(self):
        ipc = f"ipc://{self.directory}/socket"
        with Server("--bind", "tcp://127.0.0.1:0", "--bind", ipc, log="text") as server:
            self.assertEqual(server.out.wait_for("ipc")[0], "ipc")
            self.assertEqual(server.out.all[1], f"🚀 Servidor rodando em {ipc}")
            with Program("rollcall-client", "--server", server.endpoint, stdin=subprocess.PIPE) as first:
                first.out.wait_for("Conexões ativas: 1")
                run = runs.Run("rollcall-client", "--server", ipc)
                self.assertIn("Conexões ativas: 2", run.out)

    def test_insecure_endpoints_when_asked_for(self):
        with Server("--bind", "tcp://0.0.0.0:0", "--insecure") as server:
            self.assertIn("Conexões ativas: 1", runs.Run("rollcall-client", "--port", server.port).out)

    def test_greeting_with_counts_and_braces(self):
        with Server("--greeting", "{count} de {{{count}}} {{count}} – olá") as server:
            with zmq.Context() as context, context.socket(zmq.DEALER) as client:
                client.connect(server.endpoint)
                client.send_string("x")
                self.assertTrue(client.poll(60_000))
                self.assertEqual(client.recv_string(), "1 de {1} {count} – olá")


if __name__ == "__main__":
    unittest.main()
