"""Peers that take up connections: silent ones by the thousands, and a server that has few file descriptors."""

import socket
import time
import unittest

import harness
import hostile_case
from hostile_case import hello, token_of
from raw_zmtp import RawPeer

STRANGERS_MAX = 64
CLIENTS_MAX = 50
RESERVE = 16  # descriptors that are no connection: what libzmq needs for a moment


class DoorCase(hostile_case.HostileCase):
    def silent_connections(self, count):
        """TCP connections that say nothing."""
        made = []
        for _ in range(count):
            peer = socket.create_connection(("127.0.0.1", self.port), harness.DEADLINE_S)
            self.addCleanup(peer.close)
            made.append(peer)
        return made

    def join(self, name):
        """A client that joins; how long that took, in seconds."""
        began = time.monotonic()
        guest = self.guest()
        guest.send(hello(name))
        token_of(self.receive(guest)[0])
        self.guests += 1
        return time.monotonic() - began


class Silence(DoorCase):
    server_args = ("--max-strangers", str(STRANGERS_MAX), "--max-clients", str(CLIENTS_MAX))

    def test_silent_connections_make_room_for_each_other(self):
        count = 1000 // hostile_case.SCALE
        peers = self.silent_connections(count)
        most = self.fds_before + STRANGERS_MAX + CLIENTS_MAX + RESERVE
        harness.wait_until(lambda: self.server.fd_count() <= most, "descriptors within their bound")
        joined_s = self.join(b"honest")
        print(f"  {count} silent connections: {self.server.fd_count() - self.fds_before} descriptors;"
              f" a client joins in {1000 * joined_s:.1f} ms")
        self.expect_refused("stranger", at_least=count - STRANGERS_MAX - CLIENTS_MAX - RESERVE)
        for peer in peers:
            peer.close()

    def test_handshaken_connections_that_say_nothing_are_strangers_too(self):
        peers = []
        for _ in range(STRANGERS_MAX + CLIENTS_MAX + 20):
            peers.append(RawPeer(self.port))
            peers[-1].handshake()
        harness.wait_until(lambda: sum(peer.is_closed() for peer in peers) >= 10, "room is made")
        self.expect_refused("stranger", at_least=10)
        self.join(b"honest")
        for peer in peers:
            peer.close()

    def test_clients_that_are_here_are_left_alone(self):
        guests = [self.guest() for _ in range(CLIENTS_MAX - 1)]
        for guest in guests:
            guest.send(hello(b"guest"))
            token_of(self.receive(guest)[0])
            self.guests += 1
        for peer in self.silent_connections(300 // hostile_case.SCALE):
            peer.close()
        for guest in guests:
            guest.send(hello(b"guest"))
            token_of(self.receive(guest)[0])


class FewDescriptors(DoorCase):
    open_files_max = 300

    def test_it_does_not_spin_and_goes_on_serving(self):
        peers = self.silent_connections(1000 // hostile_case.SCALE)
        self.bystander.wait_asked(20)
        began, cpu_s = time.monotonic(), self.server.cpu_s()
        self.bystander.wait_asked(300)
        share = (self.server.cpu_s() - cpu_s) / (time.monotonic() - began)
        joined_s = self.join(b"while they are here")
        self.assertLess(self.server.fd_count(), self.open_files_max)
        for peer in peers:
            peer.close()
        print(f"  {len(peers)} silent connections, {self.open_files_max} descriptors: {100 * share:.0f} % of a core;"
              f" a client joins in {1000 * joined_s:.1f} ms")
        self.assertLess(share, 0.8)
        self.join(b"afterwards")


if __name__ == "__main__":
    unittest.main(verbosity=2)
