#!/usr/bin/python3
"""Bookmarks in all their forms (XEP-0402, XEP-0048, XEP-0049) and how far the user has read
(XEP-0490)."""

import unittest

from client import child, condition
from pep import EVENT, PUBSUB, PepClient, found, items_query, publish, pubsub
from test_pep import PepTest

NODE = "urn:xmpp:bookmarks:1"
LEGACY = "storage:bookmarks"
DISPLAYED = "urn:xmpp:mds:displayed:0"
LOBBY = "lobby@rooms.localhost"
PRIVATE = {"persist_items": "true", "max_items": "max", "send_last_published_item": "never",
           "access_model": "whitelist"}


def conference(content="", **attributes):
    text = "".join(f" {k}='{v}'" for k, v in attributes.items())
    return f"<conference xmlns='{NODE}'{text}>{content}</conference>"


def private(content):
    return f"<query xmlns='jabber:iq:private'>{content}</query>"


class BookmarksTest(PepTest):
    overrides = {}

    async def modern(self, client):
        """The items, by id."""
        return dict(await self.items(client, NODE))

    async def legacy(self, client):
        """The older list as private XML has it: everything inside <storage/>."""
        result = await client.iq_get(private(f"<storage xmlns='{LEGACY}'/>"))
        self.assertEqual(result.get("type"), "result", condition(result))
        return list(result[0][0])

    async def legacy_node(self, client):
        ((_, storage),) = await self.items(client, LEGACY)
        return list(storage)

    async def store(self, client, content):
        await self.ok(client, private(f"<storage xmlns='{LEGACY}'>{content}</storage>"))

    async def test_lobby_by_default(self):
        one = await self.client(self.new_user())
        items = await self.modern(one)
        self.assertEqual(list(items), [LOBBY])
        self.assertEqual(items[LOBBY].tag, f"{{{NODE}}}conference")
        self.assertEqual((items[LOBBY].get("autojoin"), items[LOBBY].get("name")),
                         ("true", "Lobby"))
        for rooms in (await self.legacy(one), await self.legacy_node(one)):
            self.assertEqual([(r.get("jid"), r.get("autojoin")) for r in rooms], [(LOBBY, "true")])
        query = pubsub(f"<items node='{NODE}'><item id='other@rooms.localhost'/></items>")
        self.assertEqual(found(await one.iq_get(query)), [])

    async def test_first_bookmark_leaves_the_lobby(self):
        jid = self.new_user()
        one = await self.client(jid)
        await self.ok(one, publish(NODE, conference(name="Tea"), "tea@rooms.localhost", **PRIVATE))
        self.assertEqual(set(await self.modern(one)), {LOBBY, "tea@rooms.localhost"})
        retract = f"<retract node='{NODE}' notify='true'><item id='{LOBBY}'/></retract>"
        await self.ok(one, pubsub(retract))
        await one.leave()
        self.server.restart()
        one = await self.client(jid)
        self.assertEqual(set(await self.modern(one)), {"tea@rooms.localhost"})
        self.assertEqual([r.get("jid") for r in await self.legacy(one)], ["tea@rooms.localhost"])

    async def test_leaving_the_lobby_for_good(self):
        one = await self.client(self.new_user())
        await self.ok(one, pubsub(f"<retract node='{NODE}'><item id='{LOBBY}'/></retract>"))
        self.assertEqual(await self.modern(one), {})
        self.assertEqual(await self.legacy(one), [])
        two = await self.client(self.new_user())
        await self.store(two, "")
        self.assertEqual(await self.modern(two), {})
        self.assertEqual(await self.legacy_node(two), [])

    async def test_other_side_sees_it(self):
        one = await self.client(self.new_user())
        content = "<nick>Anna &amp; Co</nick><password>secret</password>"
        await self.ok(one, publish(NODE, conference(content, name="Tea", autojoin="1"),
                                   "tea@rooms.localhost"))
        tea = next(r for r in await self.legacy(one) if r.get("jid") == "tea@rooms.localhost")
        self.assertEqual((tea.get("name"), tea.get("autojoin")), ("Tea", "true"))
        self.assertEqual(tea.findtext(f"{{{LEGACY}}}nick"), "Anna & Co")
        self.assertEqual(tea.findtext(f"{{{LEGACY}}}password"), "secret")
        await self.store(
            one,
            "<conference jid='Cake@rooms.localhost' name='Cake'><nick>A</nick></conference>"
            "<url name='Page' url='https://example.org/'/>",
        )
        items = await self.modern(one)
        self.assertEqual(list(items), ["cake@rooms.localhost"])
        self.assertEqual(items["cake@rooms.localhost"].findtext(f"{{{NODE}}}nick"), "A")
        self.assertIsNone(items["cake@rooms.localhost"].get("autojoin"))
        # What is not a room is kept as well.
        self.assertEqual([r.tag.rpartition("}")[2] for r in await self.legacy(one)],
                         ["conference", "url"])

    async def test_replacing_tells_only_what_changes(self):
        jid = self.new_user()
        one = await self.client(jid)
        extensions = "<extensions><state xmlns='urn:mine' open='1'/></extensions>"
        for room in "abc":
            await self.ok(one, publish(NODE, conference(extensions, name=room),
                                       f"{room}@rooms.localhost"))
        two = await self.client(jid, presence=False)
        await two.announce(NODE)
        await two.iq_get("<ping xmlns='urn:xmpp:ping'/>")
        await self.store(
            one,
            f"<conference jid='{LOBBY}' name='Lobby' autojoin='1'/>"
            "<conference jid='a@rooms.localhost' name='a'/>"
            "<conference jid='b@rooms.localhost' name='B' autojoin='true'/>"
            "<conference jid='d@rooms.localhost'/>"
            "<conference jid='@'/>",
        )
        changes = {}
        for _ in range(3):
            items = await two.take_event(NODE, sender=two.bare)
            changes[items[0].get("id")] = items[0]
        await two.flush_from(one)
        self.assertEqual(two.events(), [])
        self.assertEqual(
            {k.partition("@")[0]: v.tag.rpartition("}")[2] for k, v in changes.items()},
            {"b": "item", "d": "item", "c": "retract"},
        )
        items = await self.modern(one)
        state = items["b@rooms.localhost"].find(f"{{{NODE}}}extensions/{{urn:mine}}state")
        self.assertEqual(state.get("open"), "1")  # what other clients keep there stays
        self.assertEqual(items["b@rooms.localhost"].get("autojoin"), "true")

    async def test_older_node_replaces_too(self):
        one = await self.client(self.new_user())
        storage = f"<storage xmlns='{LEGACY}'><conference jid='x@rooms.localhost'/></storage>"
        await self.ok(one, publish(LEGACY, storage, "current", access_model="whitelist"))
        self.assertEqual(list(await self.modern(one)), ["x@rooms.localhost"])
        self.assertEqual([r.get("jid") for r in await self.legacy_node(one)],
                         ["x@rooms.localhost"])

    async def test_pipelined(self):
        """Each replacement is made of what the one before it has left."""
        one = await self.client(self.new_user())
        for i in range(5):
            rooms = f"<conference jid='r{i}@rooms.localhost'/>"
            query = private(f"<storage xmlns='{LEGACY}'>{rooms}</storage>")
            one.send_raw(f"<iq type='set' id='s{i}'>{query}</iq>")
            one.send_raw(f"<iq type='get' id='g{i}'>{items_query(NODE)}</iq>")
        for i in range(5):
            answer = await one.take("iq", id=f"g{i}")
            self.assertEqual([x for x, _ in found(answer)], [f"r{i}@rooms.localhost"])

    async def test_nobody_else_sees_them(self):
        anna, bert = await self.friends()
        await self.ok(anna, publish(NODE, conference(), "tea@rooms.localhost"))
        for node in (NODE, LEGACY):
            result = await bert.iq_get(items_query(node), to=anna.bare)
            self.assertIn(condition(result), ("not-allowed", "item-not-found"))
        carl = await self.client(self.new_user())
        result = await bert.iq_get(items_query(NODE), to=carl.bare)
        self.assertEqual(condition(result), "service-unavailable")
        query = private(f"<storage xmlns='{LEGACY}'/>")
        self.assertEqual(condition(await bert.iq_get(query, to=anna.bare)), "forbidden")

    async def test_bookmarks_of_an_older_server(self):
        """What was stored before there was a node for them is shown until it is changed."""
        import sqlite3

        jid = self.new_user()
        self.server.stop()
        database = sqlite3.connect(self.server.data / "jackdaw.sqlite")
        storage = (
            f"<storage xmlns='{LEGACY}'><conference jid='old@rooms.localhost' name='Old'/>"
            "<url name='Page' url='https://example.org/'/></storage>"
        )
        with database:
            database.execute(
                "INSERT INTO private_data SELECT id, 'storage:bookmarks storage', ? FROM accounts"
                " WHERE name = ?",
                (storage, jid.partition("@")[0]),
            )
        database.close()
        self.server.start()
        one = await self.client(jid)
        self.assertEqual(list(await self.modern(one)), ["old@rooms.localhost"])
        self.assertEqual(len(await self.legacy(one)), 2)
        await self.ok(one, publish(NODE, conference(), "new@rooms.localhost"))
        self.assertEqual(set(await self.modern(one)), {"old@rooms.localhost", "new@rooms.localhost"})
        self.assertEqual([r.tag.rpartition("}")[2] for r in await self.legacy(one)],
                         ["conference", "conference", "url"])


class GuestBookmarksTest(PepTest):
    overrides = {"guests": "yes"}

    async def test_guest(self):
        guest = await self.client("localhost", anonymous=True)
        ((id_, room),) = await self.items(guest, NODE)
        self.assertEqual((id_, room.get("autojoin")), (LOBBY, "true"))
        result = await guest.iq_get(private(f"<storage xmlns='{LEGACY}'/>"))
        self.assertEqual(result[0][0][0].get("jid"), LOBBY)
        for query in (private(f"<storage xmlns='{LEGACY}'/>"),
                      publish(NODE, conference(), "a@rooms.localhost")):
            self.assertEqual(condition(await guest.iq_set(query)), "not-allowed")


class DisplayedTest(PepTest):
    ELEMENT = (
        f"<displayed xmlns='{DISPLAYED}'>"
        "<stanza-id xmlns='urn:xmpp:sid:0' by='x@localhost' id='{}'/></displayed>"
    )

    async def test_published(self):
        jid = self.new_user()
        one, two = await self.client(jid), await self.client(jid, presence=False)
        await two.announce(DISPLAYED)
        await two.iq_get("<ping xmlns='urn:xmpp:ping'/>")
        await self.ok(one, publish(DISPLAYED, self.ELEMENT.format("i1"), "bert@localhost",
                                   **PRIVATE))
        items = await two.take_event(DISPLAYED, sender=two.bare)
        self.assertEqual(items[0].get("id"), "bert@localhost")
        self.assertEqual(len(await self.items(two, DISPLAYED)), 1)

    async def test_assisted(self):
        """XEP-0490 3.3: the server takes it out of the message and publishes it."""
        anna, bert = await self.friends()
        phone = await self.client(anna.bare + "/phone", presence=False)
        await phone.announce(DISPLAYED)
        await phone.iq_get("<ping xmlns='urn:xmpp:ping'/>")
        for i in ("i1", "i2"):
            anna.send_raw(
                f"<message to='{bert.bare}'>"
                f"<displayed xmlns='urn:xmpp:chat-markers:0' id='m'/>{self.ELEMENT.format(i)}"
                "</message>"
            )
            message = await bert.take("message", from_=anna.full)
            tags = [e.tag for e in message]
            self.assertIn("{urn:xmpp:chat-markers:0}displayed", tags)
            self.assertNotIn(f"{{{DISPLAYED}}}displayed", tags)
            items = await phone.take_event(DISPLAYED, sender=anna.bare)
            self.assertEqual((items[0].get("id"), items[0][0][0].get("id")), (bert.bare, i))
        self.assertEqual([i for i, _ in await self.items(anna, DISPLAYED)], [bert.bare])
        result = await bert.iq_get(items_query(DISPLAYED), to=anna.bare)
        self.assertEqual(condition(result), "not-allowed")


if __name__ == "__main__":
    unittest.main()
