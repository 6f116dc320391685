"""Servers that know who may come in: keys, their list, and what clients are told."""

import json
import os
import signal
import subprocess
import time
import unittest

import harness
from keys import Keys


class KeysCase(unittest.TestCase):
    def setUp(self):
        self.keys = self.enterContext(Keys("ana", "ben"))
        self.keys.allow("ana")

    def server(self, *arguments):
        return self.enterContext(harness.Server(*self.keys.server_arguments(), *arguments))

    def client(self, server, *arguments):
        return self.enterContext(harness.Program("rollcall-client", "--json", "--lang", "en", "--server",
                                                 server.endpoint, *arguments, stdin=subprocess.PIPE))

    def refused(self, server, *arguments):
        """What a client says that does not come in, and ends in time."""
        began = time.monotonic()
        client = self.client(server, *arguments)
        self.assertEqual(client.wait(), 3, client.err.all)
        print(f"  refused after {time.monotonic() - began:.2f} s: {client.err.all[-1]}")
        return client.err.all[-1]

    def reload(self, server):
        server.signal(signal.SIGHUP)
        return server.wait_event("reloaded")


class Coming(KeysCase):
    def test_a_session_has_the_name_of_its_key(self):
        server = self.server()
        client = self.client(server, *self.keys.client_arguments("ana"), "--name", "root")
        self.assertEqual(json.loads(client.out.next())["count"], 1)
        self.assertEqual(server.wait_event("joined")["name"], "ana")

    def test_an_unknown_key(self):
        server = self.server()
        self.assertIn("does not know this client's key",
                      self.refused(server, *self.keys.client_arguments("ben")))
        self.assertEqual([event for event in server.events() if event["event"] == "joined"], [])

    def test_a_wrong_server_key(self):
        server = self.server()
        arguments = ("-W", "3600", "--server-key", self.keys.public["ben"], "--key", self.keys.file("ana"))
        said = self.refused(server, *arguments)
        self.assertIn("is --server-key its public key?", said)

    def test_a_client_without_a_key(self):
        self.assertIn("does it take keys", self.refused(self.server()))

    def test_a_client_with_a_key_at_a_server_without(self):
        with harness.Server() as server:
            self.assertIn("does it take keys", self.refused(server, *self.keys.client_arguments("ana")))

    def test_a_load_with_keys(self):
        server = self.server()
        with harness.Program("rollcall-replay", "--server", server.endpoint, *self.keys.client_arguments("ana"),
                             "--clients", 5, "--duration", 0.2, "--window", 2, "--fail-on", "errors==0") as load:
            self.assertEqual(load.wait(), 0, load.err.all)


class Changing(KeysCase):
    def test_a_key_that_is_added_comes_in(self):
        server = self.server()
        self.keys.allow("ana", "ben")
        self.assertEqual(self.reload(server)["total"], 2)
        client = self.client(server, *self.keys.client_arguments("ben"))
        self.assertEqual(json.loads(client.out.next())["count"], 1)

    def test_a_key_that_is_removed_is_evicted_and_the_others_notice_nothing(self):
        self.keys.allow("ana", "ben")
        server = self.server()
        ana = self.client(server, *self.keys.client_arguments("ana"))
        ana.out.next()
        ben = self.client(server, *self.keys.client_arguments("ben"))
        ben.out.next()
        self.keys.allow("ana")
        server.signal(signal.SIGHUP)
        left = server.wait_event("left")
        self.assertEqual((left["name"], left["reason"], left["count"]), ("ben", "evicted", 1))
        ana.write("still here\n")
        self.assertEqual(json.loads(ana.out.next())["count"], 1)
        ana.process.stdin.close()
        self.assertEqual(ana.wait(), 0)
        self.assertEqual([event["name"] for event in server.events() if event["event"] == "left"][:1], ["ben"])
        self.assertIn("does not know this client's key", self.refused(server, *self.keys.client_arguments("ben")))

    def test_a_list_that_is_wrong_changes_nothing(self):
        server = self.server()
        with open(self.keys.file("list"), "w", encoding="ascii") as file:
            file.write("nonsense\n")
        told = self.reload(server)
        self.assertIn("list:1: ", told["text"])
        client = self.client(server, *self.keys.client_arguments("ana"))
        self.assertEqual(json.loads(client.out.next())["count"], 1)


class Configuration(KeysCase):
    def wrong(self, *arguments):
        with harness.Program("rollcall-server", "--port", 0, *arguments) as server:
            self.assertEqual(server.wait(), 2, server.out.all)
            return server.err.all[-1]

    def test_a_secret_that_others_can_read(self):
        os.chmod(self.keys.file("server"), 0o640)
        self.assertRegex(self.wrong(*self.keys.server_arguments()), "secret-key: .*chmod 600")
        os.chmod(self.keys.file("ana"), 0o644)
        with harness.Program("rollcall-client", *self.keys.client_arguments("ana")) as client:
            self.assertEqual(client.wait(), 2)
            self.assertIn("chmod 600", client.err.all[-1])

    def test_half_of_it(self):
        self.assertIn("--authorized-keys", self.wrong("--secret-key", self.keys.file("server")))
        self.assertIn("--secret-key", self.wrong("--authorized-keys", self.keys.file("list")))
        for half in (("--server-key", self.keys.public["server"]), ("--key", self.keys.file("ana"))):
            with harness.Program("rollcall-client", *half) as client:
                self.assertEqual(client.wait(), 2)

    def test_files_that_are_not_there(self):
        none = ("--secret-key", "/none", "--authorized-keys", self.keys.file("list"))
        self.assertIn("--generate-key", self.wrong(*none))
        self.assertIn("/none", self.wrong("--secret-key", self.keys.file("server"), "--authorized-keys", "/none"))

    def test_a_key_in_place_of_a_file_is_not_repeated(self):
        secret = self.keys.secret("server")
        for arguments in (("--secret-key", secret, "--authorized-keys", self.keys.file("list")),
                          ("--secret-key", self.keys.file("server"), "--authorized-keys", secret)):
            self.assertNotIn(secret, self.wrong(*arguments))
        with harness.Program("rollcall-client", "--server-key", self.keys.public["server"], "--key", secret) as client:
            self.assertEqual(client.wait(), 2)
            self.assertNotIn(secret, client.err.all[-1])

    def test_a_list_that_everybody_writes(self):
        os.chmod(self.keys.file("list"), 0o646)
        self.assertRegex(self.wrong(*self.keys.server_arguments()), "authorized-keys: .*chmod o-w")

    def test_what_is_no_public_key(self):
        for key in ("#" * 40, "~" * 40, "short", self.keys.file("ana")):
            for program in ("rollcall-client", "rollcall-replay"):
                with harness.Program(program, "--server-key", key, "--key", self.keys.file("ana"),
                                     *(["--rate", 10] if program == "rollcall-replay" else [])) as client:
                    self.assertEqual(client.wait(), 2, client.err.all)
                    self.assertIn("server-key: ", client.err.all[-1])

    def test_a_key_is_never_replaced(self):
        for program in ("rollcall-server", "rollcall-client"):
            with harness.Program(program, "--generate-key", self.keys.file("ana")) as again:
                self.assertEqual(again.wait(), 2)
                self.assertIn("is there already", again.err.all[-1])

    def test_with_keys_it_may_listen_to_the_network(self):
        self.assertIn("--insecure", self.wrong("--bind", "tcp://0.0.0.0:*"))
        server = self.enterContext(harness.Server("--bind=tcp://0.0.0.0:*", *self.keys.server_arguments()))
        client = self.enterContext(
            harness.Program("rollcall-client", "--json", "-n", 1, "--port", server.port,
                            *self.keys.client_arguments("ana")))
        self.assertEqual(client.wait(), 0, client.err.all)

    def test_no_secret_is_shown(self):
        server = self.server()
        client = self.client(server, *self.keys.client_arguments("ana"))
        client.out.next()
        secrets = [self.keys.secret(name) for name in ("server", "ana")]
        for process in (server, client):
            with open(f"/proc/{process.pid}/cmdline", encoding="utf-8") as file:
                shown = file.read() + "\n".join(process.out.all + process.err.all)
            for secret in secrets:
                self.assertNotIn(secret, shown)


if __name__ == "__main__":
    unittest.main(verbosity=2)
