#!/usr/bin/python3
"""slixmpp's own plugins against the account's publish-subscribe service: XEP-0048, 0049, 0054, 0060,
0084, 0115, 0153, 0163, 0172, 0222, 0223."""

import asyncio
import logging
import unittest
import xml.etree.ElementTree as ET

import client as c
from client import Client
from slixmpp.exceptions import IqError
from slixmpp.plugins.xep_0048 import Bookmarks
from slixmpp.plugins.xep_0172.stanza import UserNick
from test_im import ImTest

PLUGINS = ("xep_0030", "xep_0048", "xep_0049", "xep_0054", "xep_0059", "xep_0060", "xep_0084",
           "xep_0115", "xep_0153", "xep_0163", "xep_0172", "xep_0222", "xep_0223")
IMAGE = b"\x89PNG\r\n\x1a\n" + bytes(range(200))


class Plugged(Client):
    """Everything that comes goes to slixmpp, as in a real client."""

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        for name in PLUGINS:
            self.register_plugin(name)
        self.heard = {}

    def _collect(self, stanza):
        return stanza

    def listen(self, event):
        """Keeps what comes with a slixmpp event."""
        self.heard[event] = asyncio.Queue()
        self.add_event_handler(event, self.heard[event].put_nowait)

    async def hear(self, event):
        return await asyncio.wait_for(self.heard[event].get(), c.SECONDS)


class SlixmppTest(ImTest):
    async def plugged(self, jid, *events):
        client = Plugged(self.server, jid)
        self.clients.append(client)
        for event in events:
            client.listen(event)
        await client.sign_in()
        await client["xep_0115"].update_caps()
        client.listen("presence_available")
        client.send_presence()
        await client.hear("presence_available")
        return client

    async def befriended(self, *events):
        anna, bert = await self.friends()
        jids = anna.bare, bert.bare
        for client in (anna, bert):
            await client.leave()
        return [await self.plugged(f"{jid}/slixmpp", *events) for jid in jids]

    async def test_publish_subscribe(self):
        anna = await self.plugged(self.new_user("anna"))
        bert = await self.plugged(self.new_user("bert"), "pubsub_publish", "pubsub_retract")
        pubsub = anna["xep_0060"]
        form = anna["xep_0004"].make_form("submit")
        form.add_field("FORM_TYPE", "hidden",
                       value="http://jabber.org/protocol/pubsub#node_config")
        form.add_field("pubsub#access_model", value="open")
        form.add_field("pubsub#max_items", value="10")
        await pubsub.create_node(anna.bare, "blog", config=form)
        config = await pubsub.get_node_config(anna.bare, "blog")
        values = config["pubsub_owner"]["configure"]["form"].get_values()
        self.assertEqual(values["pubsub#access_model"], "open")
        nodes = await bert["xep_0060"].get_nodes(anna.bare)
        self.assertEqual([i[1] for i in nodes["disco_items"]["items"]], ["blog"])
        answer = await bert["xep_0060"].subscribe(anna.bare, "blog")
        self.assertEqual(answer["pubsub"]["subscription"]["subscription"], "subscribed")
        for i in range(3):
            payload = ET.fromstring(f"<entry xmlns='http://www.w3.org/2005/Atom'>{i}</entry>")
            await pubsub.publish(anna.bare, "blog", id=f"item{i}", payload=payload)
        message = await bert.hear("pubsub_publish")
        self.assertEqual(message["pubsub_event"]["items"]["item"]["id"], "item0")
        items = await bert["xep_0060"].get_items(anna.bare, "blog", max_items=2)
        self.assertEqual([i["id"] for i in items["pubsub"]["items"]], ["item1", "item2"])
        item = await bert["xep_0060"].get_item(anna.bare, "blog", "item0")
        self.assertEqual(item["pubsub"]["items"]["item"]["payload"].text, "0")
        await pubsub.retract(anna.bare, "blog", "item0", notify=True)
        message = await bert.hear("pubsub_retract")
        self.assertEqual(message["pubsub_event"]["items"]["retract"]["id"], "item0")
        people = await pubsub.get_node_subscriptions(anna.bare, "blog")
        subscriptions = people["pubsub_owner"]["subscriptions"]["substanzas"]
        self.assertEqual([s["jid"] for s in subscriptions], [bert.bare])
        await pubsub.modify_affiliations(anna.bare, "blog", [(bert.bare, "publisher")])
        people = await pubsub.get_node_affiliations(anna.bare, "blog")
        found = {str(a["jid"]): a["affiliation"]
                 for a in people["pubsub_owner"]["affiliations"]["substanzas"]}
        self.assertEqual(found, {anna.bare: "owner", bert.bare: "publisher"})
        await bert["xep_0060"].unsubscribe(anna.bare, "blog")
        await pubsub.purge(anna.bare, "blog")
        await pubsub.delete_node(anna.bare, "blog")
        with self.assertRaises(IqError) as refused:
            await pubsub.get_items(anna.bare, "blog")
        self.assertEqual(refused.exception.condition, "item-not-found")

    async def test_nick_reaches_friends(self):
        anna, bert = await self.befriended("user_nick_publish")
        anna["xep_0172"].publish_nick("Anni")
        message = await bert.hear("user_nick_publish")
        self.assertEqual(message["from"], anna.bare)
        nick = message["pubsub_event"]["items"]["item"].xml[0]
        self.assertEqual((nick.tag, nick.text), (f"{{{UserNick.namespace}}}nick", "Anni"))

    async def test_avatar(self):
        anna, bert = await self.befriended("avatar_metadata_publish", "vcard_avatar_update")
        avatar = anna["xep_0084"]
        id_ = avatar.generate_id(IMAGE)
        await avatar.publish_avatar(IMAGE)
        await avatar.publish_avatar_metadata(
            [{"id": id_, "type": "image/png", "bytes": len(IMAGE)}]
        )
        message = await bert.hear("avatar_metadata_publish")
        info = message["pubsub_event"]["items"]["item"]["avatar_metadata"]["items"][0]
        self.assertEqual(info["id"], id_)
        data = await bert["xep_0084"].retrieve_avatar(anna.bare, id_)
        self.assertEqual(data["pubsub"]["items"]["item"]["avatar_data"]["value"], IMAGE)
        vcard = await bert["xep_0054"].get_vcard(anna.bare)
        self.assertEqual(vcard["vcard_temp"]["PHOTO"]["BINVAL"], IMAGE)
        await avatar.stop()
        message = await bert.hear("avatar_metadata_publish")
        self.assertEqual(
            list(message["pubsub_event"]["items"]["item"]["avatar_metadata"]["items"]), []
        )

    async def test_vcard_avatar(self):
        anna, bert = await self.befriended("avatar_metadata_publish")
        vcard = anna["xep_0054"].make_vcard()
        vcard["FN"] = "Anna"
        await anna["xep_0054"].publish_vcard(vcard)
        await anna["xep_0153"].set_avatar(avatar=IMAGE, mtype="image/png")
        message = await bert.hear("avatar_metadata_publish")
        id_ = anna["xep_0084"].generate_id(IMAGE)
        info = message["pubsub_event"]["items"]["item"]["avatar_metadata"]["items"][0]
        self.assertEqual((info["id"], info["type"]), (id_, "image/png"))
        seen = await bert["xep_0054"].get_vcard(anna.bare)
        self.assertEqual(seen["vcard_temp"]["FN"], "Anna")
        data = await bert["xep_0084"].retrieve_avatar(anna.bare, id_)
        self.assertEqual(data["pubsub"]["items"]["item"]["avatar_data"]["value"], IMAGE)

    async def test_private_and_public_storage(self):
        anna, bert = await self.befriended()
        for plugin, allowed in (("xep_0222", True), ("xep_0223", False)):
            nick = UserNick()
            nick["nick"] = plugin
            node = "test:" + plugin
            await anna[plugin].store(nick, node=node, id="current")
            stored = await anna[plugin].retrieve(node)
            self.assertEqual(stored["pubsub"]["items"]["item"].xml[0].text, plugin)
            try:
                await bert["xep_0060"].get_items(anna.bare, node)
                self.assertTrue(allowed)
            except IqError as refused:
                self.assertFalse(allowed)
                self.assertEqual(refused.condition, "not-allowed")

    async def test_bookmarks(self):
        anna = await self.plugged(self.new_user("anna"))
        for method in ("xep_0049", "xep_0223"):
            bookmarks = Bookmarks()
            bookmarks.add_conference(f"{method}@rooms.localhost", "anna", autojoin=True)
            await anna["xep_0048"].set_bookmarks(bookmarks, method=method)
            for other in ("xep_0049", "xep_0223"):
                answer = await anna["xep_0048"].get_bookmarks(method=other)
                found = (answer["private"] if other == "xep_0049"
                         else answer["pubsub"]["items"]["item"])["bookmarks"]
                self.assertEqual([str(r["jid"]) for r in found["conferences"]],
                                 [f"{method}@rooms.localhost"])

    async def test_capabilities(self):
        """XEP-0115: slixmpp's own verification string is the one that we compute."""
        anna, bert = await self.befriended("user_nick_publish")
        anna["xep_0172"].publish_nick("one")
        await bert.hear("user_nick_publish")
        bert["xep_0163"].add_interest("urn:test:more")
        await bert["xep_0115"].update_caps(broadcast=True)
        bert.listen("pubsub_publish")
        await anna["xep_0060"].publish(None, "urn:test:more", payload=ET.Element("{urn:m}m"))
        message = await bert.hear("pubsub_publish")
        self.assertEqual(message["pubsub_event"]["items"]["node"], "urn:test:more")


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    unittest.main()
