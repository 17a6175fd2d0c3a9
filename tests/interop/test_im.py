#!/usr/bin/python3
"""Accounts and the host, seen through slixmpp: rosters, subscriptions, presence, messages, offline
messages, registration, private storage, discovery (RFC 6121; XEP-0012, 0030, 0049, 0077, 0092,
0157, 0160, 0199, 0202)."""

import asyncio
import itertools
import unittest
import xml.etree.ElementTree as ET

import client as c
from client import Client, body, child, condition, local
from server import Server

NAMES = itertools.count(1)
DELAY = "{urn:xmpp:delay}delay"


class ImTest(unittest.IsolatedAsyncioTestCase):
    """One server for all; new users for every test."""

    overrides = {"admins": "root@localhost, boss@localhost", "max_offline_messages": 20}

    @classmethod
    def setUpClass(cls):
        cls.server = Server(cls.overrides).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)
        self.clients = []

    async def asyncTearDown(self):
        for client in self.clients:
            await client.leave()

    def new_user(self, stem="user"):
        return self.server.add_user(f"{stem}{next(NAMES)}")

    async def client(self, jid, presence=True, **more):
        client = Client(self.server, jid, **more)
        self.clients.append(client)
        return await client.sign_in(presence=presence)

    async def friends(self, presence=True):
        """Two users who see each other; both signed in with one resource."""
        anna = await self.client(self.new_user("anna") + "/home", presence=False)
        bert = await self.client(self.new_user("bert") + "/home", presence=False)
        await anna.fetch_roster()
        await bert.fetch_roster()
        for client in (anna, bert):
            client.send_raw("<presence/>")
            await client.take("presence", from_=client.full)
        for asker, asked in ((anna, bert), (bert, anna)):
            asker.send_raw(f"<presence to='{asked.bare}' type='subscribe'/>")
            await asked.take("presence", type="subscribe", from_=asker.bare)
            asked.send_raw(f"<presence to='{asker.bare}' type='subscribed'/>")
            await asker.take("presence", type="subscribed", from_=asked.bare)
            await asker.take("presence", from_=asked.full)
        for client, other in ((anna, bert), (bert, anna)):
            while (await client.take_push(other.bare)).get("subscription") != "both":
                pass
        if not presence:
            for client in (anna, bert):
                client.send_raw("<presence type='unavailable'/>")
                await client.take("presence", type="unavailable", from_=client.full)
        await asyncio.sleep(0)
        await anna.flush_from(bert)
        await bert.flush_from(anna)
        anna.inbox.clear()
        bert.inbox.clear()
        return anna, bert


class BindTest(ImTest):
    async def test_resource_is_as_asked(self):
        jid = self.new_user()
        one = await self.client(jid + "/desk")
        self.assertEqual(one.full, jid + "/desk")

    async def test_resource_is_made_when_not_asked(self):
        jid = self.new_user()
        one = await self.client(jid)
        two = await self.client(jid)
        self.assertNotEqual(one.full, two.full)
        self.assertGreaterEqual(len(one.boundjid.resource), 16)

    async def test_same_resource_replaces(self):
        """RFC 6120 7.7.2.2: the older session ends with <conflict/>."""
        jid = self.new_user()
        old = await self.client(jid + "/desk")
        new = await self.client(jid + "/desk")
        await asyncio.wait_for(old.ended.wait(), c.SECONDS)
        result = await new.iq_get("<ping xmlns='urn:xmpp:ping'/>")
        self.assertEqual(result.get("type"), "result")

    async def test_wrong_password_is_refused(self):
        jid = self.new_user()
        with self.assertRaises(c.SignInFailed):
            await self.client(jid, password="wrong")

    async def test_unknown_user_is_refused(self):
        with self.assertRaises(c.SignInFailed):
            await self.client("nobody@localhost")


class RosterTest(ImTest):
    async def test_set_pushes_to_interested_only(self):
        jid = self.new_user()
        one, two, deaf = [await self.client(f"{jid}/{r}") for r in ("one", "two", "deaf")]
        self.assertEqual((await one.fetch_roster())[0], {})
        await two.fetch_roster()
        result = await one.iq_set(
            "<query xmlns='jabber:iq:roster'><item jid='bert@localhost' name='Bert &amp; Co'>"
            "<group>Friends</group><group>Work</group></item></query>"
        )
        self.assertEqual(result.get("type"), "result")
        for client in (one, two):
            item = await client.take_push("bert@localhost")
            self.assertEqual(item.get("name"), "Bert & Co")
            self.assertEqual(item.get("subscription"), "none")
            self.assertEqual({g.text for g in item}, {"Friends", "Work"})
        await deaf.flush_from(one)
        self.assertEqual(deaf.take_all("iq"), [])

    async def test_update_and_remove(self):
        one = await self.client(self.new_user())
        await one.fetch_roster()
        for name in ("A", "B"):
            await one.iq_set(
                f"<query xmlns='jabber:iq:roster'><item jid='x@localhost' name='{name}'/></query>"
            )
            self.assertEqual((await one.take_push("x@localhost")).get("name"), name)
        items, _ = await one.fetch_roster()
        self.assertEqual(items["x@localhost"].get("name"), "B")
        remove = "<item jid='x@localhost' subscription='remove'/>"
        result = await one.iq_set(f"<query xmlns='jabber:iq:roster'>{remove}</query>")
        self.assertEqual(result.get("type"), "result")
        self.assertEqual((await one.take_push("x@localhost")).get("subscription"), "remove")
        self.assertEqual((await one.fetch_roster())[0], {})
        result = await one.iq_set(f"<query xmlns='jabber:iq:roster'>{remove}</query>")
        self.assertEqual(condition(result), "item-not-found")

    async def test_bad_sets(self):
        one = await self.client(self.new_user())
        bad = {
            "": "bad-request",
            "<item/>": "bad-request",
            "<item jid='a@b'/><item jid='c@d'/>": "bad-request",
            "<item jid='@localhost'/>": "jid-malformed",
            f"<item jid='{one.bare}'/>": "not-allowed",
            "<item jid='a@b'><group/></item>": "bad-request",
            "<item jid='a@b'><group>x</group><group>x</group></item>": "bad-request",
            f"<item jid='a@b' name='{'n' * 2000}'/>": "not-acceptable",
            f"<item jid='a@b'><group>{'g' * 5000}</group></item>": "not-acceptable",
        }
        for items, expected in bad.items():
            result = await one.iq_set(f"<query xmlns='jabber:iq:roster'>{items}</query>")
            self.assertEqual(condition(result), expected, items)
        self.assertEqual((await one.fetch_roster())[0], {})

    async def test_of_others_is_forbidden(self):
        anna, bert = await self.friends()
        query = "<query xmlns='jabber:iq:roster'/>"
        self.assertEqual(condition(await anna.iq_get(query, to=bert.bare)), "forbidden")
        query = "<query xmlns='jabber:iq:roster'><item jid='a@b'/></query>"
        self.assertEqual(condition(await anna.iq_set(query, to=bert.bare)), "forbidden")

    async def test_versions(self):
        """RFC 6121 2.6: the same version is answered without a list, over a restart as well."""
        jid = self.new_user()
        one = await self.client(jid)
        _, version = await one.fetch_roster(version="")
        items, _ = await one.fetch_roster(version=version)
        self.assertIsNone(items)
        await one.iq_set("<query xmlns='jabber:iq:roster'><item jid='x@localhost'/></query>")
        push = await one.take("iq", type="set")
        self.assertNotEqual(push[0].get("ver"), version)
        items, newer = await one.fetch_roster(version=version)
        self.assertEqual(list(items), ["x@localhost"])
        self.assertEqual(newer, push[0].get("ver"))
        items, _ = await one.fetch_roster(version=newer)
        self.assertIsNone(items)

    async def test_pipelined_get_shows_what_was_set(self):
        one = await self.client(self.new_user())
        one.send_raw(
            "<iq type='set' id='s1'><query xmlns='jabber:iq:roster'><item jid='x@localhost'/>"
            "</query></iq><iq type='get' id='g1'><query xmlns='jabber:iq:roster'/></iq>"
        )
        result = await one.take("iq", id="g1")
        self.assertEqual([item.get("jid") for item in result[0]], ["x@localhost"])


class SubscriptionTest(ImTest):
    async def test_handshake(self):
        anna = await self.client(self.new_user("anna"))
        bert = await self.client(self.new_user("bert"))
        await anna.fetch_roster()
        await bert.fetch_roster()
        anna.send_raw(f"<presence to='{bert.full}' type='subscribe'><status>hi</status></presence>")
        item = await anna.take_push(bert.bare)
        self.assertEqual((item.get("subscription"), item.get("ask")), ("none", "subscribe"))
        request = await bert.take("presence", type="subscribe")
        self.assertEqual((request.get("from"), request.get("to")), (anna.bare, bert.bare))
        self.assertEqual(request.findtext("{jabber:client}status"), "hi")
        self.assertEqual((await bert.fetch_roster())[0], {})
        bert.send_raw(f"<presence to='{anna.bare}' type='subscribed'/>")
        self.assertEqual((await bert.take_push(anna.bare)).get("subscription"), "from")
        await anna.take("presence", type="subscribed", from_=bert.bare)
        item = await anna.take_push(bert.bare)
        self.assertEqual((item.get("subscription"), item.get("ask")), ("to", None))
        await anna.take("presence", from_=bert.full, type=None)

    async def test_request_waits_for_sign_in(self):
        anna = await self.client(self.new_user("anna"))
        bert_jid = self.new_user("bert")
        anna.send_raw(f"<presence to='{bert_jid}' type='subscribe'><status>hi</status></presence>")
        await anna.flush_from(anna)
        for _ in range(2):  # until it is answered
            bert = await self.client(bert_jid)
            request = await bert.take("presence", type="subscribe", from_=anna.bare)
            self.assertEqual(request.findtext("{jabber:client}status"), "hi")
            await bert.leave()

    async def test_denial(self):
        anna = await self.client(self.new_user("anna"))
        bert = await self.client(self.new_user("bert"))
        await anna.fetch_roster()
        anna.send_raw(f"<presence to='{bert.bare}' type='subscribe'/>")
        await bert.take("presence", type="subscribe")
        bert.send_raw(f"<presence to='{anna.bare}' type='unsubscribed'/>")
        await anna.take("presence", type="unsubscribed", from_=bert.bare)
        while (await anna.take_push(bert.bare)).get("ask"):
            pass
        bert_again = await self.client(bert.bare + "/2")
        await bert_again.flush_from(anna)
        self.assertEqual(
            [p for p in bert_again.take_all("presence") if p.get("type") == "subscribe"], []
        )

    async def test_unsubscribe(self):
        anna, bert = await self.friends()
        anna.send_raw(f"<presence to='{bert.bare}' type='unsubscribe'/>")
        await bert.take("presence", type="unsubscribe", from_=anna.bare)
        self.assertEqual((await bert.take_push(anna.bare)).get("subscription"), "to")
        self.assertEqual((await anna.take_push(bert.bare)).get("subscription"), "from")
        await anna.take("presence", type="unavailable", from_=bert.full)

    async def test_cancel(self):
        anna, bert = await self.friends()
        anna.send_raw(f"<presence to='{bert.bare}' type='unsubscribed'/>")
        await bert.take("presence", type="unsubscribed", from_=anna.bare)
        await bert.take("presence", type="unavailable", from_=anna.full)
        self.assertEqual((await bert.take_push(anna.bare)).get("subscription"), "from")
        self.assertEqual((await anna.take_push(bert.bare)).get("subscription"), "to")

    async def test_roster_removal_cancels_both_ways(self):
        """RFC 6121 2.5.2."""
        anna, bert = await self.friends()
        await anna.iq_set(
            f"<query xmlns='jabber:iq:roster'><item jid='{bert.bare}' subscription='remove'/></query>"
        )
        await bert.take("presence", type="unsubscribe", from_=anna.bare)
        await bert.take("presence", type="unsubscribed", from_=anna.bare)
        await bert.take("presence", type="unavailable", from_=anna.full)
        while (await bert.take_push(anna.bare)).get("subscription") != "none":
            pass
        await anna.take("presence", type="unavailable", from_=bert.full)

    async def test_pre_approval(self):
        """RFC 6121 3.4: said yes before being asked."""
        anna = await self.client(self.new_user("anna"))
        bert = await self.client(self.new_user("bert"))
        await anna.fetch_roster()
        await bert.fetch_roster()
        bert.send_raw(f"<presence to='{anna.bare}' type='subscribed'/>")
        item = await bert.take_push(anna.bare)
        self.assertEqual((item.get("subscription"), item.get("approved")), ("none", "true"))
        anna.send_raw(f"<presence to='{bert.bare}' type='subscribe'/>")
        await anna.take("presence", type="subscribed", from_=bert.bare)
        await anna.take("presence", from_=bert.full, type=None)
        self.assertEqual((await bert.take_push(anna.bare)).get("subscription"), "from")
        seen = [p.get("type") for p in bert.take_all("presence")]
        self.assertNotIn("subscribe", seen)

    async def test_unasked_grants_change_nothing(self):
        anna = await self.client(self.new_user("anna"))
        bert = await self.client(self.new_user("bert"))
        await bert.fetch_roster()
        anna.send_raw(f"<presence to='{bert.bare}' type='unsubscribed'/>")
        await bert.flush_from(anna)
        self.assertEqual(bert.take_all("presence"), [])
        self.assertEqual((await bert.fetch_roster())[0], {})

    async def test_to_nobody(self):
        anna = await self.client(self.new_user("anna"))
        await anna.fetch_roster()
        anna.send_raw("<presence to='nobody@localhost' type='subscribe'/>")
        self.assertEqual((await anna.take_push("nobody@localhost")).get("ask"), "subscribe")


class PresenceTest(ImTest):
    async def test_initial_presence_probes_and_tells(self):
        anna, bert = await self.friends()
        await bert.leave()
        await anna.take("presence", type="unavailable", from_=bert.full)
        bert = await self.client(bert.bare + "/desk", presence="<presence><show>dnd</show></presence>")
        seen = await anna.take("presence", from_=bert.full)
        self.assertEqual(seen.get("to"), anna.bare)
        self.assertEqual(seen.findtext("{jabber:client}show"), "dnd")
        await bert.take("presence", from_=anna.full, type=None)

    async def test_changes_are_told(self):
        anna, bert = await self.friends()
        anna.send_raw("<presence><show>away</show><status>tea</status></presence>")
        seen = await bert.take("presence", from_=anna.full)
        self.assertEqual(seen.findtext("{jabber:client}status"), "tea")
        anna.send_raw("<presence type='unavailable'><status>bye</status></presence>")
        seen = await bert.take("presence", from_=anna.full, type="unavailable")
        self.assertEqual(seen.findtext("{jabber:client}status"), "bye")

    async def test_lost_connection_is_told(self):
        anna, bert = await self.friends()
        anna.drop()
        await bert.take("presence", from_=anna.full, type="unavailable")

    async def test_own_sessions_see_each_other(self):
        jid = self.new_user()
        one = await self.client(jid + "/one")
        two = await self.client(jid + "/two")
        await one.take("presence", from_=two.full)
        await two.take("presence", from_=one.full)
        await two.leave()
        await one.take("presence", from_=two.full, type="unavailable")

    async def test_strangers_see_nothing(self):
        anna = await self.client(self.new_user("anna"))
        bert = await self.client(self.new_user("bert"))
        bert.send_raw(f"<presence to='{anna.bare}' type='probe'/>")
        anna.send_raw("<presence><show>away</show></presence>")
        await bert.flush_from(anna)
        self.assertEqual(bert.take_all("presence"), [])

    async def test_probe_of_friend(self):
        anna, bert = await self.friends()
        bert.send_raw(f"<presence to='{anna.bare}' type='probe'/>")
        await bert.take("presence", from_=anna.full, type=None)
        await anna.leave()
        await bert.take("presence", from_=anna.full, type="unavailable")
        bert.send_raw(f"<presence to='{anna.bare}' type='probe'/>")
        await bert.take("presence", from_=anna.bare, type="unavailable")

    async def test_directed_presence(self):
        """RFC 6121 4.6: told to a stranger, who is told the end as well, and may probe."""
        anna = await self.client(self.new_user("anna"))
        bert = await self.client(self.new_user("bert"))
        anna.send_raw(f"<presence to='{bert.full}'><status>just you</status></presence>")
        seen = await bert.take("presence", from_=anna.full)
        self.assertEqual(seen.findtext("{jabber:client}status"), "just you")
        bert.send_raw(f"<presence to='{anna.full}' type='probe'/>")
        await bert.take("presence", from_=anna.full, type=None)
        anna.send_raw("<presence type='unavailable'/>")
        await bert.take("presence", from_=anna.full, type="unavailable")
        anna.send_raw("<presence/>")
        anna.send_raw("<presence type='unavailable'/>")
        await bert.flush_from(anna)
        self.assertEqual(bert.take_all("presence"), [])

    async def test_directed_presence_ends_with_the_connection(self):
        anna = await self.client(self.new_user("anna"), presence=False)
        bert = await self.client(self.new_user("bert"))
        anna.send_raw(f"<presence to='{bert.full}'/>")
        await bert.take("presence", from_=anna.full, type=None)
        anna.drop()
        await bert.take("presence", from_=anna.full, type="unavailable")

    async def test_withdrawn_directed_presence(self):
        anna = await self.client(self.new_user("anna"))
        bert = await self.client(self.new_user("bert"))
        anna.send_raw(f"<presence to='{bert.full}'/>")
        await bert.take("presence", from_=anna.full, type=None)
        anna.send_raw(f"<presence to='{bert.full}' type='unavailable'/>")
        await bert.take("presence", from_=anna.full, type="unavailable")
        anna.send_raw("<presence type='unavailable'/>")
        await bert.flush_from(anna)
        self.assertEqual(bert.take_all("presence"), [])

    async def test_bad_priority(self):
        anna = await self.client(self.new_user("anna"), presence=False)
        anna.send_raw("<presence id='p1'><priority>200</priority></presence>")
        error = await anna.take("presence", type="error")
        self.assertEqual(condition(error), "bad-request")


class MessageTest(ImTest):
    async def test_chat_to_bare_goes_to_all_non_negative(self):
        jid = self.new_user()
        one = await self.client(jid + "/one")
        two = await self.client(jid + "/two", presence="<presence><priority>5</priority></presence>")
        bot = await self.client(jid + "/bot", presence="<presence><priority>-1</priority></presence>")
        silent = await self.client(jid + "/silent", presence=False)
        anna = await self.client(self.new_user("anna"))
        for type_ in ("chat", "normal", "headline"):
            anna.say(jid, type_, type_)
            for client in (one, two):
                message = await client.take_message(type_)
                self.assertEqual(message.get("to"), jid)
                self.assertEqual(message.get("from"), anna.full)
        for client in (bot, silent):
            await client.flush_from(anna)
            self.assertEqual(client.take_all("message"), [])

    async def test_full_address_goes_to_that_one_only(self):
        jid = self.new_user()
        one = await self.client(jid + "/one")
        bot = await self.client(jid + "/bot", presence="<presence><priority>-1</priority></presence>")
        silent = await self.client(jid + "/silent", presence=False)
        anna = await self.client(self.new_user("anna"))
        for client in (bot, silent):
            for type_ in ("chat", "normal", "headline", "groupchat"):
                anna.say(client.full, type_, type_)
                await client.take_message(type_)
        await one.flush_from(anna)
        self.assertEqual(one.take_all("message"), [])

    async def test_full_address_of_nobody(self):
        jid = self.new_user()
        one = await self.client(jid + "/one")
        anna = await self.client(self.new_user("anna"))
        for type_ in ("chat", "normal"):
            anna.say(jid + "/gone", type_, type_)
            await one.take_message(type_)
        anna.say(jid + "/gone", "room talk", "groupchat")
        self.assertEqual(condition(await anna.take("message", type="error")), "service-unavailable")
        anna.say(jid + "/gone", "news", "headline")
        anna.send_raw(f"<message to='{jid}/gone' type='error'><body>oops</body></message>")
        await one.flush_from(anna)
        self.assertEqual(one.take_all("message"), [])
        self.assertEqual(anna.take_all("message"), [])

    async def test_groupchat_to_bare_is_returned(self):
        one = await self.client(self.new_user())
        anna = await self.client(self.new_user("anna"))
        anna.say(one.bare, "room talk", "groupchat")
        self.assertEqual(condition(await anna.take("message", type="error")), "service-unavailable")

    async def test_to_nobody(self):
        anna = await self.client(self.new_user("anna"))
        anna.say("nobody@localhost", "hello")
        error = await anna.take("message", type="error", from_="nobody@localhost")
        self.assertEqual(condition(error), "service-unavailable")
        anna.say("anna@elsewhere.example", "hello")
        error = await anna.take("message", type="error")
        self.assertEqual(condition(error), "remote-server-not-found")
        anna.say(self.server.domain, "hello")
        error = await anna.take("message", type="error")
        self.assertEqual(condition(error), "service-unavailable")

    async def test_to_oneself(self):
        """RFC 6120 10.3.1: without `to` it is for the own account."""
        jid = self.new_user()
        one = await self.client(jid + "/one")
        two = await self.client(jid + "/two")
        one.say(None, "note")
        one.say(jid, "another")
        for client in (one, two):
            await client.take_message("note")
            await client.take_message("another")

    async def test_order_and_content(self):
        anna = await self.client(self.new_user("anna"))
        bert = await self.client(self.new_user("bert"))
        for i in range(200):
            anna.say(bert.bare if i % 2 else bert.full, f"{i} &lt;&amp;&#x1F426;")
        for i in range(200):
            message = await bert.take("message")
            self.assertEqual(body(message), f"{i} <&\U0001f426")

    async def test_forged_sender(self):
        """RFC 6120 8.1.2.1: the stream of who forges ends."""
        anna = await self.client(self.new_user("anna"))
        bert = await self.client(self.new_user("bert"))
        anna.send_raw(f"<message from='root@localhost' to='{bert.full}'><body>x</body></message>")
        await asyncio.wait_for(anna.ended.wait(), c.SECONDS)
        self.assertEqual(bert.take_all("message"), [])


class OfflineTest(ImTest):
    async def test_kept_in_order_with_stamps(self):
        anna = await self.client(self.new_user("anna"))
        bert_jid = self.new_user("bert")
        for i in range(10):
            anna.say(bert_jid, f"offline {i}", "chat" if i % 2 else "normal")
        await self.settled(anna)
        bert = await self.client(bert_jid + "/desk", presence=False)
        bert.send_raw("<presence/>")
        anna.say(bert_jid, "live")
        for i in range(10):
            message = await bert.take("message")
            self.assertEqual(body(message), f"offline {i}")
            delay = message.find(DELAY)
            self.assertEqual(delay.get("from"), "localhost")
            self.assertRegex(delay.get("stamp"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
        self.assertIsNone((await bert.take_message("live")).find(DELAY))
        await bert.leave()
        again = await self.client(bert_jid)
        await again.flush_from(anna)
        self.assertEqual(again.take_all("message"), [])

    async def settled(self, anna):
        """Time for what was sent to be stored: a later stanza about the same account is answered
        after it."""
        await anna.iq_get("<ping xmlns='urn:xmpp:ping'/>", to=self.server.domain)
        await asyncio.sleep(0.3)

    async def test_which_are_kept(self):
        anna = await self.client(self.new_user("anna"))
        bert_jid = self.new_user("bert")
        state = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
        anna.send_raw(f"<message to='{bert_jid}' type='chat'>{state}</message>")
        anna.say(bert_jid, "news", "headline")
        anna.say(bert_jid, "room talk", "groupchat")
        await anna.take("message", type="error")
        anna.say(bert_jid, "secret", extra="<no-store xmlns='urn:xmpp:hints'/>")
        await anna.take("message", type="error")
        anna.say(bert_jid + "/gone", "kept")
        await self.settled(anna)
        self.assertEqual(anna.take_all("message"), [])
        bert = await self.client(bert_jid)
        await bert.take_message("kept")
        await bert.flush_from(anna)
        self.assertEqual(bert.take_all("message"), [])

    async def test_not_to_a_negative_priority(self):
        anna = await self.client(self.new_user("anna"))
        jid = self.new_user("bert")
        anna.say(jid, "waits")
        await self.settled(anna)
        low = "<presence><priority>-1</priority></presence>"
        bot = await self.client(jid + "/bot", presence=low)
        await bot.flush_from(anna)
        self.assertEqual(bot.take_all("message"), [])
        bot.send_raw("<presence><priority>0</priority></presence>")
        await bot.take_message("waits")

    async def test_quota(self):
        anna = await self.client(self.new_user("anna"))
        bert_jid = self.new_user("bert")
        for i in range(22):
            anna.say(bert_jid, str(i))
        for _ in range(2):
            error = await anna.take("message", type="error")
            self.assertEqual(condition(error), "service-unavailable")
        bert = await self.client(bert_jid)
        for i in range(20):
            self.assertEqual(body(await bert.take("message")), str(i))

    async def test_more_than_a_queue_holds(self):
        """A backlog is sent as fast as it is taken, and does not cut off who comes for it."""
        with Server({"max_session_queue_bytes": 65536}) as server:
            anna = await Client(server, server.add_user("anna")).sign_in(presence=True)
            bert_jid = server.add_user("bert")
            for i in range(200):
                anna.say(bert_jid, f"{i} {'x' * 5000}")
                if i % 20 == 0:
                    await anna.flush_from(anna)
            await asyncio.sleep(0.5)
            bert = await Client(server, bert_jid).sign_in(presence=True)
            anna.say(bert_jid, "live")
            for i in range(200):
                self.assertEqual(body(await bert.take("message")).split()[0], str(i))
            await bert.take_message("live")
            await anna.leave()
            await bert.leave()

    async def test_removed_only_when_acknowledged(self):
        """XEP-0198: what a session never confirmed comes again."""
        anna = await self.client(self.new_user("anna"))
        bert_jid = self.new_user("bert")
        for i in range(3):
            anna.say(bert_jid, str(i))
        await self.settled(anna)
        for confirms in (False, True):
            bert = await self.client(bert_jid, presence=False)
            bert.send_raw("<enable xmlns='urn:xmpp:sm:3'/>")
            await bert.take("enabled")
            bert.send_raw("<presence/>")
            for i in range(3):
                await bert.take_message(str(i))
            await bert.take("r")
            if confirms:
                bert.send_raw("<a xmlns='urn:xmpp:sm:3' h='4'/>")  # with its own presence
                await bert.flush_from(anna)
            bert.drop()
            await asyncio.sleep(0.3)
        bert = await self.client(bert_jid)
        await bert.flush_from(anna)
        self.assertEqual(bert.take_all("message"), [])

    async def test_survive_kill(self):
        with Server() as server:
            server.add_user("anna")
            server.add_user("bert")
            anna = await Client(server, "anna@localhost").sign_in(presence=True)
            anna.say("bert@localhost", "kept")
            anna.send_raw("<presence to='bert@localhost' type='subscribe'/>")
            await anna.iq_set("<query xmlns='jabber:iq:roster'><item jid='x@localhost'/></query>")
            await asyncio.sleep(0.5)
            server.kill()
            await asyncio.wait_for(anna.ended.wait(), c.SECONDS)
            server.start()
            bert = await Client(server, "bert@localhost").sign_in(presence=True)
            await bert.take_message("kept")
            await bert.take("presence", type="subscribe", from_="anna@localhost")
            anna = await Client(server, "anna@localhost").sign_in()
            items, _ = await anna.fetch_roster()
            self.assertEqual(items["bert@localhost"].get("ask"), "subscribe")
            self.assertIn("x@localhost", items)
            await anna.leave()
            await bert.leave()


class RegistrationTest(ImTest):
    """XEP-0077."""

    FORM = "<query xmlns='jabber:iq:register'/>"
    FIELDS = (
        "<query xmlns='jabber:iq:register'><username>{}</username><password>{}</password></query>"
    )

    async def registration(self, name, password="secret", server=None):
        """Asks for an account on a stream that has not signed in; gives back client and answer."""
        client = Client(server or self.server, "someone@localhost", password)
        self.clients.append(client)
        answers = {id_: client.loop.create_future() for id_ in ("form", "fields")}

        def collect(stanza):
            answer = answers.get(stanza.xml.get("id"))
            if answer:
                answer.set_result(stanza.xml)
            return None if answer else stanza

        async def register(_):
            if answers["form"].done():  # slixmpp asks for every order the feature was registered in
                return
            client.send_raw(f"<iq type='get' id='form' to='localhost'>{self.FORM}</iq>")
            form = await answers["form"]
            self.assertLessEqual({"username", "password"}, {c.local(e.tag) for e in form[0]})
            fields = self.FIELDS.format(name, password)
            client.send_raw(f"<iq type='set' id='fields' to='localhost'>{fields}</iq>")
            await answers["fields"]

        # Only for what the stream features say.
        client.register_plugin("xep_0077")
        client.register_feature("register", register, restart=False, order=50)
        client.add_filter("in", collect)
        client.connect(("127.0.0.1", client.host.port))
        return client, await asyncio.wait_for(answers["fields"], c.SECONDS)

    async def test_register_and_sign_in(self):
        name = f"new{next(NAMES)}"
        _, answer = await self.registration(name)
        self.assertEqual(answer.get("type"), "result", condition(answer))
        await self.client(name + "@localhost")
        self.assertIn("registered: " + name, self.server.log())

    async def test_name_is_taken(self):
        jid = self.new_user()
        _, answer = await self.registration(jid.split("@")[0], "other")
        self.assertEqual(condition(answer), "conflict")

    async def test_bad_names_and_passwords(self):
        for name, password, expected in (
            ("guest-anna", "secret", "jid-malformed"),
            ("a&quot;b", "secret", "jid-malformed"),
            ("", "secret", "not-acceptable"),
            ("Admin", "secret", "not-allowed"),
            ("\u0430dmin", "secret", "not-allowed"),  # Cyrillic
            ("support", "secret", "not-allowed"),
            ("somebody", "", "not-acceptable"),
            ("somebody", "&#x7f;", "not-acceptable"),
        ):
            _, answer = await self.registration(name, password)
            self.assertEqual(condition(answer), expected, (name, password))

    async def test_names_of_administrators(self):
        with Server({"admins": "root@localhost, Boss@localhost, anna@elsewhere"}) as server:
            for name, expected in (("root", "not-allowed"), ("ROOT", "not-allowed"),
                                   ("boss", "not-allowed"), ("anna", None), ("roots", None)):
                client, answer = await self.registration(name, server=server)
                self.assertEqual(condition(answer), expected, name)
                await client.leave()
            # The owner of the machine makes them.
            server.add_user("root")

    async def test_short_passwords(self):
        with Server({"password_min": 8}) as server:
            for password, expected in (("1234567", "not-acceptable"), ("äöüäöüä", "not-acceptable"),
                                       ("  1234  ", None), ("pässwörd", None)):
                name = f"new{next(NAMES)}"
                client, answer = await self.registration(name, password, server=server)
                self.assertEqual(condition(answer), expected, password)
                if expected:
                    self.assertIn("8 characters", "".join(answer.itertext()))
                await client.leave()
            # As everywhere else where one is set.
            told = server.ctl("user", "add", "anna", stdin="short\n", check=False)
            self.assertIn("8 characters", told)
            self.assertNotIn("anna", server.ctl("user", "list"))
            anna = Client(server, server.add_user("anna", "long enough"), "long enough")
            await anna.sign_in()
            told = server.ctl("user", "password", "anna", stdin="short\n", check=False)
            self.assertIn("8 characters", told)
            result = await anna.iq_set(self.FIELDS.format("anna", "short"), to="localhost")
            self.assertEqual(condition(result), "not-acceptable")
            self.assertIn("8 characters", "".join(result.itertext()))
            result = await anna.iq_set(self.FIELDS.format("anna", "long enough, too"), to="localhost")
            self.assertEqual(result.get("type"), "result")
            await anna.leave()

    async def test_limit(self):
        with Server({"registrations_per_hour": 2}) as server:
            for i in range(3):
                client, answer = await self.registration(f"new{i}", server=server)
                expected = "result" if i < 2 else "resource-constraint"
                self.assertEqual(condition(answer) or answer.get("type"), expected)
                await client.leave()

    async def test_looking_for_names_is_limited(self):
        with Server({"registrations_per_hour": 2}) as server:
            server.add_user("anna")
            for expected in ("conflict", "conflict", "resource-constraint"):
                client, answer = await self.registration("anna", server=server)
                self.assertEqual(condition(answer), expected)
                await client.leave()

    async def test_closed(self):
        with Server({"registration": "closed"}) as server:
            client = Client(server, "new@localhost")
            client.register_plugin("xep_0077")
            asked = []
            client.register_feature("register", asked.append, restart=False, order=50)
            with self.assertRaises(c.SignInFailed):
                await client.sign_in()
            self.assertEqual(asked, [])

    async def test_change_password(self):
        jid = self.new_user()
        name = jid.split("@")[0]
        one = await self.client(jid)
        result = await one.iq_get("<query xmlns='jabber:iq:register'/>", to="localhost")
        self.assertIsNotNone(child(result[0], "registered"))
        self.assertEqual(child(result[0], "username").text, name)
        change = (
            "<query xmlns='jabber:iq:register'><username>{}</username>"
            "<password>{}</password></query>"
        )
        for who, password in ((name, ""), ("root", "x"), ("", "x")):
            result = await one.iq_set(change.format(who, password), to="localhost")
            self.assertEqual(condition(result), "bad-request")
        result = await one.iq_set(change.format(name, "better"), to="localhost")
        self.assertEqual(result.get("type"), "result")
        await self.client(jid, password="better")
        with self.assertRaises(c.SignInFailed):
            await self.client(jid, password="secret")

    async def test_cancel(self):
        anna, bert = await self.friends()
        remove = "<query xmlns='jabber:iq:register'><remove/>{}</query>"
        result = await anna.iq_set(remove.format("<username>x</username>"))
        self.assertEqual(condition(result), "bad-request")
        self.assertEqual(condition(await bert.iq_set(remove.format(""), to=anna.bare)), "forbidden")
        result = await anna.iq_set(remove.format(""))
        self.assertEqual(result.get("type"), "result")
        await asyncio.wait_for(anna.ended.wait(), c.SECONDS)
        await bert.take("presence", type="unsubscribe", from_=anna.bare)
        await bert.take("presence", type="unsubscribed", from_=anna.bare)
        await bert.take("presence", type="unavailable", from_=anna.full)
        with self.assertRaises(c.SignInFailed):
            await self.client(anna.bare)
        self.server.add_user(anna.boundjid.local)
        again = await self.client(anna.bare)
        self.assertEqual((await again.fetch_roster())[0], {})

    async def test_removed_by_the_administrator(self):
        anna, bert = await self.friends()
        self.server.ctl("user", "remove", anna.boundjid.local)
        await asyncio.wait_for(anna.ended.wait(), c.SECONDS)
        await bert.take("presence", type="unavailable", from_=anna.full)


class PrivateTest(ImTest):
    LOBBY = "lobby@rooms.localhost"

    async def bookmarks(self, client):
        result = await client.iq_get(
            "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>"
        )
        return list(result[0][0])

    async def test_lobby_is_the_default_bookmark(self):
        one = await self.client(self.new_user())
        (lobby,) = await self.bookmarks(one)
        self.assertEqual(lobby.get("jid"), self.LOBBY)
        self.assertEqual(lobby.get("autojoin"), "true")
        store = "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>"
        self.assertEqual((await one.iq_set(store)).get("type"), "result")
        self.assertEqual(await self.bookmarks(one), [])

    async def test_store_and_load(self):
        jid = self.new_user()
        one = await self.client(jid)
        empty = await one.iq_get("<query xmlns='jabber:iq:private'><a xmlns='test:a'/></query>")
        self.assertEqual(empty[0][0].tag, "{test:a}a")
        result = await one.iq_set(
            "<query xmlns='jabber:iq:private'><a xmlns='test:a' x='&lt;&apos;'><b>&amp;</b></a>"
            "<c xmlns='test:c'/></query>"
        )
        self.assertEqual(result.get("type"), "result")
        two = await self.client(jid)
        loaded = await two.iq_get("<query xmlns='jabber:iq:private'><a xmlns='test:a'/></query>")
        self.assertEqual(loaded[0][0].get("x"), "<'")
        self.assertEqual(loaded[0][0][0].text, "&")

    async def test_refusals(self):
        anna, bert = await self.friends()
        query = "<query xmlns='jabber:iq:private'>{}</query>"
        cases = (
            (anna.iq_get, query.format("<a xmlns='a'/>"), bert.bare, "forbidden"),
            (anna.iq_set, query.format("<a xmlns='a'/>"), bert.bare, "forbidden"),
            (anna.iq_get, query.format(""), None, "bad-request"),
            (anna.iq_get, query.format("<a xmlns='a'/><b xmlns='b'/>"), None, "bad-request"),
            (anna.iq_set, query.format("<a/>"), None, "not-acceptable"),
        )
        for ask, payload, to, expected in cases:
            self.assertEqual(condition(await ask(payload, to=to)), expected, payload)


class PrivateLimitTest(ImTest):
    overrides = {"max_private_elements": 2, "max_private_bytes": "16k"}

    async def put(self, client, name, text=""):
        query = "<query xmlns='jabber:iq:private'><{0} xmlns='test:{0}'>{1}</{0}></query>"
        answer = await client.iq_set(query.format(name, text))
        return condition(answer) if answer.get("type") == "error" else None

    async def test_no_more_than_so_much(self):
        anna = await self.client(self.new_user("anna"))
        self.assertIsNone(await self.put(anna, "a"))
        self.assertIsNone(await self.put(anna, "b"))
        self.assertEqual(await self.put(anna, "c"), "resource-constraint")
        self.assertEqual(await self.put(anna, "b", "x" * 17000), "resource-constraint")
        self.assertIsNone(await self.put(anna, "b", "x" * 15000))
        self.assertEqual(await self.put(anna, "a", "x" * 2000), "resource-constraint")
        get = "<query xmlns='jabber:iq:private'><c xmlns='test:c'/></query>"
        self.assertEqual(len((await anna.iq_get(get))[0][0]), 0)
        bert = await self.client(self.new_user("bert"))
        self.assertIsNone(await self.put(bert, "c"))


class GuestTest(ImTest):
    overrides = {"guests": "yes"}

    async def guest(self):
        return await self.client("localhost", anonymous=True)

    async def test_guest_talks(self):
        guest = await self.guest()
        self.assertTrue(guest.boundjid.local.startswith("guest-"))
        anna = await self.client(self.new_user("anna"))
        guest.say(anna.bare, "hello")
        self.assertEqual((await anna.take_message("hello")).get("from"), guest.full)
        anna.say(guest.bare, "hello yourself")
        await guest.take_message("hello yourself")

    async def test_guest_keeps_nothing(self):
        guest = await self.guest()
        self.assertEqual((await guest.fetch_roster())[0], {})
        item = "<query xmlns='jabber:iq:roster'><item jid='a@localhost'/></query>"
        self.assertEqual(condition(await guest.iq_set(item)), "not-allowed")
        storage = "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>"
        self.assertEqual(condition(await guest.iq_set(storage)), "not-allowed")
        result = await guest.iq_get(storage)
        self.assertEqual(result[0][0][0].get("jid"), "lobby@rooms.localhost")
        remove = "<query xmlns='jabber:iq:register'><remove/></query>"
        self.assertEqual(condition(await guest.iq_set(remove)), "not-allowed")
        guest.send_raw("<presence to='root@localhost' type='subscribe'/>")
        self.assertEqual(condition(await guest.take("presence", type="error")), "not-allowed")

    async def test_guest_who_has_gone(self):
        guest = await self.guest()
        anna = await self.client(self.new_user("anna"))
        await guest.leave()
        anna.say(guest.bare, "hello?")
        self.assertEqual(condition(await anna.take("message", type="error")), "service-unavailable")

    async def test_nothing_waits_that_a_guest_says(self):
        """Whoever is not there is as good as nobody."""
        guest = await self.guest()
        anna = self.new_user("anna")
        for to in (anna, f"{anna}/desk", "nobody@localhost", "nobody@localhost/desk"):
            for kind in ("chat", "normal", "groupchat"):
                guest.send_raw(f"<message to='{to}' type='{kind}'><body>hello?</body></message>")
                error = await guest.take("message", type="error", from_=to)
                self.assertEqual(condition(error), "service-unavailable", (to, kind))
        anna = await self.client(anna)
        guest.say(anna.bare, "hello")
        self.assertEqual(body(await anna.take("message")), "hello")
        result = await anna.iq_set("<query xmlns='urn:xmpp:mam:2'/>")
        self.assertEqual(result.get("type"), "result")
        (message,) = anna.take_all("message")
        self.assertEqual("".join(message.itertext()), "hello")

    async def test_silence_tells_no_names(self):
        guest = await self.guest()
        bert = await self.client(self.new_user("bert"))
        silent = (
            "<message to='{}' type='headline'><body>news</body></message>",
            "<message to='{}' type='chat'>"
            "<composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
            "<message to='{}' type='error'/>",
            "<message to='{}'/>",
        )
        for client in (guest, bert):
            for to in (self.new_user("anna"), "nobody@localhost", "nobody@localhost/desk"):
                for text in silent:
                    client.send_raw(text.format(to))
                # What is answered comes after what is not.
                client.send_raw(f"<iq type='get' id='p' to='{to}'><ping xmlns='urn:xmpp:ping'/></iq>")
                await client.take("iq", id="p")
                self.assertEqual(client.take_all("message"), [])

    async def test_guest_cannot_be_befriended(self):
        guest = await self.guest()
        anna = await self.client(self.new_user("anna"))
        await anna.fetch_roster()
        anna.send_raw(f"<presence to='{guest.bare}' type='subscribe'/>")
        await anna.take("presence", type="unsubscribed", from_=guest.bare)


class HostTest(ImTest):
    INFO = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
    ITEMS = "<query xmlns='http://jabber.org/protocol/disco#items'>{}</query>"

    async def info(self, client, to):
        result = await client.iq_get(self.INFO, to=to)
        self.assertEqual(result.get("type"), "result", condition(result))
        identities = [
            (e.get("category"), e.get("type")) for e in result[0] if c.local(e.tag) == "identity"
        ]
        features = [e.get("var") for e in result[0] if c.local(e.tag) == "feature"]
        return identities, features, result[0]

    async def test_domain(self):
        one = await self.client(self.new_user())
        identities, features, query = await self.info(one, "localhost")
        self.assertEqual(identities, [("server", "im")])
        for feature in (
            "http://jabber.org/protocol/disco#info",
            "http://jabber.org/protocol/disco#items",
            "jabber:iq:last",
            "jabber:iq:version",
            "urn:xmpp:ping",
            "urn:xmpp:time",
            "jabber:iq:register",
            "msgoffline",
        ):
            self.assertIn(feature, features)
        self.assertEqual(len(features), len(set(features)))
        form = query.find("{jabber:x:data}x")
        values = [v.text for v in form.iter("{jabber:x:data}value")]
        self.assertIn("http://jabber.org/network/serverinfo", values)
        self.assertIn("xmpp:root@localhost", values)
        self.assertIn("xmpp:boss@localhost", values)
        result = await one.iq_get(self.ITEMS.format(""), to="localhost")
        self.assertEqual([i.get("jid") for i in result[0]], ["rooms.localhost"])

    async def test_rooms_service(self):
        one = await self.client(self.new_user())
        identities, features, _ = await self.info(one, "rooms.localhost")
        self.assertEqual(identities, [("conference", "text")])
        self.assertIn("http://jabber.org/protocol/muc", features)
        result = await one.iq_get(self.ITEMS.format(""), to="rooms.localhost")
        items = {i.get("jid"): i.get("name") for i in result[0]}
        self.assertEqual(items["lobby@rooms.localhost"], "Lobby")

    async def test_rooms_by_page(self):
        one = await self.client(self.new_user())
        page = "<set xmlns='http://jabber.org/protocol/rsm'>{}</set>"
        query = self.ITEMS.format(page.format("<max>1</max>"))
        result = await one.iq_get(query, to="rooms.localhost")
        self.assertEqual(len(result[0]), 2)
        last = result[0][1].findtext("{http://jabber.org/protocol/rsm}last")
        self.assertEqual(last, result[0][0].get("jid"))
        query = self.ITEMS.format(page.format(f"<max>1</max><after>{last}</after>"))
        result = await one.iq_get(query, to="rooms.localhost")
        self.assertNotIn(last, [i.get("jid") for i in result[0]])
        query = self.ITEMS.format(page.format("<max>1</max><before/>"))
        result = await one.iq_get(query, to="rooms.localhost")
        self.assertEqual(condition(result), "feature-not-implemented")

    async def test_account(self):
        """XEP-0030 8: to the user and to who may see their presence, to nobody else."""
        anna, bert = await self.friends()
        stranger = await self.client(self.new_user())
        for who in (anna, bert):
            identities, features, _ = await self.info(who, anna.bare)
            self.assertEqual(identities, [("account", "registered"), ("pubsub", "pep")])
            self.assertIn("http://jabber.org/protocol/disco#info", features)
        for query in (self.INFO, self.ITEMS.format("")):
            result = await stranger.iq_get(query, to=anna.bare)
            self.assertEqual(condition(result), "service-unavailable")
        result = await bert.iq_get(self.ITEMS.format(""), to=anna.bare)
        self.assertEqual([i.get("jid") for i in result[0]], [anna.full])

    PAYLOADS = (
        ("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
        ("get", "<query xmlns='http://jabber.org/protocol/disco#info' node='x'/>"),
        ("get", "<query xmlns='http://jabber.org/protocol/disco#items'/>"),
        ("get", "<query xmlns='http://jabber.org/protocol/disco#items' node='x'/>"),
        ("get", "<query xmlns='jabber:iq:last'/>"),
        ("get", "<query xmlns='jabber:iq:roster'/>"),
        ("set", "<query xmlns='jabber:iq:roster'><item jid='x@localhost'/></query>"),
        ("get", "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>"),
        ("get", "<query xmlns='jabber:iq:register'/>"),
        ("set", "<query xmlns='jabber:iq:register'><remove/></query>"),
        ("get", "<query xmlns='jabber:iq:version'/>"),
        ("get", "<time xmlns='urn:xmpp:time'/>"),
        ("get", "<ping xmlns='urn:xmpp:ping'/>"),
        ("get", "<blocklist xmlns='urn:xmpp:blocking'/>"),
        ("set", "<block xmlns='urn:xmpp:blocking'><item jid='x@localhost'/></block>"),
        ("set", "<enable xmlns='urn:xmpp:carbons:2'/>"),
        ("set", "<enable xmlns='urn:xmpp:push:0' jid='push.localhost' node='x'/>"),
        ("get", "<commands xmlns='http://jabber.org/protocol/commands'/>"),
        ("set", "<command xmlns='http://jabber.org/protocol/commands' node='x'/>"),
        ("get", "<query xmlns='urn:example:unheard-of'/>"),
    )

    async def test_strangers_cannot_tell_whether_there_is_an_account(self):
        """RFC 6121 8.5.1, XEP-0030 8: whatever they ask, to the account or a session of it."""
        there = await self.client(self.new_user())
        away = self.new_user()
        stranger = await self.client(self.new_user())
        # Questions to a session that is there go to it; it answers as it likes.
        told = {there.bare: there.bare, away: away, "nobody@localhost": "nobody@localhost"}
        told |= {f"{bare}/none": bare for bare in list(told)}
        for type_, payload in self.PAYLOADS:
            answers = set()
            for to in told:
                answer = await stranger.iq(type_, payload, to)
                self.assertEqual(answer.get("from"), to)
                answers.add(tuple(ET.tostring(part) for part in answer if local(part.tag) == "error"))
            with self.subTest(payload):
                self.assertEqual(len(answers), 1, answers)
                self.assertIn(b"service-unavailable", next(iter(answers))[0])

    async def test_unknown_nodes(self):
        one = await self.client(self.new_user())
        query = "<query xmlns='http://jabber.org/protocol/disco#info' node='x'/>"
        for to in ("localhost", "rooms.localhost", one.bare):
            self.assertEqual(condition(await one.iq_get(query, to=to)), "item-not-found")

    async def test_ping_version_time_uptime(self):
        anna, bert = await self.friends()
        for to in ("localhost", "rooms.localhost", None, anna.bare, bert.bare):
            result = await anna.iq_get("<ping xmlns='urn:xmpp:ping'/>", to=to)
            self.assertEqual(result.get("type"), "result", to)
        result = await anna.iq_get("<query xmlns='jabber:iq:version'/>", to="localhost")
        self.assertEqual(child(result[0], "name").text, "Jackdaw")
        self.assertRegex(child(result[0], "version").text, r"^\d+\.\d+")
        self.assertIsNone(child(result[0], "os"))
        result = await anna.iq_get("<time xmlns='urn:xmpp:time'/>", to="localhost")
        self.assertRegex(child(result[0], "tzo").text, r"^[+-]\d\d:\d\d$")
        self.assertRegex(child(result[0], "utc").text, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*Z$")
        result = await anna.iq_get("<query xmlns='jabber:iq:last'/>", to="localhost")
        self.assertLess(int(result[0].get("seconds")), 3600)

    async def test_unknown_questions(self):
        anna, bert = await self.friends()
        query = "<query xmlns='test:unknown'/>"
        for to in ("localhost", "rooms.localhost", None, anna.bare, bert.bare, "nobody@localhost",
                   bert.bare + "/gone"):
            for ask in (anna.iq_get, anna.iq_set):
                result = await ask(query, to=to)
                self.assertEqual(condition(result), "service-unavailable", to)
        # Known, but not to be set.
        result = await anna.iq_set("<ping xmlns='urn:xmpp:ping'/>", to="localhost")
        self.assertEqual(condition(result), "service-unavailable")

    async def test_question_to_a_session(self):
        anna = await self.client(self.new_user("anna"))
        bert = await self.client(self.new_user("bert"))
        anna.send_raw(f"<iq type='get' id='i1' to='{bert.full}'><query xmlns='test:x'/></iq>")
        request = await bert.take("iq", id="i1")
        self.assertEqual(request.get("from"), anna.full)
        bert.send_raw(f"<iq type='result' id='i1' to='{anna.full}'/>")
        answer = await anna.take("iq", id="i1")
        self.assertEqual((answer.get("type"), answer.get("from")), ("result", bert.full))

    async def test_malformed(self):
        anna = await self.client(self.new_user("anna"))
        anna.send_raw("<iq type='get' id='i1'/>")
        self.assertEqual(condition(await anna.take("iq", id="i1")), "bad-request")
        anna.send_raw("<iq type='strange' id='i2'><a xmlns='a'/></iq>")
        self.assertEqual(condition(await anna.take("iq", id="i2")), "bad-request")
        anna.send_raw("<iq type='get' id='i3' to='@@'><a xmlns='a'/></iq>")
        self.assertEqual(condition(await anna.take("iq", id="i3")), "jid-malformed")


if __name__ == "__main__":
    unittest.main(verbosity=2)
