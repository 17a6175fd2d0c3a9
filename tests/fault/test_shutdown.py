#!/usr/bin/python3
"""SIGTERM with two hundred people connected, and what is there when the server comes back."""

import time
import unittest

from fault_server import FaultServer, read_figures
from raw_client import RawClient

SESSIONS = 200
STOP_SECONDS = 2
MUC = "xmlns='http://jabber.org/protocol/muc'"
OWNER = "xmlns='http://jabber.org/protocol/muc#owner'"


class ShutdownTest(unittest.TestCase):
    """One worker and four: each has its own sessions to tell."""

    def stop(self, server):
        """Fails when it takes too long. Looking for leaks is not the server's time."""
        began = time.monotonic()
        server.process.terminate()
        while "stopped:" not in server.log().rsplit("stopping:", 1)[-1]:
            if time.monotonic() - began > STOP_SECONDS:
                self.fail("it does not stop in time:\n" + server.log()[-2000:])
            time.sleep(0.01)
        server.stop()

    def tell_everybody(self, workers):
        with FaultServer({"workers": workers, "limits": "off", "guests": "yes"}) as server:
            load = server.load(
                "--sessions", str(SESSIONS), "--mechanism", "ANONYMOUS", "--seconds", "0", "idle"
            )  # fmt: skip
            with load:
                self.assertEqual(load.stdout.readline(), "ready\n")
                # Others are in the middle of something.
                half = [RawClient(server) for _ in range(4)]
                half[1].open()
                half[2].start_tls()
                half[3].start_tls()
                half[3].open()
                half[3].send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>")
                self.stop(server)
                text = load.stdout.read()
            self.assertEqual(load.returncode, 0, text)
            self.assertEqual(read_figures(text)["shut-down-sessions"], SESSIONS, text)
            for client in half:
                client.read_to_end(5)
                self.assertTrue(client.is_closed)
                client.drop()
            self.assertIn(b"<system-shutdown ", half[1].received)
            self.assertIn(b"<system-shutdown ", half[3].received)

    def test_one_worker(self):
        self.tell_everybody(1)

    def test_four_workers(self):
        self.tell_everybody(4)

    def test_a_peer_that_does_not_listen(self):
        """Its queue is full; nobody waits for it."""
        with FaultServer() as server:
            server.import_users(["anna", "bert"])
            deaf = RawClient(server, receive_bytes=4096).sign_in("bert")
            anna = RawClient(server).sign_in("anna")
            message = f"<message to='{deaf.full}'><body>{'a' * 50000}</body></message>"
            anna.send(message * 60)
            self.assertEqual(anna.iq("get", "<ping xmlns='urn:xmpp:ping'/>")[0], "result")
            self.stop(server)
            deaf.drop()
            anna.drop()

    # ---- and afterwards ----

    def furnish(self, server):
        """Some of everything that has to last."""
        anna = RawClient(server).sign_in("anna")
        anna.send("<presence/>")
        kind, _ = anna.iq(
            "set",
            "<query xmlns='jabber:iq:roster'><item jid='bert@localhost' name='Bertie'>"
            "<group>Friends</group></item></query>",
        )
        self.assertEqual(kind, "result")
        anna.send(f"<presence to='club@rooms.localhost/anna'><x {MUC}/></presence>")
        anna.wait_for("<status code='110'/>")
        kind, _ = anna.iq(
            "set",
            f"<query {OWNER}><x xmlns='jabber:x:data' type='submit'>"
            "<field var='FORM_TYPE'>"
            "<value>http://jabber.org/protocol/muc#roomconfig</value></field>"
            "<field var='muc#roomconfig_persistentroom'><value>1</value></field>"
            "<field var='muc#roomconfig_roomname'><value>The Club</value></field>"
            "</x></query>",
            to="club@rooms.localhost",
        )
        self.assertEqual(kind, "result")
        for payload in ("<subject>Of cabbages</subject>", "<body>and kings</body>"):
            anna.send(f"<message to='club@rooms.localhost' type='groupchat'>{payload}</message>")
            anna.wait_for(payload)
        for number in range(3):
            anna.send(
                f"<message to='bert@localhost' type='chat'><body>letter {number}</body></message>"
            )
        self.assertEqual(anna.iq("get", "<ping xmlns='urn:xmpp:ping'/>")[0], "result")
        anna.drop()

    def look_round(self, server):
        self.assertEqual(server.ctl("user", "list").split(), ["anna", "bert"])
        anna = RawClient(server).sign_in("anna")
        _, roster = anna.iq("get", "<query xmlns='jabber:iq:roster'/>")
        self.assertIn("jid='bert@localhost'", roster)
        self.assertIn("name='Bertie'", roster)
        self.assertIn("<group>Friends</group>", roster)
        anna.send(f"<presence to='club@rooms.localhost/anna'><x {MUC}/></presence>")
        joined = anna.wait_for("<status code='110'/>.*<body>and kings</body>.*</subject>").group(0)
        self.assertIn(b"<subject>Of cabbages</subject>", joined)
        self.assertNotIn(b"code='201'", joined)
        _, info = anna.iq(
            "get",
            "<query xmlns='http://jabber.org/protocol/disco#info'/>",
            to="club@rooms.localhost",
        )
        self.assertIn("The Club", info)
        anna.drop()
        bert = RawClient(server).sign_in("bert")
        bert.send("<presence/>")
        bert.wait_for("letter 0.*letter 1.*letter 2")
        bert.leave()

    def test_everything_is_there_afterwards(self):
        for workers in (1, 4):
            with self.subTest(workers=workers):
                with FaultServer({"workers": workers}) as server:
                    server.import_users(["anna", "bert"])
                    self.furnish(server)
                    self.stop(server)
                    server.start()
                    self.look_round(server)


if __name__ == "__main__":
    unittest.main(verbosity=2)
