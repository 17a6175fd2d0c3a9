#!/usr/bin/python3
"""A phone goes into a tunnel: its connection is there no more, and nobody is told. What was sent to it
and not acknowledged comes back to the account: to its other resources, or on the disk. Nothing is
returned to its sender, nothing vanishes. With real network namespaces."""

import re
import time
import unittest

from fault_server import FaultServer
from network import SERVER_ADDRESS, Cable, inside
from raw_client import RawClient
from stanzas import Stanzas

SM = "xmlns='urn:xmpp:sm:3'"
MAM = "urn:xmpp:mam:2"
ACK_SECONDS = 5
RESUME_SECONDS = 4
MESSAGES = 20
GONE_SECONDS = 30


class Client(RawClient):
    """A raw client with stream management that counts what it sends, and acknowledges what it has read
    whenever it is asked (XEP-0198 4)."""

    def start(self, name, resource):
        self.sign_in(name, resource=resource)
        self.send(f"<enable {SM} resume='true'/>")
        self.id = self.wait_for("<enabled [^>]*\\bid='([^']*)'[^>]*>").group(1).decode()
        self.sent = 0
        self.taken = 0
        self.stanzas = Stanzas(self)
        self.received = b""
        self.put("<presence/>")
        self.wait_for(f"<presence [^>]*from='[^']*/{resource}'[^>]*/>")
        return self

    def receive(self, seconds):
        if not hasattr(self, "stanzas"):
            return super().receive(seconds)
        before = len(self.received)
        if not super().receive(seconds):
            return False
        for element in self.stanzas.parse(self.received[before:]):
            if element.tag == "{urn:xmpp:sm:3}r":
                self.offer(f"<a {SM} h='{self.taken}'/>")
            self.taken += element.tag.startswith("{jabber:client}")
        return True

    def put(self, text):
        self.send(text)
        self.sent += 1

    def say(self, to, text, type_="chat"):
        self.put(f"<message to='{to}' type='{type_}' id='{text}'><body>{text}</body></message>")

    def sync(self):
        """Everything sent so far is dealt with."""
        self.send(f"<r {SM}/>")
        while int(self.wait_for("<a [^>]*h='(\\d+)'").group(1)) != self.sent:
            pass

    def texts(self):
        return re.findall("<body>([^<]*)</body>", self.received.decode())

    def archive(self):
        """What is in the account's archive."""
        self.received = b""
        self.send(f"<iq type='set' id='mam'><query xmlns='{MAM}'/></iq>")
        return re.findall(
            "<body>([^<]*)</body>", self.wait_for("(.*)<fin ").group(1).decode()
        )


class HalfOpenTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cable = Cable()
        cls.cable.__enter__()
        cls.addClassCleanup(cls.cable.__exit__)
        cls.server = FaultServer(
            {
                "listen": f"127.0.0.1, {SERVER_ADDRESS}",
                "ack_seconds": ACK_SECONDS,
                "resume_seconds": RESUME_SECONDS,
            }
        )
        with inside(cls.cable.server):
            cls.server.start()
        cls.addClassCleanup(cls.server.close)
        cls.count = 0

    def setUp(self):
        type(self).count += 1
        self.anna, self.bert = f"anna{self.count}", f"bert{self.count}"
        self.server.import_users([self.anna, self.bert])
        self.cable.mend()

    def at_home(self, name, resource):
        """A client beside the server."""
        with inside(self.cable.server):
            client = Client(self.server, direct=True)
        self.addCleanup(client.drop)
        return client.start(name, resource)

    def on_the_road(self, name, resource="phone"):
        """One at the other end of the cable."""
        with inside(self.cable.phone):
            client = Client(self.server, direct=True, host=SERVER_ADDRESS)
        self.addCleanup(client.drop)
        return client.start(name, resource)

    def wait_until_given_up(self, client):
        deadline = time.monotonic() + GONE_SECONDS
        while f"{client.full}: it did not come back" not in self.server.log():
            self.assertLess(time.monotonic(), deadline, "the session stays for ever")
            time.sleep(0.1)

    def wait_for_texts(self, client, expected):
        deadline = time.monotonic() + GONE_SECONDS
        while len(client.texts()) < len(expected) and time.monotonic() < deadline:
            client.receive(0.2)
        client.receive(0.5)  # and no more
        self.assertEqual(client.texts(), expected)

    def assert_nothing_returned(self, sender):
        sender.receive(0.2)
        self.assertNotIn(b"type='error'", sender.received)

    def test_offline(self):
        """There is nobody else: it waits on the disk, in order, once, and is in the archive, once."""
        phone = self.on_the_road(self.anna)
        bert = self.at_home(self.bert, "desk")
        bert.say(phone.full, "before")
        phone.wait_for("before</body>")
        phone.put("<presence/>")  # by its acknowledgement, that of "before" has arrived
        phone.sync()
        self.cable.cut()
        expected = [f"lost {i}" for i in range(MESSAGES)]
        for i, text in enumerate(expected):
            bert.say(phone.full if i % 2 else phone.full.partition("/")[0], text)
        bert.sync()
        self.wait_until_given_up(phone)
        self.assert_nothing_returned(bert)
        desk = self.at_home(self.anna, "desk")
        self.wait_for_texts(desk, expected)
        self.assertEqual(desk.archive(), ["before", *expected])
        self.assertEqual(bert.archive(), ["before", *expected])

    def test_other_resource(self):
        """What only the phone was given goes to the desk; what the desk has does not come again."""
        phone = self.on_the_road(self.anna)
        desk = self.at_home(self.anna, "desk")
        bert = self.at_home(self.bert, "desk")
        self.cable.cut()
        bert.say(phone.full.partition("/")[0], "for both")
        bert.say(phone.full, "for the phone")
        bert.sync()
        self.wait_for_texts(desk, ["for both", "for the phone"])
        self.wait_until_given_up(phone)
        self.assert_nothing_returned(bert)
        self.assertEqual(desk.archive(), ["for both", "for the phone"])

    def test_comes_back(self):
        """Out of the tunnel in time, on a new connection."""
        phone = self.on_the_road(self.anna)
        bert = self.at_home(self.bert, "desk")
        self.cable.cut()
        expected = [f"lost {i}" for i in range(MESSAGES)]
        for text in expected:
            bert.say(phone.full, text)
        bert.sync()
        self.cable.mend()
        with inside(self.cable.phone):
            again = Client(self.server, direct=True, host=SERVER_ADDRESS)
        self.addCleanup(again.drop)
        again.open()
        again.authenticate(self.anna, "secret")
        again.open()
        again.send(f"<resume {SM} h='1' previd='{phone.id}'/>")
        again.wait_for("<resumed ")
        self.wait_for_texts(again, expected)
        self.assert_nothing_returned(bert)

    def test_room(self):
        """Its place in the room is empty at last, and the room has lost nothing."""
        room = f"hall{self.count}@{self.server.rooms}"
        muc = "<x xmlns='http://jabber.org/protocol/muc'/>"
        bert = self.at_home(self.bert, "desk")
        bert.put(f"<presence to='{room}/bert'>{muc}</presence>")
        bert.wait_for("code='201'")
        bert.put(
            f"<iq type='set' to='{room}' id='o'><query xmlns='http://jabber.org/protocol/muc#owner'>"
            "<x xmlns='jabber:x:data' type='submit'/></query></iq>"
        )
        bert.wait_for("id='o'")
        phone = self.on_the_road(self.anna)
        phone.put(f"<presence to='{room}/anna'>{muc}</presence>")
        phone.wait_for("<subject")
        self.cable.cut()
        expected = [f"said {i}" for i in range(MESSAGES)]
        for text in expected:
            bert.say(room, text, "groupchat")
        bert.wait_for(f"<presence (?=[^>]*type='unavailable')[^>]*from='{room}/anna'", GONE_SECONDS)
        self.assert_nothing_returned(bert)
        desk = self.at_home(self.anna, "desk")
        desk.put(f"<presence to='{room}/anna'>{muc}</presence>")
        desk.wait_for(f"(?:.*<body>said \\d+</body>){{{MESSAGES}}}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
