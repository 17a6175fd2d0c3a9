#!/usr/bin/python3
"""XEP-0198 resumption: connections are cut without a word, clients come back in time, too late, or
with nonsense, and what was said meanwhile is nowhere lost and nowhere doubled."""

import pathlib
import re
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fault"))

from fault_server import FaultServer  # noqa: E402
from raw_client import Closed, RawClient  # noqa: E402

SM = "xmlns='urn:xmpp:sm:3'"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
RESUME_SECONDS = 3


class Client(RawClient):
    """A raw client that counts what it sends (XEP-0198 4), and can come back."""

    def __init__(self, server, *arguments, **options):
        super().__init__(server, *arguments, direct=True, **options)
        self.enabled = False
        self.sent = 0

    def enable(self, attributes="resume='true'"):
        """Gives back the attributes of <enabled/>."""
        self.send(f"<enable {SM} {attributes}/>")
        enabled = self.wait_for("<enabled ([^>]*)/>").group(1).decode()
        self.enabled = True
        self.attributes = dict(re.findall(r"(\S+)='([^']*)'", enabled))
        self.id = self.attributes.get("id")
        return self

    def start(self, name, resource="phone", presence=True):
        self.sign_in(name, resource=resource)
        self.enable()
        if presence:
            self.send("<presence/>")
            self.wait_for(f"<presence [^>]*from='[^']*{resource}'[^>]*/>")
        return self

    def say(self, to, text, type_="chat"):
        self.send(f"<message to='{to}' type='{type_}'><body>{text}</body></message>")

    def send(self, data):
        super().send(data)
        self.sent += len(re.findall(r"<(?:message|presence|iq)[ />]", data)) if self.enabled else 0

    def sync(self):
        """Everything sent so far has been dealt with."""
        self.send(f"<r {SM}/>")
        while int(self.wait_for("<a [^>]*h='(\\d+)'").group(1)) != self.sent:
            pass

    def come_back(self, name, former, h, id_=None):
        """Signs in and asks for `former`'s session."""
        self.open()
        if not self.authenticate(name, "secret"):
            raise AssertionError("not let in")
        self.open()
        self.send(f"<resume {SM} h='{h}' previd='{id_ or former.id}'/>")
        return self

    def resumed(self):
        """The server's h."""
        match = self.wait_for(r"^<resumed ([^>]*)/>")
        return int(re.search(rb"h='(\d+)'", match.group(1)).group(1))


def texts(client):
    return [t.decode() for t in re.findall(rb"<body>([^<]*)</body>", client.received)]


class ResumeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = FaultServer({"resume_seconds": RESUME_SECONDS})
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

    def client(self, name=None, resource="phone", **options):
        client = Client(self.server)
        self.clients.append(client)
        return client.start(name, resource, **options) if name else client

    def pair(self):
        return self.client(self.new_user("anna")), self.client(self.new_user("bert"))

    def name(self, client):
        return client.full.partition("@")[0]

    def wait_for_log(self, text, count=1):
        deadline = time.monotonic() + 15
        while self.server.log().count(text) < count:
            self.assertLess(time.monotonic(), deadline, f"no {text!r} in the log")
            time.sleep(0.05)

    def lose(self, client):
        """Its connection is cut, and the server knows."""
        client.drop()
        self.wait_for_log(f"{client.full}: connection lost")

    def come_back(self, former, h, **options):
        client = self.client()
        client.full = former.full
        return client.come_back(self.name(former), former, h, **options)

    # ---- how it goes ----

    def test_offered(self):
        anna = self.client(self.new_user("anna"))
        self.assertEqual(anna.attributes["resume"], "true")
        self.assertEqual(anna.attributes["max"], str(RESUME_SECONDS))
        self.assertGreaterEqual(len(anna.id), 26)
        for attributes, expected in (
            ("", None),
            ("resume='false'", None),
            ("resume='1' max='2'", "2"),
            ("resume='1' max='9999'", str(RESUME_SECONDS)),
            ("resume='1' max='nonsense'", str(RESUME_SECONDS)),
        ):
            client = self.client()
            client.sign_in(self.name(anna), resource=f"r{len(self.clients)}")
            client.enable(attributes)
            self.assertEqual(client.attributes.get("max"), expected)
            self.assertEqual(client.attributes.get("resume"), "true" if expected else None)

    def test_enabled_once(self):
        anna = self.client(self.new_user("anna"))
        anna.send(f"<enable {SM} resume='true'/>")
        anna.wait_for(f"<failed {SM}><unexpected-request xmlns='{STANZAS}'/></failed>")

    def test_resume(self):
        anna, bert = self.pair()
        bert.say(anna.full, "before")
        anna.wait_for("before</body>.*?</message>")
        anna.say(bert.full, "mine")
        bert.wait_for("mine</body>")
        self.lose(anna)
        for i in range(3):
            bert.say(anna.full, f"lost {i}")
        bert.sync()

        again = self.come_back(anna, 2)  # her presence and "before"
        self.assertEqual(again.resumed(), 2)  # her presence and "mine"
        again.wait_for("<r [^>]*/>")
        self.assertEqual(texts(again), [])
        # Nothing but what was lost, in order, stamped, and no features (XEP-0198 5).
        again.send(f"<r {SM}/>")
        again.wait_for("<a ")
        bert.say(again.full, "after")
        again.wait_for("after</body>")
        again.say(bert.full, "still me")
        bert.wait_for(f"from='{anna.full}'[^>]*><body>still me")

    def test_order_and_stamps(self):
        anna, bert = self.pair()
        self.lose(anna)
        for i in range(5):
            bert.say(anna.full, f"lost {i}")
        bert.sync()
        again = self.come_back(anna, 1)
        self.assertEqual(again.resumed(), 1)
        got = again.wait_for("(.*)<r [^>]*/>").group(1).decode()
        self.assertNotIn("features", got)
        self.assertNotIn("<presence", got)
        self.assertEqual(re.findall("<body>([^<]*)", got), [f"lost {i}" for i in range(5)])
        stamps = re.findall(r"<delay xmlns='urn:xmpp:delay' stamp='([^']*)' from='localhost'/>", got)
        self.assertEqual(len(stamps), 5)
        self.assertEqual(stamps, sorted(stamps))
        # The counts go on: five more, and one of them is enough to say so.
        again.send(f"<a {SM} h='6'/>")
        bert.say(anna.full, "live")
        live = again.wait_for("<message.*?</message>").group(0)
        self.assertNotIn(b"delay", live)

    def test_twice(self):
        anna, bert = self.pair()
        for i in range(3):
            anna.drop()
            self.wait_for_log(f"{anna.full}: connection lost", i + 1)
            bert.say(anna.full, f"lost {i}")
            bert.sync()
            again = self.come_back(anna, 1 + i)
            again.id = anna.id
            self.assertEqual(again.resumed(), 1)
            again.wait_for(f"<body>lost {i}</body>")
            anna = again

    def test_acknowledged_is_not_sent_again(self):
        anna, bert = self.pair()
        self.lose(anna)
        bert.say(anna.full, "one")
        bert.say(anna.full, "two")
        bert.sync()
        again = self.come_back(anna, 2)
        again.resumed()
        again.wait_for("<r ")
        again = self.come_back(anna, 3)
        again.resumed()
        bert.say(anna.full, "three")
        again.wait_for("three")
        self.assertNotIn(b"two", again.received)

    def test_presence_stays(self):
        """Nobody sees her go; her rooms keep her; questions to her wait."""
        anna, bert = self.pair()
        bert.send(f"<presence to='{anna.full}'/>")
        anna.wait_for(f"from='{bert.full}'")
        anna.send(f"<presence to='{bert.full}'/>")
        bert.wait_for(f"from='{anna.full}'")
        self.lose(anna)
        bert.send(f"<iq type='get' id='q1' to='{anna.full}'><ping xmlns='urn:xmpp:ping'/></iq>")
        bert.sync()
        again = self.come_back(anna, 2)
        again.resumed()
        again.wait_for("<iq [^>]*id='q1'")
        again.send(f"<iq type='result' id='q1' to='{bert.full}'/>")
        bert.wait_for("type='result'")
        self.assertNotIn(b"unavailable", bert.received)

    def test_supersedes(self):
        """A client that comes back before we know that it was lost."""
        anna, bert = self.pair()
        bert.say(anna.full, "half")
        bert.sync()
        again = self.come_back(anna, 1)
        again.resumed()
        again.wait_for("half</body>")
        self.assertIn(b"<conflict", anna.read_to_end())
        bert.say(anna.full, "live")
        again.wait_for("live</body>")

    # ---- how it does not ----

    def assert_not_found(self, client, h=None):
        h = f" h='{h}'" if h is not None else ""
        client.wait_for(f"^<failed {SM}{h}><item-not-found xmlns='{STANZAS}'/></failed>")
        client.send(
            "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
        )
        client.wait_for("<jid>[^<]*</jid>.*?</iq>")

    def test_unknown(self):
        anna = self.client(self.new_user("anna"))
        self.assert_not_found(self.come_back(anna, 0, id_="never-was"))

    def test_somebody_elses(self):
        anna, bert = self.pair()
        self.lose(anna)
        thief = self.client()
        thief.come_back(self.name(bert), anna, 1)
        self.assert_not_found(thief)
        self.come_back(anna, 1).resumed()

    def test_not_resumable(self):
        anna = self.client()
        anna.sign_in(self.new_user("anna"), resource="phone")
        anna.enable("")
        anna.drop()
        self.wait_for_log(f"{anna.full}: connection lost, after")

    def test_malformed(self):
        anna = self.client(self.new_user("anna"))
        for attributes in ("h='1'", "previd='x'", "h='-1' previd='x'", "h='4294967296' previd='x'"):
            client = self.client()
            client.open()
            client.authenticate(self.name(anna), "secret")
            client.open()
            client.send(f"<resume {SM} {attributes}/>")
            client.wait_for("<failed [^>]*><bad-request")
        client.send(f"<enable {SM}/>")
        client.wait_for("<failed [^>]*><unexpected-request")

    def test_after_bind(self):
        anna = self.client(self.new_user("anna"))
        anna.send(f"<resume {SM} h='0' previd='{anna.id}'/>")
        anna.wait_for("<failed [^>]*><unexpected-request")

    def test_count_too_high(self):
        anna = self.client(self.new_user("anna"))
        self.lose(anna)
        client = self.come_back(anna, 7)
        got = client.read_to_end()
        self.assertIn(b"<handled-count-too-high xmlns='urn:xmpp:sm:3' h='7' send-count='1'/>", got)
        self.come_back(anna, 1).resumed()  # the session itself is none the worse

    def test_count_too_low(self):
        """It has acknowledged more than it now says it has: nobody has that any more."""
        anna = self.client(self.new_user("anna"))
        anna.send(f"<a {SM} h='1'/>")
        anna.sync()
        self.lose(anna)
        self.assert_not_found(self.come_back(anna, 0), h=1)

    def test_left(self):
        """</stream:stream> is the end (XEP-0198 7)."""
        anna = self.client(self.new_user("anna"))
        anna.send(f"<a {SM} h='1'/>")
        anna.leave()
        self.assert_not_found(self.come_back(anna, 1))

    def test_too_late(self):
        """Then her contacts see her go, the client hears how far it had come, and what it missed waits
        for it as if it had been away all along."""
        anna, bert = self.pair()
        anna.send(f"<presence to='{bert.full}'/>")
        bert.wait_for(f"from='{anna.full}'")
        anna.say(bert.full, "last words")
        bert.wait_for("last words")
        self.lose(anna)
        for i in range(3):
            bert.say(anna.full, f"missed {i}")
        bert.send(f"<iq type='get' id='q1' to='{anna.full}'><ping xmlns='urn:xmpp:ping'/></iq>")
        got = bert.wait_for(f"(.*)<presence type='unavailable' from='{anna.full}'").group(1)
        self.assertIn(b"service-unavailable", got)
        self.assertEqual(got.count(b"type='error'"), 1)  # the question; messages do not bounce
        again = self.come_back(anna, 1)
        self.assert_not_found(again, h=3)
        again.send("<presence/>")
        for i in range(3):
            missed = again.wait_for("<message.*?</message>").group(0).decode()
            self.assertIn(f"missed {i}", missed)
            self.assertEqual(missed.count("<delay"), 1)
        time.sleep(0.3)
        self.assertNotIn(b"missed", again.received)

    def test_other_resources(self):
        """What only the lost session was given goes to those who are there; what they have too does
        not come again."""
        anna, bert = self.pair()
        tablet = self.client(self.name(anna), "tablet")
        anna.wait_for("tablet")
        self.lose(anna)
        bert.say(f"{self.name(anna)}@localhost", "for both")
        tablet.wait_for("for both</body>.*?</message>")
        tablet.send(f"<a {SM} h='3'/>")
        bert.say(anna.full, "for the phone")
        missed = tablet.wait_for("<message.*?for the phone.*?</message>").group(0)
        self.assertIn(b"urn:xmpp:delay", missed)
        tablet.wait_for(f"<presence type='unavailable' from='{anna.full}'")
        self.assertNotIn(b"for both", tablet.received + missed)

    def test_archived_once(self):
        """What comes again, to another resource or from where messages wait, comes under the id that
        it has in the archive, where it is once."""
        anna, bert = self.pair()
        tablet = self.client(self.name(anna), "tablet")
        anna.wait_for("tablet")
        self.lose(anna)
        bert.say(anna.full, "for the phone")
        again = tablet.wait_for("<message.*?for the phone.*?</message>").group(0).decode()
        self.lose(tablet)
        bert.sync()
        self.wait_for_log(f"{tablet.full}: it did not come back")
        laptop = self.client(self.name(anna), "laptop")
        waited = laptop.wait_for("<message.*?for the phone.*?</message>").group(0).decode()
        laptop.send("<iq type='set' id='q1'><query xmlns='urn:xmpp:mam:2'/></iq>")
        archive = laptop.wait_for("(.*)<fin [^>]*complete='true'").group(1).decode()
        ids = re.findall(r"<result [^>]*id='([^']*)'", archive)
        self.assertEqual(len(ids), 1, archive)
        self.assertEqual(archive.count("for the phone"), 1)
        for message in (again, waited):
            self.assertEqual(re.findall(r"<stanza-id [^>]*id='([^']*)'", message), ids)

    def test_both_lost(self):
        """Two sessions had it, and neither said so: it waits for the third, once."""
        anna, bert = self.pair()
        tablet = self.client(self.name(anna), "tablet")
        anna.wait_for("tablet")
        for client in (anna, tablet):
            self.lose(client)
        bert.say(f"{self.name(anna)}@localhost", "for either")
        bert.sync()
        for client in (anna, tablet):
            self.wait_for_log(f"{client.full}: it did not come back")
        third = self.client(self.name(anna), "third")
        third.wait_for("for either</body>")
        time.sleep(0.3)
        self.assertNotIn(b"for either", third.received)

    def test_carbons(self):
        """A copy (XEP-0280) that arrived is as good as the message; one that did not is no reason to
        lose it."""
        anna, bert = self.pair()
        tablet = self.client(self.name(anna), "tablet", presence=False)
        tablet.send("<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>")
        tablet.wait_for("id='c'")
        tablet.send(f"<presence><priority>-1</priority></presence><a {SM} h='1'/>")
        anna.wait_for("tablet")
        self.lose(anna)
        bert.say(anna.full, "copied")
        tablet.wait_for("<received.*copied.*</message>")
        bert.say(anna.full, "not copied")
        tablet.wait_for("<received.*not copied.*</message>")
        tablet.send(f"<a {SM} h='4'/>")  # both presences, and the first copy
        tablet.sync()
        self.wait_for_log(f"{anna.full}: it did not come back")
        self.lose(tablet)
        self.wait_for_log(f"{tablet.full}: it did not come back")
        again = self.client(self.name(anna), presence=False)
        again.send("<presence/>")
        got = again.wait_for("<message.*?</message>").group(0)
        self.assertIn(b"not copied", got)
        self.assertNotIn(b"received", got)
        time.sleep(0.3)
        self.assertNotIn(b"copied", again.received)

    def test_same_resource(self):
        """Whoever binds the address of a lost session takes its place and gets its messages."""
        anna, bert = self.pair()
        self.lose(anna)
        bert.say(anna.full, "missed")
        bert.sync()
        again = self.client(self.name(anna))
        again.wait_for("missed</body>")
        self.assertNotIn(b"error", bert.received)

    def test_push(self):
        """A phone that has lost its connection is woken (XEP-0357): for what was under way then, and for
        what comes; once, also when it does not come back."""
        anna, bert = self.pair()
        app = self.client(self.new_user("app"))
        anna.iq("set", f"<enable xmlns='urn:xmpp:push:0' jid='{app.full}' node='n'/>")

        def take_push():
            push = app.wait_for("<iq [^>]*id='(push-[^']*)'.*?message-count.*?</iq>")
            app.send(f"<iq type='result' id='{push.group(1).decode()}' to='{anna.bare}'/>")

        anna.bare = anna.full.partition("/")[0]
        anna.send(f"<a {SM} h='2'/>")  # her presence, and the answer to her request
        bert.say(anna.full, "under way")
        anna.wait_for("under way")
        app.sync()
        self.assertNotIn(b"message-count", app.received)
        self.lose(anna)
        take_push()
        bert.say(anna.bare, "news")
        take_push()
        self.wait_for_log(f"{anna.full}: it did not come back")
        again = self.client(self.name(anna), presence=False)
        again.send("<presence/>")
        again.wait_for("under way.*news</body>")
        bert.say(app.full, "the end")
        app.wait_for("the end")
        self.assertNotIn(b"message-count", app.received)

    def test_full_queue(self):
        """Past its budget a lost session is given up, and the messages go where they belong."""
        with FaultServer({"max_resume_bytes": 65536, "max_offline_messages": 100000}) as server:
            for name in ("anna", "bert"):
                server.add_user(name)
            anna = Client(server).start("anna")
            bert = Client(server).start("bert")
            anna.drop()
            for i in range(100):
                bert.say(anna.full, f"{i} {'x' * 1000}")
            bert.sync()
            self.assertIn("too much waits for it", server.log())
            again = Client(server)
            self.assert_not_found(again.come_back("anna", anna, 1), h=1)
            again.send("<presence/>")
            again.wait_for("<body>99 ")
            bert.wait_for(".*")
            self.assertNotIn(b"error", bert.received)
            for client in (again, bert):
                client.drop()

    def test_silent(self):
        """The connection is there and nobody answers (a cable is pulled, a battery is empty)."""
        with FaultServer({"ack_seconds": 5}) as server:
            for name in ("anna", "bert"):
                server.add_user(name)
            anna = Client(server).start("anna")
            bert = Client(server).start("bert", presence=False)
            bert.say(anna.full, "into the void")
            deadline = time.monotonic() + 15
            while f"{anna.full}: no sign of life" not in server.log():
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.1)
            again = Client(server).come_back("anna", anna, 1)
            again.resumed()
            again.wait_for("into the void")
            for client in (anna, bert, again):
                client.drop()

    def test_restart(self):
        """The server stops in good order: what was not acknowledged is on the disk, and the client
        hears how much of its own was dealt with."""
        with FaultServer() as server:
            for name in ("anna", "bert"):
                server.add_user(name)
            anna = Client(server).start("anna")
            lost = Client(server).start("anna", "lost")
            bert = Client(server).start("bert")
            anna.wait_for("lost")
            anna.say(bert.full, "mine")
            bert.wait_for("mine")
            lost.drop()
            for client in (anna, lost):
                bert.say(client.full, f"to {client.full}")
            bert.sync()
            server.restart()
            self.assertIn(b"system-shutdown", anna.read_to_end())
            again = Client(server)
            self.assert_not_found(again.come_back("anna", anna, 2), h=2)
            again.send("<presence/>")
            for client in (anna, lost):
                again.wait_for(f"to {client.full}</body>")
            again.drop()

    def test_guest(self):
        """Who comes back as a guest is somebody else."""
        with FaultServer({"guests": "yes"}) as server:
            guest = Client(server)
            guest.open()
            guest.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>")
            guest.wait_for("<challenge")
            guest.send("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
            guest.wait_for("<success")
            guest.bind("phone")
            guest.enable()
            self.assertNotIn("resume", guest.attributes)
            guest.drop()

    def test_many_lost(self):
        """A device that comes back again and again as a new one does not fill its account."""
        with FaultServer({"max_sessions_per_account": 3}) as server:
            server.add_user("anna")
            for i in range(6):
                client = Client(server).start("anna", f"phone{i}")
                client.drop()
                deadline = time.monotonic() + 10
                while f"{client.full}: connection lost" not in server.log():
                    self.assertLess(time.monotonic(), deadline)
                    time.sleep(0.02)
            self.assertRegex(server.ctl("status"), "sessions[^0-9]*3")


if __name__ == "__main__":
    unittest.main(verbosity=2)
