#!/usr/bin/python3
"""Attacks 41 and 50, in rooms: who is who, who may know, and storms. What is usual is in
tests/interop/test_muc.py."""

import unittest

from attack_case import PING, AttackCase

MUC = "http://jabber.org/protocol/muc"
JOIN = f"<presence to='{{}}'><x xmlns='{MUC}'/></presence>"
HERE = "<status code='110'/>"
FORM = "<x xmlns='jabber:x:data' type='submit'>{}</x>"
FIELD = "<field var='{}'><value>{}</value></field>"
ROOM = "club@rooms.localhost"


class RoomCase(AttackCase):
    """Mallory wants into Mary's club."""

    def join(self, client, nick, room=ROOM):
        client.send(JOIN.format(f"{room}/{nick}"))
        client.wait_for(HERE)

    def configure(self, owner, room=ROOM, **fields):
        values = FIELD.format("FORM_TYPE", f"{MUC}#roomconfig") + "".join(
            FIELD.format(f"muc#roomconfig_{name}", value) for name, value in fields.items()
        )
        kind, answer = owner.iq(
            "set", f"<query xmlns='{MUC}#owner'>{FORM.format(values)}</query>", room
        )
        self.assertEqual(kind, "result", answer)


class PrivateRoomTest(RoomCase):
    """CVE-2021-37601 and its like."""

    def setUp(self):
        super().setUp()
        self.mary = self.sign_in("mary")
        self.join(self.mary, "mary")
        self.configure(self.mary, membersonly=1, publicroom=0, persistentroom=1)
        kind, _ = self.mary.iq(
            "set",
            f"<query xmlns='{MUC}#admin'><item affiliation='member' jid='carl@localhost'/>"
            "<item affiliation='outcast' jid='bert@localhost'/></query>",
            ROOM,
        )
        self.assertEqual(kind, "result")
        self.mary.send(f"<message to='{ROOM}' type='groupchat'><body>a secret</body></message>")
        self.mary.wait_for("a secret")

    def test_50_lists_are_not_for_outsiders(self):
        mallory = self.sign_in("mallory")
        for query in (*(f"<item affiliation='{a}'/>" for a in ("owner", "admin", "member", "outcast")),
                      *(f"<item role='{r}'/>" for r in ("moderator", "participant", "visitor"))):
            with self.subTest(query=query):
                kind, answer = mallory.iq("get", f"<query xmlns='{MUC}#admin'>{query}</query>", ROOM)
                self.assertEqual(kind, "error", answer)
                self.assertNotIn("localhost", answer.replace(ROOM, ""))
        for payload in (f"<query xmlns='{MUC}#owner'/>",
                        f"<query xmlns='{MUC}#owner'><destroy/></query>",
                        "<query xmlns='urn:xmpp:mam:2'/>"):
            for type_ in ("get", "set"):
                kind, answer = mallory.iq(type_, payload, ROOM)
                self.assertEqual(kind, "error", answer)
                self.assertNotIn("secret", answer)

    def test_50_nobody_gets_in(self):
        """Neither by asking, nor by speaking, nor by naming an occupant."""
        mallory = self.sign_in("mallory")
        for text in (
            JOIN.format(ROOM + "/mallory"), f"<presence to='{ROOM}/mary'/>",
            f"<message to='{ROOM}' type='groupchat'><body>in</body></message>",
            f"<message to='{ROOM}/mary' type='chat'><body>in</body></message>",
            f"<message to='{ROOM}' type='groupchat'><subject>in</subject></message>",
            f"<iq type='get' id='x' to='{ROOM}/mary'>{PING}</iq>",
            f"<message to='{ROOM}'><x xmlns='{MUC}#user'><decline to='mary@localhost'/></x></message>",
        ):  # fmt: skip
            mallory.send(text)
        self.assert_alive(mallory)
        kind, answer = mallory.iq(
            "get", "<query xmlns='http://jabber.org/protocol/disco#items'/>", ROOM
        )
        self.assertNotIn("mary", answer)
        kind, answer = mallory.iq(
            "get", "<query xmlns='http://jabber.org/protocol/disco#items'/>", "rooms.localhost"
        )
        self.assertNotIn("club", answer)
        self.assert_quiet(self.mary, self.sign_in("carl"), "<body>in</body>")

    def test_50_nobody_promotes_themselves(self):
        carl = self.sign_in("carl")
        self.join(carl, "carl")
        for item in ("<item affiliation='owner' jid='carl@localhost'/>", "<item nick='carl' role='moderator'/>",
                     "<item affiliation='none' jid='mary@localhost'/>", "<item nick='mary' role='none'/>"):
            kind, answer = carl.iq("set", f"<query xmlns='{MUC}#admin'>{item}</query>", ROOM)
            self.assertEqual(kind, "error", answer)
        carl.send(f"<presence to='{ROOM}/carl'><x xmlns='{MUC}#user'><item affiliation='owner' role="
                  "'moderator' jid='anna@localhost'/><status code='110'/></x></presence>")
        got = self.mary.wait_for(f"<presence [^>]*from='{ROOM}/carl'.*?</presence>").group(0)
        self.assertNotIn(b"anna@localhost", got)
        self.assertNotIn(b"affiliation='owner'", got)


class OpenRoomTest(RoomCase):
    """In the lobby, where everybody is."""

    def test_41_forged_ids(self):
        """All of them, wherever they stand (ejabberd 25.04: only the first was replaced)."""
        carl, mallory = self.sign_in("carl"), self.sign_in("mallory")
        room = "lobby@rooms.localhost"
        self.join(carl, "carl", room)
        self.join(mallory, "mallory", room)
        forged = (
            "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged'/>"
            f"<stanza-id xmlns='urn:xmpp:sid:0' by='{room}' id='forged'/>"
            f"<delay xmlns='urn:xmpp:delay' from='{room}' stamp='2001-01-01T00:00:00Z'/>"
            f"<x xmlns='{MUC}#user'><item affiliation='owner' jid='anna@localhost/forged'/></x>"
        )
        mallory.send(
            f"<message to='{room}' type='groupchat' id='f'>{forged * 3}<body>hear</body>{forged * 3}</message>"
            f"<presence to='{room}/mallory'>{forged * 3}<status>look</status>{forged * 3}</presence>"
        )
        heard = carl.wait_for("<message (?:(?!<message ).)*<body>hear</body>.*?</message>").group(0)
        seen = carl.wait_for("<presence (?:(?!<presence ).)*<status>look</status>.*?</presence>").group(0)
        for got in (heard, seen):
            self.assertNotIn(b"forged", got)
            self.assertNotIn(b"2001-01-01", got)
            self.assertLessEqual(got.count(b"<occupant-id "), 1)

    def test_41_forged_ids_make_no_work(self):
        mallory = self.sign_in("mallory")
        room = "lobby@rooms.localhost"
        self.join(mallory, "mallory", room)
        forged = "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='f'/>"
        for _ in range(10):
            mallory.send(
                f"<message to='{room}' type='groupchat'><body>x</body>{'<y/>' * 5000}{forged * 3500}</message>"
            )
        self.assert_alive(mallory)

    def test_50_comings_and_goings(self):
        """Joining and leaving without end is slowed, and nobody else is."""
        mallory = self.sign_in("mallory")
        for number in range(300):
            mallory.offer(JOIN.format("storm@rooms.localhost/m"))
            mallory.offer("<presence to='storm@rooms.localhost/m' type='unavailable'/>")
        self.assert_alive(mallory)

    def test_50_nicknames_without_end(self):
        """Changes of name come to an end before the others have had enough."""
        carl, mallory = self.sign_in("carl"), self.sign_in("mallory")
        room = "names@rooms.localhost"
        self.join(carl, "carl", room)
        self.configure(carl, room, persistentroom=0)
        self.join(mallory, "m", room)
        for number in range(300):
            mallory.send(f"<presence to='{room}/m{number}'/>")
        self.assert_alive(mallory)
        self.assert_alive(carl)
        carl.send(f"<iq type='get' id='end'>{PING}</iq>")
        told = carl.wait_for("(.*?)<iq [^>]*id='end'").group(1).count(b"<presence ")
        self.assertLess(told, 400)

    def test_50_odd_configuration(self):
        """Forms with what does not belong there; the room stays as it was or takes what is sound."""
        carl = self.sign_in("carl")
        room = "form@rooms.localhost"
        self.join(carl, "carl", room)
        for values in (
            FIELD.format("muc#roomconfig_maxusers", "-1"), FIELD.format("muc#roomconfig_maxusers", "9" * 40),
            FIELD.format("muc#roomconfig_whois", "everybody-and-more"), FIELD.format("a" * 5000, "b" * 5000),
            FIELD.format("muc#roomconfig_roomname", "n" * 100000), FIELD.format("muc#roomconfig_persistentroom", "2"),
            "<field/>" * 5000, "<field var='muc#roomconfig_roomadmins'>" + "<value>@@</value>" * 1000 + "</field>",
            "<field var='muc#roomconfig_roomowners'/>", FIELD.format("FORM_TYPE", "urn:other"),
        ):  # fmt: skip
            kind, answer = carl.iq(
                "set", f"<query xmlns='{MUC}#owner'>{FORM.format(FIELD.format('FORM_TYPE', MUC + '#roomconfig') + values)}"
                "</query>", room
            )  # fmt: skip
            self.assertIn(kind, ("result", "error"))
        self.assert_alive(carl)


if __name__ == "__main__":
    unittest.main(verbosity=2)
