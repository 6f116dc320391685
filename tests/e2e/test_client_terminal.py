"""rollcall-client on a terminal: editing, history, leaving, and news that must not spoil the line being typed."""

import os
import signal
import stat
import tempfile
import unittest
from pathlib import Path

import runs
from harness import Server, wait_until
from screen import Terminal

PROMPT = "> Digite sua mensagem (ou 'sair' para fechar):"
ANSWER = "📩 Resposta do servidor: Hello, Client! Conexões ativas: 1"
HEAD = ["✅ Conectado ao servidor!", ANSWER]
GOODBYE = "👋 Até logo!"
LOST = "🔌 Conexão perdida; tentando de novo…"
AGAIN = "✅ Conectado de novo! Conexões ativas: 1"

BACKSPACE, DELETE = "\x7f", "\x1b[3~"
LEFT, UP, DOWN, HOME, END = "\x1b[D", "\x1b[A", "\x1b[B", "\x1b[H", "\x1b[F"
CTRL_A, CTRL_C, CTRL_D, CTRL_E, CTRL_K, CTRL_U, CTRL_W = "\x01", "\x03", "\x04", "\x05", "\x0b", "\x15", "\x17"


class TerminalCase(unittest.TestCase):
    def setUp(self):
        self.state_home = self.enterContext(tempfile.TemporaryDirectory())

    def start(self, **options):
        return self.enterContext(Server(**options))

    def open(self, server, *flags, **options):
        """A client at its first prompt."""
        terminal = self.enterContext(Terminal("rollcall-client", "--server", server.endpoint, *flags,
                                              state_home=self.state_home, **options))
        terminal.screen.wait_until(lambda lines: "".join(lines).endswith("fechar):"), "the prompt")
        return terminal

    def leave(self, terminal, keys=CTRL_D, code=0):
        terminal.type(keys)
        self.assertEqual(terminal.wait(), code)
        terminal.screen.wait_for(GOODBYE)
        self.assertTrue(terminal.is_restored())


class Editing(TerminalCase):
    def check(self, keys, message):
        """These keys and Enter send this message."""
        server = self.start()
        terminal = self.open(server)
        terminal.type(keys + "\r")
        server.wait_event("message", text=message)
        terminal.screen.wait_for_lines(*HEAD, f"{PROMPT} {message}", ANSWER, PROMPT)
        self.leave(terminal)

    def test_backspace_takes_a_whole_character(self):
        self.check("praç" + BACKSPACE + "ça 🎉x" + BACKSPACE + BACKSPACE + "!", "praça !")

    def test_arrows(self):
        self.check("ção" + LEFT * 3 + "na" + DELETE + "ç" + LEFT * 3 + ">" + END + "." + HOME + "<", "<>nação.")

    def test_control_keys(self):
        self.check("fim" + CTRL_A + "o " + CTRL_E + " certo errado" + CTRL_W + "!", "o fim certo !")

    def test_a_line_taken_back(self):
        self.check("nada disto" + CTRL_U + "só isto" + LEFT * 2 + CTRL_K, "só is")

    def test_an_empty_line_sends_nothing(self):
        server = self.start()
        terminal = self.open(server)
        terminal.type("\r\r")
        terminal.screen.wait_for_lines(*HEAD, PROMPT, PROMPT, PROMPT)
        self.leave(terminal)
        server.wait_event("left", reason="goodbye")
        self.assertEqual([e["text"] for e in server.events() if e["event"] == "message"], ["Hello, Server!"])

    def test_a_line_of_many_rows(self):
        server = self.start(name="rollcall-test-server")
        terminal = self.open(server, columns=40)
        message = " ".join(f"palavra{i}" for i in range(20))
        terminal.type(message + BACKSPACE * 2 + "19\r")
        squeezed = message.replace(" ", "")

        def is_answered(lines):
            shown = "".join(lines).replace(" ", "")
            return shown.count(squeezed) == 2 and shown.endswith("fechar):")

        terminal.screen.wait_until(is_answered, "the message, as typed and as answered, and the prompt")
        self.leave(terminal)


class History(TerminalCase):
    def path(self):
        return Path(self.state_home) / "rollcall" / "history"

    def say(self, terminal, server, *messages):
        for message in messages:
            terminal.type(message + "\r")
            server.wait_event("message", text=message)
            said = [f"{PROMPT} {message}", ANSWER, PROMPT]
            terminal.screen.wait_until(lambda lines, said=said: lines[-3:] == said, "the answer and the next prompt")

    def test_up_and_down(self):
        server = self.start()
        terminal = self.open(server)
        self.say(terminal, server, "primeira", "segunda", "terceira")
        for keys, line in ((UP * 2, "segunda"), (UP, "primeira"), (DOWN * 2, "terceira")):
            terminal.type(keys)
            terminal.screen.wait_until(lambda lines, line=line: lines[-1] == f"{PROMPT} {line}", line)
        terminal.type(UP + "!\r")
        server.wait_event("message", text="segunda!")
        terminal.screen.wait_until(lambda lines: lines[-1] == PROMPT, "the prompt")
        self.leave(terminal)

    def test_it_lasts_and_is_private(self):
        server = self.start()
        terminal = self.open(server)
        self.say(terminal, server, "olá de ontem")
        self.leave(terminal)
        self.assertEqual(stat.S_IMODE(self.path().stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.path().parent.stat().st_mode), 0o700)
        self.path().chmod(0o644)
        terminal = self.open(server)
        terminal.type(UP)
        terminal.screen.wait_for(f"{PROMPT} olá de ontem")
        terminal.type(" e de hoje\r")
        terminal.screen.wait_for_lines(*HEAD, f"{PROMPT} olá de ontem e de hoje", ANSWER, PROMPT)
        self.leave(terminal)
        self.assertEqual(stat.S_IMODE(self.path().stat().st_mode), 0o600)

    def test_ctrl_c_keeps_it(self):
        server = self.start()
        terminal = self.open(server)
        self.say(terminal, server, "antes do fim")
        self.leave(terminal, CTRL_C, 130)
        terminal = self.open(server)
        terminal.type(UP)
        terminal.screen.wait_for(f"{PROMPT} antes do fim")
        self.leave(terminal, CTRL_U + CTRL_D)

    def test_a_state_directory_that_cannot_be_written(self):
        Path(self.state_home, "rollcall").write_text("a file, not a directory")
        server = self.start()
        terminal = self.open(server)
        self.say(terminal, server, "sem história")
        self.leave(terminal)


class Leaving(TerminalCase):
    def test_sair(self):
        server = self.start()
        terminal = self.open(server)
        self.leave(terminal, "sair\r")
        terminal.screen.wait_for_lines(*HEAD, f"{PROMPT} sair", GOODBYE)
        server.wait_event("left", reason="goodbye")

    def test_ctrl_d(self):
        server = self.start()
        terminal = self.open(server)
        self.leave(terminal, CTRL_D)
        terminal.screen.wait_for_lines(*HEAD, f"{PROMPT} ^D", GOODBYE)
        server.wait_event("left", reason="goodbye")

    def test_ctrl_c_with_half_a_line(self):
        server = self.start()
        terminal = self.open(server)
        terminal.type("meia linha")
        terminal.screen.wait_for("meia linha")
        self.leave(terminal, CTRL_C, 130)
        server.wait_event("left", reason="goodbye")
        self.assertEqual(terminal.screen.lines()[-1], GOODBYE)

    def test_ctrl_c_while_a_reply_is_waited_for(self):
        server = self.start(name="rollcall-test-server", stop_code=-signal.SIGKILL)
        terminal = self.open(server)
        terminal.type("sleep 600000 x\r")
        # The terminal is given back while a reply is waited for.
        wait_until(terminal.is_restored, "the terminal's own settings")
        terminal.type(CTRL_C)
        self.assertEqual(terminal.wait(), 130)
        server.process.kill()


class News(TerminalCase):
    """What happens while a line is being typed is shown above it."""

    def test_the_server_dies_and_comes_back(self):
        server = self.start(port=runs.lasting_port(), stop_code=-signal.SIGKILL)
        terminal = self.open(server)
        terminal.type("meia lin")
        terminal.screen.wait_for_lines(*HEAD, f"{PROMPT} meia lin")
        server.signal(signal.SIGKILL)
        terminal.screen.wait_for_lines(*HEAD, LOST, f"{PROMPT} meia lin")
        again = self.start(port=server.port)
        terminal.screen.wait_for_lines(*HEAD, LOST, AGAIN, f"{PROMPT} meia lin")
        terminal.type("ha\r")
        again.wait_event("message", text="meia linha")
        terminal.screen.wait_for_lines(*HEAD, LOST, AGAIN, f"{PROMPT} meia linha", ANSWER, PROMPT)
        self.leave(terminal)

    def test_the_cursor_stays_where_it_was(self):
        server = self.start(stop_code=-signal.SIGKILL)
        terminal = self.open(server)
        terminal.type("começo fim" + LEFT * 4)
        terminal.screen.wait_until(lambda _: terminal.screen.cursor()[1] == len(PROMPT) + 1 + 6, "the cursor")
        server.signal(signal.SIGKILL)
        terminal.screen.wait_for_lines(*HEAD, LOST, f"{PROMPT} começo fim")
        terminal.type("!")
        terminal.screen.wait_for_lines(*HEAD, LOST, f"{PROMPT} começo! fim")
        self.leave(terminal, CTRL_C, 130)

    def check_long_line(self, length, columns=60, keys="", locale="C.UTF-8"):
        """A line longer than the terminal is wide is shown whole, below the news, and once."""
        server = self.start(stop_code=-signal.SIGKILL)
        terminal = self.open(server, columns=columns, locale=locale)
        line = ("ação" * length)[:length]
        typed = f"{PROMPT} {line}"
        rows = [typed[i:i + columns].rstrip() for i in range(0, len(typed), columns)]
        terminal.type(line + keys)
        terminal.screen.wait_until(lambda lines: lines[-len(rows):] == rows, "the line")
        before = terminal.screen.lines()[:-len(rows)]
        server.signal(signal.SIGKILL)
        terminal.screen.wait_for(LOST)
        terminal.screen.wait_for_lines(*before, LOST, *rows)
        terminal.type(CTRL_U if not keys else CTRL_E + CTRL_U)
        terminal.screen.wait_for_lines(*before, LOST, PROMPT)
        self.leave(terminal, CTRL_C, 130)

    def test_a_line_longer_than_the_terminal_is_wide(self):
        self.check_long_line(200)

    def test_the_same_with_the_cursor_in_the_middle(self):
        self.check_long_line(200, keys=LEFT * 90)

    def test_a_line_that_fills_its_rows_exactly(self):
        self.check_long_line(2 * 60 - len(PROMPT) - 1)

    def test_the_same_with_the_cursor_before_its_end(self):
        self.check_long_line(2 * 60 - len(PROMPT) - 1, keys=LEFT)

    def test_a_long_line_in_the_c_locale(self):
        self.check_long_line(150, locale="C")

    def test_the_server_ends(self):
        server = self.start()
        terminal = self.open(server)
        terminal.type("meia")
        terminal.screen.wait_for("meia")
        self.assertEqual(server.stop(), 0)
        terminal.screen.wait_for("🛑 O servidor está encerrando")
        terminal.screen.wait_for(LOST)
        terminal.screen.wait_until(lambda lines: lines[-1] == f"{PROMPT} meia", "the prompt, and what was typed")
        self.leave(terminal, CTRL_C, 130)

    def test_no_answer(self):
        server = self.start(name="rollcall-test-server", stop_code=-signal.SIGKILL)
        terminal = self.open(server, "-W", "300ms")
        terminal.type("sleep 600000 x\r")
        terminal.screen.wait_until(lambda lines: "(veja -W)" in lines[-2] and lines[-1] == PROMPT, "the prompt")
        self.leave(terminal)
        os.kill(server.pid, signal.SIGKILL)


if __name__ == "__main__":
    unittest.main()
