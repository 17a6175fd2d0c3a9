#!/usr/bin/python3
"""Guessing passwords: many connections learn no more than one, people at home do not wait, and
nobody learns which names exist (XEP-0205; src/server/core/sign_in_guard.h).

JACKDAWD and JACKDAWCTL name the programs, WORKERS the number of workers.
"""

import concurrent.futures
import threading
import time
import unittest

from sasl_client import Refused, SaslClient
from server import Server

CONNECTIONS = 40
SECONDS = 5
# Beside the attackers' passwords, which are being hashed.
AT_ONCE = 8
# Of one account: after 0.25, 0.75, 1.75, 3.75, 7.75 s, then one in 8 s; of a network, behind six that
# are free, the same and then one in 4 s.
ANSWERS_MAX = 5
NOT_NOW = "temporary-auth-failure"


def attempt(server, name, password):
    """What one attempt with PLAIN is told, and after how long."""
    with SaslClient(server, direct=True) as client:
        began = time.monotonic()
        try:
            client.simple("PLAIN", f"\0{name}\0{password}".encode())
            return "success", time.monotonic() - began
        except Refused as refused:
            return str(refused), time.monotonic() - began


class GuessingTest(unittest.TestCase):
    def setUp(self):
        self.server = Server({
            "max_connections_per_address": 1000,
            "guests": "off",
        })
        self.server.start()
        for name in ("anna", "berta", "carl"):
            self.server.add_user(name)

    def tearDown(self):
        self.server.close()

    def guess(self, over, name, told):
        """One attacker, again and again on new connections."""
        while not over.is_set():
            try:
                told.append(attempt(self.server, name(), "wrong")[0])
            except OSError:
                pass
            time.sleep(0.05)

    def under_attack(self, name, act):
        """Gives back what attackers were told within a few seconds while `act` was done."""
        over, told = threading.Event(), []
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
            try:
                for _ in range(CONNECTIONS):
                    pool.submit(self.guess, over, name, told)
                while NOT_NOW not in told and time.monotonic() - began < SECONDS:
                    time.sleep(0.05)
                act()
                time.sleep(max(0, SECONDS - (time.monotonic() - began)))
                answers = list(told)
                self.seconds = time.monotonic() - began
            finally:
                over.set()
                self.server.stop()
        self.assertIn(NOT_NOW, answers)
        return answers

    def assert_in_at_once(self, name):
        outcome, seconds = attempt(self.server, name, "secret")
        self.assertEqual(outcome, "success")
        self.assertLess(seconds, AT_ONCE)

    def test_many_connections_learn_no_more_than_one(self):
        self.assert_in_at_once("carl")

        def carl_signs_in():
            for _ in range(3):
                self.assert_in_at_once("carl")
            # Who is not known from here gets no answer that would tell anything.
            for name in ("berta", "nobody"):
                outcome, seconds = attempt(self.server, name, "wrong")
                self.assertIn(outcome, (NOT_NOW, "not-authorized"))
                if outcome == NOT_NOW:
                    self.assertLess(seconds, AT_ONCE)

        answers = self.under_attack(lambda: "anna", carl_signs_in)
        most = ANSWERS_MAX + self.seconds // 8
        self.assertLessEqual(answers.count("not-authorized"), most)
        self.assertNotIn("success", answers)

    def test_many_names_help_no_more(self):
        numbers = iter(range(100000))
        self.assert_in_at_once("anna")
        answers = self.under_attack(
            lambda: f"user{next(numbers)}", lambda: self.assert_in_at_once("anna")
        )
        # Six typing errors of a network are free.
        most = 6 + ANSWERS_MAX + self.seconds // 4
        self.assertLessEqual(answers.count("not-authorized"), most)

    def test_names_are_not_told_by_time(self):
        self.assert_in_at_once("anna")
        for name in ("anna", "berta", "nobody"):
            with self.subTest(name):
                outcome, seconds = attempt(self.server, name, "wrong")
                self.assertEqual(outcome, "not-authorized")
                self.assertGreater(seconds, 0.25)
                self.assertLess(seconds, 1 + AT_ONCE)

    def test_after_a_typing_error_one_gets_in(self):
        self.assertEqual(attempt(self.server, "berta", "sceret")[0], "not-authorized")
        self.assert_in_at_once("berta")


if __name__ == "__main__":
    unittest.main(warnings="ignore")  # attackers are cut off in the midst of it
