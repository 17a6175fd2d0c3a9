#!/usr/bin/python3
"""slixmpp's own plugins against the server: last activity (XEP-0012), commands (XEP-0050),
administration (XEP-0133), blocking (XEP-0191), carbons (XEP-0280)."""

import asyncio
import unittest

from client import SECONDS, Client
from test_im import ImTest

ADMIN = "http://jabber.org/protocol/admin"


class Person(Client):
    """Left to slixmpp, with these plugins."""

    def __init__(self, server, jid, plugins):
        super().__init__(server, jid)
        for plugin in plugins:
            self.register_plugin(plugin)

    async def sign_in(self, presence=False, seconds=SECONDS):
        await super().sign_in(presence, seconds)
        self.del_filter("in", self._collect)
        return self

    def future(self, event):
        """What comes with that event."""
        found = self.loop.create_future()
        self.add_event_handler(
            event, lambda data: found.done() or found.set_result(data), disposable=True
        )
        return found


class PluginsTest(ImTest):
    overrides = {"admins": "boss@localhost"}

    async def person(self, jid, *plugins):
        person = Person(self.server, jid, plugins)
        self.clients.append(person)
        return await person.sign_in(presence=True)

    async def within(self, awaited):
        return await asyncio.wait_for(awaited, SECONDS)

    async def test_0012_last_activity(self):
        anna = await self.person(self.new_user("anna"), "xep_0012")
        answer = await self.within(anna["xep_0012"].get_last_activity(anna.boundjid.bare))
        self.assertEqual(answer["last_activity"]["seconds"], 0)
        answer = await self.within(anna["xep_0012"].get_last_activity("localhost"))
        self.assertGreaterEqual(answer["last_activity"]["seconds"], 0)

    async def test_0191_blocking(self):
        anna = await self.person(self.new_user("anna"), "xep_0191", "xep_0377")
        bert = self.new_user("bert")
        await self.within(anna["xep_0191"].get_blocked())
        pushed = anna.future("blocked")
        await self.within(anna["xep_0191"].block(bert))
        self.assertEqual((await self.within(pushed))["block"]["items"], {bert})
        answer = await self.within(anna["xep_0191"].get_blocked())
        self.assertEqual(answer["blocklist"]["items"], {bert})
        pushed = anna.future("unblocked")
        await self.within(anna["xep_0191"].unblock(bert))
        await self.within(pushed)
        answer = await self.within(anna["xep_0191"].get_blocked())
        self.assertEqual(answer["blocklist"]["items"], set())

    async def test_0280_carbons(self):
        jid = self.new_user("anna")
        desk, phone = [await self.person(f"{jid}/{r}", "xep_0280") for r in ("desk", "phone")]
        bert = await self.person(self.new_user("bert") + "/home", "xep_0280")
        for person in (desk, phone):
            await self.within(person["xep_0280"].enable())
        sent = phone.future("carbon_sent")
        desk.send_message(bert.full, "Hello", mtype="chat")
        self.assertEqual((await self.within(sent))["carbon_sent"]["body"], "Hello")
        received = phone.future("carbon_received")
        bert.send_message(desk.full, "Hello yourself", mtype="chat")
        message = await self.within(received)
        self.assertEqual(message["carbon_received"]["body"], "Hello yourself")
        await self.within(phone["xep_0280"].disable())

    async def test_0050_0133_commands(self):
        """A command from its form to its end."""
        boss = await self.person(self.server.add_user("boss"), "xep_0050", "xep_0133")
        answer = await self.within(boss["xep_0133"].get_commands())
        nodes = {node for _, node, _ in answer["disco_items"]["items"]}
        self.assertIn(f"{ADMIN}#add-user", nodes)
        finished = boss.loop.create_future()

        def fill_in(iq, session):
            form = iq["command"]["form"]
            form["type"] = "submit"
            form.set_values({"accountjid": "plugin@localhost", "password": "secret"})
            session["payload"] = form
            session["next"] = lambda done, _: finished.set_result(done)
            boss["xep_0050"].complete_command(session)

        boss["xep_0133"].add_user(session={
            "next": fill_in,
            "error": lambda iq, _: finished.set_exception(AssertionError(str(iq))),
        })
        done = await self.within(finished)
        self.assertEqual(done["command"]["status"], "completed")
        self.assertIn("plugin", self.server.ctl("user", "list").split())


if __name__ == "__main__":
    unittest.main(verbosity=2)
