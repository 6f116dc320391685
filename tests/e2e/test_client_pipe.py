"""rollcall-client in scripts: messages from a pipe, replies on stdout, complaints on stderr, and the exit code."""

import json
import signal
import subprocess
import time
import unittest

import runs
from harness import DEADLINE_S, Program, Server
from proxy import Proxy

PROMPT = "> Digite sua mensagem (ou 'sair' para fechar): "
REPLY = "📩 Resposta do servidor: "
ANSWER = REPLY + "Hello, Client! Conexões ativas: 1"
CONNECTED = "✅ Conectado ao servidor!"
GOODBYE = "👋 Até logo!"


class PipeCase(unittest.TestCase):
    def start(self, *args, **options):
        return self.enterContext(Server(*args, **options))

    def check_complaint(self, run, *words):
        """One line on stderr, which begins with the program's name and has these words."""
        self.assertEqual(run.err.count("\n"), 1, run.err)
        self.assertTrue(run.err.startswith("rollcall-client: "), run.err)
        for word in words:
            self.assertIn(word, run.err)


class Input(PipeCase):
    def test_a_line_is_a_message(self):
        run = runs.client(self.start(), stdin="um\ndois três\n\n")
        self.assertEqual(run.lines, [CONNECTED, ANSWER, PROMPT + "um", ANSWER, PROMPT + "dois três", ANSWER, PROMPT,
                                     ANSWER, GOODBYE])
        self.assertEqual((run.err, run.code), ("", 0))

    def test_ten_thousand_lines_are_answered_in_order(self):
        echo = self.start(name="rollcall-test-server")
        lines = [f"linha {i}" for i in range(10_000)]
        run = runs.client(echo, stdin="".join(line + "\n" for line in lines))
        expected = [CONNECTED, REPLY + "Hello, Server!"]
        for line in lines:
            expected += [PROMPT + line, REPLY + line]
        self.assertEqual(run.lines, [*expected, GOODBYE])
        self.assertEqual((run.err, run.code), ("", 0))

    def test_the_last_line_needs_no_end(self):
        server = self.start()
        run = runs.client(server, stdin="um\ndois")
        self.assertEqual(run.lines[2:], [PROMPT + "um", ANSWER, PROMPT + "dois", ANSWER, GOODBYE])
        server.wait_event("message", text="dois")

    def test_nothing_on_stdin(self):
        run = runs.client(self.start())
        self.assertEqual((run.lines, run.err, run.code), ([CONNECTED, ANSWER, GOODBYE], "", 0))

    def test_sair_ends_it(self):
        server = self.start()
        run = runs.client(server, stdin="um\nsair\nnunca\n")
        self.assertEqual(run.lines, [CONNECTED, ANSWER, PROMPT + "um", ANSWER, PROMPT + "sair", GOODBYE])
        self.assertEqual(run.code, 0)
        server.wait_event("left", reason="goodbye")
        texts = [event["text"] for event in server.events() if event["event"] == "message"]
        self.assertEqual(texts, ["Hello, Server!", "um"])

    def test_sair_is_a_whole_line(self):
        run = runs.client(self.start(), stdin="sair já\n sair\nSair\n")
        self.assertEqual(run.lines.count(ANSWER), 4)

    def test_quit_ends_it_in_english_only(self):
        server = self.start()
        self.assertEqual(runs.client(server, stdin="quit\nx\n").lines.count(ANSWER), 3)
        english = runs.client(server, "--lang", "en", stdin="quit\nx\n")
        self.assertEqual(english.lines[-2:], ["> Type your message (or 'quit' to leave): quit", "👋 See you!"])

    def test_count(self):
        server = self.start()
        run = runs.client(server, "-n", 300, stdin="not read\n")
        self.assertEqual((run.lines, run.code), ([CONNECTED, *[ANSWER] * 300, GOODBYE], 0))
        server.wait_event("left")

    def test_bytes_that_are_no_text_are_sent_as_they_are_and_shown_escaped(self):
        server = self.start(name="rollcall-test-server")
        run = runs.client(server, stdin=b"\xff\x1b[2J\xe2\x80\xae\n")
        shown = r"\x{FF}\u{1B}[2J\u{202E}"
        self.assertEqual(run.lines[2:], [PROMPT + shown, REPLY + shown, GOODBYE])

    def test_the_name_is_told_to_the_server(self):
        server = self.start()
        runs.client(server, "--name", "Zoë")
        self.assertEqual(server.wait_event("joined")["name"], "Zoë")


class Json(PipeCase):
    def test_an_object_a_reply_and_nothing_else(self):
        run = runs.client(self.start(), "--json", stdin="um\ndois\nsair\n")
        replies = [json.loads(line) for line in run.lines]
        self.assertEqual([reply["id"] for reply in replies], [1, 2, 3])
        for reply in replies:
            self.assertEqual(list(reply), ["id", "reply", "count", "version"])
            self.assertEqual((reply["reply"], reply["count"]), ("Hello, Client! Conexões ativas: 1", 1))
        self.assertEqual((run.err, run.code), ("", 0))

    def test_with_a_count(self):
        run = runs.client(self.start(), "--json", "-n", 50)
        self.assertEqual([json.loads(line)["id"] for line in run.lines], list(range(1, 51)))

    def test_errors_are_objects_too(self):
        run = runs.client(self.start("--max-message", "4096"), "--json", stdin="x" * 5000 + "\num\n")
        by_id = {entry["id"]: entry for entry in map(json.loads, run.lines)}
        self.assertEqual(by_id[2]["error"]["code"], 8)
        self.assertEqual(by_id[2]["error"]["name"], "TOO_LARGE")
        self.assertIn("reply", by_id[3])
        self.assertEqual((sorted(by_id), run.err, run.code), ([1, 2, 3], "", 1))

    def test_what_a_terminal_would_obey_is_escaped(self):
        hostile = "a\x1b[31m\u202e\u009b2J\U000e0041\n{count}"
        run = runs.client(self.start("--greeting", hostile), "--json")
        self.assertEqual(json.loads(run.out)["reply"], hostile.replace("{count}", "1"))
        for character in "\x1b\u202e\u009b\U000e0041":
            self.assertNotIn(character, run.out)
        self.assertEqual(run.out.count("\n"), 1)


class Failures(PipeCase):
    def test_no_server(self):
        endpoint = f"tcp://127.0.0.1:{runs.lasting_port()}"
        start = time.monotonic()
        run = runs.Run("rollcall-client", "--server", endpoint)
        self.assertGreaterEqual(time.monotonic() - start, 2.9)
        self.assertEqual((run.out, run.code), ("", 3))
        self.check_complaint(run, endpoint, "rollcall-server", "--server", "3 s")

    def test_no_server_with_less_patience(self):
        port = runs.lasting_port()
        for patience, flags in (("0.2 s", ["-W", "200ms"]), ("0.3 s", ["--wait", "0.3", "--json"])):
            start = time.monotonic()
            run = runs.Run("rollcall-client", "--port", port, "--lang", "en", *flags)
            self.assertGreaterEqual(time.monotonic() - start, 0.19)
            self.assertEqual((run.out, run.code), ("", 3))
            self.check_complaint(run, f"tcp://localhost:{port}", patience)

    def test_wrong_usage(self):
        for flags, word in ((["--server", "nonsense"], "--server"), (["-n", "0"], "-n"), (["-n", "x"], "-n"),
                            (["-W", "0"], "--wait"), (["-W", "soon"], "--wait"), (["--name", "x" * 129], "name"),
                            (["--port", ""], "--port"), (["--frobnicate"], "--frobnicate"),
                            (["--lang", "xx"], "--lang")):
            with self.subTest(flags):
                run = runs.Run("rollcall-client", *flags)
                self.assertEqual((run.out, run.code), ("", 2))
                self.check_complaint(run, word)
                self.assertLess(len(run.err), 200)

    def test_a_message_that_is_too_large(self):
        run = runs.client(self.start("--max-message", "4096"), stdin="x" * 5000 + "\num\n")
        self.assertEqual(run.code, 1)
        errors = [line for line in run.lines if line.startswith("❌")]
        self.assertEqual(errors, ["❌ Erro do servidor: larger than the server's max-message (TOO_LARGE)"])
        self.assertEqual(run.lines[-3:-1], [PROMPT + "um", ANSWER])

    def test_a_full_server(self):
        server = self.start("--max-clients", "1")
        with Program("rollcall-client", "--server", server.endpoint, stdin=subprocess.PIPE) as first:
            first.out.wait_for(ANSWER)
            for flags in ([], ["--json"], ["-n", "3"]):
                run = runs.client(server, *flags)
                self.assertEqual((run.out, run.code), ("", 3))
                self.check_complaint(run, "max-clients")

    def test_escapes_in_replies(self):
        run = runs.client(self.start("--greeting", "\x1b]0;título\x07\r\n\u202e{count}\u009b\x7f"))
        shown = r"\u{1B}]0;título\u{7}\u{D}\u{A}\u{202E}1\u{9B}\u{7F}"
        self.assertEqual(run.lines, [CONNECTED, REPLY + shown, GOODBYE])


class Interruptions(PipeCase):
    """The connection or the client is ended while requests are unanswered: a proxy throws their replies away."""

    def begin(self, *flags):
        """A client that has asked `Hello, Server!`, got its reply, and asked `um`, which the server has accepted."""
        server = self.start(port=runs.lasting_port(), stop_code=-signal.SIGKILL)
        proxy = self.enterContext(Proxy(server.port))
        client = self.enterContext(Program("rollcall-client", "--server", proxy.endpoint, *flags,
                                           stdin=subprocess.PIPE))
        client.out.wait_for("Conexões ativas: 1")
        proxy.mute()
        client.write("um\n")
        server.wait_event("message", text="um")
        return server, client

    def restart(self, server):
        server.signal(signal.SIGKILL)
        server.wait()
        return self.start(port=server.port)

    def test_unanswered_requests_of_a_dead_server_end_as_unknown(self):
        server, client = self.begin("-W", "60")
        again = self.restart(server)
        client.write("dois\n")
        client.process.stdin.close()
        self.assertEqual(client.wait(), 1)
        unknown = "❓ Resultado desconhecido: a conexão caiu antes da resposta"
        self.assertEqual(client.out.all, [CONNECTED, ANSWER, PROMPT + "um", unknown, PROMPT + "dois", ANSWER, GOODBYE])
        self.assertEqual(client.err.all[0], "🔌 Conexão perdida; tentando de novo…")
        self.assertEqual(client.err.all[-1], "✅ Conectado de novo! Conexões ativas: 1")
        again.wait_event("left", reason="goodbye")

    def test_unknown_in_json(self):
        server, client = self.begin("-W", "60", "--json")
        self.restart(server)
        client.process.stdin.close()
        self.assertEqual(client.wait(), 1)
        self.assertEqual(json.loads(client.out.all[-1]), {"id": 2, "unknown": True})
        self.assertEqual(client.err.all, [])

    def test_a_dead_server_that_does_not_come_back(self):
        server, client = self.begin("-W", "1.5")
        server.signal(signal.SIGKILL)
        server.wait()
        client.process.stdin.close()
        self.assertEqual(client.wait(), 4)
        self.assertEqual(client.err.all[-1], "rollcall-client: sem resposta dentro de 1.5 s (veja -W)")

    def test_a_server_that_does_not_answer(self):
        server, client = self.begin("-W", "1")
        start = time.monotonic()
        self.assertEqual(client.wait(), 4)
        self.assertLess(time.monotonic() - start, DEADLINE_S)
        self.assertEqual(client.err.all, ["rollcall-client: sem resposta dentro de 1 s (veja -W)"])
        server.process.kill()

    def test_sigint_between_messages(self):
        server = self.start()
        with Program("rollcall-client", "--server", server.endpoint, stdin=subprocess.PIPE) as client:
            client.out.wait_for(ANSWER)
            client.signal(signal.SIGINT)
            self.assertEqual(client.wait(), 130)
            self.assertEqual((client.out.all, client.err.all), ([CONNECTED, ANSWER, GOODBYE], []))
        server.wait_event("left", reason="goodbye")

    def test_sigint_while_a_reply_is_waited_for(self):
        server, client = self.begin("-W", "60")
        client.signal(signal.SIGINT)
        self.assertEqual(client.wait(), 130)
        server.process.kill()

    def test_sigint_while_there_is_no_server(self):
        port = runs.lasting_port()
        with Program("rollcall-client", "--port", port, "-W", "600", stdin=subprocess.PIPE) as client:
            runs.wait_for_handler(client.pid, signal.SIGINT)
            client.signal(signal.SIGINT)
            self.assertEqual(client.wait(), 130)

    def test_the_server_says_that_it_ends(self):
        server = self.start()
        with Program("rollcall-client", "--server", server.endpoint, stdin=subprocess.PIPE) as client:
            client.out.wait_for(ANSWER)
            self.assertEqual(server.stop(), 0)
            client.err.wait_for("🛑 O servidor está encerrando")
            client.err.wait_for("🔌 Conexão perdida")
            client.process.stdin.close()
            self.assertEqual(client.wait(), 0)


if __name__ == "__main__":
    unittest.main()
