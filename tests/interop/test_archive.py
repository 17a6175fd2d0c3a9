#!/usr/bin/python3
"""Archives of users and of rooms: what is kept, how it is asked for, what is taken back (XEP-0313,
XEP-0334, XEP-0359, XEP-0424, XEP-0425, XEP-0431, XEP-0441)."""

import asyncio
import itertools
import unittest
from datetime import datetime, timedelta, timezone
from xml.sax.saxutils import escape

from client import Client, body, child, condition
from test_im import ImTest

MAM = "urn:xmpp:mam:2"
RSM = "{http://jabber.org/protocol/rsm}"
RESULT = f"{{{MAM}}}result"
FIN = f"{{{MAM}}}fin"
FORWARDED = "{urn:xmpp:forward:0}forwarded"
DELAY = "{urn:xmpp:delay}delay"
SID = "{urn:xmpp:sid:0}stanza-id"
RETRACT = "urn:xmpp:message-retract:1"
MODERATE = "urn:xmpp:message-moderate:1"
OCCUPANT_ID = "{urn:xmpp:occupant-id:0}occupant-id"
MUC = "http://jabber.org/protocol/muc"
NOTHING = "vaaaaaaaaaaaaaaaaaaaaaaaaa"  # looks like an id, and is none
ROOMS = itertools.count(1)


def ids_of(message, by):
    """The ids that `by` gave the message."""
    return [e.get("id") for e in message.findall(SID) if e.get("by") == by]


class Page:
    """What came back: the messages in the order in which they came, and the end."""

    def __init__(self, results, fin):
        self.results = results
        self.fin = fin
        self.messages = [r.find(RESULT).find(FORWARDED).find("{jabber:client}message") for r in results]
        self.bodies = [body(m) for m in self.messages]
        self.ids = [r.find(RESULT).get("id") for r in results]
        self.stamps = [r.find(RESULT).find(FORWARDED).find(DELAY).get("stamp") for r in results]

    @property
    def complete(self):
        return self.fin.get("complete") == "true"

    def set(self, name):
        return self.fin.findtext(f"{RSM}set/{RSM}{name}")


def field(var, *values):
    inside = "".join(f"<value>{escape(v)}</value>" for v in values)
    return f"<field var='{var}'>{inside}</field>"


def query(fields="", rsm="", more="", queryid="", form_type=MAM):
    form = ""
    if fields:
        form = f"<x xmlns='jabber:x:data' type='submit'>{field('FORM_TYPE', form_type)}{fields}</x>"
    if rsm:
        rsm = f"<set xmlns='http://jabber.org/protocol/rsm'>{rsm}</set>"
    queryid = f" queryid='{queryid}'" if queryid else ""
    return f"<query xmlns='{MAM}'{queryid}>{form}{rsm}{more}</query>"


class ArchiveTest(ImTest):
    async def ask(self, client, fields="", rsm="", more="", to=None):
        """One page, whose results have come before its end."""
        queryid = f"page{next(ROOMS)}"
        answer = await client.iq_set(query(fields, rsm, more, queryid), to)
        self.assertEqual(answer.get("type"), "result", condition(answer))
        results = [
            m
            for m in client.take_all("message")
            if m.find(RESULT) is not None or client.inbox.append(m)
        ]
        for result in results:
            self.assertEqual(result.find(RESULT).get("queryid"), queryid)
            self.assertEqual(result.get("from"), to or client.bare)
            self.assertEqual(result.get("to"), client.full)
        page = Page(results, answer.find(FIN))
        if page.ids:
            ends = {page.ids[0], page.ids[-1]}
            self.assertEqual({page.set("first"), page.set("last")}, ends)
        return page

    async def refused(self, client, payload, expected, to=None):
        answer = await client.iq_set(payload, to)
        self.assertEqual(condition(answer), expected, payload)
        self.assertEqual([m for m in client.inbox if m.find(RESULT) is not None], [])

    async def talk(self, count=6):
        """Anna and Bert, who have said so many things by turns."""
        anna = await self.client(self.new_user("anna") + "/desk")
        bert = await self.client(self.new_user("bert") + "/home")
        for i in range(count):
            one, other = (anna, bert) if i % 2 == 0 else (bert, anna)
            one.say(other.full, f"m{i}", extra="<x xmlns='urn:example:x'/>")
            await other.take_message(f"m{i}")
        return anna, bert


class UserArchiveTest(ArchiveTest):
    async def test_both_sides_keep_it(self):
        anna, bert = await self.talk()
        for client, peer in ((anna, bert), (bert, anna)):
            page = await self.ask(client)
            self.assertEqual(page.bodies, [f"m{i}" for i in range(6)])
            self.assertTrue(page.complete)
            self.assertNotEqual(page.fin.get("stable"), "false")
            self.assertEqual(len(set(page.ids)), 6)
            self.assertEqual(page.stamps, sorted(page.stamps))
            for message in page.messages:
                self.assertEqual({message.get("from"), message.get("to")}, {client.full, peer.full})
                self.assertIsNotNone(message.find("{urn:example:x}x"))

    async def test_one_id_everywhere(self):
        """XEP-0359: live, in copies, and in the archive; each side has its own."""
        anna, bert = await self.talk(0)
        phone = await self.client(anna.bare + "/phone")
        await phone.iq_set("<enable xmlns='urn:xmpp:carbons:2'/>")
        bert.say(anna.full, "Hello!")
        live = await anna.take_message("Hello!")
        copy = await phone.take("message", test=lambda m: m.find(".//{urn:xmpp:carbons:2}received"))
        copied = copy.find(f".//{FORWARDED}")[0]
        page = await self.ask(anna)
        self.assertEqual(ids_of(live, anna.bare), page.ids)
        self.assertEqual(ids_of(copied, anna.bare), page.ids)
        self.assertEqual(ids_of(live, bert.bare), [])
        self.assertNotEqual((await self.ask(bert)).ids, page.ids)
        anna.say(bert.full, "Hi!")
        copy = await phone.take("message", test=lambda m: m.find(".//{urn:xmpp:carbons:2}sent"))
        copied = copy.find(f".//{FORWARDED}")[0]
        self.assertEqual(ids_of(copied, anna.bare), (await self.ask(anna)).ids[1:])
        # Nothing of anna's archive is told to others.
        self.assertEqual(ids_of(await bert.take_message("Hi!"), anna.bare), [])

    async def test_offline_is_not_archived_twice(self):
        anna, bert = await self.talk(0)
        jid = bert.full
        await bert.leave()
        anna.say(jid.partition("/")[0], "Later")
        await self.ask(anna)
        again = await self.client(jid, presence=False)
        again.send_raw("<presence/>")
        waited = await again.take_message("Later")
        self.assertIsNotNone(waited.find(DELAY))
        page = await self.ask(again)
        self.assertEqual(page.bodies, ["Later"])
        self.assertEqual(ids_of(waited, again.bare), page.ids)

    async def test_forged_ids_are_taken_out(self):
        """XEP-0359 3: by anybody of ours, however it is written; others' stay."""
        anna, bert = await self.talk(0)
        forged = [anna.bare, bert.bare, bert.bare.upper(), "localhost", "lobby@rooms.localhost"]
        kept = ["somebody@elsewhere.example"]
        extra = "".join(
            f"<stanza-id xmlns='urn:xmpp:sid:0' by='{by}' id='forged'/>" for by in forged + kept
        )
        for kind in ("chat", "headline"):
            anna.say(bert.full, "Hello!", kind, extra)
            live = await bert.take_message("Hello!")
            left = [e.get("by") for e in live.findall(SID) if e.get("id") == "forged"]
            self.assertEqual(left, kept)
            self.assertEqual(len(ids_of(live, bert.bare)), 1 if kind == "chat" else 0)

    async def test_what_is_kept(self):
        anna, bert = await self.talk(0)
        hint = "<{} xmlns='urn:xmpp:hints'/>"
        kept = [
            "<body>words</body>",
            "<received xmlns='urn:xmpp:receipts' id='x'/>",
            "<displayed xmlns='urn:xmpp:chat-markers:0' id='x'/>",
            "<reactions xmlns='urn:xmpp:reactions:0' id='x'><reaction>+</reaction></reactions>",
            "<body>right</body><replace xmlns='urn:xmpp:message-correct:0' id='x'/>",
            "<body>reply</body><reply xmlns='urn:xmpp:reply:0' id='x'/>",
            hint.format("store"),
        ]
        left_out = [
            "<composing xmlns='http://jabber.org/protocol/chatstates'/>",
            "<body>off</body>" + hint.format("no-store"),
            "<body>off</body>" + hint.format("no-permanent-store"),
            "<request xmlns='urn:xmpp:receipts'/>",
        ]
        for content in kept + left_out:
            anna.send_raw(f"<message to='{bert.full}' type='chat'>{content}</message>")
        anna.say(bert.full, "news", "headline")
        await bert.flush_from(anna)
        self.assertEqual(len(bert.take_all("message")), len(kept + left_out) + 1)
        for client in (anna, bert):
            page = await self.ask(client)
            self.assertEqual(len(page.ids), len(kept))
            self.assertEqual(page.bodies[0], "words")

    async def test_order_is_kept(self):
        """What is not archived does not overtake what is."""
        anna, bert = await self.talk(0)
        for i in range(50):
            anna.say(bert.full, f"m{i}", "chat" if i % 2 else "headline")
            if i % 5 == 0:
                anna.send_raw(f"<presence to='{bert.full}'><status>m{i}</status></presence>")
        await bert.flush_from(anna)
        texts = [body(m) for m in bert.take_all("message")]
        self.assertEqual(texts, [f"m{i}" for i in range(50)])

    async def test_what_was_just_said_is_found(self):
        """A query that follows a message at once sees it."""
        anna, bert = await self.talk(0)
        for i in range(20):
            anna.say(bert.full, f"m{i}")
        self.assertEqual((await self.ask(anna)).bodies, [f"m{i}" for i in range(20)])

    async def test_to_oneself(self):
        """XEP-0313 4.1.1, 6.1: kept once; found by the own address, which nothing else is."""
        anna, _ = await self.talk(2)
        anna.say(anna.bare, "note")
        await anna.take_message("note")
        self.assertEqual((await self.ask(anna)).bodies, ["m0", "m1", "note"])
        self.assertEqual((await self.ask(anna, field("with", anna.bare))).bodies, ["note"])

    async def test_archives_are_private(self):
        anna, bert = await self.talk(2)
        await self.refused(bert, query(), "service-unavailable", anna.bare)
        await self.refused(bert, f"<prefs xmlns='{MAM}' default='never'/>", "service-unavailable", anna.bare)
        answer = await bert.iq_get(f"<metadata xmlns='{MAM}'/>", anna.bare)
        self.assertEqual(condition(answer), "service-unavailable")

    async def test_announced(self):
        anna, _ = await self.talk(0)
        answer = await anna.iq_get(
            "<query xmlns='http://jabber.org/protocol/disco#info'/>", anna.bare
        )
        features = {e.get("var") for e in answer[0]}
        for var in (MAM, MAM + "#extended", "urn:xmpp:sid:0", "urn:xmpp:fulltext:0", RETRACT):
            self.assertIn(var, features)
        answer = await anna.iq_get(query())
        fields = {e.get("var"): e for e in answer[0][0]}
        for var in ("with", "start", "end", "before-id", "after-id", "ids"):
            self.assertIn(var, fields)
        self.assertIn("{urn:xmpp:fulltext:0}fulltext", fields)


class PagingTest(ArchiveTest):
    async def test_pages(self):
        """XEP-0313 4.3: forwards, backwards, the last one; in order in every case."""
        anna, _ = await self.talk(10)
        seen, after = [], ""
        while True:
            page = await self.ask(anna, rsm=f"<max>4</max>{after}")
            seen += page.bodies
            after = f"<after>{page.ids[-1]}</after>"
            if page.complete:
                break
        self.assertEqual(seen, [f"m{i}" for i in range(10)])
        seen, before = [], "<before/>"
        while True:
            page = await self.ask(anna, rsm=f"<max>4</max>{before}")
            seen = page.bodies + seen
            before = f"<before>{page.ids[0]}</before>"
            if page.complete:
                break
        self.assertEqual(seen, [f"m{i}" for i in range(10)])

    async def test_exact_page_is_complete(self):
        anna, _ = await self.talk(4)
        self.assertTrue((await self.ask(anna, rsm="<max>4</max>")).complete)
        self.assertFalse((await self.ask(anna, rsm="<max>3</max>")).complete)
        page = await self.ask(anna, rsm="<max>0</max>")
        self.assertEqual((page.bodies, page.set("count")), ([], "4"))

    async def test_page_has_a_bound(self):
        anna, bert = await self.talk(0)
        for i in range(260):
            anna.say(bert.full, f"m{i}")
        await bert.take_message("m259")
        self.assertEqual(len((await self.ask(anna)).ids), 50)
        page = await self.ask(anna, rsm="<max>1000</max><before/>")
        self.assertEqual(page.bodies, [f"m{i}" for i in range(10, 260)])
        self.assertFalse(page.complete)

    async def test_flipped(self):
        """XEP-0313 4.3.4: the same page the other way round."""
        anna, _ = await self.talk(5)
        page = await self.ask(anna, rsm="<max>3</max><before/>", more="<flip-page/>")
        self.assertEqual(page.bodies, ["m4", "m3", "m2"])
        self.assertEqual(page.set("first"), page.ids[-1])

    async def test_by_ids(self):
        anna, _ = await self.talk(6)
        ids = (await self.ask(anna)).ids
        page = await self.ask(anna, field("after-id", ids[1]) + field("before-id", ids[4]))
        self.assertEqual(page.bodies, ["m2", "m3"])
        page = await self.ask(anna, field("ids", ids[4], ids[2]))
        self.assertEqual(page.bodies, ["m2", "m4"])
        page = await self.ask(anna, field("after-id", ids[0]), "<max>2</max><before/>")
        self.assertEqual(page.bodies, ["m4", "m5"])

    async def test_unknown_ids(self):
        """XEP-0313 4.1.3, 4.3.2: an error, and nothing of the page."""
        anna, bert = await self.talk(3)
        foreign = (await self.ask(bert)).ids[0]
        for id_ in ("what", NOTHING, foreign):
            for fields in (field("after-id", id_), field("before-id", id_), field("ids", id_)):
                await self.refused(anna, query(fields), "item-not-found")
            for rsm in (f"<after>{id_}</after>", f"<before>{id_}</before>"):
                await self.refused(anna, query(rsm=rsm), "item-not-found")

    async def test_bad_queries(self):
        anna, _ = await self.talk(1)
        cases = [
            (query(field("with", "a@b@c")), "jid-malformed"),
            (query(field("start", "yesterday")), "bad-request"),
            (query(field("{http://example.com/}what", "x")), "feature-not-implemented"),
            (query(field("with", "a@b"), form_type="urn:xmpp:mam:1"), "bad-request"),
            (query(rsm="<max>-1</max>"), "bad-request"),
            (query(rsm="<index>1</index>"), "feature-not-implemented"),
            (f"<query xmlns='{MAM}' node='n'/>", "feature-not-implemented"),
        ]
        for payload, expected in cases:
            await self.refused(anna, payload, expected)

    async def test_by_contact_and_time(self):
        anna, bert = await self.talk(2)
        carl = await self.client(self.new_user("carl") + "/x")
        await asyncio.sleep(0.01)
        middle = datetime.now(timezone.utc)
        await asyncio.sleep(0.01)
        carl.say(anna.full, "carl")
        await anna.take_message("carl")
        cases = [
            (field("with", bert.bare), ["m0", "m1"]),
            (field("with", bert.full), ["m0", "m1"]),
            (field("with", bert.bare + "/other"), []),
            (field("with", carl.bare.upper()), ["carl"]),
            (field("with", "nobody@localhost"), []),
            (field("start", middle.isoformat()), ["carl"]),
            (field("end", middle.strftime("%Y-%m-%dT%H:%M:%S.%fZ")), ["m0", "m1"]),
            (field("start", (middle + timedelta(days=1)).isoformat()), []),
            (field("end", "2001-01-01T00:00:00Z"), []),
            (field("with", carl.bare) + field("end", middle.isoformat()), []),
        ]
        for fields, expected in cases:
            page = await self.ask(anna, fields)
            self.assertEqual((page.bodies, page.complete), (expected, True), fields)

    async def test_metadata(self):
        """XEP-0313 5."""
        anna, _ = await self.talk(3)
        page = await self.ask(anna)
        data = (await anna.iq_get(f"<metadata xmlns='{MAM}'/>"))[0]
        ends = [(e.get("id"), e.get("timestamp")) for e in data]
        self.assertEqual(ends, [(page.ids[0], page.stamps[0]), (page.ids[-1], page.stamps[-1])])
        nobody = await self.client(self.new_user("new"))
        self.assertEqual(len((await nobody.iq_get(f"<metadata xmlns='{MAM}'/>"))[0]), 0)
        page = await self.ask(nobody)
        self.assertEqual((page.ids, page.complete, page.set("first")), ([], True, None))

    async def test_full_text(self):
        """XEP-0431."""
        anna, bert = await self.talk(0)
        for text in ("Green tea", "coffee", "TEA time", "a teapot"):
            anna.say(bert.full, text)
            await bert.take_message(text)
        text = "{urn:xmpp:fulltext:0}fulltext"
        cases = {"tea": ["Green tea", "TEA time"], "time tea": ["TEA time"], "milk": [], '"': []}
        for words, expected in cases.items():
            self.assertEqual((await self.ask(anna, field(text, words))).bodies, expected)
        page = await self.ask(bert, field(text, "tea") + field("with", anna.bare), "<max>1</max><before/>")
        self.assertEqual((page.bodies, page.complete), (["TEA time"], False))

    async def test_restart(self):
        """Ids and messages are the same afterwards."""
        anna, bert = await self.talk(4)
        before = await self.ask(anna)
        jid = anna.full
        for client in (anna, bert):
            await client.leave()
        self.server.kill()
        self.server.start()
        again = await self.client(jid)
        after = await self.ask(again)
        self.assertEqual((before.ids, before.bodies), (after.ids, after.bodies))
        page = await self.ask(again, rsm=f"<after>{before.ids[1]}</after>")
        self.assertEqual(page.bodies, ["m2", "m3"])


class PreferencesTest(ArchiveTest):
    def prefs(self, default, always="", never=""):
        lists = "".join(
            f"<{name}>" + "".join(f"<jid>{j}</jid>" for j in jids.split()) + f"</{name}>"
            for name, jids in (("always", always), ("never", never))
        )
        return f"<prefs xmlns='{MAM}' default='{default}'>{lists}</prefs>"

    def told(self, answer):
        prefs = answer[0]
        lists = {e.tag.rpartition("}")[2]: [j.text for j in e] for e in prefs}
        return prefs.get("default"), lists["always"], lists["never"]

    async def test_asked_and_set(self):
        """XEP-0441 2.1; also over a restart."""
        anna, _ = await self.talk(0)
        answer = await anna.iq_get(f"<prefs xmlns='{MAM}'/>")
        self.assertEqual(self.told(answer), ("always", [], []))
        answer = await anna.iq_set(self.prefs("roster", "Bert@localhost", "carl@localhost/x"))
        expected = ("roster", ["bert@localhost"], ["carl@localhost/x"])
        self.assertEqual(self.told(answer), expected)
        jid = anna.full
        await anna.leave()
        self.server.restart()
        again = await self.client(jid)
        self.assertEqual(self.told(await again.iq_get(f"<prefs xmlns='{MAM}'/>")), expected)

    async def test_bad(self):
        anna, _ = await self.talk(0)
        for payload, expected in (
            (self.prefs("sometimes"), "bad-request"),
            (f"<prefs xmlns='{MAM}'/>", "bad-request"),
            (self.prefs("always", never="a@b@c"), "jid-malformed"),
        ):
            await self.refused(anna, payload, expected)

    async def test_obeyed(self):
        anna, bert = await self.talk(0)
        for prefs, is_kept in (
            (self.prefs("never"), False),
            (self.prefs("never", always=bert.bare), True),
            (self.prefs("always", never=bert.bare), False),
            (self.prefs("always", never=bert.bare + "/other"), True),
            (self.prefs("roster"), False),
        ):
            before = len((await self.ask(anna)).ids)
            await anna.iq_set(prefs)
            anna.say(bert.full, "out")
            bert.say(anna.full, "in")
            live = await anna.take_message("in")
            self.assertEqual(len(ids_of(live, anna.bare)), 1 if is_kept else 0, prefs)
            after = len((await self.ask(anna)).ids)
            self.assertEqual(after - before, 2 if is_kept else 0, prefs)
        # Bert has not said what he wants: all.
        self.assertEqual(len((await self.ask(bert)).ids), 10)


class RetractionTest(ArchiveTest):
    """XEP-0424."""

    def retract(self, client, to, id_, own="retraction-1", type_="chat"):
        client.send_raw(
            f"<message to='{to}' type='{type_}' id='{own}'><retract id='{id_}' xmlns='{RETRACT}'/>"
            f"<fallback xmlns='urn:xmpp:fallback:0' for='{RETRACT}'/><body>/me took it back</body>"
            "<store xmlns='urn:xmpp:hints'/></message>"
        )

    async def test_tombstones_on_both_sides(self):
        anna, bert = await self.talk(0)
        anna.send_raw(
            f"<message to='{bert.full}' type='chat' id='secret-1'><body>secret</body>"
            "<url xmlns='x'>secret</url></message>"
        )
        await bert.take_message("secret")
        before = await self.ask(bert)
        self.retract(anna, bert.full, "secret-1")
        await bert.take("message", id="retraction-1")
        for client in (anna, bert):
            page = await self.ask(client)
            grave, retraction = page.messages
            self.assertEqual(retraction.find(f"{{{RETRACT}}}retract").get("id"), "secret-1")
            self.assertEqual(len(grave), 1)
            self.assertEqual(grave[0].tag, f"{{{RETRACT}}}retracted")
            self.assertEqual(grave[0].get("id"), "retraction-1")
            self.assertTrue(grave[0].get("stamp"))
            self.assertEqual((grave.get("id"), grave.get("from")), ("secret-1", anna.full))
        self.assertEqual(page.ids[0], before.ids[0])
        self.assertEqual(page.stamps[0], before.stamps[0])
        page = await self.ask(bert, field("{urn:xmpp:fulltext:0}fulltext", "secret"))
        self.assertEqual(page.ids, [])

    async def test_only_by_the_author(self):
        anna, bert = await self.talk(0)
        carl = await self.client(self.new_user("carl") + "/x")
        anna.send_raw(f"<message to='{bert.full}' type='chat' id='mine-1'><body>mine</body></message>")
        await bert.take_message("mine")
        self.retract(bert, anna.full, "mine-1")
        await anna.take("message", id="retraction-1")
        self.retract(carl, bert.full, "mine-1")
        await bert.take("message", id="retraction-1")
        for client in (anna, bert):
            self.assertIn("mine", (await self.ask(client)).bodies)

    async def test_sent_again(self):
        """The same message from the same sender, by another connection: archived once."""
        anna, bert = await self.talk(0)
        text = f"<message to='{bert.bare}' type='chat' id='again-0001'><body>again</body></message>"
        anna.send_raw(text)
        first = await bert.take_message("again")
        phone = await self.client(anna.bare + "/phone")
        phone.send_raw(text)
        second = await bert.take_message("again")
        self.assertEqual(ids_of(first, bert.bare), ids_of(second, bert.bare))
        for client in (bert, phone):
            self.assertEqual((await self.ask(client)).bodies, ["again"])


class RoomArchiveTest(ArchiveTest):
    async def room(self, *people, config="", lasting=True):
        """A room, made by the first of them, whom the others join."""
        room = f"room{next(ROOMS)}@rooms.localhost"
        for i, client in enumerate(people):
            await self.join(client, room, f"nick{i}")
            if i == 0:
                if lasting:
                    config += field("muc#roomconfig_persistentroom", "1")
                form = field("FORM_TYPE", f"{MUC}#roomconfig") + config
                answer = await client.iq_set(
                    f"<query xmlns='{MUC}#owner'><x xmlns='jabber:x:data' type='submit'>"
                    f"{form}</x></query>",
                    room,
                )
                self.assertEqual(answer.get("type"), "result", condition(answer))
        for client in people:
            client.inbox.clear()
        return room

    async def join(self, client, room, nick, inside=""):
        client.send_raw(f"<presence to='{room}/{nick}'><x xmlns='{MUC}'>{inside}</x></presence>")
        await client.take("presence", from_=f"{room}/{nick}")
        history = []
        while True:
            message = await client.take("message", type="groupchat")
            if message.find("{jabber:client}subject") is not None and body(message) is None:
                return history
            history.append(message)

    def shout(self, client, room, text, extra="", id_=""):
        id_ = f" id='{id_}'" if id_ else ""
        content = f"<body>{text}</body>" if text else ""
        client.send_raw(f"<message to='{room}' type='groupchat'{id_}>{content}{extra}</message>")

    async def people(self, *names):
        return [await self.client(self.new_user(name) + "/x") for name in names]

    async def test_what_was_said(self):
        """XEP-0313 6.2: once, from the occupant, without `to`; under the id that it had live."""
        anna, bert = await self.people("anna", "bert")
        room = await self.room(anna, bert)
        forged = f"<x xmlns='{MUC}#user'><item jid='admin@localhost'/></x>"
        forged += f"<stanza-id xmlns='urn:xmpp:sid:0' by='{room}' id='forged'/>"
        self.shout(anna, room, "one", forged)
        self.shout(anna, room, "two")
        live = [await bert.take_message(text) for text in ("one", "two")]
        anna.send_raw(f"<message to='{room}/nick1' type='chat'><body>psst</body></message>")
        await bert.take_message("psst")
        page = await self.ask(bert, to=room)
        self.assertEqual(page.bodies, ["one", "two"])
        self.assertEqual(page.ids, [ids_of(m, room)[0] for m in live])
        self.assertEqual([len(ids_of(m, room)) for m in live], [1, 1])
        for message in page.messages:
            self.assertEqual(message.get("from"), f"{room}/nick0")
            self.assertIsNone(message.get("to"))
            self.assertIsNotNone(message.find(OCCUPANT_ID))
            self.assertIsNone(message.find(f"{{{MUC}#user}}x"))

    async def test_not_in_the_archives_of_users(self):
        anna, bert = await self.people("anna", "bert")
        room = await self.room(anna, bert)
        self.shout(anna, room, "one")
        await bert.take_message("one")
        await anna.take_message("one")
        anna.send_raw(f"<message to='{room}/nick1' type='chat'><body>psst</body></message>")
        await bert.take_message("psst")
        self.assertEqual((await self.ask(anna)).bodies, ["psst"])
        page = await self.ask(bert, field("with", room + "/nick0"))
        self.assertEqual(page.bodies, ["psst"])

    async def test_what_is_kept(self):
        """Not what is typed; the subject; history shows words only."""
        anna, bert = await self.people("anna", "bert")
        room = await self.room(anna)
        self.shout(anna, room, "", "<composing xmlns='http://jabber.org/protocol/chatstates'/>")
        self.shout(anna, room, "one")
        self.shout(anna, room, "", "<reactions xmlns='urn:xmpp:reactions:0' id='x'/>")
        self.shout(anna, room, "", "<subject>News</subject>")
        self.shout(anna, room, "off", "<no-store xmlns='urn:xmpp:hints'/>")
        await anna.take_message("off")
        page = await self.ask(anna, to=room)
        self.assertEqual(page.bodies, ["one", None, None])
        self.assertEqual(page.messages[2].findtext("{jabber:client}subject"), "News")
        history = await self.join(bert, room, "bert")
        self.assertEqual([body(m) for m in history], ["one"])

    async def test_history_has_the_ids_of_the_archive(self):
        """Also when the room was read from the disk."""
        anna, bert = await self.people("anna", "bert")
        room = await self.room(anna)
        for text in ("one", "two"):
            self.shout(anna, room, text)
        page = await self.ask(anna, to=room)
        for restart in (False, True):
            if restart:
                names = [anna.full, bert.full]
                for client in (anna, bert):
                    await client.leave()
                self.server.restart()
                anna, bert = [await self.client(name) for name in names]
            history = await self.join(bert, room, "bert")
            self.assertEqual([ids_of(m, room) for m in history], [[i] for i in page.ids])
            self.assertEqual([m.find(DELAY).get("from") for m in history], [room] * 2)

    async def test_who_may_ask(self):
        """XEP-0313 6.2: who may enter now."""
        anna, bert, carl = await self.people("anna", "bert", "carl")
        members = field("muc#roomconfig_membersonly", "1")
        secret = field("muc#roomconfig_passwordprotectedroom", "1")
        secret += field("muc#roomconfig_roomsecret", "x")
        open_room = await self.room(anna)
        members_room = await self.room(anna, config=members)
        secret_room = await self.room(anna, config=secret)
        passing_room = await self.room(anna, lasting=False)
        for room in (open_room, members_room, secret_room):
            self.shout(anna, room, "one")
            self.assertEqual((await self.ask(anna, to=room)).bodies, ["one"])
        self.assertEqual((await self.ask(bert, to=open_room)).bodies, ["one"])
        await self.refused(bert, query(), "forbidden", members_room)
        await self.refused(bert, query(), "forbidden", secret_room)
        await self.refused(anna, query(), "service-unavailable", passing_room)
        admin = f"<query xmlns='{MUC}#admin'><item affiliation='%s' jid='%s'/></query>"
        await anna.iq_set(admin % ("member", bert.bare), members_room)
        self.assertEqual((await self.ask(bert, to=members_room)).bodies, ["one"])
        await anna.iq_set(admin % ("outcast", carl.bare), open_room)
        await self.refused(carl, query(), "forbidden", open_room)
        for room, is_there in ((open_room, True), (passing_room, False)):
            answer = await bert.iq_get(
                "<query xmlns='http://jabber.org/protocol/disco#info'/>", room
            )
            features = {e.get("var") for e in answer[0]}
            self.assertEqual(MAM in features, is_there)
            self.assertEqual(MAM + "#extended" in features, is_there)
            self.assertIn("urn:xmpp:sid:0", features)

    async def test_who_said_it(self):
        """Real addresses are for those who may see them, also in questions."""
        anna, bert = await self.people("anna", "bert")
        for whois, is_told in (("moderators", False), ("anyone", True)):
            room = await self.room(anna, bert, config=field("muc#roomconfig_whois", whois))
            self.shout(anna, room, "one")
            await bert.take_message("one")
            self.shout(bert, room, "two")
            await bert.take_message("two")
            page = await self.ask(bert, field("with", room + "/nick1"), to=room)
            self.assertEqual(page.bodies, ["two"])
            for client, sees in ((anna, True), (bert, is_told)):
                page = await self.ask(client, to=room)
                items = [m.find(f"{{{MUC}#user}}x/{{{MUC}#user}}item") for m in page.messages]
                jids = [i.get("jid") if i is not None else None for i in items]
                self.assertEqual(jids, [anna.full, bert.full] if sees else [None, None])
                if sees:
                    page = await self.ask(client, field("with", bert.bare), to=room)
                    self.assertEqual(page.bodies, ["two"])
                else:
                    await self.refused(client, query(field("with", bert.bare)), "forbidden", room)

    async def test_search(self):
        anna, bert = await self.people("anna", "bert")
        room = await self.room(anna, bert)
        other = await self.room(bert)
        self.shout(anna, room, "green tea")
        await bert.take_message("green tea")
        self.shout(bert, room, "black tea")
        self.shout(bert, other, "mint tea")
        await bert.take_message("mint tea")
        text = field("{urn:xmpp:fulltext:0}fulltext", "tea")
        self.assertEqual((await self.ask(anna, text, to=room)).bodies, ["green tea", "black tea"])
        page = await self.ask(anna, text + field("with", room + "/nick1"), to=room)
        self.assertEqual(page.bodies, ["black tea"])

    async def test_taken_back(self):
        """XEP-0424 in rooms: by the room's id, by whoever said it."""
        anna, bert = await self.people("anna", "bert")
        room = await self.room(anna, bert)
        self.shout(anna, room, "mine")
        await bert.take_message("mine")
        self.shout(bert, room, "secret")
        await bert.take_message("secret")
        mine, secret = (await self.ask(bert, to=room)).ids
        for id_ in (secret, mine):
            self.shout(bert, room, "", f"<retract xmlns='{RETRACT}' id='{id_}'/>", "retraction-1")
            await anna.take("message", id="retraction-1")
        page = await self.ask(anna, to=room)
        self.assertEqual(page.bodies, ["mine", None, None, None])
        grave = page.messages[1].find(f"{{{RETRACT}}}retracted")
        self.assertEqual(grave.get("id"), "retraction-1")
        self.assertIsNotNone(page.messages[1].find(OCCUPANT_ID))
        self.assertEqual(page.ids[1], secret)
        carl = (await self.people("carl"))[0]
        self.assertEqual([body(m) for m in await self.join(carl, room, "carl")], ["mine"])

    async def test_private_words_taken_back(self):
        """XEP-0424 5: in a room all private messages come from its address; what one occupant has said
        no other takes back, not even under the same nickname."""
        anna, bert, carl = await self.people("anna", "bert", "carl")
        room = await self.room(anna, bert, carl)
        for id_ in ("first-1", "second-2"):
            bert.send_raw(
                f"<message to='{room}/nick0' type='chat' id='{id_}'><body>{id_}</body></message>"
            )
            await anna.take_message(id_)

        async def take_back(client, id_):
            client.send_raw(
                f"<message to='{room}/nick0' type='chat' id='r-{id_}'>"
                f"<retract id='{id_}' xmlns='{RETRACT}'/><store xmlns='urn:xmpp:hints'/></message>"
            )
            await anna.take("message", id=f"r-{id_}")
            return (await self.ask(anna)).bodies

        bodies = await take_back(carl, "first-1")
        self.assertEqual([b for b in bodies if b], ["first-1", "second-2"])
        bodies = await take_back(bert, "first-1")
        self.assertEqual([b for b in bodies if b], ["second-2"])
        bert.send_raw(f"<presence type='unavailable' to='{room}/nick1'/>")
        await bert.take("presence", type="unavailable", from_=f"{room}/nick1")
        carl.send_raw(f"<presence to='{room}/nick1'/>")
        await carl.take("presence", from_=f"{room}/nick1", test=lambda p: p.get("type") is None)
        bodies = await take_back(carl, "second-2")
        self.assertEqual([b for b in bodies if b], ["second-2"])
        self.assertEqual((await self.ask(anna, to=room)).ids, [])

    def moderate(self, id_, reason="No!"):
        reason = f"<reason>{reason}</reason>" if reason else ""
        return f"<moderate id='{id_}' xmlns='{MODERATE}'><retract xmlns='{RETRACT}'/>{reason}</moderate>"

    async def test_moderated(self):
        """XEP-0425: told to all by the room, kept, a tombstone left; in passing rooms, too."""
        for lasting in (True, False):
            anna, bert = await self.people("anna", "bert")
            room = await self.room(anna, bert, lasting=lasting)
            self.shout(bert, room, "Buy!")
            id_ = ids_of(await anna.take_message("Buy!"), room)[0]
            answer = await anna.iq_set(self.moderate(id_), room)
            self.assertEqual(answer.get("type"), "result", condition(answer))
            for client in (anna, bert):
                told = await client.take(
                    "message", test=lambda m: m.find(f"{{{RETRACT}}}retract") is not None
                )
                self.assertEqual((told.get("from"), told.get("type")), (room, "groupchat"))
                retract = told.find(f"{{{RETRACT}}}retract")
                moderated = retract.find(f"{{{MODERATE}}}moderated")
                self.assertEqual(retract.get("id"), id_)
                self.assertEqual(moderated.get("by"), f"{room}/nick0")
                self.assertIsNotNone(moderated.find(OCCUPANT_ID))
                self.assertEqual(retract.findtext(f"{{{RETRACT}}}reason"), "No!")
            carl = (await self.people("carl"))[0]
            self.assertEqual(await self.join(carl, room, "carl"), [])
            if not lasting:
                continue
            page = await self.ask(carl, to=room)
            self.assertEqual(page.ids, [id_, ids_of(told, room)[0]])
            grave = page.messages[0].find(f"{{{RETRACT}}}retracted")
            self.assertEqual(grave.get("id"), told.get("id"))
            self.assertEqual(grave.find(f"{{{MODERATE}}}moderated").get("by"), f"{room}/nick0")
            self.assertIsNone(body(page.messages[0]))

    async def test_who_may_moderate(self):
        anna, bert, carl = await self.people("anna", "bert", "carl")
        room = await self.room(anna, bert)
        self.shout(anna, room, "one")
        id_ = ids_of(await bert.take_message("one"), room)[0]
        for client, payload, expected in (
            (bert, self.moderate(id_), "forbidden"),
            (carl, self.moderate(id_), "forbidden"),
            (anna, self.moderate("what"), "item-not-found"),
            (anna, self.moderate(NOTHING), "item-not-found"),
            (anna, f"<moderate xmlns='{MODERATE}' id='{id_}'/>", "bad-request"),
            (anna, f"<moderate xmlns='{MODERATE}'><retract xmlns='{RETRACT}'/></moderate>", "bad-request"),
        ):
            self.assertEqual(condition(await client.iq_set(payload, room)), expected, payload)
        self.assertEqual((await self.ask(bert, to=room)).bodies, ["one"])
        answer = await bert.iq_get("<query xmlns='http://jabber.org/protocol/disco#info'/>", room)
        self.assertIn(MODERATE, {e.get("var") for e in answer[0]})

    async def test_archive_goes_with_the_room(self):
        anna, bert = await self.people("anna", "bert")
        room = await self.room(anna)
        self.shout(anna, room, "one")
        await anna.take_message("one")
        await anna.iq_set(f"<query xmlns='{MUC}#owner'><destroy/></query>", room)
        anna.inbox.clear()
        await self.join(bert, room, "bert")
        form = field("FORM_TYPE", f"{MUC}#roomconfig") + field("muc#roomconfig_persistentroom", "1")
        await bert.iq_set(
            f"<query xmlns='{MUC}#owner'><x xmlns='jabber:x:data' type='submit'>{form}</x></query>",
            room,
        )
        self.assertEqual((await self.ask(bert, to=room)).ids, [])


class OffTest(RoomArchiveTest):
    """archive = off: nothing is kept, nothing is announced."""

    overrides = {"archive": "off"}

    async def test_nothing(self):
        anna, bert = await self.talk(2)
        room = await self.room(anna, bert)
        self.shout(anna, room, "one")
        self.assertEqual(len(ids_of(await bert.take_message("one"), room)), 1)
        for to in (None, room):
            await self.refused(anna, query(), "service-unavailable", to)
            answer = await anna.iq_get(
                "<query xmlns='http://jabber.org/protocol/disco#info'/>", to or anna.bare
            )
            self.assertNotIn(MAM, {e.get("var") for e in answer[0]})
        carl = (await self.people("carl"))[0]
        self.assertEqual([body(m) for m in await self.join(carl, room, "carl")], ["one"])


# The others are for archives.
for name in [n for n in dir(RoomArchiveTest) if n.startswith("test_")]:
    if name not in OffTest.__dict__:
        setattr(OffTest, name, None)


class PluginsTest(ArchiveTest):
    """slixmpp's own plugins, with their handlers."""

    async def plugged(self, jid):
        client = Client(self.server, jid)
        for plugin in ("xep_0059", "xep_0313", "xep_0359", "xep_0441"):
            client.register_plugin(plugin)
        self.clients.append(client)
        await client.sign_in()
        client.del_filter("in", client._collect)
        return client

    async def test_mam(self):
        anna, bert = await self.talk(25)
        plugged = await self.plugged(anna.bare + "/slix")
        mam = plugged["xep_0313"]
        found = []
        async for message in mam.iterate(jid=plugged.boundjid.bare, rsm={"max": 10}):
            found.append(message["mam_result"]["forwarded"]["stanza"]["body"])
        self.assertEqual(found, [f"m{i}" for i in range(25)])
        answer = await mam.retrieve(with_jid=bert.boundjid.bare, rsm={"max": 5})
        self.assertEqual(len(list(answer["mam"]["results"])), 5)
        fields = await mam.get_fields()
        self.assertIn("with", fields.get_fields())
        data = await mam.get_archive_metadata()
        self.assertTrue(data["mam_metadata"]["start"]["id"])

    async def test_preferences(self):
        anna, _ = await self.talk(0)
        plugged = await self.plugged(anna.bare + "/slix")
        prefs = plugged["xep_0441"]
        await prefs.set_preferences(default="roster", always=["a@localhost"], never=["b@localhost"])
        default, always, never = await prefs.get_preferences()
        self.assertEqual(default, "roster")
        self.assertEqual({str(jid) for jid in always}, {"a@localhost"})
        self.assertEqual({str(jid) for jid in never}, {"b@localhost"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
