"""Programs run to their end, and ports on which a server can be started again."""

import os
import random
import socket
import subprocess

from harness import DEADLINE_S, binary, wait_until

# Below the ports that the system gives to those who ask for any: nobody takes one while its server is down.
LASTING_PORTS = range(20000, 32000)


def lasting_port():
    """A free TCP port that stays free while no server is bound to it."""
    while True:
        port = random.choice(LASTING_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class Run:
    """A finished program: `code`, `out` and `err`, as text."""

    def __init__(self, name, *args, stdin=b"", env=None, cwd=None, deadline_s=3 * DEADLINE_S):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("ROLLCALL_")}
        environment.update(env or {})
        done = subprocess.run([binary(name), *map(str, args)], input=stdin, capture_output=True, env=environment,
                              cwd=cwd, timeout=deadline_s, check=False)
        self.code = done.returncode
        self.out = done.stdout.decode()
        self.err = done.stderr.decode()

    @property
    def lines(self):
        """The lines on stdout."""
        return self.out.splitlines()


def client(server, *args, stdin="", **options):
    """rollcall-client, talking to this server from a pipe, run to its end."""
    data = stdin if isinstance(stdin, bytes) else stdin.encode()
    return Run("rollcall-client", "--server", server.endpoint, *args, stdin=data, **options)


def wait_for_handler(pid, number):
    """Waits until the process has a handler for this signal."""
    def caught():
        with open(f"/proc/{pid}/status") as status:
            masks = dict(line.split(":\t") for line in status if line.startswith("Sig"))
        return int(masks["SigCgt"], 16) >> (number - 1) & 1
    wait_until(caught, f"a handler for signal {number}")
