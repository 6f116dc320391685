"""Commands at a terminal: who is here, watching, help, leaving; in Portuguese and English, and never as a message."""

import os
import signal
import sys
import tempfile
import unittest
from pathlib import Path

import runs
from harness import DEADLINE_S, Server, wait_until
from screen import Terminal

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../interop"))

import rollcall_client as rc  # noqa: E402

PORTUGUESE = {"prompt": "> Digite sua mensagem (ou 'sair' para fechar):", "who": "/quem", "watch": "/vigiar",
              "help": "/ajuda", "leave": "/sair", "count": "👥 {} cliente{s} conectado{s}", "own": "← este programa",
              "watching": "👀 Vigiando quem entra e quem sai: {} cliente{s} conectado{s} agora. /vigiar para de vigiar",
              "stopped": "👀 Não vigia mais", "joined": "entrou. Total de clientes: {}",
              "left": "saiu. Total de clientes: {}",
              "unknown": "❓ Não enviado, e não é comando: {}. /ajuda os lista; /{} envia",
              "goodbye": "👋 Até logo!"}
ENGLISH = {"prompt": "> Type your message (or 'quit' to leave):", "who": "/who", "watch": "/watch", "help": "/help",
           "leave": "/quit", "count": "👥 {} client{s} connected", "own": "← this program",
           "watching": "👀 Watching who comes and goes: {} client{s} connected now. /watch stops it",
           "stopped": "👀 No longer watching", "joined": "joined. Total clients: {}", "left": "left. Total clients: {}",
           "unknown": "❓ Not sent, and no command: {}. /help lists them; /{} sends it", "goodbye": "👋 See you!"}
LANGUAGES = {"pt": PORTUGUESE, "en": ENGLISH}


def counted(text, number):
    return text.format(number, s="" if number == 1 else "s")


class CommandCase(unittest.TestCase):
    def setUp(self):
        self.state_home = self.enterContext(tempfile.TemporaryDirectory())

    def start(self, **options):
        return self.enterContext(Server(**options))

    def join(self, server, name):
        client = self.enterContext(rc.Client(server.endpoint))
        client.hello(name, DEADLINE_S)
        return client

    def open(self, server, language="pt", *flags):
        """A client at its first prompt."""
        terminal = self.enterContext(Terminal("rollcall-client", "--server", server.endpoint, "--lang", language,
                                              "--name", "eu", *flags, state_home=self.state_home, columns=120))
        self.at_prompt(terminal, language)
        return terminal

    def at_prompt(self, terminal, language="pt", typed=""):
        expected = f"{LANGUAGES[language]['prompt']} {typed}".rstrip()
        terminal.screen.wait_until(lambda lines: lines and lines[-1] == expected, f"the prompt, and {typed!r}")

    def stop(self, server):
        """Returns when it answers nobody any more."""
        server.signal(signal.SIGSTOP)
        self.addCleanup(server.signal, signal.SIGCONT)  # whatever fails: one that stands still can't end
        tasks = f"/proc/{server.pid}/task"

        def is_stopped():
            return all(Path(tasks, task, "stat").read_text().rsplit(")", 1)[1].split()[0] == "T"
                       for task in os.listdir(tasks))

        wait_until(is_stopped, "a server that stands still")

    def messages(self, server):
        return [event["text"] for event in server.events() if event["event"] == "message"]


class Commands(CommandCase):
    def check_who(self, language, command):
        words = LANGUAGES[language]
        server = self.start()
        self.join(server, "ana\x1b[2J")
        terminal = self.open(server, language)
        terminal.type(command + "\r")
        lines = terminal.screen.wait_until(
            lambda lines: lines[-1] == words["prompt"] and any(words["own"] in line for line in lines) and lines,
            "the table and the next prompt")
        begin = lines.index(counted(words["count"], 2))
        self.assertTrue(lines[begin + 2].startswith(r"ana\u{1B}[2J  127.0.0.1:"), lines)
        self.assertTrue(lines[begin + 3].startswith("eu "), lines)
        self.assertTrue(lines[begin + 3].endswith(words["own"]), lines)
        self.assertEqual(self.messages(server), ["Hello, Server!"])

    def test_who(self):
        self.check_who("pt", "/quem")
        self.check_who("en", "/who")

    def test_both_names_in_both_languages(self):
        self.check_who("pt", "/who")
        self.check_who("en", "/quem")

    def test_watching_leaves_alone_what_is_typed(self):
        for language, words in LANGUAGES.items():
            with self.subTest(language):
                server = self.start()
                terminal = self.open(server, language)
                terminal.type(words["watch"] + "\r")
                terminal.screen.wait_for(counted(words["watching"], 1))
                self.at_prompt(terminal, language)
                terminal.type("meia lin")
                self.at_prompt(terminal, language, "meia lin")
                client = self.join(server, "bia")
                terminal.screen.wait_for(words["joined"].format(2))
                self.at_prompt(terminal, language, "meia lin")
                client.bye(DEADLINE_S)
                terminal.screen.wait_for(words["left"].format(1))
                self.at_prompt(terminal, language, "meia lin")
                terminal.type("ha\r")
                server.wait_event("message", text="meia linha")
                self.at_prompt(terminal, language)
                terminal.type(words["watch"] + "\r")
                terminal.screen.wait_for(words["stopped"])
                self.join(server, "carla").bye(DEADLINE_S)
                terminal.type("x\r")
                server.wait_event("message", text="x")
                self.at_prompt(terminal, language)
                self.assertFalse(any("carla" in line for line in terminal.screen.lines()))
                terminal.type(words["watch"] + "\r")
                terminal.screen.wait_until(lambda lines, words=words: lines.count(counted(words["watching"], 1)) == 2,
                                           "watching again")

    def test_watching_goes_on_after_a_restart(self):
        server = self.start(port=runs.lasting_port(), stop_code=-signal.SIGKILL)
        terminal = self.open(server)
        terminal.type("/vigiar\r")
        terminal.screen.wait_for(counted(PORTUGUESE["watching"], 1))
        terminal.type("fica")
        self.at_prompt(terminal, typed="fica")
        server.signal(signal.SIGKILL)
        terminal.screen.wait_for("🔌 Conexão perdida")
        again = self.start(port=server.port)
        terminal.screen.wait_until(lambda lines: lines.count(counted(PORTUGUESE["watching"], 1)) == 2, "watching again")
        self.join(again, "bia")
        terminal.screen.wait_for("✅ bia (127.0.0.1:")
        self.at_prompt(terminal, typed="fica")

    def test_help(self):
        server = self.start()
        for language, words in LANGUAGES.items():
            terminal = self.open(server, language)
            terminal.type(words["help"] + "\r")
            for name in ("who", "watch", "help", "leave"):
                terminal.screen.wait_until(
                    lambda lines, word=words[name]: any(line.startswith(word + " ") for line in lines), name)
            terminal.screen.wait_for("//tex")

    def test_leaving(self):
        server = self.start()
        for language, line in (("pt", "/sair"), ("en", "/quit"), ("pt", "/quit"), ("pt", "sair"), ("en", "quit")):
            terminal = self.open(server, language)
            terminal.type(line + "\r")
            self.assertEqual(terminal.wait(), 0)
            terminal.screen.wait_for(LANGUAGES[language]["goodbye"])
            self.assertTrue(terminal.is_restored())
            server.wait_event("left", reason="goodbye")

    def test_what_is_no_command_is_not_sent_and_two_slashes_send_one(self):
        server = self.start()
        for language, words in LANGUAGES.items():
            terminal = self.open(server, language)
            for line in ("/quen", "/quem agora", "/etc/passwd"):
                terminal.type(line + "\r")
                terminal.screen.wait_for(words["unknown"].format(line, line))
            self.at_prompt(terminal, language)
            terminal.type("//quem\r")
            server.wait_event("message", text="/quem")
            self.at_prompt(terminal, language)
        self.assertEqual(self.messages(server), ["Hello, Server!", "/quem"] * 2)

    def test_a_pipe_knows_no_commands(self):
        server = self.start()
        run = runs.client(server, stdin="/quem\n//x\n/sair\n/nada\n")
        self.assertEqual(run.code, 0)
        server.wait_event("left", reason="goodbye")
        self.assertEqual(self.messages(server), ["Hello, Server!", "/quem", "//x", "/sair", "/nada"])

    def test_ctrl_c_while_the_answer_is_waited_for(self):
        server = self.start()
        terminal = self.open(server, "pt", "-W", "600")
        self.stop(server)
        terminal.type("/quem\r")
        # The terminal is given back while the answer is waited for.
        wait_until(terminal.is_restored, "the terminal's own settings")
        terminal.type("\x03")
        self.assertEqual(terminal.wait(), 130)

    def test_an_answer_that_does_not_come(self):
        server = self.start()
        terminal = self.open(server, "pt", "-W", "300ms")
        self.stop(server)
        terminal.type("/quem\r")
        terminal.screen.wait_for("o servidor não disse quem está conectado dentro de 0.3 s (veja -W)")
        self.at_prompt(terminal)


if __name__ == "__main__":
    unittest.main(verbosity=2)
