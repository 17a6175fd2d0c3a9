#!/usr/bin/python3
"""Message carbons (XEP-0280): who gets a copy of what, and who never does."""

import unittest

from client import body, child, condition
from test_im import ImTest

CARBONS = "urn:xmpp:carbons:2"
FORWARDED = "{urn:xmpp:forward:0}forwarded"
ENABLE = f"<enable xmlns='{CARBONS}'/>"
DISABLE = f"<disable xmlns='{CARBONS}'/>"
PRIVATE = f"<private xmlns='{CARBONS}'/>"
NO_COPY = "<no-copy xmlns='urn:xmpp:hints'/>"


def copied(message):
    """The direction and the message inside a copy, or (None, None)."""
    for direction in ("sent", "received"):
        wrapper = message.find(f"{{{CARBONS}}}{direction}")
        if wrapper is not None:
            return direction, wrapper.find(FORWARDED)[0]
    return None, None


class CarbonsTest(ImTest):
    async def people(self):
        """Anna with three sessions (the third without carbons), and Bert with two."""
        anna, bert = self.new_user("anna"), self.new_user("bert")
        desk, phone, old = [await self.client(f"{anna}/{r}") for r in ("desk", "phone", "old")]
        home, work = [await self.client(f"{bert}/{r}") for r in ("home", "work")]
        for client in (desk, phone, home, work):
            self.assertEqual((await client.iq_set(ENABLE)).get("type"), "result")
        for client in (desk, phone, old, home, work):
            client.inbox.clear()
        return desk, phone, old, home, work

    async def take_copy(self, client, text, direction):
        copy = await client.take("message", test=lambda m: copied(m)[0] == direction)
        inner = copied(copy)[1]
        self.assertEqual(copy.get("from"), client.bare)
        self.assertEqual(copy.get("to"), client.full)
        self.assertEqual(copy.get("type"), inner.get("type", "normal"))
        self.assertEqual(body(inner), text)
        return inner

    async def nothing_for(self, sender, *clients):
        """Nobody of them has got a message by the time what `sender` says next has come."""
        for client in clients:
            await client.flush_from(sender)
            self.assertEqual(client.take_all("message"), [], client.full)

    async def test_sent_and_received(self):
        """XEP-0280 7: to a full address; each session has it once, as it should."""
        desk, phone, old, home, work = await self.people()
        desk.say(home.full, "Hello!")
        await home.take_message("Hello!", from_=desk.full)
        inner = await self.take_copy(phone, "Hello!", "sent")
        self.assertEqual((inner.get("from"), inner.get("to")), (desk.full, home.full))
        inner = await self.take_copy(work, "Hello!", "received")
        self.assertEqual((inner.get("from"), inner.get("to")), (desk.full, home.full))
        await self.nothing_for(desk, desk, phone, old, home, work)

    async def test_bare_address(self):
        """Who gets the message itself gets no copy; who does not (its priority), does."""
        desk, phone, _, home, work = await self.people()
        work.send_raw("<presence><priority>-1</priority></presence>")
        await work.take("presence", from_=work.full)
        await home.take("presence", from_=work.full)
        desk.say(home.bare, "Anybody?")
        await home.take_message("Anybody?")
        await self.take_copy(work, "Anybody?", "received")
        await self.take_copy(phone, "Anybody?", "sent")
        await self.nothing_for(desk, home, work)

    async def test_stored_for_later_and_copied(self):
        """Nobody is receptive: it waits on the disk, and who has carbons sees it now."""
        desk, _, _, home, work = await self.people()
        for client in (home, work):
            client.send_raw("<presence><priority>-1</priority></presence>")
            await client.take("presence", from_=client.full, test=lambda p: child(p, "priority") is not None)
        desk.say(home.bare, "Later")
        await self.take_copy(home, "Later", "received")
        await self.take_copy(work, "Later", "received")

    async def test_disable(self):
        """XEP-0280 5, 9: on and off as often as one likes."""
        desk, phone, _, home, _ = await self.people()
        for request in (ENABLE, ENABLE, DISABLE, DISABLE):
            self.assertEqual((await phone.iq_set(request)).get("type"), "result")
        desk.say(home.full, "Hello!")
        await home.take_message("Hello!")
        await self.nothing_for(home, phone)
        self.assertEqual((await phone.iq_set(ENABLE)).get("type"), "result")
        desk.say(home.full, "Again!")
        await self.take_copy(phone, "Again!", "sent")

    async def test_not_for_others(self):
        """XEP-0280 4: nobody switches another's carbons."""
        desk, _, _, home, _ = await self.people()
        answer = await home.iq_set(ENABLE, to=desk.bare)
        self.assertEqual(condition(answer), "service-unavailable")

    async def test_private(self):
        """XEP-0280 8, XEP-0334: on both sides; the element stays."""
        desk, phone, _, home, work = await self.people()
        for hint in (PRIVATE, NO_COPY, PRIVATE + NO_COPY):
            desk.say(home.full, "Psst", extra=hint)
            message = await home.take_message("Psst")
            # The body, the hints, the id of home's archive.
            self.assertEqual(len(message), 3 if hint != PRIVATE + NO_COPY else 4)
        await self.nothing_for(desk, phone, work)

    async def test_what_is_copied(self):
        """XEP-0280 6.1."""
        desk, phone, _, home, work = await self.people()
        eligible = (
            "<message to='{}' id='m1'><body>normal</body></message>",
            "<message to='{}' type='normal' id='m2'><body>normal</body></message>",
            "<message to='{}' type='chat'><active xmlns='http://jabber.org/protocol/chatstates'/></message>",
            "<message to='{}'><received xmlns='urn:xmpp:receipts' id='x'/></message>",
            "<message to='{}'><displayed xmlns='urn:xmpp:chat-markers:0' id='x'/></message>",
            "<message to='{}'><x xmlns='jabber:x:conference' jid='lobby@rooms.localhost'/></message>",
        )
        for text in eligible:
            desk.send_raw(text.format(home.full))
            for client, direction in ((phone, "sent"), (work, "received")):
                copy = await client.take("message")
                self.assertEqual(copied(copy)[0], direction, text)
        not_eligible = (
            "<message to='{}'><subject>only</subject></message>",
            "<message to='{}' type='headline'><body>news</body></message>",
            "<message to='{}' type='groupchat'><body>all</body></message>",
            "<message to='{}'><x xmlns='some:thing'/></message>",
            "<message to='{}' type='error' id='never'><error type='cancel'>"
            "<gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
        )
        for text in not_eligible:
            desk.send_raw(text.format(home.full))
        await self.nothing_for(desk, phone, work)

    async def test_error_follows_what_it_answers(self):
        """XEP-0280 6.1: a bounced message; not a bounced copy (11)."""
        desk, phone, old, home, work = await self.people()
        desk.send_raw(f"<message to='{home.full}' type='chat' id='lost'><body>Hello</body></message>")
        await home.take_message("Hello")
        await self.take_copy(work, "Hello", "received")
        await self.take_copy(phone, "Hello", "sent")
        error = "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
        home.send_raw(f"<message to='{desk.full}' type='error' id='lost'>{error}</message>")
        await desk.take_message(type="error", id="lost")
        for client, direction in ((work, "sent"), (phone, "received")):
            copy = await client.take("message", test=lambda m: copied(m)[0] is not None)
            self.assertEqual(copied(copy)[0], direction)
            self.assertEqual(copy.get("type"), "error")
        # A copy that the phone cannot take comes back to the account, and goes nowhere.
        phone.send_raw(f"<message to='{phone.bare}' type='error' id='lost'>{error}</message>")
        await self.nothing_for(phone, desk, old, home, work)

    async def test_nobody_there(self):
        """An unknown recipient: the error comes to every session that saw the question."""
        desk, phone, _, _, _ = await self.people()
        desk.send_raw("<message to='nobody@localhost' type='chat' id='n1'><body>Hello</body></message>")
        await self.take_copy(phone, "Hello", "sent")
        await desk.take_message(type="error", id="n1")
        copy = await phone.take("message")
        self.assertEqual(copied(copy)[0], "received")
        self.assertEqual(condition(copied(copy)[1]), "service-unavailable")

    async def test_forged_copy(self):
        """What looks like a copy from somebody else is delivered as it is, and never copied."""
        desk, phone, _, home, _ = await self.people()
        home.send_raw(
            f"<message to='{desk.full}' type='chat'><received xmlns='{CARBONS}'>"
            "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'"
            f" from='root@localhost/x' to='{desk.full}'><body>Trust me</body></message>"
            "</forwarded></received></message>"
        )
        message = await desk.take_message()
        self.assertEqual(message.get("from"), home.full)
        await self.nothing_for(home, phone)

    async def test_to_oneself(self):
        """Each session has what the user sends to himself, once."""
        desk, phone, old, _, _ = await self.people()
        desk.say(desk.bare, "Note")
        for client in (desk, phone, old):
            await client.take_message("Note")
        await self.nothing_for(desk, desk, phone, old)
        desk.say(old.full, "Only you")
        await old.take_message("Only you")
        await self.take_copy(phone, "Only you", "received")
        await self.nothing_for(phone, desk, phone, old)

    async def test_rooms(self):
        """XEP-0280 6.1: what is said in a room is not copied; what is whispered to an occupant goes
        to the sessions under the same nickname; what an occupant whispers the room brings."""
        desk, phone, old, home, work = await self.people()
        room = "lobby@rooms.localhost"
        for client, nick in ((home, "Bert"), (desk, "Anna"), (phone, "Anna")):
            client.send_raw(
                f"<presence to='{room}/{nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
            )
            await client.take("message", test=lambda m: child(m, "subject") is not None)
        for client in (desk, phone, home):
            client.take_all("message")
        desk.say(f"{room}/Bert", "Psst")
        await home.take_message("Psst")
        inner = await self.take_copy(phone, "Psst", "sent")
        self.assertEqual(inner.get("to"), f"{room}/Bert")
        home.say(f"{room}/Anna", "Pardon?")
        for client in (desk, phone):
            message = await client.take_message("Pardon?")
            self.assertEqual(message.get("from"), f"{room}/Bert")
        desk.say(room, "Hello all", type_="groupchat")
        for client in (desk, phone, home):
            await client.take_message("Hello all")
        await self.nothing_for(desk, desk, phone, old, work)

    async def test_announced(self):
        desk = await self.client(self.new_user())
        for to in (None, "localhost"):
            result = await desk.iq_get("<query xmlns='http://jabber.org/protocol/disco#info'/>", to)
            names = {f.get("var") for f in child(result, "query")}
            self.assertLessEqual({CARBONS, "urn:xmpp:carbons:rules:0"}, names)


if __name__ == "__main__":
    unittest.main(verbosity=2)
