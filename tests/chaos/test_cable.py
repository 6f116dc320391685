"""The cable between clients and server is pulled, and plugged in again: a network of its own, where that is allowed."""

import sys
import unittest

from chaos import Accountant
from harness import Server
from namespaces import Cable, Unavailable
from partition_case import HALF, HEARTBEATS, PartitionCase

SKIPPED = 77  # for ctest


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
    try:
        with Cable():
            pass
    except Unavailable as problem:
        print(f"SKIPPED: no network namespaces here, so no cable is pulled. {problem}", flush=True)
        sys.exit(SKIPPED)
    unittest.main()
