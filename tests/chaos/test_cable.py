"""The cable between clients and server is pulled, and plugged in again: a network of its own, where that is allowed."""

import unittest

import namespaces
from chaos import Accountant
from harness import Server
from namespaces import Cable
from partition_case import HALF, HEARTBEATS, PartitionCase


class PulledCable(PartitionCase):
    def test_pulled_cable(self):
        cable = self.enterContext(Cable())
        self.server = self.enterContext(Server("--bind", f"tcp://{cable.address}:0", "--bind", "tcp://127.0.0.1:0",
                                               "--insecure", *HEARTBEATS, prefix=cable.near))
        endpoints = self.server.events()[0]["endpoints"]
        near = self.enterContext(Accountant(endpoints[1], HALF, "near", prefix=cable.near))
        far = self.enterContext(Accountant(endpoints[0], HALF, "far", prefix=cable.far))
        self.check(near, far, cable.pull, cable.plug)


if __name__ == "__main__":
    namespaces.end_without("no cable is pulled")
    unittest.main()
