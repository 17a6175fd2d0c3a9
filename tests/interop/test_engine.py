#!/usr/bin/python3
"""The desktop client's engine against the real server, beside a foreign client.

ENGINE_CLIENT, JACKDAWD and JACKDAWCTL name the programs, WORKERS the number of workers.
"""

import asyncio
import socket
import time
import unittest
from xml.sax.saxutils import quoteattr

from client import Client, body
from engine import Engine
from server import Server

DOMAIN = "chat.example"
LOBBY = f"lobby@rooms.{DOMAIN}"


class EngineTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(domain=DOMAIN, overrides={"guests": "yes", "registration": "open"})
        cls.server.start()
        for name in ("anna", "ben", "cleo"):
            cls.server.add_user(name)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def engine(self, *arguments):
        engine = Engine(*arguments)
        self.addCleanup(engine.quit)
        return engine

    def signed_in(self, name, password="secret", **keywords):
        engine = self.engine()
        engine.sign_in(self.server, name, password, **keywords)
        return engine


class SignIn(EngineTest):
    def test_with_password(self):
        engine = self.engine()
        _, jid, nickname, tls = engine.sign_in(self.server, "Anna", "secret")
        self.assertEqual((jid, nickname, tls), (f"anna@{DOMAIN}", "Anna", "TLSv1.3"))

    def test_by_direct_tls(self):
        self.signed_in("anna", port=self.server.tls_port)

    def test_as_guest(self):
        engine = self.engine()
        _, jid, nickname, _ = engine.sign_in(self.server, "Visitor")
        self.assertTrue(jid.startswith("guest-"), jid)
        self.assertEqual(nickname, "Visitor")

    def test_new_account(self):
        engine = self.engine()
        engine.do("signin", "127.0.0.1", self.server.port, "nora", "secret")
        self.assertEqual(engine.wait("failed")[1], "credentials")
        engine.sign_in(self.server, "nora", "secret", verb="register")
        again = self.engine()
        again.do("register", "127.0.0.1", self.server.port, "nora", "wrong")
        self.assertEqual(again.wait("failed")[1], "nickname-taken")

    def test_nickname_in_use(self):
        self.signed_in("Ghost", "")
        other = self.engine()
        other.do("signin", "127.0.0.1", self.server.port, "Ghost")
        event = other.wait("failed")
        self.assertEqual(event[1], "nickname-taken")
        self.assertIn("Ghost2", event[2])
        other.sign_in(self.server, "Ghost2")

    def test_nickname_of_an_account(self):
        """It is its owner's: a guest who had it before is turned out, and comes back as somebody else."""
        guest = self.signed_in("olga", "")
        engine = self.engine()
        _, jid, nickname, _ = engine.sign_in(self.server, "olga", "secret", verb="register")
        self.assertEqual((jid, nickname), (f"olga@{DOMAIN}", "olga"))
        event = guest.wait("message", LOBBY, "notice")
        self.assertIn("This name belongs to a registered user", event[-1])
        guest.do("nick", "Olga P")
        guest.do("say", "hello")
        guest.wait("delivery", LOBBY, "sent", "hello")
        engine.wait("message", LOBBY, "text", "in", None, "Olga P", "hello")

        late = self.engine()
        late.do("signin", "127.0.0.1", self.server.port, "olga")
        self.assertEqual(late.wait("failed")[1], "nickname-taken")

    def test_certificate_is_asked_about(self):
        engine = self.engine("--ask")
        engine.do("signin", "127.0.0.1", self.server.port, "anna", "secret")
        event = engine.wait("certificate")
        self.assertIn(event[2].replace(":", "").lower(), self.server.log().replace(":", "").lower())
        engine.do("trust", "no")
        self.assertEqual(engine.wait("failed")[1], "certificate")
        engine.do("signin", "127.0.0.1", self.server.port, "anna", "secret")
        engine.wait("certificate")
        engine.do("trust", "yes")
        engine.wait("signed-in")


class Talk(EngineTest):
    def test_lobby(self):
        anna = self.signed_in("anna")
        ben = self.signed_in("ben")
        anna.wait("message", LOBBY, "joined", "in", None, "ben")
        anna.do("say", 'hello "ben" <&> \\ ü')
        anna.wait("delivery", LOBBY, "sent")
        ben.wait("message", LOBBY, "text", "in", "received", "anna", 'hello "ben" <&> \\ ü')
        anna.do("nick", "Annika")
        anna.wait("nickname", "Annika")
        ben.wait("message", LOBBY, "renamed")
        anna.do("nick", "ben")
        self.assertEqual(anna.wait("refused")[1], "nickname-taken")
        anna.do("signout")
        ben.wait("message", LOBBY, "left", None, None, "Annika")

    def test_private(self):
        anna = self.signed_in("anna")
        ben = self.signed_in("ben")
        anna.wait("member", LOBBY, "+", "ben")
        anna.do("private ben", "between us")
        anna.wait("delivery", None, "sent", "between us")
        event = ben.wait("message", None, "text", "in", "received", None, "between us")
        ben.do("private", "anna", "indeed")
        anna.wait("message", None, "text", "in", None, None, "indeed")
        self.assertNotEqual(event[1], LOBBY)
        anna.do("private", f"nobody@{DOMAIN}", "hello?")
        anna.wait("delivery", f"nobody@{DOMAIN}", "failed", seconds=10)

    def test_offline_message(self):
        anna = self.signed_in("anna")
        anna.do("private", f"cleo@{DOMAIN}", "for later")
        anna.wait("delivery", f"cleo@{DOMAIN}", "sent")
        cleo = self.signed_in("cleo")
        cleo.wait("message", f"anna@{DOMAIN}", "text", "in", None, None, "for later")

    def test_guest_leaves_and_comes_back(self):
        anna = self.signed_in("anna")
        rita = self.signed_in("Rita", "")
        anna.wait("member", LOBBY, "+", "Rita")
        anna.do("private", "Rita", "hello")
        guest = anna.wait("delivery", None, "sent", "hello")[1]
        self.assertTrue(guest.startswith("guest-"), guest)
        rita.do("nick", "Margarita")
        anna.wait("title", guest, "Margarita", "guest, online")
        rita.do("signout")
        anna.wait("title", guest, "Margarita", "guest left", keep=True)
        anna.wait("message", guest, "notice")
        anna.do("private", guest, "still there?")
        self.assertEqual(anna.wait("delivery", guest, "failed")[4], "They have left.")
        back = self.signed_in("Margarita", "")
        event = anna.wait("message", None, "notice")
        self.assertNotEqual(event[1], guest)
        self.assertIn("as a new guest", event[6])
        anna.do("private", "Margarita", "welcome back")
        back.wait("message", f"anna@{DOMAIN}", "text", "in", None, None, "welcome back")
        anna.wait("delivery", event[1], "sent", "welcome back")

    def test_room_of_its_own(self):
        anna = self.signed_in("anna")
        ben = self.signed_in("ben")
        anna.do("join tea")
        anna.wait("joined", f"tea@rooms.{DOMAIN}", "yes")
        ben.do("join", f"tea@rooms.{DOMAIN}")
        ben.wait("joined", f"tea@rooms.{DOMAIN}", "yes")
        ben.do("room tea", "milk?")
        anna.wait("message", f"tea@rooms.{DOMAIN}", "text", "in", None, "ben", "milk?")
        ben.do("leave tea")
        anna.wait("message", f"tea@rooms.{DOMAIN}", "left", None, None, "ben")

    def test_with_slixmpp(self):
        anna = self.signed_in("anna")

        async def story():
            ben = Client(self.server, f"ben@{DOMAIN}")
            await ben.sign_in(presence=True)
            ben.send_raw(
                f"<presence to={quoteattr(LOBBY + '/ben')}>"
                "<x xmlns='http://jabber.org/protocol/muc'/></presence>"
            )
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, anna.wait, "member", LOBBY, "+", "ben")
            anna.do("say", "hello slixmpp")
            await take_body(ben, "hello slixmpp")
            ben.send_raw(
                f"<message to={quoteattr(LOBBY)} type='groupchat'><body>hello engine</body></message>"
            )
            await loop.run_in_executor(
                None, anna.wait, "message", LOBBY, "text", "in", None, "ben", "hello engine"
            )
            anna.do("private", f"ben@{DOMAIN}", "psst")
            await take_body(ben, "psst")
            ben.send_raw(
                f"<message to='anna@{DOMAIN}' type='chat'><body>what?</body></message>"
            )
            await loop.run_in_executor(
                None, anna.wait, "message", f"ben@{DOMAIN}", "text", "in", None, None, "what?"
            )
            for payload in ("jabber:iq:version", "http://jabber.org/protocol/disco#info"):
                ben.send_raw(
                    f"<iq type='get' id='q' to={quoteattr(LOBBY + '/anna')}>"
                    f"<query xmlns='{payload}'/></iq>"
                )
                answer = await ben.take("iq", id="q")
                self.assertEqual(answer.get("type"), "result")
            await ben.leave()

        async def take_body(client, text):
            while body(await client.take("message")) != text:
                pass

        asyncio.get_event_loop().run_until_complete(asyncio.wait_for(story(), 60))


class Break(EngineTest):
    """The server goes away and comes back."""

    def setUp(self):
        self.server.restart()

    def test_restart(self):
        anna = self.signed_in("anna")
        ben = self.signed_in("ben")
        anna.wait("message", LOBBY, "joined", "in", None, "ben")
        self.server.stop()
        anna.wait("state", "waiting")
        anna.do("say", "written offline")
        anna.do("private", f"ben@{DOMAIN}", "private and offline")
        time.sleep(0.2)
        self.server.start()
        for engine in (ben, anna):
            engine.wait("state", "online", seconds=40)
            engine.wait("joined", LOBBY, "yes")
        anna.wait("delivery", LOBBY, "sent", "written offline")
        ben.wait("message", LOBBY, "text", "in", None, "anna", "written offline")
        anna.do("say", "end")
        ben.wait("message", LOBBY, "text", "in", None, "anna", "end")
        self.assertEqual(ben.count("message", LOBBY, "text", None, None, None, "written offline"), 0)

    def test_kill(self):
        anna = self.signed_in("anna")
        for number in range(30):
            anna.do("say", f"line {number}")
        anna.wait("delivery", LOBBY, "sent", "line 10")
        self.server.kill()
        anna.wait("state", "waiting")
        self.server.start()
        anna.do("reconnect")
        anna.wait("state", "online", seconds=40)
        anna.wait("joined", LOBBY, "yes")
        anna.do("say", "end")
        anna.wait("delivery", LOBBY, "sent", "end")
        fresh = self.signed_in("cleo")
        heard = [fresh.wait("message", LOBBY, "text")[6]]
        while heard[-1] != "end":
            heard.append(fresh.wait("message", LOBBY, "text")[6])
        lines = [line for line in heard if line.startswith("line ")]
        self.assertEqual(lines, [f"line {number}" for number in range(30)])


class Silence(EngineTest):
    """A server that takes everything and answers nothing."""

    def impatient(self, seconds=4):
        return self.engine("--patience", str(seconds))

    def test_nobody_answers_at_the_port(self):
        with socket.create_server(("127.0.0.1", 0)) as mute:
            engine = self.impatient(seconds=1)
            engine.do("signin", "127.0.0.1", mute.getsockname()[1], "anna", "secret")
            self.assertEqual(engine.wait("failed", seconds=10)[1], "server")

    def test_server_freezes(self):
        engine = self.impatient()
        engine.sign_in(self.server, "anna", "secret")
        engine.wait("joined", LOBBY, "yes")
        engine.do("say", "before")
        engine.wait("delivery", LOBBY, "sent", "before")
        self.server.freeze()
        try:
            engine.do("say", "into the silence")
            engine.wait("state", "waiting", keep=True)
            engine.do("say", "written meanwhile")
        finally:
            self.server.thaw()
        engine.do("reconnect")
        engine.wait("delivery", LOBBY, "sent", "written meanwhile", seconds=40)

    def test_text_that_is_not_reflected(self):
        engine = self.impatient()
        engine.sign_in(self.server, "anna", "secret")
        engine.wait("joined", LOBBY, "yes")
        engine.do("say", "before")
        engine.wait("delivery", LOBBY, "sent", "before")
        self.server.freeze()
        try:
            engine.do("say", "did it arrive?")
            event = engine.wait("delivery", LOBBY, "failed", "did it arrive?")
            self.assertIn("may not have arrived", event[4])
        finally:
            self.server.thaw()


if __name__ == "__main__":
    unittest.main(verbosity=2)
