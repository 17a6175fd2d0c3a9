#!/usr/bin/python3
"""Real traffic from many senders while the server is killed with -9 again and again. What it told
anybody is safe (XEP-0198 <a/>, a room's reflection, the result of an IQ) is there at the end: once, in
order, in every archive that it belongs to.

ROUNDS says how often the server is killed (50 when run by hand), SEED repeats a run.
"""

import itertools
import os
import random
import re
import threading
import time
import unittest
import xml.etree.ElementTree as ET

from fault_server import FaultServer
from raw_client import Closed, RawClient
from stanzas import Stanzas

ROUNDS = int(os.environ.get("ROUNDS", "50"))
SENDERS = 8
RECEIVERS = 2
WINDOW = 40  # stanzas on the way, unacknowledged
ASK_EVERY = 5
PAGE = 200
ROUND_SECONDS = (0.05, 0.5)
COME_BACK_SECONDS = 60
SM = "urn:xmpp:sm:3"
MAM = "urn:xmpp:mam:2"
SID = "{urn:xmpp:sid:0}"
CLIENT = "{jabber:client}"
MUC = "http://jabber.org/protocol/muc"

BIND = (
    "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    "<resource>home</resource></bind></iq>"
)


class Person(threading.Thread):
    """Somebody who comes back whenever the connection is lost, until told to stop."""

    def __init__(self, server, name, fail):
        super().__init__(name=name, daemon=True)
        self.server = server
        self.fail = fail
        self.bare = f"{name}@{server.domain}"
        self.stopping = threading.Event()
        self.connected = threading.Event()
        self.client = None
        self.id = None  # of the session that may be resumed
        self.taken = 0  # stanzas received in this session (XEP-0198 4)

    def run(self):
        try:
            while not self.stopping.is_set():
                self.come_back()
                self.converse()
        except Exception as error:  # a thread's failure is the test's
            self.fail(f"{self.name}: {error!r}")

    def come_back(self):
        deadline = time.monotonic() + COME_BACK_SECONDS
        while True:
            try:
                self.client = RawClient(self.server, direct=True)
                self.open()
                self.connected.set()
                return
            except (Closed, OSError):
                if self.client:
                    self.client.drop()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def open(self):
        """Resumes the session if the server still knows it, else begins a new one."""
        client = self.client
        client.open()
        if not client.authenticate(self.name, "secret"):
            raise AssertionError("not let in")
        client.open()
        if self.id:
            client.send(f"<resume xmlns='{SM}' h='{self.taken}' previd='{self.id}'/>")
            answer = client.wait_for("<resumed [^>]*>|<failed .*?</failed>").group(0).decode()
            if answer.startswith("<resumed"):
                self.stanzas = Stanzas(client)
                self.acknowledged(int(re.search("h='(\\d+)'", answer).group(1)))
                self.resumed()
                return
        client.send(BIND)
        client.wait_for("<jid>[^<]*</jid>.*?</iq>")
        client.send(f"<enable xmlns='{SM}' resume='true'/>")
        enabled = client.wait_for("<enabled [^>]*>").group(0).decode()
        self.id = re.search(r"\bid='([^']*)'|$", enabled).group(1)
        self.taken = 0
        self.stanzas = Stanzas(client)
        self.began()

    def converse(self):
        try:
            while not self.stopping.is_set():
                self.act()
                for element in self.stanzas.receive(0.01):
                    self.take(element)
        except Closed:
            for element in self.stanzas.rest():
                self.take(element)
        self.connected.clear()
        self.client.drop()

    def take(self, element):
        if element.tag == f"{{{SM}}}r":
            self.client.offer(f"<a xmlns='{SM}' h='{self.taken}'/>")
        elif element.tag == f"{{{SM}}}a":
            self.acknowledged(int(element.get("h")))
        elif element.tag.startswith(CLIENT):
            self.taken += 1
            self.stanza(element)

    def act(self):
        """Something to do between two looks at the connection."""

    def began(self):
        """A new session."""

    def resumed(self):
        """The old one goes on."""

    def acknowledged(self, count):
        pass

    def stanza(self, element):
        pass




class Sender(Person):
    """Sends chat, room messages and roster entries by turns, keeps what is not acknowledged, and
    sends that again in a new session, under the same ids (XEP-0359 3.2)."""

    def __init__(self, server, number, room, fail):
        super().__init__(server, f"sender{number}", fail)
        self.room = room
        self.count = 0  # things said, ever
        self.flights = []  # (id, text of the stanza), sent, not acknowledged, oldest first
        self.base = 0  # stanzas acknowledged in this session
        self.chats = {f"receiver{i}": [] for i in range(RECEIVERS)}  # ids in the order sent
        self.said = []  # ids sent to the room in the order sent
        self.contacts = []
        self.safe = set()  # ids that the server has promised
        self.enough = threading.Event()

    def began(self):
        self.base = 0
        again, self.flights = self.flights, []
        self.put(None, "<presence/>")
        self.put(
            None,
            f"<presence to='{self.room}/{self.name}'><x xmlns='{MUC}'><history maxstanzas='0'/></x>"
            "</presence>",
        )
        for id_, text in again:
            if id_:
                self.put(id_, text)
        self.ask()

    def resumed(self):
        self.client.send("".join(text for _, text in self.flights))
        self.ask()

    def ask(self):
        self.client.send(f"<r xmlns='{SM}'/>")

    def put(self, id_, text):
        self.flights.append((id_, text))
        self.client.send(text)

    def act(self):
        if self.enough.is_set() or len(self.flights) > WINDOW:
            return
        for _ in range(ASK_EVERY):
            self.put(*self.next())
        self.ask()

    def next(self):
        self.count += 1
        id_ = f"{self.name}-{self.count}"
        inside = f"<body>{id_}</body><origin-id xmlns='urn:xmpp:sid:0' id='{id_}'/>"
        if self.count % 10 == 0:
            self.contacts.append(id_)
            item = f"<item jid='{id_}@example.org'/>"
            return id_, f"<iq type='set' id='{id_}'><query xmlns='jabber:iq:roster'>{item}</query></iq>"
        if self.count % 3 == 0:
            self.said.append(id_)
            return id_, f"<message type='groupchat' id='{id_}' to='{self.room}'>{inside}</message>"
        receiver = f"receiver{self.count % RECEIVERS}"
        self.chats[receiver].append(id_)
        to = f"{receiver}@{self.server.domain}"
        return id_, f"<message type='chat' id='{id_}' to='{to}'>{inside}</message>"

    def acknowledged(self, count):
        done, self.flights = self.flights[: count - self.base], self.flights[count - self.base :]
        self.base = count
        self.safe.update(id_ for id_, _ in done if id_)

    def stanza(self, element):
        if element.get("type") == "error":
            self.fail(f"{self.name}: {ET.tostring(element)!r}")
        elif element.tag == CLIENT + "iq" and element.get("type") == "result":
            self.safe.add(element.get("id"))
        elif element.get("from") == f"{self.room}/{self.name}" and element.get("id"):
            self.safe.add(element.get("id"))


class Receiver(Person):
    """Takes what comes."""

    def __init__(self, server, number, fail):
        super().__init__(server, f"receiver{number}", fail)
        self.got = {}  # text -> id in the archive

    def began(self):
        self.client.send("<presence/>")

    def stanza(self, element):
        text = element.findtext(CLIENT + "body")
        ids = [e.get("id") for e in element.findall(SID + "stanza-id") if e.get("by") == self.bare]
        if text is None:
            return
        if len(ids) != 1 or self.got.setdefault(text, ids[0]) != ids[0]:
            self.fail(f"{self.name}: {text} has ids {ids} and {self.got.get(text)}")


class DurabilityTest(unittest.TestCase):
    def setUp(self):
        self.failures = []
        self.seed = int(os.environ.get("SEED", "0")) or random.randrange(1 << 32)
        self.random = random.Random(self.seed)

    def archive(self, client, to=None):
        """Everything in it, oldest first: (text, id)."""
        found, after = [], ""
        for page in itertools.count():
            rsm = f"<set xmlns='http://jabber.org/protocol/rsm'><max>{PAGE}</max>{after}</set>"
            target = f" to='{to}'" if to else ""
            client.send(f"<iq type='set' id='p{page}'{target}><query xmlns='{MAM}'>{rsm}</query></iq>")
            stanzas, fin = Stanzas(client), None
            while fin is None:
                for element in stanzas.receive(15):
                    result = element.find(f"{{{MAM}}}result")
                    if result is not None:
                        found.append((result.findtext(f".//{CLIENT}body"), result.get("id")))
                    elif element.get("id") == f"p{page}":
                        fin = element.find(f"{{{MAM}}}fin")
            if fin.get("complete") == "true":
                return found
            after = f"<after>{found[-1][1]}</after>"

    def check_archive(self, name, entries, sent, safe):
        """`sent` are lists of ids, each in the order in which one person sent them."""
        texts = [text for text, _ in entries if text]
        self.assertEqual(len(texts), len(set(texts)), f"{name}: doubled")
        self.assertEqual(len({id_ for _, id_ in entries}), len(entries))
        place = {text: i for i, text in enumerate(texts)}
        for ids in sent:
            missing = [id_ for id_ in ids if id_ in safe and id_ not in place]
            self.assertEqual(missing, [], f"{name}: promised and lost")
            places = [place[id_] for id_ in ids if id_ in place]
            self.assertEqual(places, sorted(places), f"{name}: out of order")
        self.assertLessEqual(set(texts), {id_ for ids in sent for id_ in ids})

    def open_room(self, server):
        owner = RawClient(server, direct=True).sign_in("owner")
        room = f"hall@{server.rooms}"
        owner.send(f"<presence to='{room}/owner'><x xmlns='{MUC}'/></presence>")
        owner.wait_for("code='201'")
        form = (
            "<query xmlns='http://jabber.org/protocol/muc#owner'>"
            "<x xmlns='jabber:x:data' type='submit'>"
            "<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>"
            "<field var='muc#roomconfig_persistentroom'><value>1</value></field></x></query>"
        )
        self.assertEqual(owner.iq("set", form, room)[0], "result")
        owner.leave()
        return room

    def kill_again_and_again(self, server, people):
        for round_ in range(ROUNDS):
            for person in people:
                self.assertTrue(person.connected.wait(COME_BACK_SECONDS), person.name)
            time.sleep(self.random.uniform(*ROUND_SECONDS))
            server.kill()
            self.assertEqual(self.failures, [], f"round {round_}")
            server.start()

    def finish(self, senders, receivers):
        """Everything under way is acknowledged, then everybody goes."""
        for sender in senders:
            sender.enough.set()
        deadline = time.monotonic() + COME_BACK_SECONDS
        while any(sender.flights for sender in senders) and not self.failures:
            self.assertLess(time.monotonic(), deadline, "never acknowledged")
            time.sleep(0.05)
        for person in senders + receivers:
            person.stopping.set()
        for person in senders + receivers:
            person.join()
        self.assertEqual(self.failures, [])

    def check(self, server, room, senders, receivers):
        safe = set().union(*(sender.safe for sender in senders))
        for receiver in receivers:
            client = RawClient(server, direct=True).sign_in(receiver.name, resource="check")
            entries = self.archive(client)
            self.check_archive(receiver.name, entries, [s.chats[receiver.name] for s in senders], safe)
            self.assertLessEqual(receiver.got.items(), dict(entries).items())
            self.assertGreater(len(receiver.got), 0)
            client.leave()
        for sender in senders:
            client = RawClient(server, direct=True).sign_in(sender.name, resource="check")
            self.check_archive(sender.name, self.archive(client), list(sender.chats.values()), safe)
            _, roster = client.iq("get", "<query xmlns='jabber:iq:roster'/>")
            contacts = set(re.findall("jid='([^@']*)@example.org'", roster))
            self.assertEqual({c for c in sender.contacts if c in safe} - contacts, set())
            self.assertLessEqual(contacts, set(sender.contacts))
            client.leave()
        client = RawClient(server, direct=True).sign_in("owner", resource="check")
        said = self.archive(client, room)
        self.check_archive("room", said, [s.said for s in senders], safe)
        client.leave()
        total = sum(sender.count for sender in senders)
        print(f"{ROUNDS} kills, {total} sent, {len(safe)} promised, {len(said)} in the room")
        self.assertGreater(len(safe), ROUNDS * SENDERS)

    def run_with(self, workers):
        print(f"SEED={self.seed}", flush=True)
        with FaultServer({"workers": workers, "limits": "off"}) as server:
            names = [f"sender{i}" for i in range(SENDERS)] + [f"receiver{i}" for i in range(RECEIVERS)]
            server.import_users(names + ["owner"])
            room = self.open_room(server)
            senders = [Sender(server, i, room, self.failures.append) for i in range(SENDERS)]
            receivers = [Receiver(server, i, self.failures.append) for i in range(RECEIVERS)]
            for person in receivers + senders:
                person.start()
            self.kill_again_and_again(server, senders + receivers)
            self.finish(senders, receivers)
            self.check(server, room, senders, receivers)

    def test_one_worker(self):
        self.run_with(1)

    def test_four_workers(self):
        self.run_with(4)


if __name__ == "__main__":
    unittest.main(verbosity=2)
