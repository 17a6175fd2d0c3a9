#!/usr/bin/python3
"""Blocking and reporting (XEP-0191, XEP-0377)."""

import unittest

from client import Client, child, condition
from server import Server
from test_im import ImTest

BLOCKING = "urn:xmpp:blocking"
ERRORS = "urn:xmpp:blocking:errors"
PING = "<ping xmlns='urn:xmpp:ping'/>"
MUC = "<x xmlns='http://jabber.org/protocol/muc'/>"


def items(*jids):
    return "".join(f"<item jid='{jid}'/>" for jid in jids)


class BlockingTest(ImTest):
    overrides = {"admins": "root@localhost", "max_blocked_addresses": 5}

    async def block(self, client, *jids):
        answer = await client.iq_set(f"<block xmlns='{BLOCKING}'>{items(*jids)}</block>")
        self.assertEqual(answer.get("type"), "result", condition(answer))

    async def unblock(self, client, *jids):
        answer = await client.iq_set(f"<unblock xmlns='{BLOCKING}'>{items(*jids)}</unblock>")
        self.assertEqual(answer.get("type"), "result", condition(answer))

    async def fetch(self, client):
        answer = await client.iq_get(f"<blocklist xmlns='{BLOCKING}'/>")
        self.assertEqual(answer.get("type"), "result", condition(answer))
        return sorted(item.get("jid") for item in answer[0])

    async def take_push(self, client, name):
        push = await client.take(
            "iq", type="set", test=lambda s: s.find(f"{{{BLOCKING}}}{name}") is not None
        )
        self.assertIn(push.get("from"), (None, client.bare))
        return [item.get("jid") for item in push[0]]

    def assertBlocked(self, stanza):
        """XEP-0191 3.3, example 8."""
        self.assertEqual(stanza.get("type"), "error")
        self.assertEqual(condition(stanza), "not-acceptable")
        error = child(stanza, "error")
        self.assertEqual(error.get("type"), "cancel")
        self.assertIsNotNone(error.find(f"{{{ERRORS}}}blocked"))

    async def test_list_and_pushes(self):
        """To those who have asked for the list; it lasts over a restart."""
        jid = self.new_user()
        one, two, deaf = [await self.client(f"{jid}/{r}") for r in ("one", "two", "deaf")]
        self.assertEqual(await self.fetch(one), [])
        self.assertEqual(await self.fetch(two), [])
        await self.block(one, "romeo@montague.example", "Iago@Shakespeare.example")
        for client in (one, two):
            pushed = await self.take_push(client, "block")
            self.assertEqual(pushed, ["romeo@montague.example", "iago@shakespeare.example"])
        self.assertEqual(deaf.take_all("iq"), [])
        await self.unblock(one, "romeo@montague.example", "never@blocked.example")
        for client in (one, two):
            self.assertIn("romeo@montague.example", await self.take_push(client, "unblock"))
        self.assertEqual(await self.fetch(one), ["iago@shakespeare.example"])
        await one.leave()
        await two.leave()
        await deaf.leave()
        self.server.restart()
        again = await self.client(f"{jid}/again")
        self.assertEqual(await self.fetch(again), ["iago@shakespeare.example"])
        await self.unblock(again)
        self.assertEqual(await self.take_push(again, "unblock"), [])
        self.assertEqual(await self.fetch(again), [])

    async def test_bad_requests(self):
        client = await self.client(self.new_user())
        other = await self.client(self.new_user())
        for payload, expected in (
            (f"<block xmlns='{BLOCKING}'/>", "bad-request"),
            (f"<block xmlns='{BLOCKING}'><item/></block>", "bad-request"),
            (f"<block xmlns='{BLOCKING}'>{items('a@@b')}</block>", "jid-malformed"),
            (f"<block xmlns='{BLOCKING}'>{items(client.bare)}</block>", "not-allowed"),
            (f"<block xmlns='{BLOCKING}'>{items(*(f'u{i}@x.example' for i in range(6)))}</block>",
             "resource-constraint"),
            (f"<blocklist xmlns='{BLOCKING}'/>", "service-unavailable"),
        ):
            self.assertEqual(condition(await client.iq_set(payload)), expected, payload)
        answer = await other.iq_get(f"<blocklist xmlns='{BLOCKING}'/>", to=client.bare)
        self.assertEqual(condition(answer), "service-unavailable")
        self.assertEqual(await self.fetch(client), [])

    async def test_inbound(self):
        """XEP-0191 3.3: as if the user were offline."""
        anna, bert = await self.friends()
        await self.block(anna, bert.bare)
        gone = await bert.take("presence", type="unavailable")
        self.assertEqual(gone.get("from"), anna.full)
        for to in (anna.bare, anna.full):
            bert.send_raw(f"<message to='{to}' id='m1' type='chat'><body>Hello?</body></message>")
            error = await bert.take_message(type="error", id="m1")
            self.assertEqual(condition(error), "service-unavailable")
            self.assertIsNone(child(error, "error").find(f"{{{ERRORS}}}blocked"))
            self.assertEqual(condition(await bert.iq_get(PING, to=to)), "service-unavailable")
        bert.send_raw(f"<presence to='{anna.bare}' type='probe'/>")
        bert.send_raw(f"<presence to='{anna.full}'><show>chat</show></presence>")
        bert.send_raw(f"<presence to='{anna.bare}' type='subscribe'/>")
        bert.send_raw(f"<iq to='{anna.full}' type='result' id='r1'/>")
        bert.send_raw(f"<message to='{anna.full}' type='headline'><body>News</body></message>")
        self.assertEqual(condition(await bert.iq_get(PING, to=anna.full)), "service-unavailable")
        self.assertEqual(bert.inbox, [])
        self.assertEqual((await anna.iq_get(PING)).get("type"), "result")
        self.assertEqual(anna.inbox, [])

    async def test_outbound(self):
        """XEP-0191 3.3: refused with the reason; nothing leaves."""
        anna, bert = await self.friends()
        await self.block(anna, bert.bare)
        await bert.take("presence", type="unavailable")
        anna.say(bert.full, "Hello?")
        self.assertBlocked(await anna.take_message(type="error"))
        self.assertBlocked(await anna.iq_get(PING, to=bert.full))
        anna.send_raw(f"<presence to='{bert.full}'/>")
        self.assertBlocked(await anna.take("presence", type="error"))
        anna.send_raw("<presence><show>away</show></presence>")
        await anna.take("presence", from_=anna.full)
        anna.send_raw("<presence type='unavailable'/>")
        await anna.take("presence", from_=anna.full)
        self.assertEqual((await bert.iq_get(PING)).get("type"), "result")
        self.assertEqual(bert.inbox, [])

    async def test_unblock_shows_presence(self):
        anna, bert = await self.friends()
        await self.block(anna, bert.bare)
        await bert.take("presence", type="unavailable")
        bert.send_raw("<presence><show>dnd</show></presence>")
        await bert.take("presence", from_=bert.full)
        await self.unblock(anna, bert.bare)
        await bert.take("presence", from_=anna.full, type=None)
        seen = await anna.take("presence", from_=bert.full)
        self.assertEqual(seen.findtext("{jabber:client}show"), "dnd")
        bert.say(anna.full, "Back")
        await anna.take_message("Back")

    async def test_unblock_everybody_shows_presence(self):
        anna, bert = await self.friends()
        await self.block(anna, bert.bare, "other@x.example")
        await bert.take("presence", type="unavailable")
        await self.unblock(anna)
        await bert.take("presence", from_=anna.full, type=None)

    async def test_stranger_is_not_shown_presence(self):
        anna = await self.client(self.new_user())
        bert = await self.client(self.new_user())
        await self.block(anna, bert.bare)
        await self.unblock(anna, bert.bare)
        await bert.flush_from(anna)
        self.assertEqual(bert.take_all("presence"), [])

    async def test_matching(self):
        """XEP-0191 5: one resource, all resources, a domain."""
        anna = await self.client(self.new_user("anna"))
        jid = self.new_user("bert")
        home, work = [await self.client(f"{jid}/{r}") for r in ("home", "work")]
        await self.block(anna, home.full)
        home.say(anna.full, "No")
        self.assertEqual(condition(await home.take_message(type="error")), "service-unavailable")
        work.say(anna.full, "Yes")
        await anna.take_message("Yes")
        await self.block(anna, "rooms.localhost")
        answer = await anna.iq_get("<query xmlns='http://jabber.org/protocol/disco#info'/>",
                                   to="lobby@rooms.localhost")
        self.assertBlocked(answer)
        # Whoever blocks his own domain still reaches himself and the server.
        await self.block(anna, "localhost")
        self.assertEqual((await anna.iq_get(PING, to="localhost")).get("type"), "result")
        anna.say(anna.bare, "Note")
        await anna.take_message("Note")
        work.say(anna.full, "Still?")
        self.assertEqual(condition(await work.take_message(type="error")), "service-unavailable")

    async def test_room_is_left(self):
        """Who blocks a room he is in has left it; who blocks an occupant stays."""
        anna = await self.client(self.new_user("anna"))
        bert = await self.client(self.new_user("bert"))
        room = "lobby@rooms.localhost"
        for client, nick in ((bert, "B-0191"), (anna, "A-0191")):
            client.send_raw(f"<presence to='{room}/{nick}'>{MUC}</presence>")
            await client.take("message", test=lambda m: child(m, "subject") is not None)
        await self.block(anna, f"{room}/B-0191")
        bert.say(room, "one", type_="groupchat")
        await bert.take_message("one")
        bert.say(f"{room}/A-0191", "Psst")
        anna.say(room, "I am here", type_="groupchat")
        await bert.take_message("I am here")
        self.assertEqual([m for m in anna.take_all("message") if m.get("from").endswith("/B-0191")], [])
        bert.take_all("presence")
        await self.block(anna, room)
        gone = await bert.take("presence", from_=f"{room}/A-0191")
        self.assertEqual(gone.get("type"), "unavailable")

    async def test_report(self):
        """XEP-0377: blocked as without, the operator is told; a report without reason is none."""
        root = await self.client(self.server.add_user("root"))
        anna = await self.client(self.new_user("anna"))
        await self.fetch(anna)
        answer = await anna.iq_set(
            f"<block xmlns='{BLOCKING}'><item jid='spam@x.example'>"
            "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'>"
            "<stanza-id xmlns='urn:xmpp:sid:0' by='spam@x.example' id='1'/>"
            "<text xml:lang='en'>Never came trouble to my house like this.</text></report></item>"
            "<item jid='dull@x.example'><report xmlns='urn:xmpp:reporting:1'/></item></block>"
        )
        self.assertEqual(answer.get("type"), "result")
        told = await root.take_message(
            f"{anna.bare} reports spam@x.example: spam: Never came trouble to my house like this."
        )
        self.assertEqual(told.get("from"), "localhost")
        push = await anna.take("iq", type="set")
        self.assertTrue(all(len(item) == 0 for item in push[0]))
        self.assertEqual(await self.fetch(anna), ["dull@x.example", "spam@x.example"])
        self.assertEqual(root.take_all("message"), [])
        self.assertIn("reported", self.server.log())

    async def test_announced(self):
        client = await self.client(self.new_user())
        result = await client.iq_get(
            "<query xmlns='http://jabber.org/protocol/disco#info'/>", "localhost"
        )
        names = {f.get("var") for f in child(result, "query")}
        self.assertLessEqual({BLOCKING, "urn:xmpp:reporting:1"}, names)

    async def test_guest(self):
        """A guest's list lasts as long as he stays."""
        with Server({"guests": "yes"}) as server:
            server.add_user("bert")
            guest = Client(server, "localhost", anonymous=True)
            bert = Client(server, "bert@localhost")
            self.clients += [guest, bert]
            await guest.sign_in(presence=True)
            await bert.sign_in(presence=True)
            await self.block(guest, bert.bare)
            bert.say(guest.full, "Hello?")
            error = await bert.take_message(type="error")
            self.assertEqual(condition(error), "service-unavailable")
            self.assertEqual(await self.fetch(guest), [bert.bare])
            for client in (guest, bert):
                await client.leave()


if __name__ == "__main__":
    unittest.main(verbosity=2)
