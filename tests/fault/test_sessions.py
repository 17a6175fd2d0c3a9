#!/usr/bin/python3
"""A thousand sessions over TLS that talk: nothing lost or out of order, no leak, no growth."""

import time
import unittest

from fault_server import FaultServer, read_figures

SESSIONS = 1000
ACCOUNTS = 200
TALK_SECONDS = 10
PLENTY = {"limits": "off"}


class SessionsTest(unittest.TestCase):
    """Each test has a server of its own."""

    def talk(self, workers, tls, mechanism):
        with FaultServer({**PLENTY, "workers": workers}) as server:
            server.import_users((f"load{i}" for i in range(ACCOUNTS)), "load")
            load = server.load(
                "--sessions", str(SESSIONS), "--accounts", str(ACCOUNTS),
                "--seconds", str(TALK_SECONDS), "--mechanism", mechanism, tls=tls,
            )  # fmt: skip
            with load:
                first = load.stdout.readline()
                time.sleep(3)
                early = server.rss_mib()
                time.sleep(TALK_SECONDS - 4)
                late = server.rss_mib()
                text = first + load.stdout.read()
            figures = read_figures(text)
            self.assertEqual(load.returncode, 0, text + server.log()[-2000:])
            self.assertEqual(figures["sessions"], SESSIONS)
            self.assertEqual(figures["lost"] + figures["doubled"] + figures["disordered"], 0)
            self.assertGreater(figures["delivered"], 100 * TALK_SECONDS)
            self.assertLess(late, early * 1.15 + 8, f"{early} MiB have become {late} MiB")
            self.assertRegex(server.ctl("status"), r"(?m)^connections\s+0$")
            # Stopping fails when LeakSanitizer finds anything.
            server.stop()
            print(
                f"{workers} workers: {figures['logins/s']:.0f} logins/s, "
                f"{figures['messages/s']:.0f} messages/s, p99 {figures['latency-p99-ms']:.0f} ms, "
                f"{early:.0f} -> {late:.0f} MiB",
                flush=True,
            )

    def test_one_worker(self):
        self.talk(1, "starttls", "SCRAM-SHA-256")

    def test_four_workers(self):
        self.talk(4, "direct", "PLAIN")

    def test_room(self):
        with FaultServer({**PLENTY, "workers": 4}) as server:
            server.import_users((f"load{i}" for i in range(10)), "load")
            load = server.load(
                "--sessions", "60", "--accounts", "10", "--seconds", "3", "--senders", "5",
                "--in-flight", "5", "room",
            )  # fmt: skip
            text = load.communicate(timeout=60)[0]
            self.assertEqual(load.returncode, 0, text)
            self.assertGreater(read_figures(text)["delivered"], 60 * 10)

    def test_the_driver_notices(self):
        """When the server dies, the driver may not say that all is well."""
        with FaultServer({**PLENTY, "guests": "yes"}) as server:
            load = server.load("--sessions", "20", "--mechanism", "ANONYMOUS", "--seconds", "3")
            with load:
                self.assertEqual(load.stdout.readline(), "ready\n")
                server.kill()
                text = load.stdout.read()
            self.assertEqual(load.returncode, 1, text)
            self.assertEqual(read_figures(text)["failed-sessions"], 20)


if __name__ == "__main__":
    unittest.main(verbosity=2)
