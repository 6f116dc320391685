"""What a service manager is told (sd_notify(3))."""

import os
import socket
import tempfile
import unittest

import harness


class Notifications(unittest.TestCase):
    def test_ready_when_it_listens_and_stopping_when_it_drains(self):
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            address = os.path.join(folder, "notify")
            manager.bind(address)
            manager.settimeout(harness.DEADLINE_S)
            with harness.Server(env={"NOTIFY_SOCKET": address}) as server:
                self.assertEqual(manager.recv(4096), b"READY=1")
                with socket.create_connection(("127.0.0.1", server.port)):
                    pass
                self.assertEqual(server.stop(), 0)
                self.assertEqual(manager.recv(4096), b"STOPPING=1")

    def test_a_quiet_server_tells_it_too(self):
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            address = os.path.join(folder, "notify")
            manager.bind(address)
            manager.settimeout(harness.DEADLINE_S)
            with harness.Program("rollcall-server", "--quiet", "--port", 0, env={"NOTIFY_SOCKET": address}) as server:
                self.assertEqual(manager.recv(4096), b"READY=1")
                server.signal(harness.signal.SIGTERM)
                self.assertEqual(server.wait(), 0)
                self.assertEqual(manager.recv(4096), b"STOPPING=1")


if __name__ == "__main__":
    unittest.main(verbosity=2)
