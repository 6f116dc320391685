"""Clients that lose their connection, or their server: what becomes of what they asked."""

import json
import signal
import subprocess
import sys
import os
import unittest

import harness
from proxy import Proxy

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../interop"))

import rollcall_client as rc  # noqa: E402


def pipe_client(*endpoints, arguments=()):
    servers = [word for endpoint in endpoints for word in ("--server", endpoint)]
    return harness.Program("rollcall-client", "--json", *servers, *arguments, stdin=subprocess.PIPE)


class LostConnection(unittest.TestCase):
    def test_an_answer_that_was_lost_on_the_way_comes_with_the_next_connection(self):
        with harness.Server() as server, Proxy(server.port) as proxy, pipe_client(proxy.endpoint) as client:
            first = json.loads(client.out.next())
            self.assertEqual(first["id"], 1)
            proxy.mute()
            client.write("lost on the way\n")
            server.wait_event("message", text="lost on the way")
            proxy.cut()
            again = json.loads(client.out.next())
            self.assertEqual((again["id"], again["version"]), (2, 1))  # the roster when it was run, not now
            joined = server.wait_event("joined")
            self.assertTrue(joined["resumed"])
            client.process.stdin.close()
            self.assertEqual(client.wait(), 0)
            messages = [event["text"] for event in server.events() if event["event"] == "message"]
            self.assertEqual(messages, ["Hello, Server!", "lost on the way"])

    def test_a_request_that_is_running_is_answered_on_the_next_connection(self):
        with harness.Server(name="rollcall-test-server") as server, Proxy(server.port) as proxy:
            with pipe_client(proxy.endpoint) as client:
                client.out.next()
                client.write("sleep 500 slept\n")
                client.write("who next\n")
                harness.wait_until(lambda: proxy.passed_to_server(b"who next"), "the requests")
                proxy.cut()
                self.assertEqual(json.loads(client.out.next())["reply"], "slept")
                self.assertIn("next", json.loads(client.out.next())["reply"])
                client.process.stdin.close()
                self.assertEqual(client.wait(), 0)

    def test_who_has_another_server_still_comes_back_to_its_session(self):
        with harness.Server() as server, Proxy(server.port) as proxy, harness.Server() as other:
            with pipe_client(proxy.endpoint, other.endpoint) as client:
                client.out.next()
                for round in range(2, 5):
                    proxy.mute()
                    client.write("lost on the way\n")
                    harness.wait_until(lambda: proxy.passed_to_server(b"lost on the way"), "the request")
                    proxy.cut()
                    self.assertEqual(json.loads(client.out.next())["id"], round)
                client.process.stdin.close()
                self.assertEqual(client.wait(), 0)
            self.assertEqual([e for e in other.events() if e["event"] == "joined"], [])

    def test_after_the_time_to_come_back_it_is_another_session(self):
        with harness.Server("--resume-timeout", "0") as server, Proxy(server.port) as proxy:
            with pipe_client(proxy.endpoint) as client:
                client.out.next()
                proxy.mute()
                client.write("lost\n")
                server.wait_event("message", text="lost")
                proxy.cut()
                self.assertEqual(json.loads(client.out.next()), {"id": 2, "unknown": True})


class Tokens(unittest.TestCase):
    """What the bytes do, whoever sends them: forged, expired and other clients' tokens."""

    def hello(self, server, token):
        client = rc.Client(server.endpoint)
        self.addCleanup(client.close)
        client.send(rc.Hello("mallory", token=token))
        return client, client.next_message(harness.DEADLINE_S)

    def test_a_forged_token_opens_nothing(self):
        with harness.Server() as server:
            _, welcome = self.hello(server, bytes(16))
            self.assertFalse(welcome.resumed)
            self.assertNotEqual(welcome.token, bytes(16))

    def test_a_token_of_a_session_that_has_ended_opens_nothing(self):
        with harness.Server() as server:
            client, welcome = self.hello(server, None)
            client.bye(harness.DEADLINE_S)
            _, again = self.hello(server, welcome.token)
            self.assertFalse(again.resumed)

    def test_a_token_works_once_the_time_is_not_over(self):
        with harness.Server("--resume-timeout", "0.05") as server:
            client, welcome = self.hello(server, None)
            client.close()
            server.wait_event("left")
            wait = harness.time.monotonic() + 0.1
            harness.wait_until(lambda: harness.time.monotonic() > wait, "the token's end")
            _, again = self.hello(server, welcome.token)
            self.assertFalse(again.resumed)


class LostServer(unittest.TestCase):
    def kill_with_a_request_unanswered(self, server, proxy, client):
        client.out.next()
        proxy.mute()
        client.write("once more\n")
        server.wait_event("message", text="once more")
        server.signal(signal.SIGKILL)
        server.process.wait()

    def test_what_may_run_twice_is_asked_again(self):
        with harness.Server() as server, Proxy(server.port) as proxy:
            with pipe_client(proxy.endpoint, arguments=["--idempotent"]) as client:
                self.kill_with_a_request_unanswered(server, proxy, client)
                with harness.Server(port=server.port) as next_server:
                    answer = json.loads(client.out.next())
                    self.assertEqual((answer["id"], answer["count"]), (2, 1))
                    next_server.wait_event("message", text="once more")
                    client.process.stdin.close()
                    self.assertEqual(client.wait(), 0)
            server.stop_code = -signal.SIGKILL

    def test_another_server_takes_over(self):
        with harness.Server() as one, harness.Server() as other:
            with pipe_client(one.endpoint, other.endpoint) as client:
                client.out.next()
                self.assertEqual(one.stop(), 0)
                other.wait_event("joined")
                client.write("to the other\n")
                self.assertEqual(json.loads(client.out.next())["id"], 2)
                other.wait_event("message", text="to the other")
                client.process.stdin.close()
                self.assertEqual(client.wait(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
