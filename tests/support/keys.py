"""Keys of a server and of its clients, made by the real programs in a folder that ends with the test."""

import os
import subprocess
import tempfile

import harness


class Keys:
    """`server` and, by name, clients: each has a public key, and a file with the secret one."""

    def __init__(self, *names):
        self._folder = tempfile.TemporaryDirectory()
        self.public = {name: self._make(name) for name in ("server", *names)}

    def file(self, name):
        return os.path.join(self._folder.name, name)

    def _make(self, name):
        program = harness.binary("rollcall-server" if name == "server" else "rollcall-client")
        return subprocess.run([program, "--generate-key", self.file(name)], check=True, capture_output=True,
                              text=True).stdout.strip()

    def secret(self, name):
        with open(self.file(name), encoding="ascii") as file:
            return [line.strip() for line in file if not line.startswith("# ")][0]

    def allow(self, *names):
        """Writes the list of who may come in, which must not be looked at half written."""
        with open(self.file("list.new"), "w", encoding="utf-8") as file:
            file.writelines(f"{self.public[name]} {name}\n" for name in names)
        os.rename(self.file("list.new"), self.file("list"))

    def server_arguments(self):
        return "--secret-key", self.file("server"), "--authorized-keys", self.file("list")

    def client_arguments(self, name):
        return "--server-key", self.public["server"], "--key", self.file(name)

    def use(self, socket, name):
        """Makes a pyzmq socket speak CURVE as this client."""
        socket.curve_serverkey = self.public["server"].encode()
        socket.curve_publickey = self.public[name].encode()
        socket.curve_secretkey = self.secret(name).encode()

    def close(self):
        self._folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
