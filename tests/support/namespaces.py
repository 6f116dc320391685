"""Two network namespaces with a cable between them, for tests that pull it. Needs root; is gone with the test.

    with Cable() as cable:
        Server("--bind", f"tcp://{cable.address}:0", "--insecure", prefix=cable.near)
        Program("...", prefix=cable.far)
        cable.pull(); cable.plug()

Nothing outside these namespaces sees their addresses.
"""

import ctypes
import os
import re
import subprocess
import sys

PREFIX = "rollcall-test-"
CLONE_NEWNET = 0x40000000
SKIPPED = 77  # for ctest


def ip(*words):
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable(f"ip {' '.join(words)}: {done.stderr.strip() or done.returncode}")
    return done.stdout


class Unavailable(Exception):
    """This machine does not allow it."""


def remove_leftovers():
    """Namespaces of tests that were killed."""
    for name in re.findall(rf"^{PREFIX}\w+-(\d+)", ip("netns", "list"), re.MULTILINE):
        if not os.path.exists(f"/proc/{name}"):
            for end in ("near", "far"):
                subprocess.run(["ip", "netns", "del", f"{PREFIX}{end}-{name}"], capture_output=True, check=False)


class Cable:
    """Raises Unavailable where namespaces can't be made."""

    address = "10.213.0.1"  # of the near end
    far_address = "10.213.0.2"
    other_far_address = "10.213.0.3"

    def __init__(self):
        self._near = f"{PREFIX}near-{os.getpid()}"
        self._far = f"{PREFIX}far-{os.getpid()}"
        # What a program is started with to be at one end.
        self.near = ("ip", "netns", "exec", self._near)
        self.far = ("ip", "netns", "exec", self._far)
        try:
            remove_leftovers()
            self._make()
        except FileNotFoundError:
            raise Unavailable("there is no ip: apt-get install iproute2") from None
        except Unavailable:
            self._remove()
            raise

    def _make(self):
        for name in (self._near, self._far):
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("-n", self._near, "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", self._far)
        for name, address in ((self._near, self.address), (self._far, self.far_address),
                              (self._far, self.other_far_address)):
            ip("-n", name, "address", "add", f"{address}/29", "dev", "cable")
        for name in (self._near, self._far):
            ip("-n", name, "link", "set", "cable", "up")

    def _remove(self):
        for name in (self._near, self._far):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def enter_far(self):
        """Takes the calling thread to the far end, and every thread that it makes from now on. There is no way back."""
        with open(f"/run/netns/{self._far}", encoding="ascii") as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
                raise Unavailable(f"setns: {os.strerror(ctypes.get_errno())}")

    def pull(self):
        ip("-n", self._far, "link", "set", "cable", "down")

    def plug(self):
        ip("-n", self._far, "link", "set", "cable", "up")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._remove()


def end_without(what):
    """Ends the program as skipped, for ctest, where there can be no Cable; `what` is not tested then."""
    try:
        with Cable():
            pass
    except Unavailable as problem:
        print(f"SKIPPED: no network namespaces here, so {what}. {problem}", flush=True)
        sys.exit(SKIPPED)
