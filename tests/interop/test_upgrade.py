#!/usr/bin/python3
"""A new server on the database of an old one: everything is there still. Each data/database-N.sql is
what a server of that schema version had written; a new version adds one, and none is ever changed."""

import pathlib
import re
import sqlite3
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fault"))

from fault_server import FaultServer  # noqa: E402
from raw_client import RawClient  # noqa: E402

MUC = "http://jabber.org/protocol/muc"


class UpgradeTest(unittest.TestCase):
    def start(self, dump):
        server = FaultServer()
        self.addCleanup(server.close)
        with sqlite3.connect(server.data / "jackdaw.sqlite") as database:
            database.executescript(dump.read_text(encoding="utf-8"))
        database.close()
        return server.start()

    def client(self, server, name):
        client = RawClient(server, direct=True).sign_in(name)
        self.addCleanup(client.drop)
        return client

    def check(self, dump):
        server = self.start(dump)
        anna, bert = self.client(server, "anna"), self.client(server, "bert")

        _, roster = anna.iq("get", "<query xmlns='jabber:iq:roster'/>")
        self.assertRegex(roster, "<item (?=[^>]*jid='bert@localhost')[^>]*subscription='to'")
        self.assertRegex(roster, "friend@example.org.*<group>Old</group>")
        notes = "<query xmlns='jabber:iq:private'><notes xmlns='urn:example:notes'/></query>"
        self.assertIn("remember the milk", anna.iq("get", notes)[1])
        _, blocked = anna.iq("get", "<blocklist xmlns='urn:xmpp:blocking'/>")
        self.assertIn("pest@example.org", blocked)

        bert.send("<presence/>")
        for i in range(3):
            bert.wait_for(f"<body>offline {i}</body>")
        anna.send("<presence/>")
        anna.wait_for("<presence (?=[^>]*from='bert@localhost/raw')")

        room = f"old-room@{server.rooms}"
        anna.send(f"<presence to='{room}/Anna'><x xmlns='{MUC}'/></presence>")
        entered = anna.wait_for("(.*)<subject>Old things</subject>").group(1).decode()
        self.assertRegex(entered, "affiliation='owner'")
        self.assertEqual(re.findall("<body>(.*?)</body>", entered), [f"said {i}" for i in range(3)])
        outcasts = f"<query xmlns='{MUC}#admin'><item affiliation='outcast'/></query>"
        self.assertIn("pest@example.org", anna.iq("get", outcasts, room)[1])
        anna.send(f"<message to='{room}' type='groupchat'><body>said now</body></message>")
        anna.wait_for("<body>said now</body>")

        server.restart()
        self.assertIn("remember the milk", self.client(server, "anna").iq("get", notes)[1])

    def test_each_version(self):
        dumps = sorted((HERE / "data").glob("database-*.sql"))
        self.assertTrue(dumps)
        for dump in dumps:
            with self.subTest(dump.name):
                self.check(dump)


if __name__ == "__main__":
    unittest.main(verbosity=2)
