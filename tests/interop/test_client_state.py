#!/usr/bin/python3
"""XEP-0352: an inactive client is not told who comes, goes and types, until something matters."""

import time
import unittest

from test_resume import SM, Client, FaultServer

CSI = "xmlns='urn:xmpp:csi:0'"
STATES = "http://jabber.org/protocol/chatstates"


class ClientStateTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = FaultServer()
        cls.server.start()
        for name in ("anna", "bert"):
            cls.server.add_user(name)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def setUp(self):
        self.anna = Client(self.server).start("anna")
        self.bert = Client(self.server).start("bert")

    def tearDown(self):
        for client in (self.anna, self.bert):
            client.drop()
        time.sleep(0.1)

    def tell(self, show):
        self.bert.send(f"<presence to='{self.anna.full}'><show>{show}</show></presence>")

    def type(self, state):
        self.bert.send(f"<message to='{self.anna.full}' type='chat'><{state} xmlns='{STATES}'/></message>")

    def sync(self, client=None):
        """Anna has what was sent to her."""
        self.bert.sync()
        self.anna.receive(0.2)

    def test_offered(self):
        client = Client(self.server)
        client.open()
        client.authenticate("anna", "secret")
        client.send(
            "<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' "
            "xmlns:stream='http://etherx.jabber.org/streams'>"
        )
        client.wait_for(f"<stream:features>.*<csi {CSI}/>.*</stream:features>")
        client.drop()

    def test_holds_and_flushes(self):
        self.anna.send(f"<inactive {CSI}/>")
        self.anna.sync()
        for show in ("away", "dnd", "xa"):
            self.tell(show)
        for state in ("composing", "paused", "composing"):
            self.type(state)
        self.sync()
        self.assertNotIn(b"<presence", self.anna.received)
        self.assertNotIn(b"chatstates", self.anna.received)
        # A message that matters: before it comes the last of everything, once.
        self.bert.say(self.anna.full, "matters")
        got = self.anna.wait_for("(.*)matters</body>").group(1)
        self.assertEqual(got.count(b"<presence"), 1)
        self.assertIn(b"<show>xa</show>", got)
        self.assertEqual(got.count(b"chatstates"), 1)
        self.assertIn(b"<composing", got)
        # It is as inactive as before.
        self.tell("chat")
        self.sync()
        self.assertNotIn(b"<presence", self.anna.received)
        # XEP-0352 5: first what was held back, then the answer to what comes behind <active/>.
        self.anna.send(
            f"<active {CSI}/><iq type='get' id='p' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>"
        )
        self.anna.wait_for("<show>chat</show>.*<iq [^>]*id='p'")
        self.tell("away")
        self.anna.wait_for("<show>away</show>")

    def test_not_held(self):
        """Requests, questions, and what a room says of her own place in it."""
        self.anna.send(f"<inactive {CSI}/>")
        self.anna.sync()
        self.bert.send("<presence to='anna@localhost' type='subscribe'/>")
        self.anna.wait_for("type='subscribe'")
        self.bert.send(f"<iq type='get' id='q' to='{self.anna.full}'><ping xmlns='urn:xmpp:ping'/></iq>")
        self.anna.wait_for("<iq [^>]*id='q'")
        self.anna.send(
            "<presence to='lobby@rooms.localhost/anna'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
        )
        self.anna.wait_for("code='110'")
        self.bert.send("<presence to='anna@localhost' type='unsubscribe'/>")

    def test_resumed_is_active(self):
        self.anna.send(f"<inactive {CSI}/>")
        self.anna.sync()
        self.tell("away")
        self.bert.sync()
        former = self.anna
        former.drop()
        deadline = time.monotonic() + 10
        while f"{former.full}: connection lost" not in self.server.log():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        self.tell("xa")
        self.bert.sync()
        self.anna = Client(self.server)
        self.anna.come_back("anna", former, 1)
        self.anna.full = former.full
        self.anna.wait_for("<resumed.*<show>xa</show>")
        self.assertNotIn(b"<show>away", self.anna.received)
        self.tell("dnd")
        self.anna.wait_for("<show>dnd</show>")

    def test_not_a_state(self):
        self.anna.send(f"<asleep {CSI}/>")
        self.anna.wait_for("<unsupported-stanza-type")

    def test_counts(self):
        """What is held back has not been sent (XEP-0198)."""
        self.anna.send(f"<inactive {CSI}/>")
        self.anna.sync()
        self.tell("away")
        self.sync()
        self.anna.send(f"<a {SM} h='1'/>")  # her own presence
        self.anna.sync()
        self.anna.send(f"<a {SM} h='2'/>")
        self.anna.wait_for("handled-count-too-high")


if __name__ == "__main__":
    unittest.main(verbosity=2)
