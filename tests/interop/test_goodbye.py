#!/usr/bin/python3
"""Last words: what a client says in its last packet counts, however it goes (RFC 6120 4.4)."""

import asyncio
import unittest

from client import Client, body
from sasl_client import SaslClient
from server import Server

WORDS = [f"word {number}" for number in range(15)]


class GoodbyeTest(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server().start()
        for name in ("anna", "ben"):
            cls.server.add_user(name)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)

    def say(self, end):
        """Anna says it all at once, and is gone."""
        with SaslClient(self.server) as anna:
            anna.simple("PLAIN", b"\0anna\0secret")
            anna.say("".join(
                f"<message to='ben@localhost' type='chat'><body>{word}</body></message>"
                for word in WORDS) + end)
            if end:
                anna.read_until("</stream:stream>")

    async def heard(self):
        """What Ben gets; he is there from now on or has been all the time."""
        return [body(await self.ben.take("message")) for _ in WORDS]

    async def arrive(self):
        self.ben = Client(self.server, "ben@localhost")
        self.addAsyncCleanup(self.ben.leave)
        await self.ben.sign_in(presence=True)

    async def test_to_somebody_who_is_there(self):
        await self.arrive()
        for end in ("</stream:stream>", ""):
            with self.subTest(end=end):
                self.say(end)
                self.assertEqual(await self.heard(), WORDS)

    async def test_to_somebody_who_comes_later(self):
        for end in ("</stream:stream>", ""):
            with self.subTest(end=end):
                self.say(end)
                await asyncio.sleep(0.5)  # nobody tells us when it is kept
                await self.arrive()
                self.assertEqual(await self.heard(), WORDS)
                await self.ben.leave()


if __name__ == "__main__":
    unittest.main(verbosity=2)
