#!/usr/bin/python3
"""XEP-0388, XEP-0386 and XEP-0198 9 against the real server: signed in, bound, resumed and all the
rest in one go. What the stream says to whom stands in tests/wire/sasl2-*.xt."""

import base64
import re
import time
import unittest

from test_resume import SM, STANZAS, Client, FaultServer

SASL2 = "xmlns='urn:xmpp:sasl:2'"
BIND2 = "xmlns='urn:xmpp:bind:0'"
PHONE = "d4565fa7-4d72-4749-b3d3-740edbf87770"
TABLET = "0a1b2c3d-4e5f-4a6b-8c7d-8e9f0a1b2c3d"


class Client2(Client):
    """Signs in with one request."""

    def authenticate2(self, name, inner="", password="secret", agent=None):
        """Gives back the content of <success/>."""
        self.open()
        token = base64.b64encode(f"\0{name}\0{password}".encode()).decode()
        agent = f"<user-agent id='{agent}'><software>Test</software></user-agent>" if agent else ""
        self.send(
            f"<authenticate {SASL2} mechanism='PLAIN'><initial-response>{token}</initial-response>"
            f"{agent}{inner}</authenticate>"
        )
        return self.take_success()

    def take_success(self):
        success = self.wait_for(f"<success {SASL2}>(.*?)</success>").group(1).decode()
        self.full = re.search("<authorization-identifier>(.*?)</", success).group(1)
        return success

    def bind2(self, name, inner="<tag>Test</tag>", agent=None):
        success = self.authenticate2(name, f"<bind {BIND2}>{inner}</bind>", agent=agent)
        self.wait_for("</stream:features>")
        return success

    def enabled2(self, success):
        """<enabled/> came along."""
        self.attributes = dict(re.findall(r"(\S+)='([^']*)'", re.search("<enabled ([^>]*)/>", success).group(1)))
        self.id = self.attributes.get("id")
        self.enabled = True
        return self


class Sasl2Test(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = FaultServer({"resume_seconds": 3, "guests": "yes"})
        cls.server.start()
        cls.count = 0

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def setUp(self):
        self.clients = []

    def tearDown(self):
        for client in self.clients:
            client.drop()

    def new_user(self, name):
        type(self).count += 1
        name = f"{name}{self.count}"
        self.server.add_user(name)
        return name

    def client(self):
        self.clients.append(Client2(self.server))
        return self.clients[-1]

    def wait_for_log(self, text):
        deadline = time.monotonic() + 15
        while text not in self.server.log():
            self.assertLess(time.monotonic(), deadline, f"no {text!r} in the log")
            time.sleep(0.05)

    def test_bound(self):
        anna = self.client()
        success = anna.bind2(self.new_user("anna"))
        self.assertRegex(anna.full, "^anna[0-9]+@localhost/Test/[a-z2-7]{16}$")
        self.assertIn(f"<bound {BIND2}></bound>", success)
        anna.send("<presence/>")
        anna.wait_for(f"<presence [^>]*from='{anna.full}'")
        self.assertEqual(anna.iq("get", "<query xmlns='jabber:iq:roster'/>")[0], "result")

    def test_tags(self):
        """What cannot be part of a resource is left out; nobody is turned away for it."""
        name = self.new_user("anna")
        for tag, expected in (
            ("<tag>  Test </tag>", "Test/"),
            ("<tag/>", ""),
            ("", ""),
            ("<tag>My &amp; Phone</tag>", "My &amp; Phone/"),
            (f"<tag>{'x' * 65}</tag>", ""),
            ("<tag>a&#9;b</tag>", ""),
            ("<tag>\u202etxet</tag>", None),
        ):
            client = self.client()
            client.bind2(name, tag)
            prefix, _, own = client.full.partition("/")[2].rpartition("/")
            self.assertRegex(own, "^[a-z2-7]{16}$")
            if expected is not None:
                self.assertEqual(prefix, expected.rstrip("/"))

    def test_everything_at_once(self):
        """Carbons, acknowledgements with resumption and the state of the client."""
        anna_name, bert_name = self.new_user("anna"), self.new_user("bert")
        anna, bert = self.client(), self.client().start(bert_name)
        anna.enabled2(
            anna.bind2(
                anna_name,
                f"<enable xmlns='urn:xmpp:carbons:2'/><enable {SM} resume='true' max='2'/>"
                "<inactive xmlns='urn:xmpp:csi:0'/>",
            )
        )
        self.assertEqual(anna.attributes["max"], "2")
        other = self.client().start(anna_name, "other")
        bert.say(other.full, "copied")
        anna.wait_for("<received xmlns='urn:xmpp:carbons:2'>.*copied")
        # Inactive: presence waits until something matters, and nothing of it counts before.
        bert.send(f"<presence to='{anna.full}'><show>dnd</show></presence>")
        bert.sync()
        anna.receive(0.2)
        self.assertNotIn(b"dnd", anna.received)
        bert.say(anna.full, "matters")
        anna.wait_for("dnd.*matters")
        anna.send(f"<a {SM} h='3'/>")
        anna.sync()

    def test_resume(self):
        """XEP-0198 9.2: signed in and resumed in one go; <bind/> does nothing then."""
        anna, bert = self.client(), self.client().start(self.new_user("bert"))
        name = self.new_user("anna")
        anna.enabled2(anna.bind2(name, f"<enable {SM} resume='true'/>"))
        bert.say(anna.full, "first")
        anna.wait_for("first")
        anna.drop()
        self.wait_for_log(f"{anna.full}: connection lost")
        bert.say(anna.full, "second")
        bert.sync()
        again = self.client()
        success = again.authenticate2(
            name, f"<resume {SM} previd='{anna.id}' h='1'/><bind {BIND2}><tag>New</tag></bind>"
        )
        self.assertIn(f"<resumed {SM} h='0' previd='{anna.id}'/>", success)
        self.assertNotIn("<bound", success)
        got = again.wait_for("(.*)second</body>").group(1)
        self.assertNotIn(b"features", got)
        again.say(bert.full, "still me")
        bert.wait_for(f"from='{anna.full}'[^>]*><body>still me")

    def test_resume_somebody_elses(self):
        anna, bert = self.client(), self.new_user("bert")
        anna.enabled2(anna.bind2(self.new_user("anna"), f"<enable {SM} resume='true'/>"))
        thief = self.client()
        success = thief.authenticate2(
            bert, f"<resume {SM} previd='{anna.id}' h='0'/><bind {BIND2}/>"
        )
        self.assertIn(f"<failed {SM}><item-not-found xmlns='{STANZAS}'/></failed><bound", success)
        self.assertTrue(thief.full.startswith(bert))
        anna.send(f"<r {SM}/>")
        anna.wait_for("<a ")

    def test_resume_too_late(self):
        """The new session is there at once, and the client hears how far the old one had come."""
        anna, name = self.client(), self.new_user("anna")
        anna.enabled2(anna.bind2(name, f"<enable {SM} resume='true' max='1'/>"))
        anna.send("<presence/>")
        anna.sync()
        anna.drop()
        self.wait_for_log(f"{anna.full}: it did not come back")
        again = self.client()
        success = again.authenticate2(
            name,
            f"<resume {SM} previd='{anna.id}' h='0'/><bind {BIND2}><enable {SM} resume='true'/></bind>",
        )
        self.assertIn(f"<failed {SM} h='1'><item-not-found", success)
        again.enabled2(success)
        self.assertNotEqual(again.id, anna.id)

    def test_same_client(self):
        """XEP-0386 3.2: the same client takes the place of its earlier session, another does not."""
        name = self.new_user("anna")
        phone, tablet, again = self.client(), self.client(), self.client()
        phone.bind2(name, agent=PHONE)
        tablet.bind2(name, agent=TABLET)
        self.assertNotEqual(phone.full, tablet.full)
        self.assertNotIn("d4565fa7", phone.full)
        again.bind2(name, agent=PHONE)
        self.assertEqual(again.full, phone.full)
        self.assertIn(b"<conflict", phone.read_to_end())
        tablet.send("<presence/>")
        tablet.wait_for(f"from='{tablet.full}'")
        # Nobody else's client gets that name for it.
        other = self.client()
        other.bind2(self.new_user("bert"), agent=PHONE)
        self.assertNotEqual(other.full.partition("/")[2], phone.full.partition("/")[2])

    def test_guest(self):
        guest = self.client()
        guest.open()
        guest.send(
            f"<authenticate {SASL2} mechanism='ANONYMOUS'><initial-response/><bind {BIND2}>"
            f"<enable {SM} resume='true'/></bind></authenticate>"
        )
        success = guest.take_success()
        self.assertRegex(guest.full, "^guest-[a-z2-7]+@localhost/")
        self.assertIn(f"<enabled {SM}/>", success)

    def test_too_many(self):
        """Signed in, but there is no place: it may ask in the old way, and hears why not."""
        with FaultServer({"max_sessions_per_account": 1}) as server:
            server.add_user("anna")
            first, second = Client2(server), Client2(server)
            first.bind2("anna")
            success = second.authenticate2("anna", f"<bind {BIND2}/>")
            self.assertNotIn("<bound", success)
            second.wait_for("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>.*</stream:features>")
            second.send(
                "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
            )
            second.wait_for("<iq [^>]*type='error'.*resource-constraint")
            for client in (first, second):
                client.drop()


if __name__ == "__main__":
    unittest.main(verbosity=2)
