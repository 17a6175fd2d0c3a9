"""What the attacks have in common: a server, bystanders, and what an attack may cost them."""

import resource
import unittest

from bystanders import Bystanders
from fault_server import FaultServer
from raw_client import RawClient

# Generous: with sanitizers, beside other tests, on a small machine.
LATENCY_SECONDS = 2
GROWTH_MIB = 96
CPU_SECONDS = 5

LIMITS = {
    "login_seconds": 3,
    "rate_stanzas_per_second": 50,
    "rate_bytes_per_second": "128k",
    "registrations_per_hour": 10,
    "workers": 2,
}
USERS = ["anna", "bert", "carl", "mallory", "mary"]


class HostileCase(unittest.TestCase):
    """After each test the bystanders must not have noticed, memory must be as it was, and the
    server may not have worked more than `cpu_seconds`."""

    limits = LIMITS
    users = USERS
    cpu_seconds = CPU_SECONDS

    @classmethod
    def setUpClass(cls):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
        cls.server = FaultServer(cls.limits).start()
        try:
            cls.server.import_users(cls.users)
            cls.bystanders = Bystanders(cls.server)
            cls.bystanders.wait_for_exchanges(20)
            cls.rss_mib = cls.server.rss_mib()
        except BaseException:
            cls.server.close()
            raise

    @classmethod
    def tearDownClass(cls):
        try:
            cls.bystanders.stop()
        finally:
            cls.server.close()

    def setUp(self):
        self.bystanders.begin()
        self.worked = self.server.cpu_seconds()

    def tearDown(self):
        bystanders = self.bystanders
        bystanders.wait_for_exchanges(2)
        self.assertIsNone(bystanders.problem, "a bystander was disturbed")
        self.assertLess(bystanders.worst, LATENCY_SECONDS, "a bystander had to wait")
        growth = bystanders.peak_mib - self.rss_mib
        worked = self.server.cpu_seconds() - self.worked
        figures = f"worst {bystanders.worst * 1000:.0f} ms, {growth:+.0f} MiB, {worked:.1f} s"
        print(figures, end=" ", flush=True)
        self.assertLess(growth, GROWTH_MIB, "the server has grown")
        self.assertLess(worked, self.cpu_seconds, "the server has worked too much")

    def connect(self, stage, source="127.0.0.9"):
        """A connection that has come so far: tcp, stream, tls (with a stream inside) or session."""
        client = RawClient(self.server, source)
        if stage == "stream":
            client.open()
        elif stage == "tls":
            client.start_tls()
            client.open()
        elif stage == "session":
            client.sign_in("mallory")
        return client
