#!/usr/bin/python3
"""Personal eventing (XEP-0060, XEP-0163, XEP-0115): what is published, who may see it, who is told."""

import unittest
import xml.etree.ElementTree as ET

from client import child, condition
from pep import (
    DISCO,
    EVENT,
    OWNER,
    PUBSUB,
    PepClient,
    answer_of,
    form,
    found,
    items_query,
    own_condition,
    publish,
    pubsub,
    ver_of,
)
from test_im import ImTest

NODE = "urn:test:mood"
X = "<x xmlns='urn:x'/>"


def payload(text):
    return f"<x xmlns='urn:x'>{text}</x>"


class PepTest(ImTest):
    overrides = {"max_pep_nodes": 5, "max_pep_items": 10, "max_pep_bytes": "64k"}

    async def client(self, jid, presence=True, **more):
        client = PepClient(self.server, jid, **more)
        self.clients.append(client)
        return await client.sign_in(presence=presence)

    async def ok(self, client, query, to=None):
        result = await client.iq_set(query, to=to)
        self.assertEqual(result.get("type"), "result", (condition(result), query))
        return result

    async def items(self, client, node=NODE, to=None, extra="", **attributes):
        result = await client.iq_get(items_query(node, extra, **attributes), to=to)
        self.assertEqual(result.get("type"), "result", condition(result))
        return found(result)

    async def refused(self, client, kind, query, expected, own=None, to=None):
        result = await client.iq(kind, query, to=to)
        self.assertEqual((condition(result), own_condition(result)), (expected, own), query)

    async def configure(self, client, node=NODE, **fields):
        await self.ok(
            client,
            pubsub(f"<configure node='{node}'>{form('node_config', **fields)}</configure>", OWNER),
        )


class ItemsTest(PepTest):
    async def test_publish_and_fetch(self):
        jid = self.new_user()
        one = await self.client(jid)
        result = await self.ok(one, publish(NODE, payload("a &amp; &lt;b&gt;"), "1"))
        item = result.find(f"{{{PUBSUB}}}pubsub/{{{PUBSUB}}}publish/{{{PUBSUB}}}item")
        self.assertEqual(item.get("id"), "1")
        ((id_, x),) = await self.items(one)
        self.assertEqual((id_, x.tag, x.text), ("1", "{urn:x}x", "a & <b>"))
        # A singleton: the next takes its place.
        await self.ok(one, publish(NODE, payload("c"), "2"))
        two = await self.client(jid)
        self.assertEqual([(i, x.text) for i, x in await self.items(two)], [("2", "c")])
        self.assertEqual([i for i, _ in await self.items(two, to=one.bare)], ["2"])

    async def test_it_lasts(self):
        jid = self.new_user()
        one = await self.client(jid)
        await self.ok(one, publish(NODE, X, "1", access_model="open", max_items="5"))
        await one.leave()
        self.server.restart()
        two = await self.client(jid)
        self.assertEqual([i for i, _ in await self.items(two)], ["1"])
        await self.refused(
            two, "set", publish(NODE, X, "1", max_items="6"), "conflict", "precondition-not-met"
        )
        await self.ok(two, publish(NODE, X, "1", max_items="5", access_model="open"))

    async def test_pipelined(self):
        """What is asked behind a publication sees it."""
        one = await self.client(self.new_user())
        for i in range(1, 6):
            one.send_raw(f"<iq type='set' id='p{i}'>{publish(NODE, payload(i), 'x')}</iq>")
            one.send_raw(f"<iq type='get' id='g{i}'>{items_query(NODE)}</iq>")
        for i in range(1, 6):
            answer = await one.take("iq", id=f"g{i}")
            self.assertGreaterEqual(int(found(answer)[0][1].text), i)

    async def test_many_items_and_pages(self):
        one = await self.client(self.new_user())
        for i in range(12):
            await self.ok(one, publish(NODE, payload(i), f"i{i}", max_items="max"))
        names = [f"i{i}" for i in range(2, 12)]  # max_pep_items
        self.assertEqual([i for i, _ in await self.items(one)], names)
        self.assertEqual([i for i, _ in await self.items(one, max_items=3)], names[-3:])
        query = pubsub(f"<items node='{NODE}'><item id='i5'/><item id='none'/></items>")
        self.assertEqual([i for i, _ in found(await one.iq_get(query))], ["i5"])

        async def page(content):
            rsm = "http://jabber.org/protocol/rsm"
            result = await one.iq_get(items_query(NODE, f"<set xmlns='{rsm}'>{content}</set>"))
            if result.get("type") == "error":
                return condition(result)
            page = result[0].find(f"{{{rsm}}}set")
            first = page.find(f"{{{rsm}}}first")
            self.assertEqual(page.findtext(f"{{{rsm}}}count"), "10")
            ids = [i for i, _ in found(result)]
            if ids:
                self.assertEqual((first.text, page.findtext(f"{{{rsm}}}last")), (ids[0], ids[-1]))
            return ids, first.get("index") if first is not None else None

        self.assertEqual(await page("<max>3</max>"), (names[:3], "0"))
        self.assertEqual(await page("<max>3</max><after>i4</after>"), (names[3:6], "3"))
        self.assertEqual(await page("<max>3</max><before>i8</before>"), (names[3:6], "3"))
        self.assertEqual(await page("<max>3</max><before/>"), (names[-3:], "7"))
        self.assertEqual(await page("<max>2</max><index>4</index>"), (names[4:6], "4"))
        self.assertEqual(await page("<max>0</max>"), ([], None))
        self.assertEqual(await page("<max>x</max>"), "bad-request")
        # Attack 52: what looks like SQL is an id that is not there.
        for evil in ("' OR '1'='1", "x'; DROP TABLE pubsub_items; --", "%", "_", '" OR ""="'):
            for side in ("before", "after"):
                text = evil.replace("'", "&apos;").replace('"', "&quot;")
                self.assertEqual(await page(f"<{side}>{text}</{side}>"), "item-not-found")
        self.assertEqual(len(await self.items(one)), 10)

    async def test_retract_purge_delete(self):
        one = await self.client(self.new_user())
        for i in "abc":
            await self.ok(one, publish(NODE, X, i, max_items="5"))
        retract = pubsub(f"<retract node='{NODE}'><item id='b'/></retract>")
        await self.ok(one, retract)
        self.assertEqual([i for i, _ in await self.items(one)], ["a", "c"])
        await self.refused(one, "set", retract, "item-not-found")
        await self.ok(one, pubsub(f"<purge node='{NODE}'/>", OWNER))
        self.assertEqual(await self.items(one), [])
        await self.ok(one, publish(NODE, X, "d"))
        await self.ok(one, pubsub(f"<delete node='{NODE}'/>", OWNER))
        await self.refused(one, "get", items_query(NODE), "item-not-found")
        await self.ok(one, publish(NODE, X, "e"))
        self.assertEqual([i for i, _ in await self.items(one)], ["e"])

    async def test_full_nodes(self):
        one = await self.client(self.new_user())
        await one.announce(NODE)
        await self.ok(one, publish(NODE, X, "a", max_items="2", publish_node_full="reject"))
        await self.ok(one, publish(NODE, X, "b"))
        await self.refused(one, "set", publish(NODE, X, "c"), "conflict", "node-full")
        await self.ok(one, publish(NODE, X, "a"))
        await self.configure(one, publish_node_full="retract-oldest", notify_retract="1")
        one.take_all("message")
        await self.ok(one, publish(NODE, X, "c"))
        events = [await one.take_event(NODE), await one.take_event(NODE)]
        kinds = {e[0].tag.rpartition("}")[2]: e[0].get("id") for e in events}
        self.assertEqual(kinds, {"retract": "b", "item": "c"})

    async def test_quotas(self):
        """Attack 52: neither nodes nor bytes without end."""
        one = await self.client(self.new_user())
        for i in range(5):
            await self.ok(one, publish(f"n{i}", X, "1"))
        for query in (publish("n5", X, "1"), pubsub("<create node='n5'/>")):
            await self.refused(one, "set", query, "resource-constraint", "max-nodes-exceeded")
        big = payload("x" * 30000)
        await self.ok(one, publish("n0", big, "1"))
        await self.ok(one, publish("n1", big, "1"))
        await self.refused(one, "set", publish("n2", big, "1"), "resource-constraint")
        # What was refused changed nothing, and what there is goes on.
        self.assertEqual([x.text for _, x in await self.items(one, "n2")], [None])
        await self.ok(one, publish("n1", X, "1"))
        await self.ok(one, publish("n2", big, "1"))

    async def test_malformed(self):
        one = await self.client(self.new_user())
        cases = (
            ("set", pubsub(""), "bad-request", None),
            ("set", pubsub("<publish/>"), "bad-request", "nodeid-required"),
            ("set", pubsub(f"<publish node='{NODE}'/>"), "bad-request", "item-required"),
            ("set", pubsub(f"<publish node='{NODE}'><item/></publish>"), "bad-request",
             "invalid-payload"),
            ("set", pubsub(f"<publish node='{NODE}'><item>{X}{X}</item></publish>"), "bad-request",
             "invalid-payload"),
            ("get", pubsub("<items/>"), "bad-request", "nodeid-required"),
            ("get", items_query("none"), "item-not-found", None),
            ("set", publish(NODE, X, "x" * 1024), "not-acceptable", None),
            ("set", publish("n" * 1024, X, "x"), "not-acceptable", None),
            ("get", pubsub("<unknown/>"), "bad-request", None),
            ("get", pubsub("<default/>"), "feature-not-implemented", "unsupported"),
        )
        for kind, query, expected, own in cases:
            await self.refused(one, kind, query, expected, own)

    async def test_account_removal_takes_everything(self):
        jid = self.new_user()
        name = jid.partition("@")[0]
        one = await self.client(jid)
        await self.ok(one, publish(NODE, X, "1", access_model="open"))
        await one.leave()
        self.server.ctl("user", "remove", name)
        self.server.add_user(name)
        two = await self.client(jid)
        await self.refused(two, "get", items_query(NODE), "item-not-found")


class AccessTest(PepTest):
    async def test_models(self):
        anna, bert = await self.friends()
        stranger = await self.client(self.new_user())
        await self.ok(anna, publish(NODE, X, "1"))
        ask = items_query(NODE)
        self.assertEqual(len(await self.items(bert, to=anna.bare)), 1)
        await self.refused(stranger, "get", ask, "service-unavailable", to=anna.bare)
        # One whose presence the user sees knows of the user: he is told what is missing.
        anna.send_raw(f"<presence to='{stranger.bare}' type='subscribe'/>")
        await stranger.take("presence", type="subscribe", from_=anna.bare)
        await self.refused(stranger, "get", ask, "not-authorized",
                           "presence-subscription-required", to=anna.bare)
        await self.configure(anna, access_model="open")
        self.assertEqual(len(await self.items(stranger, to=anna.bare)), 1)
        await self.configure(anna, access_model="roster", roster_groups_allowed=["Work", "Play"])
        await self.refused(bert, "get", ask, "not-authorized", "not-in-roster-group", to=anna.bare)
        await anna.iq_set(
            f"<query xmlns='jabber:iq:roster'><item jid='{bert.bare}'><group>Play</group></item>"
            "</query>"
        )
        self.assertEqual(len(await self.items(bert, to=anna.bare)), 1)
        await self.configure(anna, access_model="whitelist")
        await self.refused(bert, "get", ask, "not-allowed", "closed-node", to=anna.bare)
        await self.ok(
            anna,
            pubsub(
                f"<affiliations node='{NODE}'>"
                f"<affiliation jid='{stranger.bare}' affiliation='member'/></affiliations>",
                OWNER,
            ),
        )
        self.assertEqual(len(await self.items(stranger, to=anna.bare)), 1)
        result = await anna.iq_get(pubsub(f"<affiliations node='{NODE}'/>", OWNER))
        self.assertEqual(
            {a.get("jid"): a.get("affiliation") for a in result[0][0]},
            {anna.bare: "owner", stranger.bare: "member"},
        )
        result = await stranger.iq_get(pubsub("<affiliations/>"), to=anna.bare)
        self.assertEqual([(a.get("node"), a.get("affiliation")) for a in result[0][0]],
                         [(NODE, "member")])

    async def test_others_own_nothing(self):
        anna, bert = await self.friends()
        await self.ok(anna, publish(NODE, X, "1"))
        for kind, query in (
            ("set", publish(NODE, X, "2")),
            ("set", pubsub(f"<retract node='{NODE}'><item id='1'/></retract>")),
            ("set", pubsub("<create node='mine'/>")),
            ("get", pubsub(f"<configure node='{NODE}'/>", OWNER)),
            ("set", pubsub(f"<delete node='{NODE}'/>", OWNER)),
            ("set", pubsub(f"<purge node='{NODE}'/>", OWNER)),
            ("get", pubsub(f"<subscriptions node='{NODE}'/>", OWNER)),
            ("get", pubsub("<default/>", OWNER)),
        ):
            await self.refused(bert, kind, query, "forbidden", to=anna.bare)
        await self.refused(bert, "set", publish("new", X, "2"), "item-not-found", to=anna.bare)
        self.assertEqual(len(await self.items(anna)), 1)

    async def test_publishers(self):
        anna, bert = await self.friends()
        await self.ok(anna, publish(NODE, X, "1", publish_model="open", max_items="5"))
        await self.ok(bert, publish(NODE, X, "2"), to=anna.bare)
        retract = "<retract node='{}'><item id='{}'/></retract>"
        await self.refused(bert, "set", pubsub(retract.format(NODE, "1")), "item-not-found",
                           to=anna.bare)
        await self.ok(bert, pubsub(retract.format(NODE, "2")), to=anna.bare)
        self.assertEqual([i for i, _ in await self.items(anna)], ["1"])

    async def test_discovery(self):
        anna, bert = await self.friends()
        stranger = await self.client(self.new_user())
        await self.ok(anna, publish("open", X, "1", access_model="open", title="Open to all"))
        await self.ok(anna, publish("friends", X, "1"))
        await self.ok(anna, publish("closed", X, "1", access_model="whitelist"))
        items = "<query xmlns='http://jabber.org/protocol/disco#items'{}/>"

        async def nodes(client):
            result = await client.iq_get(items.format(""), to=anna.bare)
            return {i.get("node") for i in result[0]} - {None}

        self.assertEqual(await nodes(anna), {"open", "friends", "closed"})
        self.assertEqual(await nodes(bert), {"open", "friends"})
        self.assertEqual(await nodes(stranger), {"open"})
        result = await bert.iq_get(items.format(""), to=anna.bare)
        self.assertIn(anna.full, [i.get("jid") for i in result[0]])
        result = await stranger.iq_get(items.format(" node='open'"), to=anna.bare)
        self.assertEqual([(i.get("name"), i.get("node")) for i in result[0]], [("1", None)])
        result = await stranger.iq_get(f"<query xmlns='{DISCO}' node='open'/>", to=anna.bare)
        identity = child(result[0], "identity")
        self.assertEqual((identity.get("category"), identity.get("type")), ("pubsub", "leaf"))
        fields = {f.get("var"): f.findtext("{jabber:x:data}value") for f in child(result[0], "x")}
        self.assertEqual(fields["pubsub#title"], "Open to all")
        self.assertEqual(fields["pubsub#owner"], anna.bare)
        # To a stranger what is closed is what is not there.
        for node in ("closed", "friends", "none"):
            result = await stranger.iq_get(f"<query xmlns='{DISCO}' node='{node}'/>", to=anna.bare)
            self.assertEqual(condition(result), "service-unavailable")

    async def test_strangers_learn_nothing(self):
        """RFC 6121 8.5.1, XEP-0030 8: an account looks like one that does not exist."""
        anna = await self.client(self.new_user("anna"))
        stranger = await self.client(self.new_user())
        await self.ok(anna, publish(NODE, X, "1"))
        await self.ok(anna, publish("closed", X, "1", access_model="whitelist"))
        # A request to be told makes nobody known.
        stranger.send_raw(f"<presence to='{anna.bare}' type='subscribe'/>")
        await anna.take("presence", type="subscribe")
        info = "http://jabber.org/protocol/disco#info"
        items = "http://jabber.org/protocol/disco#items"
        jid = stranger.bare
        asked = [("get", f"<query xmlns='{info}'/>"), ("get", f"<query xmlns='{items}'/>"),
                 ("get", pubsub("<subscriptions/>")), ("get", pubsub("<affiliations/>")),
                 ("get", pubsub("<items/>")), ("set", pubsub("<create/>")),
                 ("get", pubsub("<default/>", OWNER)), ("get", pubsub("<options/>")),
                 ("get", "<vCard xmlns='vcard-temp'/>"),
                 ("set", "<vCard xmlns='vcard-temp'><FN>X</FN></vCard>"),
                 ("get", "<query xmlns='jabber:iq:private'><a xmlns='urn:a'/></query>"),
                 ("get", "<query xmlns='jabber:iq:roster'/>"),
                 ("get", "<query xmlns='jabber:iq:last'/>"),
                 ("set", "<query xmlns='urn:xmpp:mam:2'/>"),
                 ("get", "<prefs xmlns='urn:xmpp:mam:2'/>"),
                 ("get", "<blocklist xmlns='urn:xmpp:blocking'/>"),
                 ("set", "<query xmlns='jabber:iq:register'><remove/></query>"),
                 ("set", "<enable xmlns='urn:xmpp:push:0' jid='p@localhost' node='n'/>"),
                 ("get", "<ping xmlns='urn:xmpp:ping'/>"),
                 ("set", pubsub("<nonsense/>"))]
        for node in (NODE, "closed", "none"):
            asked += [
                ("get", f"<query xmlns='{info}' node='{node}'/>"),
                ("get", f"<query xmlns='{items}' node='{node}'/>"),
                ("get", items_query(node)), ("set", publish(node, X, "1")),
                ("set", pubsub(f"<retract node='{node}'><item id='1'/></retract>")),
                ("set", pubsub(f"<subscribe node='{node}' jid='{jid}'/>")),
                ("set", pubsub(f"<unsubscribe node='{node}' jid='{jid}'/>")),
                ("get", pubsub(f"<subscriptions node='{node}'/>")),
                ("get", pubsub(f"<affiliations node='{node}'/>")),
                ("get", pubsub(f"<configure node='{node}'/>", OWNER)),
                ("set", pubsub(f"<delete node='{node}'/>", OWNER)),
                ("set", pubsub(f"<purge node='{node}'/>", OWNER)),
            ]
        stranger.send_raw(f"<presence to='{anna.bare}'>{stranger.caps(NODE)}</presence>")
        await anna.take("presence", from_=stranger.full)
        for kind, query in asked:
            answers = []
            for to in ("nobody@localhost", anna.bare):
                result = await stranger.iq(kind, query, to=to)
                for name in ("id", "from"):
                    result.attrib.pop(name)
                answers.append(ET.tostring(result))
            self.assertEqual(*answers, query)
        self.assertEqual(stranger.asked_by, [])

    async def test_no_subscriptions_hides_no_less(self):
        anna, bert = await self.friends()
        await self.ok(anna, publish(NODE, X, "1", access_model="whitelist", subscribe="0",
                                    title="Secret"))
        result = await bert.iq_get(f"<query xmlns='{DISCO}' node='{NODE}'/>", to=anna.bare)
        self.assertEqual(condition(result), "not-allowed")

    async def test_features(self):
        one = await self.client(self.new_user())
        result = await one.iq_get(f"<query xmlns='{DISCO}'/>", to=one.bare)
        features = {f.get("var") for f in result[0] if f.get("var")}
        for name in ("publish", "publish-options", "auto-create", "auto-subscribe", "config-node",
                     "filtered-notifications", "persistent-items", "retrieve-items", "subscribe",
                     "access-presence", "access-whitelist", "delete-items", "rsm",
                     "pubsub-on-a-jid"):
            self.assertIn(f"{PUBSUB}#{name}", features)
        for name in ("urn:xmpp:bookmarks:1#compat", "urn:xmpp:pep-vcard-conversion:0",
                     "urn:xmpp:mds:server-assist:0", "vcard-temp"):
            self.assertIn(name, features)


class ConfigTest(PepTest):
    async def test_form(self):
        one = await self.client(self.new_user())
        query = f"<create node='{NODE}'/><configure>{form('node_config', title='T')}</configure>"
        await self.ok(one, pubsub(query))
        await self.refused(one, "set", pubsub(query), "conflict")
        result = await one.iq_get(pubsub(f"<configure node='{NODE}'/>", OWNER))
        fields = {f.get("var"): f.findtext("{jabber:x:data}value") for f in result[0][0][0]}
        self.assertEqual(fields["pubsub#title"], "T")
        self.assertEqual(fields["pubsub#access_model"], "presence")
        self.assertEqual(fields["pubsub#send_last_published_item"], "on_sub_and_presence")
        self.assertEqual(fields["pubsub#max_items"], "1")
        result = await one.iq_get(pubsub("<default/>", OWNER))
        self.assertEqual(result[0][0][0].get("type"), "form")
        cancel = "<x xmlns='jabber:x:data' type='cancel'/>"
        await self.ok(one, pubsub(f"<configure node='{NODE}'>{cancel}</configure>", OWNER))

    async def test_bad_settings(self):
        one = await self.client(self.new_user())
        await self.ok(one, publish(NODE, X, "1"))
        for fields, expected, own in (
            ({"access_model": "odd"}, "not-acceptable", "unsupported-access-model"),
            ({"max_items": "-1"}, "not-acceptable", None),
            ({"persist_items": "perhaps"}, "not-acceptable", None),
            ({"node_type": "collection"}, "feature-not-implemented", "unsupported"),
        ):
            query = f"<configure node='{NODE}'>{form('node_config', **fields)}</configure>"
            await self.refused(one, "set", pubsub(query, OWNER), expected, own)
            query = f"<create node='n2'/><configure>{form('node_config', **fields)}</configure>"
            await self.refused(one, "set", pubsub(query), expected, own)

    async def test_fewer_items(self):
        one = await self.client(self.new_user())
        for i in "abcd":
            await self.ok(one, publish(NODE, X, i, max_items="5"))
        await self.configure(one, max_items="2")
        self.assertEqual([i for i, _ in await self.items(one)], ["c", "d"])

    async def test_instant_node(self):
        one = await self.client(self.new_user())
        result = await self.ok(one, pubsub("<create/>"))
        name = result[0][0].get("node")
        await self.ok(one, publish(name, X, "1"))

    async def test_private_stays_private(self):
        """Attack 52, CVE-2018-6591, XEP-0223."""
        anna, bert = await self.friends()
        for node in ("urn:xmpp:bookmarks:1", "urn:xmpp:mds:displayed:0"):
            await self.refused(anna, "set", publish(node, X, "a@b", access_model="open"),
                               "conflict", "precondition-not-met")
            await self.ok(anna, publish(node, X, "a@b"))
            await self.refused(bert, "get", items_query(node), "not-allowed", "closed-node",
                               to=anna.bare)
            query = form("node_config", access_model="presence")
            await self.refused(
                anna, "set", pubsub(f"<configure node='{node}'>{query}</configure>", OWNER),
                "not-acceptable", "unsupported-access-model",
            )
        # A client that asks for privacy gets it or nothing.
        await self.ok(anna, publish(NODE, X, "1", access_model="open"))
        await self.refused(anna, "set", publish(NODE, payload("secret"), "1",
                                                access_model="whitelist"),
                           "conflict", "precondition-not-met")
        ((_, x),) = await self.items(bert, to=anna.bare)
        self.assertIsNone(x.text)


class NotifyTest(PepTest):
    async def test_own_sessions_and_contacts(self):
        anna, bert = await self.friends()
        phone = await self.client(anna.bare + "/phone")
        deaf = await self.client(bert.bare + "/deaf")
        for client in (anna, phone, bert):
            await client.announce(NODE)
        await deaf.announce("urn:other")
        for client in (anna, phone, bert, deaf):
            await client.settled(anna)
        await self.ok(anna, publish(NODE, payload("happy"), "1"))
        for client in (anna, phone, bert):
            items = await client.take_event(NODE, sender=anna.bare)
            self.assertEqual(client.last_message.get("type"), "headline")
            self.assertEqual(client.last_message.get("to"), client.full)
            self.assertEqual((items[0].get("id"), items[0][0].text), ("1", "happy"))
        await deaf.flush_from(anna)
        self.assertEqual(deaf.events(), [])

    async def test_strangers_hear_nothing(self):
        anna = await self.client(self.new_user("anna"))
        stranger = await self.client(self.new_user())
        await stranger.announce(NODE)
        stranger.send_raw(f"<presence to='{anna.bare}'>{stranger.caps(NODE)}</presence>")
        await anna.take("presence", from_=stranger.full)
        await stranger.settled(anna)
        await self.ok(anna, publish(NODE, X, "1"))
        await stranger.flush_from(anna)
        self.assertEqual(stranger.events(), [])
        # XEP-0060 9.1.3: an open node is for whoever shows himself.
        await self.ok(anna, publish("urn:open", X, "1", access_model="open"))
        stranger.send_raw(
            f"<presence to='{anna.bare}'>{stranger.caps(NODE, 'urn:open')}</presence>"
        )
        await stranger.take_event("urn:open", sender=anna.bare)
        stranger.send_raw(f"<presence to='{anna.bare}' type='unavailable'/>")
        await anna.take("presence", from_=stranger.full, type="unavailable")
        await self.ok(anna, publish("urn:open", X, "2"))
        await stranger.flush_from(anna)
        self.assertEqual(stranger.events(), [])

    async def test_newest_item_on_presence(self):
        anna, bert = await self.friends()
        await self.ok(anna, publish(NODE, payload("old"), "1"))
        await self.ok(anna, publish("urn:never", X, "1", send_last_published_item="never"))
        phone = await self.client(bert.bare + "/phone", presence=False)
        await phone.announce(NODE, "urn:never")
        items = await phone.take_event(NODE, sender=anna.bare)
        self.assertEqual(items[0][0].text, "old")
        self.assertIsNotNone(phone.last_message.find("{urn:xmpp:delay}delay"))
        # XEP-0163 4.3.3: not again with the next presence.
        phone.send_raw(f"<presence><show>away</show>{phone_caps(phone)}</presence>")
        await phone.settled(anna)
        await self.items(phone, to=anna.bare)
        self.assertEqual(phone.events(), [])
        # The user's own new session gets it as well.
        tablet = await self.client(anna.bare + "/tablet", presence=False)
        await tablet.announce(NODE)
        await tablet.take_event(NODE, sender=anna.bare)

    async def test_newest_item_on_new_wish(self):
        anna, bert = await self.friends()
        await self.ok(anna, publish(NODE, X, "1"))
        await self.ok(anna, publish("urn:second", X, "1"))
        await bert.announce(NODE)
        await bert.take_event(NODE)
        await bert.announce(NODE, "urn:second")
        await bert.take_event("urn:second")
        await bert.flush_from(anna)
        self.assertEqual(bert.events(NODE), [])

    async def test_newest_item_for_a_new_friend(self):
        anna = await self.client(self.new_user("anna"))
        bert = await self.client(self.new_user("bert"), presence=False)
        await self.ok(anna, publish(NODE, X, "1"))
        await bert.announce(NODE)
        anna.send_raw(f"<presence to='{bert.bare}' type='subscribe'/>")
        await bert.take("presence", type="subscribe")
        bert.send_raw(f"<presence to='{anna.bare}' type='subscribed'/>")
        await anna.take("presence", from_=bert.full)
        await bert.flush_from(anna)
        self.assertEqual(bert.events(), [])
        bert.send_raw(f"<presence to='{anna.bare}' type='subscribe'/>")
        await anna.take("presence", type="subscribe")
        anna.send_raw(f"<presence to='{bert.bare}' type='subscribed'/>")
        await bert.take_event(NODE, sender=anna.bare)

    async def test_retract_delete_config(self):
        anna, bert = await self.friends()
        await bert.announce(NODE)
        await bert.settled(anna)
        await self.ok(anna, publish(NODE, X, "1", notify_config="1", notify_retract="1"))
        await bert.take_event(NODE)
        query = f"<retract node='{NODE}' notify='true'><item id='1'/></retract>"
        await self.ok(anna, pubsub(query))
        items = await bert.take_event(NODE)
        self.assertEqual((items[0].tag, items[0].get("id")), (f"{{{EVENT}}}retract", "1"))
        await self.configure(anna, title="New")
        event = await bert.take_event(NODE)
        self.assertEqual(event.tag, f"{{{EVENT}}}configuration")
        self.assertIsNotNone(event.find("{jabber:x:data}x"))
        await self.ok(anna, pubsub(f"<purge node='{NODE}'/>", OWNER))
        self.assertEqual((await bert.take_event(NODE)).tag, f"{{{EVENT}}}purge")
        await self.ok(anna, pubsub(f"<delete node='{NODE}'/>", OWNER))
        self.assertEqual((await bert.take_event(NODE)).tag, f"{{{EVENT}}}delete")

    async def test_who_has_left_hears_nothing(self):
        anna, bert = await self.friends()
        await bert.announce(NODE)
        await bert.settled(anna)
        anna.send_raw(f"<presence to='{bert.bare}' type='unsubscribed'/>")
        await bert.take("presence", type="unsubscribed")
        await self.ok(anna, publish(NODE, X, "1"))
        await bert.flush_from(anna)
        self.assertEqual(bert.events(), [])

    async def test_blocked(self):
        """XEP-0191: nothing goes to who is blocked, whatever he could read."""
        anna, bert = await self.friends()
        await self.ok(anna, publish(NODE, X, "1", access_model="open"))
        await bert.announce(NODE)
        await bert.take_event(NODE)
        other = "urn:test:other"
        await self.ok(anna, publish(other, X, "1", access_model="open"))
        for jid in (bert.bare, bert.full):
            await self.ok(bert, pubsub(f"<subscribe node='{other}' jid='{jid}'/>"), to=anna.bare)
        await bert.take_event(other)
        await bert.take_event(other)

        async def block(who, whom, verb="block"):
            query = f"<{verb} xmlns='urn:xmpp:blocking'><item jid='{whom.bare}'/></{verb}>"
            self.assertEqual((await who.iq_set(query)).get("type"), "result")

        async def publish_both():
            for node in (NODE, other):
                await self.ok(anna, publish(node, X, "1"))

        await block(anna, bert)
        await publish_both()
        result = await bert.iq_get(items_query(NODE), to=anna.bare)
        self.assertEqual(condition(result), "service-unavailable")
        self.assertEqual(bert.events(), [])
        await block(anna, bert, "unblock")
        await publish_both()
        for node in (NODE, other, other):
            await bert.take_event(node)
        await block(bert, anna)
        await publish_both()
        await bert.iq_get("<ping xmlns='urn:xmpp:ping'/>")
        self.assertEqual(await self.quiet(anna, bert), [])

    async def test_unblocked(self):
        """Who came while he was blocked is found by what the user's session asks."""
        anna, bert = await self.friends()
        await self.ok(anna, publish(NODE, X, "1"))
        item = f"<item jid='{bert.bare}'/>"
        await self.ok(anna, f"<block xmlns='urn:xmpp:blocking'>{item}</block>")
        await bert.announce(NODE)
        await self.ok(anna, f"<unblock xmlns='urn:xmpp:blocking'>{item}</unblock>")
        await bert.take_event(NODE, sender=anna.bare)
        await self.ok(anna, publish(NODE, X, "2"))
        await bert.take_event(NODE)
        # Once: a session more of the user's asks, and is told the same.
        phone = await self.client(anna.bare + "/phone")
        await phone.take("presence", from_=bert.full)
        self.assertEqual(await self.quiet(anna, bert), [])

    async def quiet(self, publisher, client):
        """What has come to the client when everything before has arrived."""
        await publisher.iq_get(items_query(NODE))
        await client.iq_get("<ping xmlns='urn:xmpp:ping'/>")
        await client.iq_get("<ping xmlns='urn:xmpp:ping'/>", to=client.bare)
        return client.events()

    async def test_nobody_is_bounced(self):
        """An error for a notification ends here."""
        anna, bert = await self.friends()
        await bert.announce(NODE)
        await self.ok(anna, publish(NODE, X, "1"))
        await bert.take_event(NODE)
        bert.send_raw(
            f"<message type='error' to='{anna.bare}' id='{bert.last_message.get('id')}'>"
            "<error type='cancel'><item-not-found "
            "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
        )
        await anna.flush_from(bert)
        self.assertEqual(anna.take_all("message"), [])


def phone_caps(client):
    """The same <c/> again."""
    return (
        f"<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='test:client' "
        f"ver='{ver_of(client.features)}'/>"
    )


class CapsTest(PepTest):
    async def test_asked_once(self):
        anna, bert = await self.friends()
        await self.ok(anna, publish(NODE, X, "1"))
        await bert.announce(NODE)
        await bert.take_event(NODE)
        self.assertLessEqual(len(bert.asked_by), 2)  # by each account that hears of it
        phone = await self.client(bert.bare + "/phone", presence=False)
        phone.features, phone.answer = bert.features, None
        phone.send_raw(f"<presence>{phone_caps(bert)}</presence>")
        await phone.take_event(NODE)
        questions = [iq for iq in phone.take_all("iq") if iq.get("type") == "get"]
        self.assertEqual(questions, [])

    async def test_poison(self):
        """Attack 52: who lies about a hash is not believed, and harms nobody."""
        anna, bert = await self.friends()
        await self.ok(anna, publish(NODE, X, "1"))
        honest = [DISCO, NODE + "+notify", "test:poison"]
        ver = ver_of(honest)
        # The liar claims the honest client's hash and shows other features.
        bert.caps("urn:nothing")
        bert.answer = answer_of([DISCO])
        bert.send_raw(
            f"<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' "
            f"node='test:client' ver='{ver}'/></presence>"
        )
        await bert.take("presence", from_=bert.full)
        await bert.settled(anna)
        phone = await self.client(bert.bare + "/phone", presence=False)
        phone.answer = answer_of(honest)
        phone.send_raw(
            f"<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' "
            f"node='test:client' ver='{ver}'/></presence>"
        )
        await phone.take_event(NODE)
        self.assertGreaterEqual(len(phone.asked_by), 1)
        await bert.flush_from(anna)
        self.assertEqual(bert.events(), [])

    async def test_preimage(self):
        """XEP-0115 8.2: an answer with the right hash whose features hide in an identity's name."""
        anna, bert = await self.friends()
        await self.ok(anna, publish(NODE, X, "1"))
        honest = [DISCO, NODE + "+notify", "test:preimage"]
        name = "Test&lt;" + "&lt;".join(sorted(honest))
        c = (
            f"<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='test:client' "
            f"ver='{ver_of(honest)}'/>"
        )
        bert.answer = answer_of([], name)
        bert.send_raw(f"<presence>{c}</presence>")
        await bert.take("presence", from_=bert.full)
        await bert.settled(anna)
        phone = await self.client(bert.bare + "/phone", presence=False)
        phone.answer = answer_of(honest)
        phone.send_raw(f"<presence>{c}</presence>")
        await phone.take_event(NODE)

    async def test_without_hash(self):
        """XEP-0115 of before 2007 cannot be verified: it holds for its sender alone."""
        anna, bert = await self.friends()
        await self.ok(anna, publish(NODE, X, "1"))
        await bert.announce(NODE, hash_=None, ver="1.0")
        await bert.take_event(NODE)
        phone = await self.client(bert.bare + "/phone", presence=False)
        await phone.announce("urn:other", hash_=None, ver="1.0")
        await phone.settled(anna)
        self.assertEqual(phone.events(), [])

    async def test_silence_and_errors(self):
        """One who does not answer delays only those who claim the same, and not for ever."""
        anna, bert = await self.friends()
        await self.ok(anna, publish(NODE, X, "1"))
        honest = [DISCO, NODE + "+notify", "test:silent"]
        c = (
            f"<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='test:client' "
            f"ver='{ver_of(honest)}'/>"
        )
        bert.send_raw(f"<presence>{c}</presence>")
        question = await bert.take("iq", type="get", from_=anna.bare)
        phone = await self.client(bert.bare + "/phone", presence=False)
        phone.answer = answer_of(honest)
        phone.send_raw(f"<presence>{c}</presence>")
        await phone.take("presence", from_=phone.full)
        bert.send_raw(
            f"<iq type='error' to='{anna.bare}' id='{question.get('id')}'><error type='cancel'>"
            "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
        )
        await phone.take_event(NODE, sender=anna.bare)

    async def test_forged_answers(self):
        """An answer counts from the one who was asked, under the id he was asked with."""
        anna, bert = await self.friends()
        await self.ok(anna, publish(NODE, X, "1"))
        bert.send_raw(f"<presence>{bert.caps(NODE)}</presence>")
        features, bert.answer = bert.features, None
        eve = await self.client(self.new_user("eve"))
        for id_ in ("caps-0000000000000000", "x", ""):
            for client in (eve, bert):
                client.send_raw(
                    f"<iq type='result' to='{anna.bare}' id='{id_}'>{answer_of(features)}</iq>"
                )
        await bert.flush_from(anna)
        self.assertEqual(bert.events(), [])


class SubscriptionTest(PepTest):
    async def subscribe(self, client, to, jid=None, node=NODE):
        return await client.iq_set(
            pubsub(f"<subscribe node='{node}' jid='{jid or client.bare}'/>"), to=to.bare
        )

    async def test_open_node(self):
        anna = await self.client(self.new_user("anna"))
        stranger = await self.client(self.new_user())
        await self.ok(anna, publish(NODE, payload("one"), "1", access_model="open"))
        result = await self.subscribe(stranger, anna)
        self.assertEqual(result[0][0].get("subscription"), "subscribed")
        items = await stranger.take_event(NODE, sender=anna.bare)
        self.assertEqual(items[0][0].text, "one")
        await self.ok(anna, publish(NODE, payload("two"), "1"))
        items = await stranger.take_event(NODE)
        self.assertEqual(items[0][0].text, "two")
        result = await stranger.iq_get(pubsub("<subscriptions/>"), to=anna.bare)
        self.assertEqual([s.get("node") for s in result[0][0]], [NODE])
        result = await anna.iq_get(pubsub(f"<subscriptions node='{NODE}'/>", OWNER))
        self.assertEqual([s.get("jid") for s in result[0][0]], [stranger.bare])
        await self.ok(
            stranger, pubsub(f"<unsubscribe node='{NODE}' jid='{stranger.bare}'/>"), to=anna.bare
        )
        await self.ok(anna, publish(NODE, payload("three"), "1"))
        await stranger.flush_from(anna)
        self.assertEqual(stranger.events(), [])

    async def test_once_each(self):
        """Subscribed and interested: one notification."""
        anna, bert = await self.friends()
        await self.ok(anna, publish(NODE, X, "1"))
        await bert.announce(NODE)
        await bert.take_event(NODE)
        await self.subscribe(bert, anna)
        await bert.take_event(NODE)
        await self.ok(anna, publish(NODE, X, "2"))
        await bert.take_event(NODE)
        await bert.flush_from(anna)
        self.assertEqual(bert.events(), [])

    async def test_errors(self):
        anna, bert = await self.friends()
        stranger = await self.client(self.new_user())
        await self.ok(anna, publish(NODE, X, "1"))
        for client, jid, expected, own in (
            (bert, anna.bare, "bad-request", "invalid-jid"),
            (bert, "@", "bad-request", "invalid-jid"),
            (stranger, stranger.bare, "service-unavailable", None),
        ):
            result = await self.subscribe(client, anna, jid)
            self.assertEqual((condition(result), own_condition(result)), (expected, own))
        for i in range(20):
            result = await self.subscribe(bert, anna, f"{bert.bare}/{i}")
            self.assertEqual(result.get("type"), "result")
        result = await self.subscribe(bert, anna)
        self.assertEqual(own_condition(result), "too-many-subscriptions")
        query = pubsub(f"<unsubscribe node='{NODE}' jid='{bert.bare}/none'/>")
        await self.refused(bert, "set", query, "unexpected-request", "not-subscribed", to=anna.bare)

    async def test_authorize(self):
        anna = await self.client(self.new_user("anna") + "/home")
        stranger = await self.client(self.new_user())
        await self.ok(anna, publish(NODE, X, "1", access_model="authorize"))
        result = await self.subscribe(stranger, anna)
        self.assertEqual(result[0][0].get("subscription"), "pending")
        message = await anna.take("message", from_=anna.bare)
        fields = {
            f.get("var"): f.findtext("{jabber:x:data}value")
            for f in message.find("{jabber:x:data}x").iter("{jabber:x:data}field")
        }
        self.assertEqual(fields["pubsub#subscriber_jid"], stranger.bare)
        self.assertEqual(fields["pubsub#allow"], "false")
        await self.refused(stranger, "get", items_query(NODE), "not-authorized", "not-subscribed",
                           to=anna.bare)
        answer = form("subscribe_authorization", node=NODE, subscriber_jid=stranger.bare,
                      allow="true")
        stranger.send_raw(f"<message to='{anna.bare}'>{answer}</message>")  # not his to give
        await anna.take("message", from_=stranger.full)
        await self.refused(stranger, "get", items_query(NODE), "not-authorized", "not-subscribed",
                           to=anna.bare)
        anna.send_raw(f"<message to='{anna.bare}' id='{message.get('id')}'>{answer}</message>")
        event = await stranger.take_event(NODE, sender=anna.bare)
        self.assertEqual((event.tag, event.get("subscription")),
                         (f"{{{EVENT}}}subscription", "subscribed"))
        self.assertEqual(len(await self.items(stranger, to=anna.bare)), 1)
        await self.ok(
            anna,
            pubsub(
                f"<subscriptions node='{NODE}'><subscription jid='{stranger.bare}' "
                "subscription='none'/></subscriptions>",
                OWNER,
            ),
        )
        event = await stranger.take_event(NODE)
        self.assertEqual(event.get("subscription"), "none")

    async def test_lost_access_ends_subscriptions(self):
        """XEP-0163 7.1"""
        anna, bert = await self.friends()
        await self.ok(anna, publish(NODE, X, "1", send_last_published_item="never"))
        await self.subscribe(bert, anna)
        anna.send_raw(f"<presence to='{bert.bare}' type='unsubscribed'/>")
        event = await bert.take_event(NODE)
        self.assertEqual(event.get("subscription"), "none")
        result = await anna.iq_get(pubsub(f"<subscriptions node='{NODE}'/>", OWNER))
        self.assertEqual(len(result[0][0]), 0)


class GuestTest(PepTest):
    overrides = {"guests": "yes"}

    async def test_guest(self):
        guest = await self.client("localhost", anonymous=True)
        self.assertEqual(condition(await guest.iq_set(publish(NODE, X, "1"))), "not-allowed")
        self.assertEqual(condition(await guest.iq_get(items_query(NODE))), "item-not-found")
        result = await guest.iq_get(f"<query xmlns='{DISCO}'/>", to=guest.bare)
        self.assertNotIn("pep", [i.get("type") for i in result[0]])
        anna = await self.client(self.new_user("anna"))
        await self.ok(anna, publish(NODE, X, "1", access_model="open"))
        self.assertEqual(len(await self.items(guest, to=anna.bare)), 1)


if __name__ == "__main__":
    unittest.main()
