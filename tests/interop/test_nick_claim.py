#!/usr/bin/python3
"""In the lobby an account's name is that account's nickname, and nobody else's (docs/adr/0011).

JACKDAWD and JACKDAWCTL name the programs, WORKERS the number of workers.
"""

import unittest
from xml.etree import ElementTree

from client import Client
from server import Server
from test_muc import (
    DOMAIN,
    MUC,
    ROOMS,
    WAIT_SECONDS,
    Person,
    codes,
    condition,
    item,
    kind,
    nick,
    sender,
)

LOBBY = f"lobby@{ROOMS}"
CROWD = 30


class NickClaimTest(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        # Spelt as nobody's address is prepared: they are administrators all the same.
        cls.server = Server({"guests": "on", "admins": f"  Admin@{DOMAIN.upper()} "}, DOMAIN)
        cls.server.start()
        for name in ("bob", "carl", "jörg", "admin"):
            cls.server.add_user(name)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    async def asyncSetUp(self):
        self.people = []

    async def asyncTearDown(self):
        for person in self.people:
            await person.client.leave()

    async def enter(self, client):
        person = Person(await client.sign_in(presence=True, seconds=WAIT_SECONDS))
        person.inbox.clear()
        self.people.append(person)
        return person

    async def guest(self):
        return await self.enter(Client(self.server, DOMAIN, "", anonymous=True))

    async def user(self, name):
        return await self.enter(Client(self.server, f"{name}@{DOMAIN}"))

    async def refuse_join(self, person, name):
        person.join_presence(LOBBY, name)
        error = await person.refused("conflict")
        self.assertEqual(sender(error), f"{LOBBY}/{name}")
        self.assertIn("registered user", "".join(error.itertext()))

    async def test_nobody_else_enters_under_it(self):
        guest, carl = await self.guest(), await self.user("carl")
        for person in (guest, carl):
            for name in ("bob", "Bob", "BOB", "ｂｏｂ"):
                await self.refuse_join(person, name)
        await self.refuse_join(guest, "JÖRG")
        await guest.join(LOBBY, "bob the guest")

    async def test_nobody_looks_like_its_owner(self):
        guest, carl = await self.guest(), await self.user("carl")
        for name in ("carI", "саrl", "ϲarl", "car1", "bоb"):
            await self.refuse_join(guest, name)
        for name in ("bob\u2800", "\u2800", "walter\u2800"):
            guest.join_presence(LOBBY, name)
            await guest.refused("not-acceptable")
        await self.refuse_join(carl, "bоb")
        await carl.join(LOBBY, "CarI")

    async def test_nobody_else_changes_to_it(self):
        guest = await self.guest()
        await guest.join(LOBBY, "walter")
        guest.presence(f"{LOBBY}/Bob")
        await guest.refused("conflict")
        guest.presence(f"{LOBBY}/wilma")
        self.assertIn(303, codes(await guest.presence_of("walter", "unavailable")))
        await guest.presence_of("wilma")

    async def test_its_owner_has_it(self):
        bob = await self.user("bob")
        await bob.join(LOBBY, "Bob")
        bob.presence(f"{LOBBY}/robert")
        await bob.presence_of("robert")
        bob.presence(f"{LOBBY}/bob")
        await bob.presence_of("bob")
        again = await self.user("bob")
        await again.join(LOBBY, "bob")

    async def test_other_rooms_know_no_such_owner(self):
        carl = await self.user("carl")
        await carl.create(f"claim@{ROOMS}", "bob")

    async def test_order_is_kept_while_the_store_is_asked(self):
        guest, carl = await self.guest(), await self.user("carl")
        await carl.join(LOBBY, "carl")
        guest.join_presence(LOBBY, "bob")
        guest.join_presence(LOBBY, "gerda")
        guest.presence(f"{LOBBY}/greta")
        guest.say(LOBBY, "in order")
        guest.presence(f"{LOBBY}/greta", type_="unavailable")
        await guest.refused("conflict")
        seen = []
        while seen[-1:] != [("presence", "greta", "unavailable")]:
            xml = await carl.expect(lambda xml: nick(xml) in ("gerda", "greta", "bob"))
            seen.append((kind(xml), nick(xml), xml.get("type")))
        self.assertEqual(seen, [
            ("presence", "gerda", None),
            ("presence", "gerda", "unavailable"),
            ("presence", "greta", None),
            ("message", "greta", "groupchat"),
            ("presence", "greta", "unavailable"),
        ])

    async def test_who_goes_while_the_store_is_asked_leaves_nothing_behind(self):
        carl = await self.user("carl")
        await carl.join(LOBBY, "carl")
        for number in range(CROWD):
            guest = await self.guest()
            guest.join_presence(LOBBY, f"hasty{number % 3}")
            guest.join_presence(LOBBY, f"hasty{number % 3}")
            if number % 2:
                guest.client.drop()
            else:
                await guest.client.leave()
        await self.server_has_forgotten_guests()
        last = await self.guest()
        came = await last.join(LOBBY, "last")
        there = {nick(xml) for xml in came if kind(xml) == "presence"}
        self.assertFalse({name for name in there if name.startswith("hasty")}, there)
        last_word = {}
        for xml in await carl.quiet():
            if kind(xml) == "presence" and nick(xml).startswith("hasty"):
                last_word[item(xml).get("jid")] = xml.get("type")
        self.assertEqual(set(last_word.values()) - {"unavailable"}, set(), last_word)

    async def server_has_forgotten_guests(self):
        """Everything the guests sent is dealt with: an IQ goes the same way behind it."""
        asker = await self.user("bob")
        await asker.iq("get", LOBBY, "<query xmlns='http://jabber.org/protocol/disco#info'/>")
        await asker.client.leave()

    async def test_who_had_it_before_keeps_it_until_the_owner_comes(self):
        guest, other = await self.guest(), await self.guest()
        await guest.join(LOBBY, "Dora")
        await other.join(LOBBY, "other")
        await guest.quiet()
        self.server.add_user("dora")
        # Still there, and may show another status and another spelling.
        guest.presence(f"{LOBBY}/Dora", "<show>away</show>")
        await guest.presence_of("Dora")
        guest.presence(f"{LOBBY}/dora")
        await guest.presence_of("dora")
        guest.say(LOBBY, "me")
        await other.hear("me")
        await self.refuse_join(await self.guest(), "dora")
        await other.quiet()
        # The name goes to whom it belongs.
        dora = await self.user("dora")
        came = await dora.join(LOBBY, "dora")
        own = [xml for xml in came if kind(xml) == "presence" and nick(xml) == "dora"]
        self.assertEqual([item(xml).get("jid") for xml in own], [dora.jid])
        out = await guest.presence_of("dora", "unavailable")
        self.assertEqual(codes(out), {307, 110})
        self.assertIn("registered user", "".join(out.itertext()))
        gone = await other.presence_of("dora", "unavailable")
        self.assertEqual(codes(gone), {307})
        come = await other.presence_of("dora")
        self.assertEqual(item(come).get("jid"), dora.jid)
        await guest.join(LOBBY, "somebody else")

    async def test_the_owner_changes_to_it_over_a_guest(self):
        guest = await self.guest()
        await guest.join(LOBBY, "emil")
        self.server.add_user("emil")
        emil = await self.user("emil")
        await emil.join(LOBBY, "e")
        emil.presence(f"{LOBBY}/emil")
        self.assertIn(307, codes(await guest.presence_of("emil", "unavailable")))
        self.assertEqual(codes(await emil.presence_of("emil", "unavailable")), {307})
        self.assertIn(303, codes(await emil.presence_of("e", "unavailable")))
        self.assertIn(110, codes(await emil.presence_of("emil")))

    async def test_a_removed_account_gives_the_name_back(self):
        self.server.add_user("fritz")
        guest = await self.guest()
        await self.refuse_join(guest, "fritz")
        self.server.ctl("user", "remove", "fritz")
        await guest.join(LOBBY, "fritz")

    async def test_administrators_own_every_room_however_they_are_written(self):
        admin = await self.user("admin")
        came = await admin.join(LOBBY, "admin")
        own = next(xml for xml in came if kind(xml) == "presence" and nick(xml) == "admin")
        self.assertEqual(item(own).get("affiliation"), "owner", ElementTree.tostring(own))


if __name__ == "__main__":
    unittest.main()
