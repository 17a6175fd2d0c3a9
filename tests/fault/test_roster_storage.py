#!/usr/bin/python3
"""The database is locked while contacts change: what is not stored has not happened. Whoever asked is
told so, with an error that says "later"; nobody is pushed, shown or sent what the disk does not
have (RFC 6121 2, 3; RFC 6120 8.3.2)."""

import re
import sqlite3
import unittest

from fault_server import FaultServer
from raw_client import RawClient

ROSTER = "jabber:iq:roster"
LATER = "<error type='wait'><resource-constraint"
SECONDS = 30


class RosterStorageTest(unittest.TestCase):
    def setUp(self):
        self.server = FaultServer({"workers": 4, "limits": "off"})
        self.addCleanup(self.server.close)
        self.server.start()
        self.server.import_users(["anna", "bert"])
        self.anna, self.bert = self.client("anna"), self.client("bert")

    def client(self, name, resource="raw"):
        """Signed in, shown, and interested in the roster."""
        client = RawClient(self.server, direct=True).sign_in(name, resource=resource)
        self.addCleanup(client.drop)
        self.roster(client)
        client.send("<presence/>")
        client.wait_for("<presence [^>]*>")
        return client

    def lock(self):
        """Another program holds the database."""
        self.other = sqlite3.connect(self.server.data / "jackdaw.sqlite", isolation_level=None)
        self.addCleanup(self.other.close)
        self.other.execute("BEGIN IMMEDIATE")

    def unlock(self):
        self.other.execute("ROLLBACK")

    def roster(self, client):
        """Address -> subscription."""
        kind, payload = client.iq("get", f"<query xmlns='{ROSTER}'/>")
        self.assertEqual(kind, "result")
        items = re.findall("<item [^>]*>", payload)
        return {
            re.search("jid='([^']*)'", item)[1]: re.search("subscription='([^']*)'", item)[1]
            for item in items
        }

    def set(self, client, item):
        return client.iq("set", f"<query xmlns='{ROSTER}'>{item}</query>")

    def heard(self, client):
        """All that has come by the time of a pong."""
        client.send("<iq type='get' id='beat'><ping xmlns='urn:xmpp:ping'/></iq>")
        client.wait_for("(?=<iq [^>]*id='beat')")
        got, client.received = client.received, b""
        return got.decode()

    def wait_heard(self, client, pattern):
        """What came until the pattern did."""
        match = client.wait_for(f"^.*?{pattern}", SECONDS)
        return match.group(0).decode()

    def subscribe(self):
        """Anna sees Bert."""
        self.anna.send("<presence type='subscribe' to='bert@localhost'/>")
        self.bert.wait_for("type='subscribe'")
        self.bert.send("<presence type='subscribed' to='anna@localhost'/>")
        self.anna.wait_for("type='subscribed'")
        self.anna.wait_for("<presence [^>]*from='bert@localhost/raw'")
        # Each is sure that what comes next is not a push of this.
        self.assertEqual(self.roster(self.anna), {"bert@localhost": "to"})
        self.assertEqual(self.roster(self.bert), {"anna@localhost": "from"})

    def test_set(self):
        second = self.client("anna", "second")
        self.lock()
        kind, payload = self.set(self.anna, "<item jid='eve@localhost'/>")
        self.assertEqual(kind, "error")
        self.assertIn(LATER, payload)
        self.assertEqual(self.roster(self.anna), {})
        self.assertNotIn(ROSTER, self.heard(second))
        self.unlock()
        self.assertEqual(self.set(self.anna, "<item jid='eve@localhost'/>")[0], "result")
        self.assertEqual(self.roster(self.anna), {"eve@localhost": "none"})
        second.wait_for("eve@localhost")

    def test_remove(self):
        self.subscribe()
        self.lock()
        item = "<item jid='anna@localhost' subscription='remove'/>"
        kind, payload = self.set(self.bert, item)
        self.assertEqual(kind, "error")
        self.assertIn(LATER, payload)
        self.assertEqual(self.roster(self.bert), {"anna@localhost": "from"})
        self.bert.send("<presence><show>away</show></presence>")
        got = self.wait_heard(self.anna, "<show>away</show>")
        self.assertNotIn("unsubscribed", got)
        self.assertNotIn("unavailable", got)
        self.unlock()
        self.assertEqual(self.set(self.bert, item)[0], "result")
        self.anna.wait_for("type='unsubscribed'")
        self.anna.wait_for("type='unavailable'")

    def test_request(self):
        self.lock()
        self.anna.send("<presence type='subscribe' to='bert@localhost' id='ask'/>")
        got = self.wait_heard(self.anna, "</presence>")
        self.assertIn("id='ask'", got)
        self.assertIn(LATER, got)
        self.assertEqual(self.roster(self.anna), {})
        self.assertNotIn("subscribe", self.heard(self.bert))
        self.unlock()
        self.subscribe()

    def test_answer(self):
        """A yes that is not stored shows nothing to anybody; the question stays."""
        self.anna.send("<presence type='subscribe' to='bert@localhost'/>")
        self.bert.wait_for("type='subscribe'")
        self.assertEqual(self.roster(self.bert), {})
        self.assertEqual(self.roster(self.anna), {"bert@localhost": "none"})
        self.lock()
        self.bert.send("<presence type='subscribed' to='anna@localhost' id='yes'/>")
        self.assertIn(LATER, self.wait_heard(self.bert, "</presence>"))
        self.assertEqual(self.roster(self.bert), {})
        self.assertNotIn("bert@localhost", self.heard(self.anna))
        self.unlock()
        self.bert.send("<presence type='subscribed' to='anna@localhost'/>")
        self.anna.wait_for("type='subscribed'")
        self.anna.wait_for("<presence [^>]*from='bert@localhost/raw'")

    def test_order(self):
        """What comes while a change is on its way goes by how that ends, each in its turn."""
        names = [f"user{i}@localhost" for i in range(50)]
        self.lock()
        for i, name in enumerate(names):
            self.anna.send(
                f"<iq type='set' id='a{i}'><query xmlns='{ROSTER}'><item jid='{name}'/></query></iq>"
                f"<iq type='set' id='r{i}'><query xmlns='{ROSTER}'>"
                f"<item jid='{name}' subscription='remove'/></query></iq>"
            )
        self.unlock()
        answers = {}
        while len(answers) < 2 * len(names):
            match = self.anna.wait_for("<iq [^>]*id='([ar][0-9]+)'[^>]*>").group(0).decode()
            answers[re.search("id='(.*?)'", match)[1]] = re.search("type='(.*?)'", match)[1]
        for i in range(len(names)):
            self.assertEqual(answers[f"a{i}"], answers[f"r{i}"])
        self.assertEqual(self.roster(self.anna), {})


if __name__ == "__main__":
    unittest.main(verbosity=2)
