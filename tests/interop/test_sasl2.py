#!/usr/bin/python3
"""XEP-0388, XEP-0386 and XEP-0198 9 against the real server: signed in, bound, resumed and all the
rest in one go. What the stream says to whom stands in tests/wire/sasl2-*.xt."""

import base64
import hmac
import re
import sqlite3
import time
import unittest

from test_resume import SM, STANZAS, Client, FaultServer

SASL2 = "xmlns='urn:xmpp:sasl:2'"
BIND2 = "xmlns='urn:xmpp:bind:0'"
FAST = "xmlns='urn:xmpp:fast:0'"
PHONE = "d4565fa7-4d72-4749-b3d3-740edbf87770"
TABLET = "0a1b2c3d-4e5f-4a6b-8c7d-8e9f0a1b2c3d"


def proof(token, role):
    """What a mechanism without channel binding sends."""
    return hmac.new(token.encode(), role, "sha256").digest()


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
        cls.server = FaultServer({"resume_seconds": 3, "guests": "yes", "limits": "off"})
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

    # ---- XEP-0484 ----

    def get_token(self, name, agent=PHONE, mechanism="HT-SHA-256-NONE"):
        client = self.client()
        success = client.authenticate2(name, f"<request-token {FAST} mechanism='{mechanism}'/>", agent=agent)
        return self.token_in(success)

    def token_in(self, success):
        match = re.search(f"<token {FAST} expiry='([^']*)' token='([^']*)'/>", success)
        if not match:
            return None
        self.assertGreater(match.group(1), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
        self.assertGreaterEqual(len(match.group(2)), 50)
        return match.group(2)

    def come_with_token(self, name, token, agent=PHONE, mechanism="HT-SHA-256-NONE", fast="", inner=""):
        """Gives back the client and what is in <success/>, or the condition."""
        client = self.client()
        client.open()
        agent = f"<user-agent id='{agent}'/>" if agent else ""
        client.send(
            f"<authenticate {SASL2} mechanism='{mechanism}'><initial-response>"
            f"{base64.b64encode(name.encode() + bytes(1) + proof(token, b'Initiator')).decode()}"
            f"</initial-response>{agent}<fast {FAST}{fast}/>{inner}</authenticate>"
        )
        if client.wait_for(f"<(success|failure) {SASL2}>").group(1) == b"failure":
            return client.wait_for("<([a-z-]*) xmlns=[^>]*/></failure>").group(1).decode()
        success = client.wait_for("(.*?)</success>").group(1).decode()
        data = re.search("<additional-data>(.*?)</", success).group(1)
        self.assertEqual(base64.b64decode(data), proof(token, b"Responder"))
        return success

    def test_token(self):
        name = self.new_user("anna")
        token = self.get_token(name)
        success = self.come_with_token(name, token, inner=f"<bind {BIND2}><enable {SM}/></bind>")
        self.assertIn("<bound", success)
        self.assertIn("<enabled", success)
        self.assertIsNone(self.token_in(success))  # it is not due yet
        self.assertIn("<authorization-identifier>", self.come_with_token(name, token))

    def test_token_refused(self):
        """For another client, user or mechanism, or without saying that it is a token."""
        name, other = self.new_user("anna"), self.new_user("bert")
        token = self.get_token(name)
        self.assertEqual(self.come_with_token(name, token, agent=TABLET), "not-authorized")
        self.assertEqual(self.come_with_token(other, token), "not-authorized")
        self.assertEqual(self.come_with_token("nobody", token), "not-authorized")
        self.assertEqual(self.come_with_token(name, token[:-1] + "1"), "not-authorized")
        self.assertEqual(self.come_with_token(name, token, agent=None), "malformed-request")
        self.assertEqual(self.come_with_token(name, token, mechanism="PLAIN"), "invalid-mechanism")
        bound = self.get_token(name, TABLET, "HT-SHA-256-ENDP")
        self.assertEqual(self.come_with_token(name, bound, TABLET), "not-authorized")
        client = self.client()
        client.open()
        client.send(f"<authenticate {SASL2} mechanism='HT-SHA-256-NONE'/>")
        client.wait_for("<invalid-mechanism")

    def test_token_not_given(self):
        """Nobody says which client it is; a mechanism nobody knows; a guest."""
        name = self.new_user("anna")
        self.assertIsNone(self.get_token(name, agent=None))
        self.assertIsNone(self.get_token(name, agent="not-a-uuid"))
        self.assertIsNone(self.get_token(name, mechanism="PLAIN"))
        guest = self.client()
        guest.open()
        guest.send(
            f"<authenticate {SASL2} mechanism='ANONYMOUS'><initial-response/><user-agent id='{PHONE}'/>"
            f"<request-token {FAST} mechanism='HT-SHA-256-NONE'/></authenticate>"
        )
        self.assertIsNone(self.token_in(guest.take_success()))

    def test_token_changed(self):
        """The old one is good until the new one was used."""
        name = self.new_user("anna")
        first = self.get_token(name)
        again = f"<request-token {FAST} mechanism='HT-SHA-256-NONE'/>"
        second = self.token_in(self.come_with_token(name, first, inner=again))
        third = self.token_in(self.come_with_token(name, first, inner=again))
        self.assertEqual(self.come_with_token(name, second), "not-authorized")
        self.assertIn("identifier", self.come_with_token(name, third))
        self.assertEqual(self.come_with_token(name, first), "not-authorized")

    def test_token_taken_back(self):
        name = self.new_user("anna")
        token = self.get_token(name)
        other = self.get_token(name, TABLET)
        success = self.come_with_token(name, token, fast=" invalidate='true'")
        self.assertIsNone(self.token_in(success))
        self.assertEqual(self.come_with_token(name, token), "not-authorized")
        self.assertIn("identifier", self.come_with_token(name, other, TABLET))

    def test_token_and_new_password(self):
        name = self.new_user("anna")
        token = self.get_token(name)
        anna = self.client().start(name)
        answer = anna.iq(
            "set",
            f"<query xmlns='jabber:iq:register'><username>{name}</username><password>other</password></query>",
            to="localhost",
        )
        self.assertEqual(answer[0], "result")
        self.assertEqual(self.come_with_token(name, token), "not-authorized")
        token = self.token_in(
            self.client().authenticate2(
                name, f"<request-token {FAST} mechanism='HT-SHA-256-NONE'/>", "other", PHONE
            )
        )
        self.server.ctl("user", "password", name, stdin="third\n")
        self.assertEqual(self.come_with_token(name, token), "not-authorized")

    def test_token_after_restart(self):
        """Nor is it in the database."""
        with FaultServer() as server:
            server.add_user("anna")
            first = Client2(server)
            success = first.authenticate2(
                "anna", f"<request-token {FAST} mechanism='HT-SHA-256-NONE'/>", agent=PHONE
            )
            token = self.token_in(success)
            first.drop()
            server.restart()
            self.server, former = server, self.server
            try:
                self.assertIn("identifier", self.come_with_token("anna", token))
            finally:
                self.server = former
            for file in server.data.iterdir():
                if file.is_file():
                    self.assertNotIn(token.encode(), file.read_bytes())

    def grow_old(self, server, days):
        """So much time passes."""
        server.stop()
        with sqlite3.connect(server.data / "jackdaw.sqlite") as database:
            database.execute(
                "UPDATE tokens SET issued_us = issued_us - ?1, expires_us = expires_us - ?1",
                (days * 24 * 3600 * 1000000,),
            )
        database.close()
        server.start()

    def test_token_grows_old(self):
        """After a quarter of its time it is changed; after all of it, it is refused."""
        with FaultServer() as server:
            server.add_user("anna")
            former, type(self).server = self.server, server
            try:
                first = self.get_token("anna")
                self.grow_old(server, 4)
                self.assertIsNone(self.token_in(self.come_with_token("anna", first)))
                self.grow_old(server, 2)
                second = self.token_in(self.come_with_token("anna", first))
                self.assertIsNotNone(second)
                self.assertIsNone(self.token_in(self.come_with_token("anna", second)))
                self.grow_old(server, 22)
                self.assertEqual(self.come_with_token("anna", second), "credentials-expired")
            finally:
                type(self).server = former

    def test_tokens_turned_off(self):
        with FaultServer({"token_days": 0}) as server:
            server.add_user("anna")
            client = Client2(server)
            client.send(
                "<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' "
                "xmlns:stream='http://etherx.jabber.org/streams'>"
            )
            features = client.wait_for("<stream:features>(.*)</stream:features>").group(1)
            self.assertNotIn(b"fast", features)
            client.drop()

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
