#!/usr/bin/python3
"""Rooms as slixmpp meets them: XEP-0045 and what belongs to it, against the real server.

JACKDAWD and JACKDAWCTL name the programs, WORKERS the number of workers.
"""

import asyncio
import unittest
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from client import Client
from server import Server

DOMAIN = "chat.example"
ROOMS = f"rooms.{DOMAIN}"
PEOPLE = 12
CROWD = 200
WAIT_SECONDS = 20
QUIET_SECONDS = 0.3

CLIENT = "{jabber:client}"
MUC = "http://jabber.org/protocol/muc"
USER = f"{{{MUC}#user}}"
ADMIN = f"{MUC}#admin"
OWNER = f"{MUC}#owner"
STANZAS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
DATA = "{jabber:x:data}"
DELAY = "{urn:xmpp:delay}delay"
SID = "{urn:xmpp:sid:0}stanza-id"
OCCUPANT_ID = "{urn:xmpp:occupant-id:0}occupant-id"


# ---- reading stanzas ----


def kind(xml):
    return xml.tag.removeprefix(CLIENT)


def sender(xml):
    return xml.get("from", "")


def nick(xml):
    return sender(xml).partition("/")[2]


def codes(xml):
    return {int(status.get("code")) for status in xml.iter(f"{USER}status")}


def item(xml):
    return xml.find(f"{USER}x/{USER}item")


def text(xml, name):
    found = xml.find(CLIENT + name)
    return None if found is None else found.text or ""


def condition(xml):
    """The defined condition of an error, or None."""
    error = xml.find(f"{CLIENT}error")
    if xml.get("type") != "error" or error is None:
        return None
    return next(child.tag.removeprefix(STANZAS) for child in error if child.tag != f"{STANZAS}text")


def is_subject(xml):
    return kind(xml) == "message" and text(xml, "subject") is not None and text(xml, "body") is None


class Person:
    """One client, with everything that came, in the order in which it came."""

    def __init__(self, client):
        self.client = client
        self.ids = 0

    @property
    def inbox(self):
        return self.client.inbox

    @property
    def jid(self):
        return self.client.full

    @property
    def bare(self):
        return self.client.bare

    def take_all(self):
        """Empties the inbox."""
        taken, self.client.inbox = self.client.inbox, []
        return taken

    def send(self, xml):
        self.client.send_raw(xml)

    async def expect(self, wanted, what="a stanza"):
        """Takes the first stanza for which `wanted` holds out of the inbox."""
        deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
        while True:
            for xml in self.inbox:
                if wanted(xml):
                    self.inbox.remove(xml)
                    return xml
            self.client.arrived.clear()
            left = deadline - asyncio.get_running_loop().time()
            try:
                await asyncio.wait_for(self.client.arrived.wait(), max(left, 0))
            except asyncio.TimeoutError:
                had = "\n".join(ElementTree.tostring(xml, "unicode") for xml in self.inbox)
                raise AssertionError(f"{self.jid} waits for {what} in vain; has\n{had}") from None

    async def quiet(self):
        """What has come when nothing has come for a while; empties the inbox."""
        while True:
            count = len(self.inbox)
            await asyncio.sleep(QUIET_SECONDS)
            if len(self.inbox) == count:
                return self.take_all()

    async def iq(self, kind_, to, payload):
        """Sends one, gives back the answer."""
        self.ids += 1
        own = f"q{self.ids}"
        self.send(f"<iq type='{kind_}' id='{own}' to={quoteattr(to)}>{payload}</iq>")
        return await self.expect(
            lambda xml: kind(xml) == "iq" and xml.get("id") == own and xml.get("type") != "get",
            f"the answer to {payload}",
        )

    def presence(self, to, payload="", type_="", id_="p1"):
        attribute = f" type='{type_}'" if type_ else ""
        self.send(f"<presence id='{id_}' to={quoteattr(to)}{attribute}>{payload}</presence>")

    def join_presence(self, room, name, inside=""):
        self.presence(f"{room}/{name}", f"<x xmlns='{MUC}'>{inside}</x>")

    async def join(self, room, name, inside=""):
        """Enters; everything up to the subject, in order. Nothing else may be in the inbox."""
        self.join_presence(room, name, inside)
        subject = await self.expect(is_subject, f"the subject of {room}")
        return self.take_all() + [subject]

    async def create(self, room, name, **options):
        """Makes a room and configures it."""
        await self.join(room, name)
        answer = await self.configure(room, **options)
        assert answer.get("type") == "result", ElementTree.tostring(answer)
        await self.quiet()

    async def configure(self, room, **options):
        names = {"history": "muc#maxhistoryfetch"}
        fields = "".join(
            f"<field var='{names.get(name, 'muc#roomconfig_' + name)}'>"
            f"<value>{escape(value)}</value></field>"
            for name, value in options.items()
        )
        form = f"<x xmlns='jabber:x:data' type='submit'>{fields}</x>"
        return await self.iq("set", room, f"<query xmlns='{OWNER}'>{form}</query>")

    def say(self, room, body, id_="m1", extra="", type_="groupchat"):
        self.send(
            f"<message type='{type_}' id='{id_}' to={quoteattr(room)}>"
            f"<body>{escape(body)}</body>{extra}</message>"
        )

    async def hear(self, body):
        return await self.expect(lambda xml: text(xml, "body") == body, f"'{body}'")

    async def refused(self, wanted):
        """Waits for an error that is not an IQ."""
        xml = await self.expect(
            lambda xml: kind(xml) != "iq" and xml.get("type") == "error", f"<{wanted}/>"
        )
        assert condition(xml) == wanted, ElementTree.tostring(xml)
        return xml

    async def admin(self, room, *items, kind_="set"):
        return await self.iq(kind_, room, f"<query xmlns='{ADMIN}'>{''.join(items)}</query>")

    async def presence_of(self, name, type_=None):
        return await self.expect(
            lambda xml: kind(xml) == "presence" and nick(xml) == name and xml.get("type") == type_,
            f"{type_ or 'available'} presence of {name}",
        )


def history(**attributes):
    inside = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<history {inside}/>"


class MucTest(unittest.IsolatedAsyncioTestCase):
    """One server for all; each test has rooms of its own."""

    overrides = {}

    @classmethod
    def setUpClass(cls):
        cls.server = Server(cls.overrides, DOMAIN)
        cls.server.start()
        for number in range(PEOPLE):
            cls.server.add_user(f"p{number}", f"secret{number}")

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    async def asyncSetUp(self):
        self.people = []
        self.room = f"{self._testMethodName.replace('_', '-')}@{ROOMS}"

    async def asyncTearDown(self):
        for person in self.people:
            await person.client.leave()

    async def person(self, number=0, resource="phone"):
        client = Client(self.server, f"p{number}@{DOMAIN}/{resource}", f"secret{number}")
        person = Person(await client.sign_in(presence=True, seconds=WAIT_SECONDS))
        person.inbox.clear()
        self.people.append(person)
        return person

    async def several(self, count):
        return [await self.person(number) for number in range(count)]

    async def meet(self, *people, **options):
        """All in the test's room, which the first one owns; names are a, b, c ..."""
        await people[0].create(self.room, "a", **options)
        for number, person in enumerate(people[1:], 1):
            await person.join(self.room, chr(ord("a") + number))
        for person in people:
            await person.quiet()

    def assert_condition(self, xml, wanted):
        self.assertEqual(condition(xml), wanted, ElementTree.tostring(xml))

    def assert_result(self, xml):
        self.assertEqual(xml.get("type"), "result", ElementTree.tostring(xml))


class EnteringTest(MucTest):
    """XEP-0045 7.1, 7.2, 10.1."""

    async def test_lobby_is_there(self):
        anna = await self.person()
        came = await anna.join(f"lobby@{ROOMS}", "anna")
        self.assertEqual(codes(came[0]), {100, 110})
        self.assertEqual(item(came[0]).get("jid"), anna.jid)
        self.assertEqual(item(came[0]).get("affiliation"), "none")
        self.assertEqual(item(came[0]).get("role"), "participant")
        items = await anna.iq(
            "get", ROOMS, "<query xmlns='http://jabber.org/protocol/disco#items'/>"
        )
        names = {i.get("jid"): i.get("name") for i in items[0]}
        self.assertEqual(names.get(f"lobby@{ROOMS}"), "Lobby")

    async def test_new_room_is_locked_until_configured(self):
        anna, berta = await self.several(2)
        came = await anna.join(self.room, "anna")
        self.assertEqual(codes(came[0]), {110, 201})
        self.assertEqual(item(came[0]).get("affiliation"), "owner")
        self.assertEqual(item(came[0]).get("role"), "moderator")
        berta.join_presence(self.room, "berta")
        await berta.refused("item-not-found")
        self.assert_result(await anna.configure(self.room))
        await berta.join(self.room, "berta")

    async def test_cancelled_room_never_was(self):
        anna = await self.person()
        await anna.join(self.room, "anna")
        query = f"<query xmlns='{OWNER}'><x xmlns='jabber:x:data' type='cancel'/></query>"
        self.assert_result(await anna.iq("set", self.room, query))
        self.assertIsNotNone((await anna.presence_of("anna", "unavailable")).find(
            f"{USER}x/{USER}destroy"))
        info = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
        self.assert_condition(await anna.iq("get", self.room, info), "item-not-found")

    async def test_order_of_events(self):
        anna, berta, carla = await self.several(3)
        await self.meet(anna, berta, whois="anyone")
        for number in range(3):
            anna.say(self.room, f"before {number}")
            await berta.hear(f"before {number}")
        anna.send(f"<message type='groupchat' to='{self.room}'><subject>Spells</subject></message>")
        await berta.expect(is_subject)
        came = await carla.join(self.room, "carla")
        self.assertEqual([nick(xml) for xml in came], ["a", "b", "carla"] + ["a"] * 4)
        self.assertEqual([kind(xml) for xml in came], ["presence"] * 3 + ["message"] * 4)
        self.assertEqual(codes(came[0]) | codes(came[1]), set())
        self.assertEqual(codes(came[2]), {100, 110})
        self.assertEqual(came[2].get("id"), "p1")
        self.assertEqual([text(xml, "body") for xml in came[3:6]],
                         ["before 0", "before 1", "before 2"])
        for xml in came[3:]:
            self.assertEqual(xml.find(DELAY).get("from"), self.room)
            self.assertEqual(xml.get("to"), carla.jid)
        self.assertEqual(text(came[6], "subject"), "Spells")
        shown = await berta.presence_of("carla")
        self.assertEqual(item(shown).get("jid"), carla.jid)
        self.assertEqual(codes(shown), set())

    async def test_empty_subject_is_sent(self):
        anna = await self.person()
        came = await anna.join(self.room, "anna")
        self.assertEqual(text(came[-1], "subject"), "")
        self.assertIsNone(came[-1].find(DELAY))

    async def test_semi_anonymous_room_hides_addresses(self):
        anna, berta, carla = await self.several(3)
        await self.meet(anna, berta)
        came = await carla.join(self.room, "carla")
        self.assertEqual(codes(came[2]), {110})
        self.assertIsNone(item(came[0]).get("jid"))
        self.assertIsNone(item(came[1]).get("jid"))
        self.assertEqual(item(came[2]).get("jid"), carla.jid)
        self.assertEqual(item(await anna.presence_of("carla")).get("jid"), carla.jid)
        self.assertIsNone(item(await berta.presence_of("carla")).get("jid"))

    async def test_bad_nicknames(self):
        anna, berta = await self.several(2)
        await self.meet(anna)
        berta.presence(self.room, f"<x xmlns='{MUC}'/>")
        await berta.refused("jid-malformed")
        berta.join_presence(self.room, "   ")
        await berta.refused("jid-malformed")
        berta.join_presence(self.room, "x" * 600)
        await berta.refused("not-acceptable")
        berta.join_presence(self.room, "a")
        await berta.refused("conflict")

    async def test_members_only(self):
        anna, berta = await self.several(2)
        await self.meet(anna, membersonly="1")
        berta.join_presence(self.room, "berta")
        await berta.refused("registration-required")
        self.assert_result(
            await anna.admin(self.room, f"<item affiliation='member' jid='{berta.bare}'/>"))
        invitation = await berta.expect(lambda xml: kind(xml) == "message", "an invitation")
        self.assertIsNotNone(invitation.find(f"{USER}x/{USER}invite"))
        await berta.join(self.room, "berta")
        # No member any more: out with 321.
        self.assert_result(
            await anna.admin(self.room, f"<item affiliation='none' jid='{berta.bare}'/>"))
        gone = await berta.presence_of("berta", "unavailable")
        self.assertEqual(codes(gone), {110, 321})

    async def test_password(self):
        anna, berta = await self.several(2)
        await self.meet(anna, passwordprotectedroom="1", roomsecret="cauldron")
        for inside in ("", "<password/>", "<password>Cauldron</password>"):
            berta.join_presence(self.room, "berta", inside)
            await berta.refused("not-authorized")
        await berta.join(self.room, "berta", "<password>cauldron</password>")

    async def test_full_room(self):
        anna, berta, carla = await self.several(3)
        await self.meet(anna, berta, maxusers="2")
        carla.join_presence(self.room, "carla")
        await carla.refused("service-unavailable")
        # 7.2.9: an admin gets in all the same.
        await anna.admin(self.room, f"<item affiliation='admin' jid='{carla.bare}'/>")
        await carla.quiet()
        await carla.join(self.room, "carla")

    async def test_several_clients_one_nickname(self):
        anna, berta = await self.several(2)
        tablet = await self.person(1, "tablet")
        await self.meet(anna, berta)
        came = await tablet.join(self.room, "b")
        self.assertEqual([nick(xml) for xml in came], ["a", "b", ""])
        await anna.quiet()
        anna.say(self.room, "to both")
        await berta.hear("to both")
        await tablet.hear("to both")
        tablet.say(self.room, "from the second")
        self.assertEqual(nick(await anna.hear("from the second")), "b")
        # One goes, the occupant stays.
        berta.presence(f"{self.room}/b", type_="unavailable")
        self.assertEqual(codes(await berta.presence_of("b", "unavailable")), {110})
        self.assertFalse([xml for xml in await anna.quiet() if xml.get("type") == "unavailable"])
        tablet.presence(f"{self.room}/b", type_="unavailable")
        await anna.presence_of("b", "unavailable")

    async def test_joining_again_tells_everything_again(self):
        anna, berta = await self.several(2)
        await self.meet(anna, berta)
        came = await berta.join(self.room, "b")
        self.assertEqual([nick(xml) for xml in came], ["a", "b", ""])
        self.assertIn(110, codes(came[1]))

    async def test_presence_without_joining_is_no_join(self):
        anna, berta = await self.several(2)
        await self.meet(anna)
        for room in (self.room, f"nowhere@{ROOMS}"):
            berta.presence(f"{room}/berta", "<show>away</show>")
            kick = await berta.presence_of("berta", "unavailable")
            self.assertEqual(codes(kick), {110, 307, 333})
        self.assertFalse(await anna.quiet())

    async def test_presence_is_passed_on_without_forgeries(self):
        anna, berta = await self.several(2)
        await self.meet(anna, berta)
        forged = (f"<x xmlns='{MUC}#user'><item affiliation='owner' role='moderator'/>"
                  "<status code='301'/></x><occupant-id xmlns='urn:xmpp:occupant-id:0' id='me'/>")
        berta.presence(f"{self.room}/b", f"<show>away</show><e xmlns='urn:e'/>{forged}")
        shown = await anna.presence_of("b")
        self.assertEqual(text(shown, "show"), "away")
        self.assertIsNotNone(shown.find("{urn:e}e"))
        self.assertEqual(len(shown.findall(f"{USER}x")), 1)
        self.assertEqual(item(shown).get("affiliation"), "none")
        self.assertEqual(codes(shown), set())
        ids = shown.findall(OCCUPANT_ID)
        self.assertEqual(len(ids), 1)
        self.assertNotEqual(ids[0].get("id"), "me")


class HistoryTest(MucTest):
    """XEP-0045 7.2.13, 7.2.14."""

    async def bodies(self, person, inside):
        came = await person.join(self.room, "reader", inside)
        person.presence(f"{self.room}/reader", type_="unavailable")
        await person.quiet()
        return [text(xml, "body") for xml in came if text(xml, "body") is not None]

    async def test_how_much(self):
        anna, berta = await self.several(2)
        await self.meet(anna, history="5")
        for number in range(8):
            anna.say(self.room, f"{number}")
            await anna.hear(f"{number}")
        self.assertEqual(await self.bodies(berta, ""), list("34567"))
        self.assertEqual(await self.bodies(berta, history(maxchars="0")), [])
        self.assertEqual(await self.bodies(berta, history(maxstanzas="2")), list("67"))
        self.assertEqual(await self.bodies(berta, history(maxstanzas="50")), list("34567"))
        self.assertEqual(await self.bodies(berta, history(seconds="3600")), list("34567"))
        self.assertEqual(await self.bodies(berta, history(seconds="0")), [])
        self.assertEqual(await self.bodies(berta, history(since="2099-01-01T00:00:00Z")), [])
        self.assertEqual(
            await self.bodies(berta, history(since="2020-01-01T00:00:00Z", maxstanzas="1")), ["7"])
        one = await self.bodies(berta, history(maxchars="900"))
        self.assertTrue(0 < len(one) < 5, one)

    async def test_what_is_kept(self):
        anna, berta = await self.several(2)
        await self.meet(anna)
        anna.say(self.room, "kept")
        anna.say(self.room, "passing", extra="<no-store xmlns='urn:xmpp:hints'/>")
        anna.send(f"<message type='groupchat' to='{self.room}'>"
                  "<composing xmlns='http://jabber.org/protocol/chatstates'/></message>")
        await anna.hear("passing")
        await anna.quiet()
        self.assertEqual(await self.bodies(berta, ""), ["kept"])

    async def test_rooms_survive_a_restart(self):
        anna, berta = await self.several(2)
        await self.meet(anna, berta, persistentroom="1", roomname="A Dark Cave", whois="anyone")
        await anna.admin(self.room, f"<item affiliation='member' jid='{berta.bare}' nick='bee'/>")
        for number in range(20):
            anna.say(self.room, f"line {number}")
        anna.send(f"<message type='groupchat' to='{self.room}'><subject>Spells</subject></message>")
        await berta.expect(is_subject)
        occupant_id = (await berta.hear("line 7")).find(OCCUPANT_ID).get("id")
        stanza_id = (await anna.hear("line 9")).find(SID).get("id")
        self.server.restart()
        self.people.clear()
        anna, carla = await self.person(0), await self.person(2)
        came = await carla.join(self.room, "carla")
        self.assertEqual([text(xml, "body") for xml in came[1:-1]],
                         [f"line {number}" for number in range(20)])
        self.assertEqual(came[8].find(OCCUPANT_ID).get("id"), occupant_id)
        self.assertEqual(came[10].find(SID).get("id"), stanza_id)
        self.assertEqual(text(came[-1], "subject"), "Spells")
        self.assertIsNotNone(came[-1].find(DELAY))
        came = await anna.join(self.room, "anna", history(maxchars="0"))
        self.assertEqual(item(came[1]).get("affiliation"), "owner")
        self.assertEqual(codes(came[1]), {100, 110})
        listed = await anna.admin(self.room, "<item affiliation='member'/>", kind_="get")
        self.assertEqual([(i.get("jid"), i.get("nick")) for i in listed[0]],
                         [(f"p1@{DOMAIN}", "bee")])
        # A name that is kept for somebody is taken.
        carla.presence(f"{self.room}/bee")
        await carla.refused("conflict")


class TalkingTest(MucTest):
    """XEP-0045 7.4, 7.5, 8.1; XEP-0359; XEP-0421."""

    async def test_message_is_reflected_to_all(self):
        anna, berta, carla = await self.several(3)
        await self.meet(anna, berta, carla)
        berta.say(self.room, "Hello <&> 'all'", id_="own-id",
                  extra="<origin-id xmlns='urn:xmpp:sid:0' id='origin'/>")
        stanza_ids = set()
        for person in (anna, berta, carla):
            xml = await person.hear("Hello <&> 'all'")
            self.assertEqual(sender(xml), f"{self.room}/b")
            self.assertEqual(xml.get("to"), person.jid)
            self.assertEqual(xml.get("id"), "own-id")
            self.assertEqual(xml.find("{urn:xmpp:sid:0}origin-id").get("id"), "origin")
            self.assertEqual(xml.find(SID).get("by"), self.room)
            stanza_ids.add(xml.find(SID).get("id"))
        self.assertEqual(len(stanza_ids), 1)

    async def test_order_is_one_for_all(self):
        people = await self.several(4)
        await self.meet(*people, persistentroom="1")
        for number in range(50):
            for person in people:
                person.say(self.room, f"{person.bare} {number}")
        heard = []
        for person in people:
            await person.hear(f"{people[-1].bare} 49")
            heard.append([text(xml, "body") for xml in await person.quiet()
                          if text(xml, "body")])
        for other in heard[1:]:
            self.assertEqual(other, heard[0])
        self.assertEqual([b for b in heard[0] if b.startswith(people[0].bare)],
                         [f"{people[0].bare} {number}" for number in range(50)])

    async def test_console_tells_what_happens(self):
        anna, berta = await self.several(2)
        await self.meet(anna, berta)
        berta.presence(f"{self.room}/bee")
        anna.say(self.room, "a secret")
        await berta.hear("a secret")
        await anna.admin(self.room, "<item nick='bee' role='none'/>")
        anna.presence(f"{self.room}/a", type_="unavailable")
        await anna.quiet()
        log = self.server.log()
        for event in ("room-created", "room-joined", "nick-changed", "kicked", "room-left",
                      "room-destroyed"):
            self.assertRegex(log, f"{event}: .*{self.room}")
        self.assertNotIn("a secret", log)

    async def test_leaving_waits_for_the_last_words(self):
        anna, berta = await self.several(2)
        await self.meet(anna, berta, persistentroom="1")
        for number in range(10):
            berta.say(self.room, f"{number}")
        berta.presence(f"{self.room}/b", type_="unavailable")
        await anna.presence_of("b", "unavailable")
        self.assertEqual([text(xml, "body") for xml in anna.inbox], list("0123456789"))

    async def test_forged_ids_are_taken_out(self):
        anna, berta = await self.several(2)
        await self.meet(anna, berta)
        berta.say(self.room, "forged", extra=(
            f"<stanza-id xmlns='urn:xmpp:sid:0' by='{self.room}' id='forged'/>"
            "<stanza-id xmlns='urn:xmpp:sid:0' by='other@example' id='kept'/>"
            "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged'/>"
            "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='again'/>"
            f"<delay xmlns='urn:xmpp:delay' from='{self.room}' stamp='2000-01-01T00:00:00Z'/>"
            f"<x xmlns='{MUC}#user'><status code='104'/></x>"))
        xml = await anna.hear("forged")
        self.assertEqual({i.get("by") for i in xml.findall(SID)}, {self.room, "other@example"})
        self.assertNotIn("forged", {i.get("id") for i in xml.findall(SID)})
        ids = xml.findall(OCCUPANT_ID)
        self.assertEqual(len(ids), 1)
        self.assertEqual(len(ids[0].get("id")), 64)
        self.assertIsNone(xml.find(DELAY))
        self.assertIsNone(xml.find(f"{USER}x"))

    async def test_occupant_id_stays(self):
        anna, berta = await self.several(2)
        await self.meet(anna, berta)
        berta.say(self.room, "one")
        first = (await anna.hear("one")).find(OCCUPANT_ID).get("id")
        berta.presence(f"{self.room}/bee")
        new = await anna.presence_of("bee")
        self.assertEqual(new.find(OCCUPANT_ID).get("id"), first)
        berta.presence(f"{self.room}/bee", type_="unavailable")
        await berta.quiet()
        await berta.join(self.room, "other")
        berta.say(self.room, "two")
        self.assertEqual((await anna.hear("two")).find(OCCUPANT_ID).get("id"), first)
        anna.say(self.room, "three")
        self.assertNotEqual((await anna.hear("three")).find(OCCUPANT_ID).get("id"), first)

    async def test_outsiders_are_not_heard(self):
        anna, berta = await self.several(2)
        await self.meet(anna)
        berta.say(self.room, "psst")
        await berta.refused("not-acceptable")
        berta.say(f"{self.room}/a", "psst", type_="chat")
        await berta.refused("not-acceptable")
        berta.say(f"nowhere@{ROOMS}", "psst")
        await berta.refused("item-not-found")
        berta.send(f"<message type='groupchat' to='{self.room}'><subject>x</subject></message>")
        await berta.refused("not-acceptable")
        self.assertFalse(await anna.quiet())

    async def test_subject(self):
        anna, berta = await self.several(2)
        await self.meet(anna, berta)
        change = f"<message type='groupchat' to='{self.room}'><subject>{{}}</subject>{{}}</message>"
        berta.send(change.format("mine", ""))
        await berta.refused("forbidden")
        anna.send(change.format("Spells", ""))
        xml = await berta.expect(is_subject)
        self.assertEqual((sender(xml), text(xml, "subject")), (f"{self.room}/a", "Spells"))
        # With a body it is an ordinary message.
        berta.send(change.format("not a subject", "<body>said</body>"))
        await anna.hear("said")
        anna.send(change.format("", ""))
        self.assertEqual(text(await berta.expect(is_subject), "subject"), "")
        await anna.configure(self.room, changesubject="1")
        berta.send(change.format("now mine", ""))
        xml = await anna.expect(lambda xml: is_subject(xml) and text(xml, "subject") == "now mine")
        self.assertEqual(nick(xml), "b")

    async def test_private_message(self):
        anna, berta, carla = await self.several(3)
        tablet = await self.person(1, "tablet")
        await self.meet(anna, berta, carla)
        await tablet.join(self.room, "b")
        await carla.quiet()
        anna.say(f"{self.room}/b", "psst", type_="chat",
                 extra=f"<x xmlns='{MUC}#user'><invite/></x>")
        for person in (berta, tablet):
            xml = await person.hear("psst")
            self.assertEqual((sender(xml), xml.get("type")), (f"{self.room}/a", "chat"))
            self.assertEqual(len(xml.findall(f"{USER}x")), 1)
            self.assertEqual(len(xml.find(f"{USER}x")), 0)
        self.assertFalse(await carla.quiet())
        anna.say(f"{self.room}/nobody", "psst", type_="chat")
        await anna.refused("item-not-found")
        anna.say(f"{self.room}/b", "psst", type_="groupchat")
        await anna.refused("bad-request")
        await anna.configure(self.room, allowpm="moderators")
        carla.say(f"{self.room}/b", "psst", type_="chat")
        await carla.refused("forbidden")


class NamesTest(MucTest):
    """XEP-0045 7.6, 7.7, 7.12, 7.14."""

    async def test_new_nickname(self):
        anna, berta = await self.several(2)
        await self.meet(anna, berta, whois="anyone")
        berta.presence(f"{self.room}/bee", "<show>xa</show>")
        for person, own in ((anna, set()), (berta, {110})):
            old = await person.presence_of("b", "unavailable")
            self.assertEqual(codes(old), {303} | own)
            self.assertEqual(item(old).get("nick"), "bee")
            self.assertEqual(item(old).get("jid"), berta.jid)
            self.assertEqual(item(old).get("role"), "participant")
            new = await person.presence_of("bee")
            self.assertEqual(codes(new), own)
            self.assertEqual(text(new, "show"), "xa")
        berta.say(self.room, "renamed")
        self.assertEqual(nick(await anna.hear("renamed")), "bee")
        # The old name is free again.
        carla = await self.person(2)
        await carla.join(self.room, "b")

    async def test_taken_and_bad_nicknames(self):
        anna, berta = await self.several(2)
        await self.meet(anna, berta)
        berta.presence(f"{self.room}/a")
        await berta.refused("conflict")
        berta.presence(f"{self.room}/ ")
        await berta.refused("jid-malformed")
        for name in (" bee", "bee ", "be  e", "a "):
            berta.presence(f"{self.room}/{name}")
            await berta.refused("not-acceptable")
        self.assertFalse(await anna.quiet())

    async def test_nicknames_that_look_the_same(self):
        """RFC 8266."""
        anna, berta, carla = await self.several(3)
        await self.meet(anna, berta)
        anna.presence(f"{self.room}/vic")
        await anna.presence_of("vic")
        self.assert_result(await anna.admin(
            self.room, f"<item affiliation='member' jid='{anna.bare}x' nick='Bee'/>"))
        for name in ("VIC", "Vic", "\uff56\uff49\uff43", "bee", "BEE"):
            carla.join_presence(self.room, name)
            await carla.refused("conflict")
            berta.presence(f"{self.room}/{name}")
            await berta.refused("conflict")
        carla.join_presence(self.room, "vic ")
        await carla.refused("not-acceptable")
        # One's own name may be written in another way; it is then that which is sent to.
        anna.presence(f"{self.room}/VIC")
        await anna.presence_of("VIC")
        carla.join_presence(self.room, "vic")
        await carla.refused("conflict")

    async def test_reserved_nickname(self):
        anna, berta, carla = await self.several(3)
        await self.meet(anna)
        await anna.admin(self.room, f"<item affiliation='member' jid='{berta.bare}' nick='bee'/>")
        carla.join_presence(self.room, "bee")
        await carla.refused("conflict")
        query = ("<query xmlns='http://jabber.org/protocol/disco#info' "
                 "node='x-roomuser-item'/>")
        info = await berta.iq("get", self.room, query)
        self.assertEqual(info[0][0].get("name"), "bee")
        self.assertEqual(len((await carla.iq("get", self.room, query))[0]), 0)
        await berta.join(self.room, "bee")

    async def test_leaving(self):
        anna, berta = await self.several(2)
        await self.meet(anna, berta)
        berta.presence(f"{self.room}/b", "<status>bye</status>", "unavailable")
        for person, own in ((berta, {110}), (anna, set())):
            gone = await person.presence_of("b", "unavailable")
            self.assertEqual(codes(gone), own)
            self.assertEqual(item(gone).get("role"), "none")
            self.assertEqual(text(gone, "status"), "bye")
        berta.presence(f"{self.room}/b", type_="unavailable")
        self.assertFalse(await berta.quiet())

    async def test_lost_connection_leaves(self):
        anna, berta = await self.several(2)
        await self.meet(anna, berta)
        berta.client.drop()
        self.assertEqual(codes(await anna.presence_of("b", "unavailable")), set())

    async def test_ghosts_are_removed(self):
        anna, berta = await self.several(2)
        await self.meet(anna, berta)
        error = ("<{} type='error' to='{}/a'><error type='{}'>"
                 "<{} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></{}>")
        # Not every error says that somebody has gone.
        berta.send(error.format("message", self.room, "cancel", "service-unavailable", "message"))
        bounce = await anna.expect(lambda xml: kind(xml) == "message")
        self.assertEqual((sender(bounce), condition(bounce)),
                         (f"{self.room}/b", "service-unavailable"))
        self.assertFalse(await anna.quiet())
        berta.send(error.format("presence", self.room, "wait", "recipient-unavailable", "presence"))
        await anna.presence_of("b", "unavailable")

    async def test_passing_room_vanishes(self):
        anna, berta = await self.several(2)
        await self.meet(anna)
        anna.presence(f"{self.room}/a", type_="unavailable")
        await anna.quiet()
        came = await berta.join(self.room, "berta")
        self.assertIn(201, codes(came[0]))


class ModeratingTest(MucTest):
    """XEP-0045 8, 9, 10."""

    async def test_kick(self):
        anna, berta, carla = await self.several(3)
        await self.meet(anna, berta, carla)
        answer = await anna.admin(
            self.room, "<item nick='b' role='none'><reason>Avaunt!</reason></item>")
        self.assert_result(answer)
        for person, own in ((berta, {110}), (carla, set()), (anna, set())):
            gone = await person.presence_of("b", "unavailable")
            self.assertEqual(codes(gone), {307} | own)
            self.assertEqual(item(gone).get("role"), "none")
            self.assertEqual(item(gone).find(f"{USER}reason").text, "Avaunt!")
            self.assertEqual(item(gone).find(f"{USER}actor").get("nick"), "a")
        berta.say(self.room, "still here?")
        await berta.refused("not-acceptable")
        await berta.join(self.room, "b")

    async def test_who_may_not(self):
        anna, berta, carla = await self.several(3)
        outsider = await self.person(3)
        await self.meet(anna, berta, carla)
        for person in (berta, outsider):
            for asked in ("<item nick='a' role='none'/>", "<item nick='c' role='none'/>",
                          f"<item jid='{carla.bare}' affiliation='outcast'/>",
                          f"<item jid='{person.bare}' affiliation='owner'/>"):
                self.assert_condition(await person.admin(self.room, asked), "forbidden")
            for asked in ("outcast", "member", "admin", "owner"):
                self.assert_condition(
                    await person.admin(self.room, f"<item affiliation='{asked}'/>", kind_="get"),
                    "forbidden")
            self.assert_condition(
                await person.admin(self.room, "<item role='moderator'/>", kind_="get"),
                "forbidden")
            form = await person.iq("get", self.room, f"<query xmlns='{OWNER}'/>")
            self.assert_condition(form, "forbidden")
            destroy = f"<query xmlns='{OWNER}'><destroy/></query>"
            self.assert_condition(await person.iq("set", self.room, destroy), "forbidden")
            self.assert_condition(await person.configure(self.room, membersonly="1"), "forbidden")
        # An admin against the owner, an owner against themselves.
        await anna.admin(self.room, f"<item jid='{berta.bare}' affiliation='admin'/>")
        self.assert_condition(
            await berta.admin(self.room, "<item nick='a' role='none'/>"), "not-allowed")
        self.assert_condition(
            await berta.admin(self.room, f"<item jid='{anna.bare}' affiliation='outcast'/>"),
            "not-allowed")
        self.assert_condition(
            await anna.admin(self.room, f"<item jid='{anna.bare}' affiliation='outcast'/>"),
            "conflict")
        self.assert_condition(
            await anna.admin(self.room, f"<item jid='{anna.bare}' affiliation='none'/>"),
            "conflict")

    async def test_bad_requests(self):
        anna, berta = await self.several(2)
        await self.meet(anna, berta)
        for asked, wanted in (
            ("", "bad-request"),
            ("<item/>", "bad-request"),
            ("<item nick='b' role='king'/>", "bad-request"),
            ("<item nick='b' role='none' affiliation='none'/>", "bad-request"),
            ("<item nick='nobody' role='none'/>", "item-not-found"),
            ("<item jid='@@' affiliation='member'/>", "jid-malformed"),
            ("<item affiliation='member'/>", "jid-malformed"),
        ):
            self.assert_condition(await anna.admin(self.room, asked), wanted)
        # All or nothing.
        self.assert_condition(
            await anna.admin(self.room, "<item nick='b' role='none'/>", "<item/>"), "bad-request")
        self.assertFalse(await berta.quiet())

    async def test_ban(self):
        anna, berta, carla = await self.several(3)
        await self.meet(anna, berta, carla)
        self.assert_result(await anna.admin(
            self.room, f"<item affiliation='outcast' jid='{berta.bare}'>"
            "<reason>Treason</reason></item>"))
        gone = await berta.presence_of("b", "unavailable")
        self.assertEqual(codes(gone), {110, 301})
        self.assertEqual(item(gone).get("affiliation"), "outcast")
        self.assertEqual(codes(await carla.presence_of("b", "unavailable")), {301})
        berta.join_presence(self.room, "other")
        await berta.refused("forbidden")
        listed = await anna.admin(self.room, "<item affiliation='outcast'/>", kind_="get")
        self.assertEqual([i.get("jid") for i in listed[0]], [berta.bare])
        await anna.admin(self.room, f"<item affiliation='none' jid='{berta.bare}'/>")
        await berta.join(self.room, "b")

    async def test_voice(self):
        anna, berta = await self.several(2)
        await self.meet(anna, moderatedroom="1")
        came = await berta.join(self.room, "b")
        self.assertEqual(item(came[1]).get("role"), "visitor")
        berta.say(self.room, "may I?")
        await berta.refused("forbidden")
        self.assert_result(await anna.admin(self.room, "<item nick='b' role='participant'/>"))
        self.assertEqual(item(await berta.presence_of("b")).get("role"), "participant")
        berta.say(self.room, "thanks")
        await anna.hear("thanks")
        listed = await anna.admin(self.room, "<item role='participant'/>", kind_="get")
        self.assertEqual([(i.get("nick"), i.get("jid")) for i in listed[0]], [("b", berta.jid)])
        self.assert_result(await anna.admin(self.room, "<item nick='b' role='visitor'/>"))
        berta.say(self.room, "again")
        await berta.refused("forbidden")

    def voice_form(self, **fields):
        inside = "".join(
            f"<field var='{var.replace('_', '#', 1)}'>"
            f"<value>{escape(value)}</value></field>"
            for var, value in fields.items()
        )
        return (
            f"<message to='{self.room}' id='v1'><x xmlns='jabber:x:data' type='submit'>"
            f"<field var='FORM_TYPE'><value>{MUC}#request</value></field>{inside}</x></message>"
        )

    def is_form(self, xml):
        return kind(xml) == "message" and xml.find(f"{DATA}x") is not None

    async def test_voice_is_asked_for(self):
        """XEP-0045 7.13, 8.6."""
        anna, berta, carla, dora = await self.several(4)
        await self.meet(anna, berta, carla, moderatedroom="1")
        berta.send(self.voice_form(muc_role="participant"))
        form = await anna.expect(self.is_form, "a form")
        self.assertEqual(sender(form), self.room)
        values = {
            field.get("var"): field.findtext(f"{DATA}value") for field in form.iter(f"{DATA}field")
        }
        self.assertEqual(
            values,
            {
                "FORM_TYPE": f"{MUC}#request",
                "muc#role": "participant",
                "muc#jid": berta.jid,
                "muc#roomnick": "b",
                "muc#request_allow": "false",
            },
        )
        answer = {"muc_role": "participant", "muc_jid": berta.jid, "muc_roomnick": "b"}
        berta.send(self.voice_form(muc_request_allow="true", **answer))
        await berta.refused("forbidden")
        anna.send(self.voice_form(muc_request_allow="false", **answer))
        anna.send(self.voice_form(muc_request_allow="1", **(answer | {"muc_jid": dora.jid})))
        await anna.refused("item-not-found")
        self.assertEqual([x for x in berta.take_all() if kind(x) == "presence"], [])
        anna.send(self.voice_form(muc_request_allow="1", **answer))
        for person in (anna, berta, carla):
            self.assertEqual(item(await person.presence_of("b")).get("role"), "participant")
        berta.say(self.room, "thanks")
        await carla.hear("thanks")
        self.assertFalse(any(self.is_form(x) for x in carla.take_all()))

    async def test_voice_is_not_asked_for_so(self):
        anna, berta, carla = await self.several(3)
        await self.meet(anna, berta, moderatedroom="1")
        berta.send(self.voice_form(muc_role="moderator"))
        await berta.refused("bad-request")
        berta.send(self.voice_form())
        await berta.refused("bad-request")
        anna.send(self.voice_form(muc_role="participant"))
        await anna.refused("not-allowed")
        carla.send(self.voice_form(muc_role="participant"))
        await carla.refused("not-acceptable")
        anna.presence(f"{self.room}/a", type_="unavailable")
        await berta.presence_of("a", "unavailable")
        berta.send(self.voice_form(muc_role="participant"))
        await berta.refused("recipient-unavailable")

    async def test_moderators_and_owners(self):
        anna, berta, carla = await self.several(3)
        await self.meet(anna, berta, carla)
        await anna.admin(self.room, "<item nick='b' role='moderator'/>")
        self.assertEqual(item(await carla.presence_of("b")).get("role"), "moderator")
        self.assert_condition(
            await berta.admin(self.room, "<item nick='c' role='moderator'/>"), "forbidden")
        await anna.admin(self.room, f"<item jid='{carla.bare}' affiliation='owner'/>")
        shown = await berta.expect(
            lambda xml: kind(xml) == "presence" and item(xml).get("affiliation") == "owner")
        self.assertEqual((nick(shown), item(shown).get("role")), ("c", "moderator"))
        # Now the first may go.
        self.assert_result(
            await anna.admin(self.room, f"<item jid='{anna.bare}' affiliation='none'/>"))
        self.assert_condition(await anna.configure(self.room), "forbidden")
        self.assert_result(await carla.configure(self.room))

    async def test_configuration(self):
        anna, berta = await self.several(2)
        await self.meet(anna, berta)
        form = await anna.iq("get", self.room, f"<query xmlns='{OWNER}'/>")
        fields = {f.get("var"): f.findtext(f"{DATA}value") for f in form.iter(f"{DATA}field")}
        self.assertEqual(fields["FORM_TYPE"], f"{MUC}#roomconfig")
        self.assertEqual(fields["muc#roomconfig_persistentroom"], "0")
        self.assertEqual(fields["muc#roomconfig_whois"], "moderators")
        self.assert_result(await anna.configure(
            self.room, roomname="Cave & Co", whois="anyone", publicroom="0"))
        change = await berta.expect(lambda xml: kind(xml) == "message")
        self.assertEqual(codes(change), {104, 172})
        self.assertEqual((sender(change), change.get("type")), (self.room, "groupchat"))
        info = await berta.iq(
            "get", self.room, "<query xmlns='http://jabber.org/protocol/disco#info'/>")
        names = {i.get("name") for i in info[0] if i.tag.endswith("identity")}
        features = {i.get("var") for i in info[0] if i.tag.endswith("feature")}
        self.assertEqual(names, {"Cave & Co"})
        self.assertLessEqual(
            {MUC, "muc_hidden", "muc_temporary", "muc_open", "muc_unmoderated",
             "muc_nonanonymous", "muc_unsecured", f"{MUC}#stable_id", "urn:xmpp:sid:0",
             "urn:xmpp:occupant-id:0", f"{MUC}#self-ping-optimization"}, features)
        for wrong in ({"passwordprotectedroom": "1"}, {"whois": "nobody"},
                      {"persistentroom": "perhaps"}, {"maxusers": "-1"}):
            self.assert_condition(await anna.configure(self.room, **wrong), "not-acceptable")
        # Members-only from now on: strangers go.
        await anna.configure(self.room, membersonly="1")
        self.assertEqual(codes(await berta.presence_of("b", "unavailable")), {110, 322})

    async def test_destroy(self):
        anna, berta = await self.several(2)
        await self.meet(anna, berta, persistentroom="1")
        anna.say(self.room, "old")
        await berta.hear("old")
        self.assert_result(await anna.iq(
            "set", self.room,
            f"<query xmlns='{OWNER}'><destroy jid='other@{ROOMS}'><password>p</password>"
            "<reason>Macbeth doth come.</reason></destroy></query>"))
        for person, name in ((anna, "a"), (berta, "b")):
            gone = await person.presence_of(name, "unavailable")
            destroy = gone.find(f"{USER}x/{USER}destroy")
            self.assertEqual(destroy.get("jid"), f"other@{ROOMS}")
            self.assertEqual(destroy.find(f"{USER}reason").text, "Macbeth doth come.")
            self.assertEqual(destroy.find(f"{USER}password").text, "p")
            self.assertEqual((item(gone).get("role"), item(gone).get("affiliation")),
                             ("none", "none"))
            self.assertFalse([x for x in await person.quiet() if kind(x) == "presence"])
        came = await berta.join(self.room, "berta")
        self.assertIn(201, codes(came[0]))
        self.assertEqual(len(came), 2)


class InvitingTest(MucTest):
    """XEP-0045 7.8.2."""

    async def test_invite_and_decline(self):
        anna, berta = await self.several(2)
        await self.meet(anna, passwordprotectedroom="1", roomsecret="cauldron", whois="anyone")
        invite = (f"<message to='{self.room}'><x xmlns='{MUC}#user'><invite to='{{}}'>"
                  "<reason>Come!</reason></invite></x></message>")
        anna.send(invite.format(berta.bare))
        xml = await berta.expect(lambda xml: kind(xml) == "message")
        self.assertEqual(sender(xml), self.room)
        invitation = xml.find(f"{USER}x/{USER}invite")
        self.assertEqual(invitation.get("from"), anna.bare)
        self.assertIsNone(invitation.get("to"))
        self.assertEqual(invitation.find(f"{USER}reason").text, "Come!")
        self.assertEqual(xml.find(f"{USER}x/{USER}password").text, "cauldron")
        decline = (f"<message to='{self.room}'><x xmlns='{MUC}#user'><decline to='{{}}'>"
                   "<reason>Busy</reason></decline></x></message>")
        berta.send(decline.format(anna.bare))
        xml = await anna.expect(lambda xml: kind(xml) == "message")
        declined = xml.find(f"{USER}x/{USER}decline")
        self.assertEqual((declined.get("from"), declined.find(f"{USER}reason").text),
                         (berta.bare, "Busy"))
        # Nobody writes through a room to people who are not in it.
        carla = await self.person(2)
        berta.send(decline.format(carla.bare))
        self.assertFalse(await carla.quiet())
        berta.send(invite.format(carla.bare))
        await berta.refused("not-acceptable")
        anna.send(invite.format("@@"))
        await anna.refused("jid-malformed")

    async def test_members_only(self):
        anna, berta, carla = await self.several(3)
        await self.meet(anna, membersonly="1")
        await anna.admin(self.room, f"<item affiliation='member' jid='{berta.bare}'/>")
        await berta.join(self.room, "berta")
        await berta.quiet()
        invite = (f"<message to='{self.room}'><x xmlns='{MUC}#user'>"
                  f"<invite to='{carla.bare}'/></x></message>")
        berta.send(invite)
        await berta.refused("forbidden")
        await anna.configure(self.room, allowinvites="1")
        berta.send(invite)
        xml = await carla.expect(lambda xml: kind(xml) == "message")
        # Addresses are a secret here.
        self.assertEqual(xml.find(f"{USER}x/{USER}invite").get("from"), f"{self.room}/berta")
        await carla.join(self.room, "carla")


class AskingTest(MucTest):
    """XEP-0045 6.6, 17.4; XEP-0199; XEP-0410."""

    PING = "<ping xmlns='urn:xmpp:ping'/>"

    async def test_pings(self):
        anna, berta = await self.several(2)
        await self.meet(anna)
        self.assert_result(await anna.iq("get", self.room, self.PING))
        self.assert_result(await anna.iq("get", f"{self.room}/a", self.PING))
        self.assert_condition(
            await berta.iq("get", f"{self.room}/berta", self.PING), "not-acceptable")
        self.assert_condition(
            await berta.iq("get", f"nowhere@{ROOMS}/berta", self.PING), "not-acceptable")
        self.assert_condition(
            await anna.iq("get", f"{self.room}/nobody", self.PING), "item-not-found")
        self.assert_condition(
            await berta.iq("get", f"nowhere@{ROOMS}", self.PING), "item-not-found")

    async def test_questions_are_passed_on(self):
        anna, berta, carla = await self.several(3)
        await self.meet(anna, berta)
        query = "<query xmlns='urn:question'>?</query>"
        asked = asyncio.ensure_future(berta.iq("get", f"{self.room}/a", query))
        request = await anna.expect(lambda xml: xml.get("type") == "get")
        self.assertEqual((sender(request), request.get("to")), (f"{self.room}/b", anna.jid))
        self.assertNotIn("p1", ElementTree.tostring(request, "unicode"))
        # Answers from the wrong person or to nothing are thrown away.
        carla.send(f"<iq type='result' to='{self.room}/b' id='{request.get('id')}'/>")
        anna.send(f"<iq type='result' to='{self.room}/b' id='1-2-q1'/>")
        anna.send(f"<iq type='result' to='{self.room}/b' id='x'/>")
        anna.send(f"<iq type='result' to='{self.room}/b' id='{request.get('id')}'>"
                  "<query xmlns='urn:question'>!</query></iq>")
        answer = await asked
        self.assert_result(answer)
        self.assertEqual(sender(answer), f"{self.room}/a")
        self.assertEqual(answer[0].text, "!")
        # A vCard is the account's to answer, and comes from the occupant all the same.
        card = await berta.iq("get", f"{self.room}/a", "<vCard xmlns='vcard-temp'/>")
        self.assertEqual(sender(card), f"{self.room}/a")
        self.assertFalse(await anna.quiet())
        info = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
        self.assert_condition(await carla.iq("get", f"{self.room}/a", info), "bad-request")
        self.assert_condition(await carla.iq("get", f"{self.room}/a", query), "not-acceptable")

    async def test_unknown_questions(self):
        anna = await self.person()
        await self.meet(anna)
        query = "<query xmlns='urn:question'/>"
        self.assert_condition(await anna.iq("get", self.room, query), "service-unavailable")
        self.assert_condition(await anna.iq("set", self.room, query), "service-unavailable")
        items = "<query xmlns='http://jabber.org/protocol/disco#items'/>"
        listed = await anna.iq("get", self.room, items)
        self.assertEqual([i.get("jid") for i in listed[0]], [f"{self.room}/a"])
        traffic = ("<query xmlns='http://jabber.org/protocol/disco#info' "
                   f"node='{MUC}#traffic'/>")
        self.assert_condition(await anna.iq("get", self.room, traffic), "service-unavailable")


class LimitsTest(MucTest):
    """What one account may use up."""

    overrides = {"max_rooms_per_account": 2, "max_occupants": 3, "guests": "yes"}

    async def test_rooms_of_one_account(self):
        anna = await self.person()
        for number in range(2):
            await anna.create(f"mine{number}@{ROOMS}", "a")
        anna.join_presence(f"mine2@{ROOMS}", "a")
        await anna.refused("not-allowed")
        anna.presence(f"mine0@{ROOMS}/a", type_="unavailable")
        await anna.quiet()
        await anna.create(f"mine2@{ROOMS}", "a")

    async def test_guests_make_no_rooms(self):
        anna = await self.person()
        await self.meet(anna)
        client = Client(self.server, DOMAIN, anonymous=True)
        guest = Person(await client.sign_in(presence=True, seconds=WAIT_SECONDS))
        self.people.append(guest)
        guest.join_presence(f"guests@{ROOMS}", "guest")
        await guest.refused("not-allowed")
        await guest.join(self.room, "guest")
        await guest.join(f"lobby@{ROOMS}", "guest")

    async def test_guests_say_less_at_once(self):
        anna = await self.person()
        await self.meet(anna)
        client = Client(self.server, DOMAIN, anonymous=True)
        guest = Person(await client.sign_in(presence=True, seconds=WAIT_SECONDS))
        self.people.append(guest)
        await guest.join(self.room, "guest")
        for number in range(30):
            guest.say(self.room, f"line {number}")
            anna.say(self.room, f"line {number}")
        await guest.refused("policy-violation")
        await anna.expect(
            lambda xml: xml.get("type") == "groupchat" and nick(xml) == "a" and
            "line 29" in "".join(xml.itertext()))
        said = [xml for xml in anna.inbox if kind(xml) == "message" and nick(xml) == "guest"]
        self.assertGreaterEqual(len(said), 5)
        self.assertLess(len(said), 20)

    async def test_occupants_of_one_room(self):
        people = await self.several(5)
        await self.meet(*people[1:4])
        people[4].join_presence(self.room, "late")
        await people[4].refused("service-unavailable")

    async def test_flood_of_messages(self):
        people = await self.several(4)
        await self.meet(people[2], people[3])
        for number in range(200):
            people[3].say(self.room, f"{number}")
        await people[3].refused("policy-violation")


class CrowdTest(MucTest):
    """Many in one room."""

    overrides = {"limits": "off", "max_sessions_per_account": 1000}

    async def test_two_hundred(self):
        anna = await self.person()
        await self.meet(anna, whois="anyone")
        crowd = []
        for first in range(0, CROWD, 20):
            crowd += await asyncio.gather(
                *(self.person(1 + number % (PEOPLE - 1), f"r{number}")
                  for number in range(first, first + 20)))
        for number, person in enumerate(crowd):
            person.join_presence(self.room, f"n{number}")
        for number, person in enumerate(crowd):
            await person.expect(lambda xml: 110 in codes(xml))
        for person in crowd:
            await person.expect(is_subject)
        crowd[7].say(self.room, "to all of you")
        for person in crowd + [anna]:
            await person.hear("to all of you")
        seen = {nick(xml) for xml in anna.inbox if kind(xml) == "presence"}
        self.assertEqual(seen, {f"n{number}" for number in range(CROWD)})
        for person in crowd[1:]:
            person.client.drop()
        for number in range(1, CROWD):
            await anna.presence_of(f"n{number}", "unavailable")


if __name__ == "__main__":
    unittest.main(verbosity=2)
