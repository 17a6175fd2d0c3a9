#!/usr/bin/python3
"""When somebody was last there (XEP-0012), and since when he is idle (XEP-0319)."""

import asyncio
import unittest

from client import condition
from test_im import ImTest

LAST = "<query xmlns='jabber:iq:last'/>"


class LastTest(ImTest):
    async def ask(self, client, to):
        answer = await client.iq_get(LAST, to=to)
        self.assertEqual(answer.get("type"), "result", condition(answer))
        return int(answer[0].get("seconds")), answer[0].text

    async def test_available(self):
        anna, bert = await self.friends()
        self.assertEqual(await self.ask(bert, anna.bare), (0, None))
        self.assertEqual(await self.ask(anna, anna.bare), (0, None))

    async def test_away(self):
        """The last status comes along; a restart forgets neither."""
        anna, bert = await self.friends()
        jids = anna.bare, bert.full
        anna.send_raw("<presence type='unavailable'><status>Heading home</status></presence>")
        await bert.take("presence", type="unavailable")
        await anna.leave()
        await asyncio.sleep(1.1)
        seconds, status = await self.ask(bert, anna.bare)
        self.assertTrue(1 <= seconds < 60, seconds)
        self.assertEqual(status, "Heading home")
        await bert.leave()
        self.server.restart()
        bert = await self.client(jids[1])
        seconds, status = await self.ask(bert, jids[0])
        self.assertTrue(1 <= seconds < 60, seconds)
        self.assertEqual(status, "Heading home")

    async def test_the_last_of_several(self):
        anna, bert = await self.friends()
        other = await self.client(anna.bare + "/other")
        anna.drop()
        await bert.take("presence", type="unavailable", from_=anna.full)
        self.assertEqual(await self.ask(bert, anna.bare), (0, None))
        other.drop()
        await bert.take("presence", type="unavailable", from_=other.full)
        self.assertLess((await self.ask(bert, anna.bare))[0], 60)
        self.assertIsNone((await self.ask(bert, anna.bare))[1])

    async def test_never_there(self):
        """Known, trusted, and never signed in to be available."""
        anna = await self.client(self.new_user(), presence=False)
        self.assertEqual(condition(await anna.iq_get(LAST, to=anna.bare)), "item-not-found")

    async def test_strangers_learn_nothing(self):
        """XEP-0012 3, 4, 10: neither from the server nor from a session."""
        anna = await self.client(self.new_user("anna"))
        bert = await self.client(self.new_user("bert"))
        for to in (anna.bare, anna.full, anna.bare + "/none"):
            answer = await bert.iq_get(LAST, to=to)
            self.assertEqual(condition(answer), "service-unavailable")
        self.assertEqual(anna.take_all("iq"), [])

    async def test_a_session_answers_for_itself(self):
        """Friends, and those whom the session has told of itself."""
        anna, bert = await self.friends()
        carl = await self.client(self.new_user("carl"))
        anna.send_raw(f"<presence to='{carl.bare}'/>")
        await carl.take("presence", from_=anna.full)
        for client in (bert, carl):
            client.send_raw(f"<iq type='get' id='l1' to='{anna.full}'>{LAST}</iq>")
            question = await anna.take("iq", type="get", from_=client.full)
            anna.send_raw(
                f"<iq type='result' id='{question.get('id')}' to='{client.full}'>"
                "<query xmlns='jabber:iq:last' seconds='123'/></iq>"
            )
            answer = await client.take("iq", id="l1")
            self.assertEqual(answer[0].get("seconds"), "123")
        answer = await bert.iq_get(LAST, to=anna.bare + "/none")
        self.assertEqual(condition(answer), "service-unavailable")

    async def test_idle(self):
        """XEP-0319: as it was sent."""
        anna, bert = await self.friends()
        anna.send_raw(
            "<presence><show>away</show>"
            "<idle xmlns='urn:xmpp:idle:1' since='1969-07-21T02:56:15Z'/></presence>"
        )
        seen = await bert.take("presence", from_=anna.full)
        self.assertEqual(seen.find("{urn:xmpp:idle:1}idle").get("since"), "1969-07-21T02:56:15Z")


if __name__ == "__main__":
    unittest.main(verbosity=2)
