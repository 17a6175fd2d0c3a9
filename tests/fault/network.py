"""Two network namespaces with a cable between them that can be cut: then packets vanish, and neither
side is told (no FIN, no RST). Needs root, and the kernel's veth devices."""

import contextlib
import ctypes
import os
import subprocess

SERVER_ADDRESS = "10.77.0.1"
PHONE_ADDRESS = "10.77.0.2"
CLONE_NEWNET = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


class Cable:
    """The server's namespace at one end, the phone's at the other."""

    def __init__(self):
        self.server = f"jackdaw-server-{os.getpid()}"
        self.phone = f"jackdaw-phone-{os.getpid()}"

    def __enter__(self):
        with contextlib.ExitStack() as undo:
            for name in (self.server, self.phone):
                ip("netns", "add", name)
                undo.callback(ip, "netns", "del", name)
                ip("-n", name, "link", "set", "lo", "up")
            ip("-n", self.server, "link", "add", "cable", "type", "veth", "peer", "cable", "netns",
               self.phone)  # fmt: skip
            for name, address in ((self.server, SERVER_ADDRESS), (self.phone, PHONE_ADDRESS)):
                ip("-n", name, "address", "add", f"{address}/24", "dev", "cable")
                ip("-n", name, "link", "set", "cable", "up")
            self.undo = undo.pop_all()
        return self

    def __exit__(self, *_):
        self.undo.close()

    def cut(self):
        ip("-n", self.phone, "link", "set", "cable", "down")

    def mend(self):
        ip("-n", self.phone, "link", "set", "cable", "up")


@contextlib.contextmanager
def inside(namespace):
    """This thread opens sockets, and starts programs, in that namespace."""
    with open("/proc/thread-self/ns/net", "rb") as home, open(f"/run/netns/{namespace}", "rb") as to:
        enter(to)
        try:
            yield
        finally:
            enter(home)


def enter(namespace):
    if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
