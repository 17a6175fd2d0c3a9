#!/usr/bin/python3
"""Too much of everything: connections, half-open ones, sign-ins, rooms, presence, messages for
somebody who does not read. Bounded memory, and nobody else has to wait."""

import re
import threading
import time
import unittest

from hostile_case import LIMITS, HostileCase
from raw_client import HEADER, Closed, RawClient

LOGIN_SECONDS = LIMITS["login_seconds"]
PER_ADDRESS = 60
QUEUE_BYTES = 256 * 1024
MUC = "xmlns='http://jabber.org/protocol/muc'"


def sources(count, each):
    """Addresses on loopback, each often enough for `count` connections."""
    return (f"127.1.{i // each // 250}.{i // each % 250 + 1}" for i in range(count))


class FloodsTest(HostileCase):
    """The rates are wide, so that the attack is quick and the quotas have to hold."""

    limits = {
        **LIMITS,
        "max_connections": 2000,
        "max_connections_per_address": PER_ADDRESS,
        "max_session_queue_bytes": QUEUE_BYTES,
        "rate_stanzas_per_second": 1000,
        "rate_bytes_per_second": "4M",
    }

    def ask_status(self, name):
        return int(re.search(rf"(?m)^{name}\s+(\d+)", self.server.ctl("status")).group(1))

    def wait_until_gone(self):
        """Only the bystanders are connected."""
        deadline = time.monotonic() + LOGIN_SECONDS + 10
        while self.ask_status("connections") > 2:
            self.assertLess(time.monotonic(), deadline, "dead connections stay")
            time.sleep(0.1)

    # ---- connections ----

    def test_ten_thousand_connects(self):
        """Ten batches of a thousand that never say a word."""
        for _ in range(10):
            batch = [RawClient(self.server, source) for source in sources(1000, PER_ADDRESS)]
            for client in batch:
                client.drop()
        self.wait_until_gone()

    def test_too_many_from_one_address(self):
        clients = [RawClient(self.server, "127.0.0.20") for _ in range(3 * PER_ADDRESS)]
        time.sleep(0.5)
        refused = 0
        for client in clients:
            try:
                client.receive(0)
            except Closed:
                refused += 1
        self.assertEqual(refused, 2 * PER_ADDRESS)
        with RawClient(self.server, "127.0.0.21") as other:
            other.open()
        for client in clients:
            client.drop()
        self.wait_until_gone()

    def test_too_many_in_all(self):
        clients = [RawClient(self.server, source) for source in sources(2300, PER_ADDRESS)]
        time.sleep(0.5)
        self.assertLessEqual(self.ask_status("connections"), 2000)
        for client in clients:
            client.drop()
        self.wait_until_gone()

    def test_half_open(self):
        """Each stops at another point, and is sent away when the time to sign in is over."""
        header = HEADER.format(self.server.domain).encode()
        hello = bytes.fromhex("16030100a5010000a10303") + bytes(40)
        stops = [b"", b"<", header[: len(header) // 2], header, header + b"<iq type='set'><x>"]
        clients = []
        for i in range(100):
            client = RawClient(self.server, f"127.0.1.{i + 1}")
            client.send(stops[i % len(stops)])
            clients.append(client)
            client = RawClient(self.server, f"127.0.1.{i + 1}", port=self.server.tls_port)
            client.send((b"", hello)[i % 2])
            clients.append(client)
        for client in clients:
            client.read_to_end(LOGIN_SECONDS + 5)
            self.assertTrue(client.is_closed)
            client.drop()
        self.wait_until_gone()

    def test_connect_and_close(self):
        """Come and go, with nothing, a header, or half a handshake."""
        words = [b"", HEADER.format(self.server.domain).encode(), b"\x16\x03\x01\x00\xa5\x01"]
        for i, source in enumerate(sources(3000, 30)):
            with RawClient(self.server, source) as client:
                client.offer(words[i % 3])
        self.wait_until_gone()

    def test_blanks_for_ever(self):
        with self.connect("tcp") as client:
            deadline = time.monotonic() + LOGIN_SECONDS + 5
            while client.offer(b" " * 65536) and time.monotonic() < deadline:
                pass
            self.assertLess(time.monotonic(), deadline, "blanks go on for ever")

    def test_stanzas_never_finished(self):
        """Forty sessions hold the largest stanza there is, but for its end."""
        self.server.import_users(f"drip{i}" for i in range(40))
        clients = []
        for i in range(40):
            client = RawClient(self.server, f"127.0.2.{i + 1}").sign_in(f"drip{i}")
            client.send("<message><body>" + "a" * 250000)
            clients.append(client)
        time.sleep(0.5)
        for client in clients:
            client.drop()
        self.wait_until_gone()

    def test_byte_by_byte(self):
        """Tokens that grow slowly must not be read again from their start with each byte."""
        with self.connect("session") as client:
            client.send("<message to='carl@localhost'><body>" + "a" * 200000)
            for _ in range(3000):
                client.send("a")
            client.send("</body></message>")
            self.assertEqual(client.iq("get", "<ping xmlns='urn:xmpp:ping'/>")[0], "result")

    # ---- sign-in ----

    def test_wrong_passwords(self):
        """Forty addresses guess Mary's password; nobody has to wait, and Mary still gets in."""
        over = threading.Event()
        outcomes = []

        def guess(number):
            while not over.is_set():
                try:
                    with RawClient(self.server, f"127.0.3.{number + 1}") as client:
                        client.start_tls()
                        client.open()
                        outcomes.append(client.authenticate("mary", f"guess{number}"))
                except (AssertionError, Closed, OSError):
                    pass

        guessers = [threading.Thread(target=guess, args=(i,)) for i in range(40)]
        for guesser in guessers:
            guesser.start()
        time.sleep(2)
        began = time.monotonic()
        with RawClient(self.server, "127.0.0.30") as mary:
            mary.sign_in("mary")
        took = time.monotonic() - began
        over.set()
        for guesser in guessers:
            guesser.join()
        self.assertTrue(outcomes)
        self.assertFalse(any(outcomes))
        self.assertLess(took, 5, "the account's owner is locked out")

    def test_registrations(self):
        made = 0
        for i in range(25):
            with RawClient(self.server, "127.0.0.40") as client:
                client.start_tls()
                client.open()
                client.send(
                    f"<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>new{i}"
                    "</username><password>secret</password></query></iq>"
                )
                made += client.wait_for("<iq [^>]*type='(result|error)'").group(1) == b"result"
        self.assertEqual(made, LIMITS["registrations_per_hour"])

    # ---- signed in ----

    def count(self, client, pattern, least, seconds=30):
        """Waits until that many have come."""
        deadline = time.monotonic() + seconds
        while (found := len(re.findall(pattern, client.received))) < least:
            self.assertLess(time.monotonic(), deadline, f"{found} instead of {least}")
            client.receive(1)
        return found

    def test_thousand_rooms(self):
        with self.connect("session") as client:
            client.send(
                "".join(
                    f"<presence to='r{i}@rooms.localhost/m'><x {MUC}/></presence>"
                    for i in range(1000)
                )
            )
            self.count(client, rb"<not-allowed ", 980)
            self.assertEqual(len(re.findall(rb"<status code='201'/>", client.received)), 20)
            client.leave()

    def test_presence(self):
        """Five in a room, one of whom changes presence all the time."""
        crowd = [
            RawClient(self.server, f"127.0.4.{i + 1}").sign_in("mallory", resource=f"p{i}")
            for i in range(5)
        ]
        for i, client in enumerate(crowd):
            client.send(
                f"<presence/><presence to='lobby@rooms.localhost/p{i}'>"
                f"<x {MUC}/></presence>"
            )
            client.wait_for("<status code='110'/>")
        try:
            for i in range(3000):
                status = f"<status>{i}</status></presence>"
                crowd[0].send("<presence>" + status)
                crowd[0].send("<presence to='lobby@rooms.localhost/p0'>" + status)
                if i % 50 == 0:
                    for client in crowd:
                        client.receive(0)
                        client.received = b""
        except Closed:
            pass  # sending a client away that floods is as good
        for client in crowd:
            client.drop()

    def test_questions(self):
        question = (
            "<iq type='get' id='q{}' to='localhost'>"
            "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
        )
        with self.connect("session") as client:
            for i in range(0, 3000, 50):
                client.send("".join(question.format(i + j) for j in range(50)))
                self.count(client, rb"<iq [^>]*id='q", i + 50)

    def test_answers_nobody_asked_for(self):
        with self.connect("session") as client:
            to = self.bystanders.anna.full
            client.send(f"<iq type='result' id='1' to='{to}'/><iq type='error' id='2'/>" * 1000)
            self.assertEqual(client.iq("get", "<ping xmlns='urn:xmpp:ping'/>")[0], "result")

    def test_offline_messages(self):
        """Carl is not there, and his box has an end."""
        with self.connect("session") as client:
            client.send(
                "<message to='carl@localhost' type='chat' id='o'><body>buy now</body></message>"
                * 2500
            )
            self.count(client, rb"<service-unavailable ", 1500)
            client.leave()

    def test_contact_requests(self):
        with self.connect("session") as client:
            client.send(
                "".join(f"<presence to='c{i}@localhost' type='subscribe'/>" for i in range(2500))
            )
            self.count(client, rb"<presence [^>]*type='error'", 1500)
            kind, roster = client.iq("get", "<query xmlns='jabber:iq:roster'/>")
            self.assertEqual(kind, "result")
            self.assertLessEqual(roster.count("<item "), 1000)
            client.leave()

    def test_slow_reader(self):
        """Who does not read is sent away before what waits for them fills the memory; who wrote to
        them is not slowed by it."""
        slow = RawClient(self.server, "127.0.0.50", receive_bytes=4096)
        slow.sign_in("mallory", resource="slow")
        with RawClient(self.server, "127.0.0.51") as sender:
            sender.sign_in("mary", resource="sender")
            message = (
                f"<message to='{slow.full}' type='headline'><body>{'a' * 50000}</body></message>"
            )
            deadline = time.monotonic() + 30
            while "does not read" not in self.server.log():
                self.assertLess(time.monotonic(), deadline, "it is never sent away")
                sender.send(message * 5)
            self.assertEqual(sender.iq("get", "<ping xmlns='urn:xmpp:ping'/>")[0], "result")
            sender.leave()
        slow.drop()
        self.wait_until_gone()

    def test_slow_reader_of_answers(self):
        """The same with answers to its own questions: then it is read more slowly, or sent away."""
        slow = RawClient(self.server, "127.0.0.52", receive_bytes=4096)
        slow.sign_in("mallory", resource="greedy")
        question = (
            "<iq type='get' id='q' to='localhost'>"
            "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
        )
        slow.sock.settimeout(1)
        for _ in range(100):
            if not slow.offer(question * 100):
                break
        slow.drop()
        self.wait_until_gone()


if __name__ == "__main__":
    unittest.main(verbosity=2)
