"""rollcall-fault-proxy, run by a test: a TCP proxy before a server on this machine, whose network fails on command.

    with FaultProxy(server.port) as proxy:
        proxy.put("stall", "50%")      # of the connections, both directions
        proxy.heal()
        assert proxy.hits("stall")["connections"] > 0

main.cpp beside it lists the faults. Every call returns when the proxy has done it.
"""

import json
import subprocess

from harness import Program


class FaultProxy(Program):
    def __init__(self, target_port):
        super().__init__("rollcall-fault-proxy", stdin=subprocess.PIPE)
        self.port = json.loads(self.out.next())["port"]
        self.endpoint = f"tcp://127.0.0.1:{self.port}"
        self.set_target(target_port)

    def command(self, *words):
        self.write(" ".join(map(str, words)) + "\n")
        line = self.out.next()
        assert line is not None, self.err.all
        return json.loads(line)

    def set_target(self, port):
        self.command("target", port)

    def put(self, fault, which="all", direction="both", ms=0):
        """How many connections were hit. `which`: all, new, every (both), or a share such as 50%."""
        return self.command(fault, which, direction, ms)["hit"]

    def heal(self):
        """All faults end, and new connections are accepted."""
        self.command("accept")
        self.put("none", "every")

    def refuse(self):
        """New connections are reset as they come."""
        self.command("refuse")

    def stats(self):
        return self.command("stats")

    def hits(self, fault):
        """What this fault has hit so far: connections and bytes."""
        return self.stats()["faults"][fault]

    def stop(self):
        """The exit code; a sanitizer's complaint makes it another than 0."""
        self.process.stdin.close()
        return self.wait()

    def __exit__(self, failure, *_):
        try:
            code = self.stop()
        finally:
            self.end()
        assert failure or code == 0, f"the proxy ended with {code}: {self.err.all[-60:]}"
