#!/usr/bin/python3
"""STUN and TURN servers and their passwords (XEP-0215)."""

import base64
import hashlib
import hmac
import time
import unittest

from client import Client, condition
from server import Server
from test_im import ImTest

NS = "urn:xmpp:extdisco:2"
SECRET = "north"


class ServicesCase(ImTest):
    async def fetch(self, client, attributes=""):
        answer = await client.iq_get(f"<services xmlns='{NS}'{attributes}/>", to="localhost")
        self.assertEqual(answer.get("type"), "result", condition(answer))
        return answer[0]

    def check(self, service):
        """As coturn does with use-auth-secret."""
        name = service.get("username")
        mac = hmac.new(SECRET.encode(), name.encode(), hashlib.sha1).digest()
        self.assertEqual(service.get("password"), base64.b64encode(mac).decode())
        left = int(name.partition(":")[0]) - time.time()
        self.assertTrue(3500 < left <= 3600, left)
        self.assertEqual(service.get("restricted"), "true")
        self.assertTrue(service.get("expires").endswith("Z"))


class TurnTest(ServicesCase):
    overrides = {
        "turn_hosts": "192.0.2.1, turn.example",
        "turn_secret": SECRET,
        "turn_tls_port": 5349,
        "turn_credential_seconds": 3600,
        "guests": "yes",
    }

    async def test_all(self):
        anna = await self.client(self.new_user("anna"))
        services = await self.fetch(anna)
        found = [tuple(s.get(k) for k in ("type", "host", "port", "transport")) for s in services]
        expected = []
        for host in ("192.0.2.1", "turn.example"):
            expected += [
                ("stun", host, "3478", "udp"),
                ("turn", host, "3478", "udp"),
                ("stun", host, "3478", "tcp"),
                ("turn", host, "3478", "tcp"),
                ("turns", host, "5349", "tcp"),
            ]
        self.assertEqual(found, expected)
        for service in services:
            if service.get("type") == "stun":
                self.assertIsNone(service.get("username"))
            else:
                self.check(service)

    async def test_selected(self):
        anna = await self.client(self.new_user("anna"))
        services = await self.fetch(anna, " type='turns'")
        self.assertEqual(services.get("type"), "turns")
        self.assertEqual([s.get("type") for s in services], ["turns", "turns"])
        self.assertEqual(len(await self.fetch(anna, " type='ftp'")), 0)

    async def test_credentials(self):
        anna = await self.client(self.new_user("anna"))
        for attributes, count in (
            ("host='192.0.2.1' type='turn'", 2),
            ("host='192.0.2.1' type='turn' port='3478'", 2),
            ("host='turn.example' type='turns' port='5349'", 1),
        ):
            answer = await anna.iq_get(
                f"<credentials xmlns='{NS}'><service {attributes}/></credentials>", to="localhost"
            )
            self.assertEqual(len(answer[0]), count, attributes)
            for service in answer[0]:
                self.check(service)
        for inside, expected in (
            ("<service host='192.0.2.1'/>", "bad-request"),
            ("<service type='turn'/>", "bad-request"),
            ("<service host='192.0.2.1' type='turn' port='x'/>", "bad-request"),
            ("", "bad-request"),
            ("<service host='other.example' type='turn'/>", "item-not-found"),
            ("<service host='192.0.2.1' type='stun'/>", "item-not-found"),
            ("<service host='192.0.2.1' type='turn' port='1'/>", "item-not-found"),
        ):
            answer = await anna.iq_get(
                f"<credentials xmlns='{NS}'>{inside}</credentials>", to="localhost"
            )
            self.assertEqual(condition(answer), expected, inside)

    async def test_guests_get_no_relay(self):
        guest = Client(self.server, "localhost", anonymous=True)
        self.clients.append(guest)
        await guest.sign_in(presence=True)
        self.assertEqual({s.get("type") for s in await self.fetch(guest)}, {"stun"})
        answer = await guest.iq_get(
            f"<credentials xmlns='{NS}'><service host='192.0.2.1' type='turn'/></credentials>",
            to="localhost",
        )
        self.assertEqual(condition(answer), "forbidden")

    async def test_only_the_domain(self):
        anna = await self.client(self.new_user("anna"))
        answer = await anna.iq_get(f"<services xmlns='{NS}'/>", to="rooms.localhost")
        self.assertEqual(condition(answer), "service-unavailable")


class StunTest(ServicesCase):
    overrides = {"turn_hosts": "192.0.2.1"}

    async def test_without_secret(self):
        anna = await self.client(self.new_user("anna"))
        self.assertEqual([s.get("type") for s in await self.fetch(anna)], ["stun", "stun"])


class NothingTest(ServicesCase):
    async def test_nothing_configured(self):
        anna = await self.client(self.new_user("anna"))
        self.assertEqual(len(await self.fetch(anna)), 0)

    async def test_an_address_nobody_can_reach(self):
        server = Server({"turn_hosts": "0.0.0.0"})
        with self.assertRaises(RuntimeError) as caught:
            server.start()
        self.assertIn("clients can reach", str(caught.exception))
        server.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
