#!/usr/bin/python3
"""kill -9 in the middle of a thousand offline messages: what the sender was told is stored is there
afterwards, once, and in order. XEP-0198 is how the sender is told."""

import os
import random
import re
import threading
import time
import unittest

from fault_server import FaultServer
from raw_client import Closed, RawClient

MESSAGES = 1000
ASK_EVERY = 25
ROUNDS = 5
SEND_SECONDS = 30
FETCH_SECONDS = 15
SM = "xmlns='urn:xmpp:sm:3'"


def count_acknowledged(client):
    """The highest h that has come so far."""
    counts = re.findall(rb"<a [^>]*h='(\d+)'", client.received)
    return max((int(h) for h in counts), default=0)


class KillTest(unittest.TestCase):
    """One server, killed and started again and again with the same data."""

    def send_until_killed(self, server, round_, rng):
        """What was acknowledged, and what was sent."""
        sender = RawClient(server, direct=True).sign_in("sender")
        sender.send(f"<enable {SM}/>")
        sender.wait_for("<enabled [^>]*>")
        fatal, delay = rng.randint(1, MESSAGES - 50), rng.uniform(0, 0.02)
        killer, sent = None, 0
        deadline = time.monotonic() + SEND_SECONDS
        try:
            while not (killer and killer.finished.is_set()):
                if sent < MESSAGES:
                    sender.send(self.batch(server, round_, sent))
                    sent += ASK_EVERY
                sender.receive(0.002)
                self.assertLess(time.monotonic(), deadline, "no acknowledgements")
                if not killer and count_acknowledged(sender) >= fatal:
                    killer = threading.Timer(delay, server.process.kill)
                    killer.start()
        except Closed:
            killer.join()
        server.kill()
        sender.read_to_end()
        sender.drop()
        return count_acknowledged(sender), sent

    @staticmethod
    def batch(server, round_, first):
        """The next messages, and the question whether they are safe."""
        to = f"receiver@{server.domain}"
        return "".join(
            f"<message to='{to}' type='chat'><body>{round_} {number}</body></message>"
            for number in range(first, first + ASK_EVERY)
        ) + f"<r {SM}/>"

    def fetch(self, server, at_least=0):
        """All that waits for the receiver: (round, number), as it comes."""
        receiver = RawClient(server, direct=True).sign_in("receiver")
        receiver.send("<presence/>")
        deadline = time.monotonic() + FETCH_SECONDS
        got = []
        try:
            while receiver.receive(1) or (len(got) < at_least and time.monotonic() < deadline):
                got = re.findall(rb"<body>(\d+) (\d+)</body>", receiver.received)
        except Closed:
            self.fail("the receiver was sent away")
        receiver.leave()
        return [(int(round_), int(number)) for round_, number in got]

    def check(self, round_, acknowledged, sent, got):
        numbers = [number for _, number in got]
        self.assertTrue(all(r == round_ for r, _ in got), "messages of an earlier round again")
        self.assertEqual(numbers, sorted(numbers), "out of order")
        self.assertEqual(len(numbers), len(set(numbers)), "doubled")
        missing = set(range(acknowledged)) - set(numbers)
        self.assertEqual(len(missing), 0, "acknowledged messages are lost")
        self.assertLessEqual(len(numbers), sent)

    def rounds(self, workers):
        seed = int(os.environ.get("SEED", "0")) or random.randrange(1 << 32)
        rng = random.Random(seed)
        print(f"SEED={seed}", flush=True)
        with FaultServer({"workers": workers}) as server:
            server.import_users(["sender", "receiver"])
            for round_ in range(ROUNDS):
                with self.subTest(round=round_):
                    acknowledged, sent = self.send_until_killed(server, round_, rng)
                    server.start()
                    got = self.fetch(server, acknowledged)
                    print(
                        f"round {round_}: {sent} sent, {acknowledged} acknowledged, "
                        f"{len(got)} delivered",
                        flush=True,
                    )
                    self.assertGreater(acknowledged, 0)
                    self.check(round_, acknowledged, sent, got)
            self.assertEqual(self.fetch(server), [], "delivered twice")

    def test_one_worker(self):
        self.rounds(1)

    def test_four_workers(self):
        self.rounds(4)


if __name__ == "__main__":
    unittest.main(verbosity=2)
