"""Silent connections take up all file descriptors: no spinning, clients are served, new ones too."""

import socket
import time
import unittest

from chaos import LEAST_RATE, MACHINE_FACTOR, RATE, Accountant, ChaosCase, ms, pass_time, replies_per_second
from crowd import rc
from harness import DEADLINE_S, Server, wait_until

OPEN_FILES = 400
CLIENTS_HERE = 100
SILENT = 1000
CPU_SHARE_MORE = 0.5  # of a core, beside what the load takes
JOINED_WITHIN_S = 1.0 * MACHINE_FACTOR
CUT_WITHIN_S = 1.0 * MACHINE_FACTOR  # and a window: before the handshake timeout of 3 s cuts them anyhow


class DescriptorsTest(ChaosCase):
    def test_silent_connections(self):
        server = self.enterContext(Server(open_files_max=OPEN_FILES))
        accountant = self.enterContext(Accountant(server.endpoint, clients=CLIENTS_HERE))
        accountant.wait_welcome()
        accountant.rate(RATE)
        before, share_before = self.window(server, accountant)
        self.assertGreaterEqual(replies_per_second(before), LEAST_RATE)
        silent = [self.connect(server.port) for _ in range(SILENT)]
        most_fds = server.fd_count()
        during, share = self.window(server, accountant)
        wait_until(lambda: sum(map(self.is_cut, silent)) >= SILENT - OPEN_FILES, "most are cut", CUT_WITHIN_S)
        joined_s = self.join(server.endpoint)
        for peer in silent:
            peer.close()
        afterwards_s = self.join(server.endpoint)
        print(f"{SILENT} silent connections, {OPEN_FILES} descriptors, {most_fds} of them open: "
              f"{100 * share_before:.0f} % of a core before, {100 * share:.0f} % then; p99 {ms(before, 'p99'):.1f} "
              f"and {ms(during, 'p99'):.1f} ms; a client joins in {1000 * joined_s:.0f} ms, and in "
              f"{1000 * afterwards_s:.0f} ms when they have left")
        self.assertGreaterEqual(server.refusals("stranger"), SILENT - OPEN_FILES, "most had to make room")
        self.assertLess(share, share_before + CPU_SHARE_MORE)
        self.assertLessEqual(afterwards_s, JOINED_WITHIN_S)
        total = accountant.finish()
        self.assertEqual((total["replies"], total["lost"], total["overdue"]), (total["sent"], 0, 0))

    def connect(self, port):
        peer = socket.create_connection(("127.0.0.1", port), DEADLINE_S)
        self.addCleanup(peer.close)
        return peer

    def is_cut(self, peer):
        """Whether the server has ended this connection, on which it had sent the beginning of its greeting at most."""
        peer.setblocking(False)
        try:
            while peer.recv(4096):
                pass
            return True
        except BlockingIOError:
            return False
        except ConnectionError:
            return True

    def window(self, server, accountant):
        """The report of a second, and the share of a core that the server used in it."""
        accountant.mark()
        begin_s, cpu_s = time.monotonic(), server.cpu_s()
        pass_time(1.0)
        return accountant.report(), (server.cpu_s() - cpu_s) / (time.monotonic() - begin_s)

    def join(self, endpoint):
        begin_s = time.monotonic()
        with rc.Client(endpoint) as client:
            client.hello("new", DEADLINE_S)
        return time.monotonic() - begin_s


if __name__ == "__main__":
    unittest.main()
