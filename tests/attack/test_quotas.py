#!/usr/bin/python3
"""Attacks 13, 43, 52, 56, 58, 60: what one user can make the server keep, what an archive can be asked,
what stream management can be told, and what listens. Floods are in tests/fault/test_floods.py."""

import pathlib
import re
import stat
import unittest

from attack_case import LIMITS, PING, AttackCase
from raw_client import RawClient

SM = "xmlns='urn:xmpp:sm:3'"
MAM = "urn:xmpp:mam:2"
RSM = "http://jabber.org/protocol/rsm"


class KeepTest(AttackCase):
    """Attacks 13 and 43: bounded, with an error that says so."""

    limits = {**AttackCase.limits, "max_roster_items": 200, "max_session_queue_bytes": "256k"}

    def test_13_presence_that_is_kept(self):
        """It stays in memory as long as the session, so it may not be as large as a message."""
        carl = self.sign_in("carl")
        for payload in ("<y/>" * 9000, "<y/>a" * 9000, "<y xmlns='urn:a' a='' b='' c=''/>" * 3000, "a" * 200000):
            for to in ("", " to='big@rooms.localhost/m'"):
                with self.subTest(payload=payload[:12], to=to):
                    carl.send(f"<presence id='big'{to}><x xmlns='urn:a'>{payload}</x></presence>")
                    self.assert_error(carl, "big", "policy-violation")
        carl.send("<presence id='usual'><show>away</show></presence>")
        carl.wait_for("<presence [^>]*id='usual'")

    def test_13_prefixes_that_stand_for_much(self):
        """A letter that stands for a thousand bytes: kept once, and not passed on."""
        names = f"xmlns:p='urn:{'p' * 1000}' xmlns:q='urn:{'q' * 1000}'"
        payload = f"<p:x {names}>" + "<q:y><p:y/></q:y>" * 4000 + "</p:x>"
        for source in range(10):
            mallory = self.sign_in("mallory", source=f"127.0.9.{source + 1}")
            mallory.offer(f"<message to='mallory@localhost'>{payload}</message>")
            self.assert_stream_error(mallory, "policy-violation")

    def test_13_nothing_is_taken_that_cannot_be_passed_on(self):
        """What was acknowledged is delivered: a stanza that would be too long when it is written again
        is refused as a whole."""
        carl, mallory = self.sign_in("carl"), self.sign_in("mallory")
        for count, taken in ((120000, True), (200000, False)):
            text = f"<message to='{carl.full}' id='q{count}'><body>{'&quot;' * (count // 6)}" \
                   f"{chr(34) * (count - count // 6)}</body></message>"  # fmt: skip
            mallory.send(text)
            if taken:
                carl.wait_for(f"<message [^>]*id='q{count}'.*?</message>", 20)
            else:
                self.assert_stream_error(mallory, "policy-violation")

    def test_43_a_long_roster(self):
        """The quota holds, and what is in it can still be had."""
        mallory = self.sign_in("mallory")
        refused = 0
        for number in range(260):
            kind, _ = mallory.iq(
                "set",
                f"<query xmlns='jabber:iq:roster'><item jid='c{number}@localhost' name='{'n' * 1000}'>"
                f"<group>{'g' * 1000}</group></item></query>",
            )
            refused += kind == "error"
        self.assertGreaterEqual(refused, 50)
        _, roster = mallory.iq("get", "<query xmlns='jabber:iq:roster'/>")
        self.assertLessEqual(roster.count("<item "), 200)

    def test_43_roster_items_of_any_size(self):
        mallory = self.sign_in("mallory")
        for item in (
            f"<item jid='a@localhost' name='{'n' * 100000}'/>",
            "<item jid='a@localhost'>" + "".join(f"<group>{i}</group>" for i in range(5000)) + "</item>",
            f"<item jid='a@localhost'><group>{'g' * 100000}</group></item>",
            "<item jid='a@localhost'/>" * 2000,
            "",
        ):
            kind, _ = mallory.iq("set", f"<query xmlns='jabber:iq:roster'>{item}</query>")
            self.assertEqual(kind, "error")
        self.assert_alive(mallory)

    def test_43_subscribe_requests_to_one(self):
        """Ten thousand wishes to be Carl's friend are one, and the longest words are cut or refused."""
        mallory = self.sign_in("mary")
        for number in range(1000):
            mallory.send(
                f"<presence to='carl@localhost' type='subscribe'><status>{'s' * 2000}{number}</status></presence>"
            )
        self.assert_alive(mallory)
        carl = self.sign_in("carl")
        carl.send(f"<presence/><iq type='get' id='end'>{PING}</iq>")
        carl.wait_for("<presence [^>]*type='subscribe'")
        carl.wait_for("<iq [^>]*id='end'")
        self.assertNotIn(b"type='subscribe'", carl.received)

    def test_58_names_and_registration(self):
        """Nobody becomes somebody who is here already, however the name is written."""
        for name in ("anna", "ANNA", "\uff41nna", "anna ", "an\u00adna", "guest-1234", "", "a" * 1024, "anna@localhost",
                     "lobby/x", "\u202eanna", "&#10;"):
            with self.subTest(name=name[:20]), RawClient(self.server, "127.0.0.60") as client:
                client.start_tls()
                client.open()
                client.send(
                    "<iq type='set' id='r'><query xmlns='jabber:iq:register'>"
                    f"<username>{name}</username><password>a good one</password></query></iq>"
                )
                answer = client.wait_for("<iq [^>]*type='(result|error)'.*?</iq>|</stream:stream>")
                self.assertNotIn(b"type='result'", answer.group(0))


class ArchiveTest(AttackCase):
    """Attack 52, first half: the archive's questions are values and never SQL."""

    BAD = ["&apos; OR &apos;1&apos;=&apos;1", "&apos;; DROP TABLE account; --", "%", "9" * 400, "-1", "a" * 65000, "&quot;",
           "1 UNION SELECT 1", "\U0001f64c", " ", "null"]  # fmt: skip

    def ask(self, client, inside, to=None):
        return client.iq("set", f"<query xmlns='{MAM}'>{inside}</query>", to)

    def form(self, *fields):
        values = "".join(f"<field var='{n}'><value>{v}</value></field>" for n, v in (("FORM_TYPE", MAM), *fields))
        return f"<x xmlns='jabber:x:data' type='submit'>{values}</x>"

    def test_52_pages(self):
        mallory = self.sign_in("mallory")
        for bad in self.BAD:
            for inside in (
                f"<set xmlns='{RSM}'><after>{bad}</after></set>", f"<set xmlns='{RSM}'><before>{bad}</before></set>",
                f"<set xmlns='{RSM}'><max>{bad}</max></set>", f"<set xmlns='{RSM}'><index>{bad}</index></set>",
                self.form(("with", bad)), self.form(("start", bad)), self.form(("end", bad)),
                self.form(("before-id", bad)), self.form(("after-id", bad)), self.form(("ids", bad)),
                self.form(("{urn:xmpp:fulltext:0}fulltext", bad)), self.form((bad, "x")),
            ):  # fmt: skip
                with self.subTest(inside=inside[:100]):
                    kind, answer = self.ask(mallory, inside)
                    self.assertIn(kind, ("error", "result"))
                    self.assertNotRegex(answer, "SQL|sqlite|syntax|internal-server-error")
        self.assert_alive(mallory)
        self.sign_in("carl")

    def test_52_archives_of_others(self):
        carl, mallory = self.sign_in("carl"), self.sign_in("mallory")
        carl.send("<message to='carl@localhost' type='chat'><body>to myself</body></message>")
        for to in ("carl@localhost", "nobody@localhost", "localhost"):
            kind, answer = self.ask(mallory, "", to)
            self.assertEqual(kind, "error", answer)
            self.assertNotIn("myself", answer)

    def test_52_all_of_it_many_times(self):
        """Questions without a limit get a page, not everything."""
        mallory = self.sign_in("mallory")
        for _ in range(150):
            mallory.send("<message to='mallory@localhost' type='chat'><body>page</body></message>")
        self.assert_alive(mallory)
        for _ in range(50):
            kind, _ = self.ask(mallory, f"<set xmlns='{RSM}'><max>4000000000</max></set>")
            self.assertIn(kind, ("result", "error"))


class NodesTest(AttackCase):
    """Attack 52, second half; what is usual and who may what is in tests/interop/test_pep.py."""

    PUBSUB = "xmlns='http://jabber.org/protocol/pubsub'"
    BAD = [*ArchiveTest.BAD, "urn:xmpp:bookmarks:1&#9;", "a/b", "../..", "n" * 1024]

    def pubsub(self, client, type_, inside, to=None, owner=""):
        namespace = self.PUBSUB.replace("pubsub'", f"pubsub{owner}'")
        return client.iq(type_, f"<pubsub {namespace}>{inside}</pubsub>", to)

    def test_52_names_are_values(self):
        mallory = self.sign_in("mallory")
        for bad in self.BAD:
            for type_, inside in (
                ("set", f"<publish node='{bad}'><item id='{bad}'><x xmlns='urn:a'/></item></publish>"),
                ("get", f"<items node='{bad}'><item id='{bad}'/></items>"),
                ("get", f"<items node='urn:a' max_items='{bad}'/>"),
                ("get", f"<items node='urn:a'/><set xmlns='{RSM}'><after>{bad}</after></set>"),
                ("set", f"<retract node='{bad}'><item id='{bad}'/></retract>"),
                ("set", f"<subscribe node='{bad}' jid='{bad}'/>"),
                ("set", f"<create node='{bad}'/>"),
            ):
                with self.subTest(inside=inside[:100]):
                    kind, answer = self.pubsub(mallory, type_, inside)
                    self.assertIn(kind, ("error", "result"))
                    self.assertNotRegex(answer, "SQL|sqlite|internal-server-error")
        self.assert_alive(mallory)

    def test_52_nodes_and_items_without_end(self):
        """Ten thousand of them are refused long before, and what is there can be listed."""
        mary = self.sign_in("mary")
        refused = 0
        for number in range(600):
            kind, _ = self.pubsub(
                mary, "set", f"<publish node='n{number}'><item><x xmlns='urn:a'>{'x' * 5000}</x></item></publish>"
            )
            refused += kind == "error"
        self.assertGreater(refused, 0)
        self.assertEqual(mary.iq("get", "<query xmlns='http://jabber.org/protocol/disco#items'/>",
                                 "mary@localhost")[0], "result")  # fmt: skip

    def test_52_events_have_their_sender(self):
        """CVE-2023-28686: what looks like news of Anna's is Mallory's, and says so."""
        carl, mallory = self.sign_in("carl"), self.sign_in("mallory")
        mallory.send(
            f"<message to='{carl.full}' type='headline' id='ev'><event xmlns="
            "'http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:mds:displayed:0'><item id='x'/>"
            "</items></event><addresses xmlns='http://jabber.org/protocol/address'><address type='replyto' "
            "jid='anna@localhost'/></addresses></message>"
        )
        got = carl.wait_for("<message [^>]*id='ev'[^>]*>").group(0).decode()
        self.assertIn(f"from='{mallory.full}'", got)

    def test_52_other_peoples_nodes(self):
        carl, mallory = self.sign_in("carl"), self.sign_in("mallory")
        kind, _ = self.pubsub(carl, "set", "<publish node='urn:mine'><item id='1'><x xmlns='urn:a'>secret</x></item></publish>")
        self.assertEqual(kind, "result")
        for type_, inside, owner in (
            ("get", "<items node='urn:mine'/>", ""), ("set", "<retract node='urn:mine'><item id='1'/></retract>", ""),
            ("set", "<publish node='urn:mine'><item id='1'><x xmlns='urn:a'>evil</x></item></publish>", ""),
            ("set", "<delete node='urn:mine'/>", "#owner"), ("set", "<purge node='urn:mine'/>", "#owner"),
            ("get", "<configure node='urn:mine'/>", "#owner"), ("get", "<affiliations node='urn:mine'/>", "#owner"),
            ("set", "<affiliations node='urn:mine'><affiliation jid='mallory@localhost' affiliation='owner'/></affiliations>",
             "#owner"),
        ):  # fmt: skip
            kind, answer = self.pubsub(mallory, type_, inside, "carl@localhost", owner)
            self.assertEqual(kind, "error", answer)
            self.assertNotIn("secret", answer)
        _, answer = self.pubsub(carl, "get", "<items node='urn:mine'/>")
        self.assertIn("secret", answer)


class StreamManagementTest(AttackCase):
    """Attack 56. What is lost and found is in tests/interop/test_resume.py."""

    limits = {**AttackCase.limits, "max_session_queue_bytes": "256k", "max_resume_bytes": "256k"}

    def enable(self, client):
        client.send(f"<enable {SM} resume='true'/>")
        return client.wait_for("<enabled [^>]*>").group(0).decode()

    def test_56_counts(self):
        """RFC-like nonsense in `h`: the stream ends, or the number is refused."""
        for h in ("-1", "99", "4294967296", "x", "", "1.5", "0x1", " 1", "9" * 50):
            with self.subTest(h=h):
                mallory = self.sign_in("mallory", source="127.0.10.1")
                self.enable(mallory)
                mallory.offer(f"<a {SM} h='{h}'/>")
                answer = mallory.read_to_end(5).decode()
                self.assertTrue(mallory.is_closed, answer)
                self.assertIn("<stream:error>", answer)

    def test_56_another_users_session(self):
        """Whose it is counts, not who knows its id; and the owner still gets it."""
        mary = self.sign_in("mary", source="127.0.10.2")
        enabled = self.enable(mary)
        id_ = re.search("id='([^']*)'", enabled).group(1)
        mary.drop()
        thief = RawClient(self.server, "127.0.10.3")
        self.addCleanup(thief.drop)
        thief.start_tls()
        thief.open()
        self.assertTrue(thief.authenticate("mallory", "secret"))
        thief.open()
        thief.send(f"<resume {SM} previd='{id_}' h='0'/>")
        answer = thief.wait_for("<(failed|resumed) .*?>").group(1)
        self.assertEqual(answer, b"failed")
        owner = RawClient(self.server, "127.0.10.2")
        self.addCleanup(owner.drop)
        owner.start_tls()
        owner.open()
        self.assertTrue(owner.authenticate("mary", "secret"))
        owner.open()
        owner.send(f"<resume {SM} previd='{id_}' h='0'/>")
        self.assertEqual(owner.wait_for("<(failed|resumed) .*?>").group(1), b"resumed")

    def test_56_strange_resumptions(self):
        for attributes in ("previd='' h='0'", "previd='x' h='-1'", "h='0'", f"previd='{'x' * 60000}' h='0'", "previd='x'"):
            mallory = RawClient(self.server, "127.0.10.4")
            self.addCleanup(mallory.drop)
            mallory.start_tls()
            mallory.open()
            self.assertTrue(mallory.authenticate("mallory", "secret"))
            mallory.open()
            mallory.send(f"<resume {SM} {attributes}/>")
            mallory.wait_for("<failed |<stream:error>")
        mallory = self.sign_in("mallory")
        self.enable(mallory)
        mallory.send(f"<resume {SM} previd='x' h='0'/><enable {SM} resume='true'/>")
        mallory.receive(2)

    def test_56_never_acknowledged(self):
        """Who reads but never says so does not make the server keep it all."""
        deaf = self.sign_in("mallory", resource="deaf", source="127.0.10.5")
        self.enable(deaf)
        mary = self.sign_in("mary", source="127.0.10.6")
        message = f"<message to='{deaf.full}' type='headline'><body>{'a' * 20000}</body></message>"
        for _ in range(150):
            mary.send(message)
            try:
                deaf.receive(0)
                deaf.received = b""
            except Exception:  # noqa: BLE001 - being sent away is as good
                break
        self.assert_alive(mary)

    def test_56_ten_thousand_requests(self):
        """<r/> is answered, and costs what a stanza costs."""
        mallory = self.sign_in("mallory", source="127.0.10.7")
        self.enable(mallory)
        for _ in range(50):
            mallory.send(f"<r {SM}/>" * 200)
            mallory.receive(1)
            mallory.received = b""
        self.assert_alive(mallory)


class SurfaceTest(AttackCase):
    """Attack 60: two ports, and a socket for the server's own user."""

    limits = LIMITS

    def test_60_nothing_else_listens(self):
        inodes = set()
        for link in pathlib.Path(f"/proc/{self.server.process.pid}/fd").iterdir():
            try:
                inodes.update(re.findall(r"socket:\[(\d+)\]", str(link.readlink())))
            except OSError:
                pass
        ports = set()
        for table in ("tcp", "tcp6", "udp", "udp6"):
            for line in pathlib.Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[9] in inodes and (fields[3] == "0A" or table.startswith("udp")):
                    ports.add((table[:3], int(fields[1].rpartition(":")[2], 16)))
        self.assertEqual(ports, {("tcp", self.server.port), ("tcp", self.server.tls_port)})

    def test_60_files_are_private(self):
        """Database, key and control socket are the server's own."""
        for path in self.server.data.iterdir():
            mode = stat.S_IMODE(path.stat().st_mode)
            if path.name != "certificate.pem":
                self.assertEqual(mode & 0o077, 0, f"{path.name}: {mode:o}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
