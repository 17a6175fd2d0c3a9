#!/usr/bin/python3
"""Signing in by every mechanism that is offered, over every kind of TLS, port and address: with
slixmpp, with a client of our own that binds channels, and with the client engine (RFC 6120 6,
RFC 5802, RFC 5929, RFC 9266, XEP-0368, XEP-0440)."""

import asyncio
import os
import subprocess
import time
import unittest

import slixmpp

from client import Client, SignInFailed
from sasl_client import TLS_1_2, TLS_1_3, Refused, SaslClient
from server import ADDRESSES, Server

PLUS = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"]
SCRAM = ["SCRAM-SHA-256", "SCRAM-SHA-1"]
END_POINT = "tls-server-end-point"
EXPORTER = "tls-exporter"
STOCK_SECONDS = 5


class MechanismsTest(unittest.TestCase):
    """One server for all; anna has an account."""

    overrides = {"guests": "yes"}

    @classmethod
    def setUpClass(cls):
        cls.server = Server(cls.overrides).start()
        cls.anna = cls.server.add_user("anna")

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def assert_anna(self, address):
        self.assertTrue(address.startswith(self.anna + "/"), address)

    def assert_refused(self, condition, call, *arguments, **more):
        with self.assertRaises(Refused) as caught:
            call(*arguments, **more)
        self.assertEqual(str(caught.exception), condition)


class OfferTest(MechanismsTest):
    def test_with_tls_1_3(self):
        with SaslClient(self.server) as client:
            self.assertEqual(client.mechanisms(), PLUS + SCRAM + ["PLAIN", "ANONYMOUS"])
            self.assertEqual(client.bindings(), {EXPORTER, END_POINT})

    def test_with_tls_1_2(self):
        with SaslClient(self.server, version=TLS_1_2) as client:
            self.assertEqual(client.mechanisms(), PLUS + SCRAM + ["PLAIN", "ANONYMOUS"])
            # RFC 9266 2: the exporter needs more than our view of TLS 1.2.
            self.assertEqual(client.bindings(), {END_POINT})

    def test_without_tls(self):
        with SaslClient(self.server, version=None) as client:
            self.assertEqual(client.mechanisms(), [])
            self.assert_refused(
                "encryption-required", client.begin, "PLAIN", b"\0anna\0secret")


class OpenOfferTest(MechanismsTest):
    """Behind a proxy that does TLS."""

    overrides = {"require_tls": "no"}

    def test_without_tls(self):
        with SaslClient(self.server, version=None) as client:
            self.assertEqual(client.mechanisms(), SCRAM)
            self.assertEqual(client.bindings(), set())
            # Nothing can be bound, so "I could have" is the truth and no attack (RFC 5802 6).
            self.assert_anna(client.scram("SCRAM-SHA-256", "anna", flag="y"))

    def test_guests_are_not_welcome(self):
        with SaslClient(self.server) as client:
            self.assertNotIn("ANONYMOUS", client.mechanisms())
            self.assert_refused("invalid-mechanism", client.begin, "ANONYMOUS", b"")


class EveryWayTest(MechanismsTest):
    """Each mechanism by each way in."""

    def ways(self):
        for address in ADDRESSES:
            for direct in (False, True):
                for version in (TLS_1_2, TLS_1_3):
                    with self.subTest(address=address, direct=direct, version=version.name):
                        yield {"address": address, "direct": direct, "version": version}

    def test_plus(self):
        for way in self.ways():
            for mechanism in PLUS:
                with SaslClient(self.server, **way) as client:
                    self.assert_anna(client.scram(
                        mechanism, "anna", flag=f"p={END_POINT}", binding=client.end_point()))

    def test_scram(self):
        for way in self.ways():
            for mechanism in SCRAM:
                with SaslClient(self.server, **way) as client:
                    self.assert_anna(client.scram(mechanism, "anna"))

    def test_plain_and_anonymous(self):
        for way in self.ways():
            with SaslClient(self.server, **way) as client:
                self.assert_anna(client.simple("PLAIN", b"\0anna\0secret"))
            with SaslClient(self.server, **way) as client:
                self.assertRegex(client.simple("ANONYMOUS", b""), r"^guest-\w+@localhost/.+$")


class BindingTest(MechanismsTest):
    """RFC 5802 6: a channel is bound as both ends say, or not at all."""

    def test_somebody_in_the_middle(self):
        for mechanism in PLUS:
            with SaslClient(self.server) as client:
                self.assert_refused("not-authorized", client.scram, mechanism, "anna",
                                    flag=f"p={END_POINT}", binding=bytes(32))

    def test_a_list_that_was_cut(self):
        for mechanism in SCRAM:
            with SaslClient(self.server) as client:
                self.assert_refused(
                    "not-authorized", client.scram, mechanism, "anna", flag="y")

    def test_what_does_not_fit(self):
        cases = (
            ("SCRAM-SHA-256-PLUS", "n"),
            ("SCRAM-SHA-256-PLUS", "y"),
            ("SCRAM-SHA-256-PLUS", "p=tls-unique"),
            ("SCRAM-SHA-256", f"p={END_POINT}"),
        )
        for mechanism, flag in cases:
            with self.subTest(mechanism=mechanism, flag=flag), SaslClient(self.server) as client:
                self.assert_refused(
                    "malformed-request", client.scram, mechanism, "anna", flag=flag)

    def test_no_exporter_before_tls_1_3(self):
        with SaslClient(self.server, version=TLS_1_2) as client:
            self.assert_refused("malformed-request", client.scram, "SCRAM-SHA-256-PLUS", "anna",
                                flag=f"p={EXPORTER}", binding=bytes(32))


class EngineTest(MechanismsTest):
    """The client engine, whose TLS is GnuTLS, takes the best there is."""

    @unittest.skipUnless("ENGINE_CLIENT" in os.environ, "built without the client engine")
    def test_exporter(self):
        for name, port in (("carla", self.server.port), ("doris", self.server.tls_port)):
            self.server.add_user(name)
            done = subprocess.run(
                [os.environ["ENGINE_CLIENT"]],
                input=f"signin localhost {port} {name} secret\nwait 3000\nquit\n",
                capture_output=True, text=True, timeout=30, check=True,
            )
            self.assertIn(f"signed-in\t{name}@localhost", done.stdout)
            self.assertIn("TLSv1.3", done.stdout)
            self.assertRegex(
                self.server.log(), f"signed-in: {name}@localhost \\(SCRAM-SHA-256-PLUS\\)")


class LoadTest(MechanismsTest):
    """The load driver, whose TLS is OpenSSL, binds TLS 1.3 by its exporter."""

    def test_every_mechanism(self):
        accounts = self.server.directory / "accounts"
        accounts.write_text("load0 load\nload1 load\n", encoding="utf-8")
        self.server.ctl("user", "import", str(accounts))
        for tls, port in (("starttls", self.server.port), ("direct", self.server.tls_port)):
            for mechanism in PLUS + SCRAM + ["PLAIN", "ANONYMOUS"]:
                with self.subTest(tls=tls, mechanism=mechanism):
                    done = subprocess.run(
                        [os.environ["LOAD"], "--port", str(port), "--tls", tls, "--mechanism",
                         mechanism, "--sessions", "2", "--seconds", "1", "pairs"],
                        capture_output=True, text=True, timeout=60, check=False,
                    )
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                    self.assertIn(f"({mechanism})", self.server.log())


class SlixmppTest(unittest.IsolatedAsyncioTestCase):
    """Somebody else's client."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server({"guests": "yes"}).start()
        cls.anna = cls.server.add_user("anna")

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)

    async def sign_in(self, jid, mechanism, **more):
        client = Client(self.server, jid, **more)
        client["feature_mechanisms"].use_mech = mechanism
        try:
            await client.sign_in()
            return client.full
        finally:
            await client.leave()

    async def test_one_by_one(self):
        for mechanism in SCRAM + ["PLAIN"]:
            with self.subTest(mechanism=mechanism):
                address = await self.sign_in(self.anna, mechanism)
                self.assertTrue(address.startswith(self.anna + "/"), address)
                self.assertIn(f"{self.anna} ({mechanism})", self.server.log())
                with self.assertRaises(SignInFailed):
                    await self.sign_in(self.anna, mechanism, password="wrong")

    async def test_guest(self):
        address = await self.sign_in(self.server.domain, "ANONYMOUS")
        self.assertRegex(address, r"^guest-\w+@localhost/.+$")

    async def stock(self, use_ssl):
        """As it comes, with nothing set but where to go."""
        client = slixmpp.ClientXMPP(self.anna, "secret")
        client.ca_certs = str(self.server.certificate)
        started = client.loop.create_future()
        client.add_event_handler("session_start", lambda _: started.set_result(client.boundjid))
        client.add_event_handler("failed_all_auth", lambda _: started.cancel())
        began = time.monotonic()
        port = self.server.tls_port if use_ssl else self.server.port
        client.connect(("127.0.0.1", port), use_ssl=use_ssl)
        try:
            address = await asyncio.wait_for(started, 2 * STOCK_SECONDS)
        finally:
            ended = client.wait_until("disconnected", 5)
            client.disconnect()
            await ended
        self.assertEqual(address.bare, self.anna)
        self.assertLess(time.monotonic() - began, STOCK_SECONDS)

    async def test_as_it_comes(self):
        """It believes to have tls-unique, claims so, and is refused (RFC 5802 6): then PLAIN. None
        of that is guessing, so nothing of it is slowed."""
        await self.stock(use_ssl=False)
        self.assertIn(f"{self.anna} (PLAIN)", self.server.log())

    async def test_as_it_comes_over_direct_tls(self):
        await self.stock(use_ssl=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
