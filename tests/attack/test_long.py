#!/usr/bin/python3
"""What takes minutes, by hand: attack 17 in full, and how the cost of one byte adds up over time."""

import unittest

from attack_case import LIMITS, AttackCase
from raw_client import HEADER, RawClient

ROUNDS = 10
CONNECTIONS = 10000


class LongTest(AttackCase):
    """An optimized build is enough: it is about what stays behind."""

    cpu_seconds = 600
    limits = {**LIMITS, "max_connections_per_address": 1000}

    def test_17_hundred_thousand_connections(self):
        """Come and go; half of them say who they want to talk to."""
        words = [b"", HEADER.format(self.server.domain).encode()]
        sizes = []
        for _ in range(ROUNDS):
            for number in range(CONNECTIONS):
                with RawClient(self.server, f"127.2.{number % 200}.{number % 50 + 1}") as client:
                    client.offer(words[number % 2])
            sizes.append(self.server.rss_mib())
        print([round(size) for size in sizes], end=" ")
        self.assertLess(sizes[-1], sizes[1] * 1.1 + 4)

    def test_17_thousand_sessions(self):
        """Sign in, join, leave: nothing stays."""
        muc = "<x xmlns='http://jabber.org/protocol/muc'/>"
        sizes = []
        for number in range(1000):
            with RawClient(self.server, f"127.3.{number % 200}.1") as client:
                client.sign_in("mallory", resource=f"r{number}")
                client.send(f"<presence/><presence to='lobby@rooms.localhost/m'>{muc}</presence>")
                client.wait_for("<status code='110'/>")
            if number % 100 == 99:
                sizes.append(self.server.rss_mib())
        print([round(size) for size in sizes], end=" ")
        self.assertLess(sizes[-1], sizes[1] * 1.1 + 4)


if __name__ == "__main__":
    unittest.main(verbosity=2)
