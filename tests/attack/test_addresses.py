#!/usr/bin/python3
"""Attacks 36 to 38, 41, 42, 51: who says so, to whom, and who wants to know. The usual cases are in
tests/interop/test_im.py and tests/wire; here is what bends them."""

import unittest

from attack_case import PING, AttackCase

INFO = "http://jabber.org/protocol/disco#info"
ITEMS = "http://jabber.org/protocol/disco#items"
CHAT = "<message type='chat' id='{}' to='{}'><body>{}</body></message>"
STRANGE_SENDERS = [
    "anna@localhost", "anna@localhost/by", "mallory@localhost/other", "localhost", "rooms.localhost",
    "lobby@rooms.localhost/anna", "mallory@localhost.evil", "@", "", "mallory@localhost/raw/", "a" * 2000,
]  # fmt: skip
BAD_ADDRESSES = [
    "@localhost", "carl@", "carl@localhost/", "/x", "@", "carl@@localhost", "a b@localhost", "a&lt;@localhost",
    "a&apos;@localhost", "a&quot;@localhost", "a:b@localhost", "carl@local host", "carl@localhost/a&#10;b",
    "carl@-localhost-", "carl@loc..alhost", "\u00a0@localhost", "a\u200b@localhost", "\ufb01\u0000@localhost"[:1]
    + "\u2028@localhost", "a" * 1024 + "@localhost", "carl@localhost/" + "r" * 1024,
    "carl@" + "d" * 1024, "carl@localhost/\ufffe"[:-1] + "\ue000", "xn--@xn--", "carl@[::1", "\u0378@localhost",
]  # fmt: skip
# Legal, and a client that does not know the character may fall over it (aioxmpp issue 8).
ODD_RESOURCES = ["\U0001f64c", "a" * 1023, "\u00e4\u0308", "a b c", "&lt;/iq&gt;", "\u05d0\u05d1", "/", "@"]
ODD_NAMES = ["\u00e4nna", "\u03c3\u03c2", "a" * 1023, "%41", "a.b", "-", "\u5b57", "guest-1", "\u0430nna"]


class IdentityTest(AttackCase):
    """Nobody speaks for anybody else."""

    def test_36_from(self):
        """RFC 6120 8.1.2.1: the stream is closed, and nobody hears of it."""
        carl = self.sign_in("carl")
        for number, sender in enumerate(STRANGE_SENDERS):
            for kind in ("message", "presence", "iq"):
                with self.subTest(sender=sender[:40], kind=kind):
                    mallory = self.sign_in("mallory", source="127.0.8.1")
                    inside = "<body>forged</body>" if kind == "message" else "<status>forged</status>"
                    mallory.offer(
                        f"<{kind} type='get' id='f{number}' from='{sender}' to='{carl.full}'>"
                        f"{inside}</{kind}>"
                    )
                    self.assert_stream_error(mallory, "invalid-from")
        self.assert_quiet(carl, self.sign_in("mary"), "forged")

    def test_36_own_names(self):
        """The full and the bare one are ours; what goes out is stamped with the full one."""
        carl, mallory = self.sign_in("carl"), self.sign_in("mallory")
        for sender in (mallory.full, "mallory@localhost", "MALLORY@LocalHost/raw"):
            mallory.send(CHAT.format("own", carl.full, "hi").replace(" id=", f" from='{sender}' id="))
            got = carl.wait_for("<message [^>]*>").group(0).decode()
            self.assertIn(f"from='{mallory.full}'", got)

    def test_41_forged_stamps(self):
        """Nobody but this server says when it had something (XEP-0203)."""
        carl, mallory = self.sign_in("carl"), self.sign_in("mallory")
        mallory.send(
            f"<message to='{carl.full}' type='chat' id='d'><body>stamped</body>"
            "<delay xmlns='urn:xmpp:delay' from='localhost' stamp='1970-01-01T00:00:00Z'/>"
            "<delay xmlns='urn:xmpp:delay' from='carl@LOCALHOST' stamp='1970-01-01T00:00:00Z'/>"
            "<delay xmlns='urn:xmpp:delay' from='lobby@rooms.localhost' stamp='1970-01-01T00:00:00Z'/>"
            "<x xmlns='urn:a'/>"
            "<delay xmlns='urn:xmpp:delay' from='mallory@localhost/x' stamp='1971-01-01T00:00:00Z'/>"
            "</message>"
        )
        got = carl.wait_for("<message [^>]*id='d'.*?</message>").group(0).decode()
        self.assertNotIn("1970", got)
        self.assertIn("<x xmlns='urn:a'/>", got)
        self.assertIn("1971", got)

    def test_41_forged_stamps_make_no_work(self):
        """Thousands of them, behind thousands of others."""
        carl, mallory = self.sign_in("carl"), self.sign_in("mallory")
        forged = "<delay xmlns='urn:xmpp:delay' from='localhost' stamp=''/>"
        for _ in range(20):
            mallory.send(
                f"<message to='{carl.full}' type='headline'>" + "<y/>" * 5000 + forged * 3000 + "</message>"
            )
        self.assert_alive(mallory)


class IqTest(AttackCase):
    """Attack 38."""

    def test_38_malformed(self):
        mallory = self.sign_in("mallory")
        for number, (attributes, inside) in enumerate([
            ("type='get'", ""), ("type='set'", ""), ("type='get'", PING + PING), ("", PING),
            ("type='get'", "text"), ("type='GET'", PING), ("type=''", PING), ("type='get '", PING),
        ]):  # fmt: skip
            with self.subTest(attributes=attributes, inside=inside):
                mallory.send(f"<iq {attributes} id='m{number}'>{inside}</iq>")
                self.assert_error(mallory, f"m{number}", "bad-request")
        self.assert_alive(mallory)

    def test_38_without_id(self):
        """RFC 6120 8.1.3: nothing there to answer to; the session goes on."""
        mallory = self.sign_in("mallory")
        mallory.send(f"<iq type='get'>{PING}</iq><iq type='get' id=''>{PING}</iq><iq/>")
        self.assert_alive(mallory)

    def test_38_answers_to_nothing(self):
        """To everybody there could be; none of them is answered or believed."""
        mallory, carl = self.sign_in("mallory"), self.sign_in("carl")
        for to in ("", "localhost", "rooms.localhost", "lobby@rooms.localhost", "carl@localhost",
                   "nobody@localhost", "nobody@rooms.localhost", "elsewhere.example", "mallory@localhost"):
            address = f" to='{to}'" if to else ""
            for type_ in ("result", "error"):
                mallory.send(f"<iq type='{type_}' id='n'{address}/>")
                mallory.send(f"<iq type='{type_}' id='n'{address}><x xmlns='urn:a'/></iq>")
            mallory.send(f"<message type='error' id='n'{address}/>")
            mallory.send(f"<presence type='error' id='n'{address}/>")
        mallory.send(f"<iq type='get' id='last'>{PING}</iq>")
        answers = mallory.wait_for("(.*?)<iq [^>]*id='last'").group(1)
        self.assertNotIn(b"id='n'", answers)
        self.assert_quiet(carl, mallory, "jabber:iq:roster")

    def test_38_long_ids(self):
        """64 KiB of id come back as they were sent."""
        mallory = self.sign_in("mallory")
        for id_ in ("i" * 65536, "&lt;&amp;&gt;" * 100, "\U0001f64c" * 1000, " ", "&#10;"):
            with self.subTest(id_=id_[:20]):
                mallory.send(f"<iq type='get' id='{id_}'>{PING}</iq>")
                got = mallory.wait_for("<iq [^>]*id='([^']*)'").group(1).decode()
                self.assertEqual(got, id_)

    def test_38_nested_stanzas(self):
        """What is inside is content and no stanza."""
        mallory, carl = self.sign_in("mallory"), self.sign_in("carl")
        mallory.send(
            f"<message to='{carl.full}' id='outer'><body>x</body>"
            f"<message to='anna@localhost' from='bert@localhost'><body>inner</body></message>"
            f"<iq type='set' id='i'><query xmlns='jabber:iq:register'><remove/></query></iq></message>"
        )
        carl.wait_for("<message [^>]*id='outer'.*</message>")
        mallory.send(
            f"<iq type='get' id='nest'><iq type='get' id='inner'>{PING}</iq></iq>"
        )
        self.assert_error(mallory, "nest", "service-unavailable", "bad-request")
        self.assert_alive(mallory)


class AddressTest(AttackCase):
    """Attack 42."""

    def test_42_bad_addresses(self):
        mallory = self.sign_in("mallory")
        for number, to in enumerate(BAD_ADDRESSES):
            for text in (CHAT.format(f"b{number}", to, "x"),
                         f"<iq type='get' id='b{number}' to='{to}'>{PING}</iq>"):
                with self.subTest(to=to[:40]):
                    mallory.send(text)
                    self.assert_error(
                        mallory, f"b{number}", "jid-malformed", "remote-server-not-found"
                    )

    def test_42_longest_parts(self):
        """1,023 bytes of each are legal (RFC 7622 3.1), one more is not."""
        mallory = self.sign_in("mallory")
        for length, conditions in ((1023, ("service-unavailable", "item-not-found", "not-acceptable")),
                                   (1024, ("jid-malformed",))):
            for to in (f"{'a' * length}@localhost", f"carl@localhost/{'a' * length}",
                       f"{'a' * length}@rooms.localhost/x"):
                mallory.send(f"<iq type='get' id='long' to='{to}'>{PING}</iq>")
                self.assert_error(mallory, "long", *conditions)

    def test_42_odd_resources(self):
        """Who has one can be spoken to, and speaks."""
        carl = self.sign_in("carl")
        for resource in ODD_RESOURCES:
            with self.subTest(resource=resource[:20]):
                mallory = self.sign_in("mallory", resource=resource, source="127.0.8.2")
                carl.send(CHAT.format("odd", mallory.full, "there"))
                mallory.wait_for("<body>there</body>")
                mallory.send(CHAT.format("odd", carl.full, "back"))
                carl.wait_for("<body>back</body>")
                mallory.drop()

    def test_42_odd_names(self):
        mallory = self.sign_in("mallory")
        for name in ODD_NAMES:
            mallory.send(CHAT.format("name", f"{name}@localhost", "x"))
            self.assert_error(mallory, "name", "service-unavailable")

    def test_42_nobody_else_is_disturbed(self):
        """An odd nickname in a room must not throw out those who are in it."""
        muc = "<x xmlns='http://jabber.org/protocol/muc'/>"
        carl, mallory = self.sign_in("carl"), self.sign_in("mallory")
        carl.send(f"<presence to='odd@rooms.localhost/carl'>{muc}</presence>")
        carl.wait_for("<status code='110'/>")
        for nick in ("\U0001f64c", "a" * 200, "\u0378", "a\u202eb", "&lt;x&gt;", "  ", "e\u0301" * 60):
            mallory.send(f"<presence id='j' to='odd@rooms.localhost/{nick}'>{muc}</presence>")
            self.assert_alive(mallory)
        self.assert_alive(carl)


class CuriousTest(AttackCase):
    """Attack 51: strangers learn neither who has an account nor who is there. Anna is there, Carl is
    not, Nobody does not exist."""

    QUESTIONS = [
        f"<query xmlns='{INFO}'/>", f"<query xmlns='{ITEMS}'/>", PING, "<query xmlns='jabber:iq:last'/>",
        "<query xmlns='jabber:iq:version'/>", "<vCard xmlns='vcard-temp'/>", "<time xmlns='urn:xmpp:time'/>",
        "<query xmlns='jabber:iq:roster'/>", "<query xmlns='jabber:iq:private'><a xmlns='a'/></query>",
        f"<query xmlns='{INFO}' node='x'/>", f"<query xmlns='{ITEMS}' node='x'/>",
        "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:avatar:metadata'/></pubsub>",
        "<query xmlns='jabber:iq:register'/>", "<blocklist xmlns='urn:xmpp:blocking'/>", "<x xmlns='urn:unknown'/>",
        "<query xmlns='urn:xmpp:mam:2'/>",
    ]  # fmt: skip

    def ask(self, client, type_, to, payload):
        """The answer without what differs anyhow."""
        client.send(f"<iq type='{type_}' id='c' to='{to}'>{payload}</iq>")
        answer = client.wait_for("<iq [^>]*id='c'[^>]*?(/>|>.*?</iq>)").group(0).decode()
        return answer.replace(to, "WHO")

    def test_51_questions_about_people(self):
        mallory = self.sign_in("mallory")
        for payload in self.QUESTIONS:
            for type_ in ("get", "set"):
                for ending in ("", "/by", "/elsewhere"):
                    answers = {
                        self.ask(mallory, type_, f"{name}@localhost{ending}", payload)
                        for name in (("carl", "nobody") if ending == "/by" else ("anna", "carl", "nobody"))
                    }
                    with self.subTest(payload=payload, type_=type_, ending=ending):
                        self.assertEqual(len(answers), 1, answers)

    def test_51_probes(self):
        """RFC 6121 4.3.2: as somebody who exists and does not know the sender answers."""
        mallory = self.sign_in("mallory")
        answers = set()
        for name in ("anna", "carl", "nobody"):
            mallory.send(f"<presence type='probe' to='{name}@localhost' id='p'/>")
            mallory.send(f"<iq type='get' id='after'>{PING}</iq>")
            answer = mallory.wait_for("(.*?)<iq [^>]*id='after'.*?/>").group(1).decode()
            answers.add(answer.replace(name, "WHO"))
            self.assertNotIn("<show", answer)
        self.assertEqual(len(answers), 1, answers)


if __name__ == "__main__":
    unittest.main(verbosity=2)
