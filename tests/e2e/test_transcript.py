"""The conversation that rollcall shows by default, byte for byte but for address, port and count."""

import re
import unittest

import runs
from harness import Server
from screen import Terminal

SERVER = {
    "pt": ["🚀 Servidor rodando em localhost:{port}",
           "✅ Cliente ('127.0.0.1', {peer}) conectado. Total de clientes: {count}",
           "📩 Mensagem recebida de ('127.0.0.1', {peer}): Hello, Server!"],
    "en": ["🚀 Server running on localhost:{port}",
           "✅ Client ('127.0.0.1', {peer}) connected. Total clients: {count}",
           "📩 Message received from ('127.0.0.1', {peer}): Hello, Server!"],
}
SERVER_AFTER = {
    "pt": ["📩 Mensagem recebida de ('127.0.0.1', {peer}): Olá!",
           "👋 Cliente ('127.0.0.1', {peer}) saiu. Total de clientes: {left}"],
    "en": ["📩 Message received from ('127.0.0.1', {peer}): Olá!",
           "👋 Client ('127.0.0.1', {peer}) left. Total clients: {left}"],
}
# What the handler answers is not in the interface's language: it is the same for everybody.
CLIENT = {
    "pt": ["✅ Conectado ao servidor!",
           "📩 Resposta do servidor: Hello, Client! Conexões ativas: {count}",
           "> Digite sua mensagem (ou 'sair' para fechar): Olá!",
           "📩 Resposta do servidor: Hello, Client! Conexões ativas: {count}"],
    "en": ["✅ Connected to the server!",
           "📩 Server's reply: Hello, Client! Conexões ativas: {count}",
           "> Type your message (or 'quit' to leave): Olá!",
           "📩 Server's reply: Hello, Client! Conexões ativas: {count}"],
}
PROMPT = {"pt": "> Digite sua mensagem (ou 'sair' para fechar):", "en": "> Type your message (or 'quit' to leave):"}
LEAVING = {"pt": "sair", "en": "quit"}
GOODBYE = {"pt": "👋 Até logo!", "en": "👋 See you!"}


def filled(lines, **values):
    return [line.format(**values) for line in lines]


class TranscriptCase(unittest.TestCase):
    def language_flags(self, language):
        """None for Portuguese: it is the default."""
        return [] if language == "pt" else ["--lang", language]

    def start(self, language):
        return self.enterContext(Server(*self.language_flags(language), log="text"))

    def client_screen(self, language, count=1):
        """What a conversation of one message looks like, up to the goodbye."""
        return [*filled(CLIENT[language], count=count), f"{PROMPT[language]} {LEAVING[language]}", GOODBYE[language]]

    def check_server(self, server, language):
        """The server's stdout, after one such conversation."""
        server.out.wait_for("👋.*: 0$")
        shown = list(server.out.all)
        peer = re.search(r"\('127.0.0.1', (\d+)\)", shown[1])[1]
        expected = SERVER[language] + SERVER_AFTER[language]
        self.assertEqual(shown, filled(expected, port=server.port, peer=peer, count=1, left=0))


class Pipe(TranscriptCase):
    def check(self, language):
        server = self.start(language)
        run = runs.client(server, *self.language_flags(language), stdin=f"Olá!\n{LEAVING[language]}\n")
        self.assertEqual(run.out, "".join(line + "\n" for line in self.client_screen(language)))
        self.assertEqual((run.err, run.code), ("", 0))
        self.check_server(server, language)

    def test_portuguese(self):
        self.check("pt")

    def test_english(self):
        self.check("en")

    def test_the_count_is_that_of_all_clients(self):
        server = self.start("pt")
        with Terminal("rollcall-client", "--server", server.endpoint) as other:
            other.screen.wait_for(PROMPT["pt"])
            run = runs.client(server, stdin="Olá!\n")
            self.assertEqual(run.lines[:4], filled(CLIENT["pt"], count=2))

    def test_after_sigterm_the_last_line_says_so(self):
        for language, last in (("pt", "🛑 Servidor encerrado"), ("en", "🛑 Server stopped")):
            with self.subTest(language):
                server = self.start(language)
                self.assertEqual(server.stop(), 0)
                self.assertEqual(server.out.all, [*filled(SERVER[language][:1], port=server.port), last])


class RealTerminal(TranscriptCase):
    def check(self, language, **options):
        server = self.start(language)
        with Terminal("rollcall-client", *self.language_flags(language), "--server",
                      f"tcp://localhost:{server.port}", **options) as terminal:
            terminal.screen.wait_for_lines(*filled(CLIENT[language], count=1)[:2], PROMPT[language])
            terminal.type("Olá!\r")
            terminal.screen.wait_for_lines(*filled(CLIENT[language], count=1), PROMPT[language])
            terminal.type(LEAVING[language] + "\r")
            self.assertEqual(terminal.wait(), 0)
            terminal.screen.wait_for_lines(*self.client_screen(language))
            self.assertTrue(terminal.is_restored())
        self.check_server(server, language)

    def test_portuguese(self):
        self.check("pt")

    def test_english(self):
        self.check("en")

    def test_in_the_c_locale(self):
        self.check("pt", locale="C")

    def test_in_an_unknown_locale(self):
        self.check("pt", locale="xx_YY.ISO-8859-99")


if __name__ == "__main__":
    unittest.main()
