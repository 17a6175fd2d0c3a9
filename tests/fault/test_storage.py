#!/usr/bin/python3
"""The disk is full, the database is locked or damaged. Whoever sent what could not be stored is told
so, with an error that says "later" (RFC 6120 8.3.2, type wait); everything else goes on; nothing that
was told to be safe is lost. Needs root, for a small file system of its own."""

import itertools
import os
import re
import sqlite3
import subprocess
import time
import unittest

from fault_server import FaultServer
from raw_client import RawClient

SM = "xmlns='urn:xmpp:sm:3'"
MUC = "http://jabber.org/protocol/muc"
TEXT = "x" * 4000
NONSENSE = b"nonsense" * 64
BIND = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
SECONDS = 30


class StorageTest(unittest.TestCase):
    def setUp(self):
        self.server = FaultServer({"workers": 4, "limits": "off"})
        self.addCleanup(self.server.close)

    def start(self):
        self.server.start()
        self.server.import_users(["anna", "bert", "eve"])

    @property
    def database(self):
        return self.server.data / "jackdaw.sqlite"

    def client(self, name):
        client = RawClient(self.server, direct=True).sign_in(name)
        self.addCleanup(client.drop)
        client.send(f"<enable {SM}/>")
        client.wait_for("<enabled [^>]*>")
        client.sent = 0
        return client

    def send(self, client, ids, to="anna@localhost", type_="chat"):
        """Says each of them, and waits until all is dealt with: those that were refused."""
        for id_ in ids:
            client.send(
                f"<message to='{to}' type='{type_}' id='{id_}'><body>{id_} {TEXT}</body></message>"
            )
        client.sent += len(ids)
        client.send(f"<r {SM}/>")
        deadline = time.monotonic() + SECONDS
        while f"<a {SM} h='{client.sent}'/>".encode() not in client.received:
            self.assertLess(time.monotonic(), deadline, client.received[-500:])
            client.receive(0.1)
        got = client.received.decode()
        client.received = b""
        return self.refused(got)

    def refused(self, text):
        errors = re.findall(r"<message (?=[^>]*type='error')[^>]*id='([^']*)'.*?</message>", text)
        waits = len(re.findall("<error type='wait'><resource-constraint", text))
        self.assertEqual(waits, len(errors), text[:2000])
        return errors

    def fetch(self, name):
        """What waits for somebody, in the order in which it comes."""
        client = RawClient(self.server, direct=True).sign_in(name)
        self.addCleanup(client.drop)
        client.send("<presence/><iq type='get' id='last'><ping xmlns='urn:xmpp:ping'/></iq>")
        while client.receive(1):
            pass
        return re.findall(r"<body>(\S+) x", client.received.decode())

    def assert_goes_on(self):
        """Somebody who needs no disk notices nothing."""
        eve = RawClient(self.server, direct=True).sign_in("eve")
        eve.send("<presence/>")
        begin = time.monotonic()
        self.assertEqual(eve.iq("get", "<ping xmlns='urn:xmpp:ping'/>")[0], "result")
        self.assertLess(time.monotonic() - begin, 2)
        eve.leave()

    def test_full_disk(self):
        mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", self.server.data]
        subprocess.run(mount, check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.server.data], check=False)
        self.start()
        bert = self.client("bert")
        ids = (f"m{i}" for i in itertools.count())
        kept = []
        for _ in range(200):
            batch = list(itertools.islice(ids, 20))
            refused = self.send(bert, batch)
            kept += [id_ for id_ in batch if id_ not in refused]
            if len(refused) == len(batch):
                break
        self.assertTrue(refused, "the disk was never full")
        self.assertRegex(self.server.log(), "database-failed: .*jackdaw.sqlite: .*(full|disk I/O)")
        self.assertRegex(self.server.log(), "store-failed: \\d+ writes were not stored")
        self.assert_goes_on()

        with self.subTest("kill -9 while it is full"):
            self.server.kill()
            self.server.start()
            bert = self.client("bert")
            self.send(bert, ["again"])

        with self.subTest("room again"):
            subprocess.run(["mount", "-o", "remount,size=64m", self.server.data], check=True)
            batch = list(itertools.islice(ids, 20))
            self.assertEqual(self.send(bert, batch), [])
            kept += batch
        got = [id_ for id_ in self.fetch("anna") if id_ != "again"]
        self.assertEqual(got, kept)

    def test_full_disk_in_a_room(self):
        """What a room could not store it does not repeat to anybody."""
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", self.server.data], check=True
        )
        self.addCleanup(subprocess.run, ["umount", "-l", self.server.data], check=False)
        self.start()
        room = f"lobby@{self.server.rooms}"
        bert = self.client("bert")
        anna = RawClient(self.server, direct=True).sign_in("anna")
        self.addCleanup(anna.drop)
        for client, nick in ((bert, "bert"), (anna, "anna")):
            client.send(f"<presence to='{room}/{nick}'><x xmlns='{MUC}'/></presence>")
            client.wait_for("<subject[ />]")
        bert.sent += 1
        refused, said = [], []
        for i in range(200):
            batch = [f"m{i}-{j}" for j in range(20)]
            refused += self.send(bert, batch, room, "groupchat")
            said += batch
            if len(refused) >= 40:
                break
        while anna.receive(1):
            pass
        heard = re.findall(r"<body>(\S+) x", anna.received.decode())
        self.assertEqual(heard, [id_ for id_ in said if id_ not in refused])
        self.assertGreater(len(refused), 0)

    def test_locked(self):
        """Another program holds the database (a copy is being made, say)."""
        self.start()
        bert = self.client("bert")
        self.assertEqual(self.send(bert, ["before"]), [])
        other = sqlite3.connect(self.database, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")
        self.assertEqual(self.send(bert, ["locked"]), ["locked"])
        self.assertRegex(self.server.log(), "database-failed: .*jackdaw.sqlite: .*locked")
        self.assert_goes_on()
        other.execute("ROLLBACK")
        self.assertEqual(self.send(bert, ["after"]), [])
        self.assertEqual(self.fetch("anna"), ["before", "after"])

    def test_no_database(self):
        """It does not start, says which file, and leaves the file alone."""
        self.start()
        self.server.stop()
        self.database.write_bytes(NONSENSE)
        done = subprocess.run(
            [self.server.program, "--config", self.server.config],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("jackdaw.sqlite", done.stderr)
        self.assertNotIn("ready", done.stdout)
        self.assertEqual(self.database.read_bytes(), NONSENSE)

    def test_damaged(self):
        """Pages that cannot be read: it does not start, or it is honest to everybody who needs them,
        and ends in good order."""
        self.start()
        bert = self.client("bert")
        self.assertEqual(self.send(bert, [f"m{i}" for i in range(400)]), [])
        self.server.stop()
        size = os.path.getsize(self.database)
        with open(self.database, "r+b") as file:
            file.seek(size // 2 // 4096 * 4096)
            file.write(os.urandom(size // 2 // 4096 * 4096))
        try:
            self.server.start()
        except RuntimeError as refusal:
            self.assertIn("jackdaw.sqlite", str(refusal))
            return
        for name in ("anna", "bert", "eve"):
            client = RawClient(self.server, direct=True)
            self.addCleanup(client.drop)
            client.open()
            if client.authenticate(name, "secret"):
                client.open()
                client.send(BIND)
                client.wait_for("<iq [^>]*type='result'|<error type='wait'><resource-constraint")
        self.assertRegex(self.server.log(), "database-failed: .*jackdaw.sqlite: .*malformed")


if __name__ == "__main__":
    unittest.main(verbosity=2)
