#!/usr/bin/python3
"""Invitations (XEP-0401, XEP-0379, XEP-0445): made by users, by administrators and by jackdawctl;
used once, in time, for what they are for."""

import itertools
import os
import pty
import re
import select
import socket
import sqlite3
import ssl
import subprocess
import unittest
import xml.etree.ElementTree as ET

import client as c
from client import child, condition
from test_commands import CommandsTest, command, values

INVITE = "urn:xmpp:invite#invite"
CREATE = "urn:xmpp:invite#create-account"
DATA = "{jabber:x:data}"
NUMBERS = itertools.count(1)
IBR_TOKEN = "urn:xmpp:ibr-token:0"


def token_of(uri):
    return re.search(r"preauth=([^;]+)", uri).group(1)


class Newcomer:
    """Somebody without an account, before sign-in."""

    def __init__(self, server):
        context = ssl.create_default_context(cafile=str(server.certificate))
        raw = socket.create_connection(("127.0.0.1", server.tls_port), timeout=c.SECONDS)
        self.socket = context.wrap_socket(raw, server_hostname="localhost")
        self.features = self.say(
            "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
            " to='localhost' version='1.0'>",
            "</stream:features>",
        )

    def say(self, text, until):
        self.socket.sendall(text.encode())
        got = b""
        while until.encode() not in got:
            piece = self.socket.recv(65536)
            assert piece, got
            got += piece
        return got.decode()

    def iq(self, type_, payload):
        number = next(NUMBERS)
        self.socket.sendall(f"<iq type='{type_}' id='n{number}'>{payload}</iq>".encode())
        got = b""
        while not (got.endswith(b"</iq>") or (got.startswith(b"<iq") and got.endswith(b"/>"))):
            piece = self.socket.recv(65536)
            assert piece, got
            got += piece
        return ET.fromstring(got.decode().replace("<iq ", "<iq xmlns='jabber:client' ", 1))

    def show(self, token):
        return self.iq("set", f"<preauth xmlns='urn:xmpp:pars:0' token='{token}'/>")

    def register(self, name, password="secret"):
        return self.iq(
            "set",
            "<query xmlns='jabber:iq:register'>"
            f"<username>{name}</username><password>{password}</password></query>",
        )

    def close(self):
        self.socket.close()


class InvitationsCase(CommandsTest):
    overrides = {"admins": "root@localhost", "registration": "invite"}

    def newcomer(self):
        made = Newcomer(self.server)
        self.addCleanup(made.close)
        return made

    def new_name(self):
        return f"new{next(NUMBERS)}"

    async def invite(self, client):
        answer = await client.iq_set(command(INVITE, action="execute"), to="localhost")
        self.assertEqual(answer.get("type"), "result", condition(answer))
        self.assertEqual(answer[0].get("status"), "completed")
        self.assertEqual(values(answer, "FORM_TYPE"), ["urn:xmpp:invite#invitation"])
        self.assertTrue(values(answer, "expire")[0].endswith("Z"))
        return values(answer, "uri")[0]

    async def create(self, client, **fields):
        answer = await client.iq_set(command(CREATE), to="localhost")
        self.assertEqual(answer.get("type"), "result", condition(answer))
        inside = "".join(
            f"<field var='{var.replace('_', '-')}'><value>{value}</value></field>"
            for var, value in fields.items()
        )
        return await client.iq_set(
            command(
                CREATE,
                f"<x xmlns='jabber:x:data' type='submit'>{inside}</x>",
                sessionid=answer[0].get("sessionid"),
            ),
            to="localhost",
        )

    def register(self, token, name):
        """Comes in with the token; gives back the answer."""
        newcomer = self.newcomer()
        self.assertEqual(newcomer.show(token).get("type"), "result")
        return newcomer.register(name)


class RegisteringTest(InvitationsCase):
    async def test_by_a_user(self):
        """XEP-0401 4: the newcomer and the inviter are contacts at once, with a push."""
        anna = await self.client(self.new_user("anna"), presence=False)
        await anna.fetch_roster()
        anna.send_raw("<presence/>")
        await anna.take("presence", from_=anna.full)
        uri = await self.invite(anna)
        self.assertTrue(uri.startswith(f"xmpp:{anna.bare}?roster;preauth="), uri)
        self.assertTrue(uri.endswith(";ibr=y"), uri)
        self.assertGreaterEqual(len(token_of(uri)), 20)
        name = self.new_name()
        self.assertEqual(self.register(token_of(uri), name).get("type"), "result")
        item = await anna.take_push(f"{name}@localhost")
        self.assertEqual(item.get("subscription"), "both")
        bert = await self.client(f"{name}@localhost", presence=False)
        roster, _ = await bert.fetch_roster()
        self.assertEqual(roster[anna.bare].get("subscription"), "both")
        bert.send_raw("<presence/>")
        await anna.take("presence", from_=bert.full)
        await bert.take("presence", from_=anna.full)

    async def test_inviter_is_away(self):
        jid = self.new_user("anna")
        anna = await self.client(jid)
        uri = await self.invite(anna)
        await anna.leave()
        name = self.new_name()
        self.assertEqual(self.register(token_of(uri), name).get("type"), "result")
        self.server.restart()
        anna = await self.client(jid)
        roster, _ = await anna.fetch_roster()
        self.assertEqual(roster[f"{name}@localhost"].get("subscription"), "both")

    async def test_features(self):
        """XEP-0445 3."""
        features = self.newcomer().features
        self.assertIn(f"<register xmlns='{IBR_TOKEN}'/>", features)
        self.assertIn("http://jabber.org/features/iq-register", features)

    async def test_only_with_a_token(self):
        newcomer = self.newcomer()
        answer = newcomer.register(self.new_name())
        self.assertEqual(condition(answer), "not-allowed")
        answer = newcomer.iq("get", "<query xmlns='jabber:iq:register'/>")
        self.assertEqual(condition(answer), "not-allowed")
        answer = newcomer.show("wrong")
        self.assertEqual(condition(answer), "item-not-found")
        self.assertIn("invalid or expired", child(answer, "error")[1].text)
        for bad in ("<preauth xmlns='urn:xmpp:pars:0'/>", "<preauth xmlns='urn:xmpp:pars:0' token=''/>"):
            self.assertEqual(condition(newcomer.iq("set", bad)), "bad-request")
        answer = newcomer.register(self.new_name())
        self.assertEqual(condition(answer), "not-allowed")

    async def test_guessing(self):
        """Five wrong tokens on one connection; others know nothing of it."""
        token = token_of(self.server.ctl("invite").strip())
        newcomer = self.newcomer()
        for guess in range(4):
            self.assertEqual(condition(newcomer.show(f"guess{guess}")), "item-not-found")
        self.assertIn(
            "policy-violation",
            newcomer.say("<iq type='set' id='5'><preauth xmlns='urn:xmpp:pars:0' token='x'/></iq>",
                         "</stream:stream>"),
        )
        self.assertEqual(self.newcomer().show(token).get("type"), "result")

    async def test_once(self):
        """XEP-0445 4: used when the registration has succeeded, and then for good."""
        anna = await self.client(self.new_user("anna"))
        token = token_of(await self.invite(anna))
        first, second = self.newcomer(), self.newcomer()
        for newcomer in (first, second):
            self.assertEqual(newcomer.show(token).get("type"), "result")
        self.assertEqual(condition(first.register(anna.boundjid.user)), "conflict")
        self.assertEqual(first.register(self.new_name()).get("type"), "result")
        self.assertEqual(condition(second.register(self.new_name())), "forbidden")
        self.assertEqual(condition(first.register(self.new_name())), "forbidden")
        self.assertEqual(condition(self.newcomer().show(token)), "item-not-found")

    async def test_end(self):
        """XEP-0445 4: looked at when the token is shown, and not again."""
        anna = await self.client(self.new_user("anna"))
        in_time, late = [token_of(await self.invite(anna)) for _ in range(2)]
        newcomer = self.newcomer()
        self.assertEqual(newcomer.show(in_time).get("type"), "result")
        db = sqlite3.connect(self.server.data / "jackdaw.sqlite", timeout=10)
        db.execute("UPDATE invitations SET expires_us = 1")
        db.commit()
        db.close()
        self.assertEqual(newcomer.register(self.new_name()).get("type"), "result")
        self.assertEqual(condition(self.newcomer().show(late)), "item-not-found")

    async def test_only_the_hash_is_kept(self):
        anna = await self.client(self.new_user("anna"))
        token = token_of(await self.invite(anna))
        for path in self.server.data.glob("jackdaw.sqlite*"):
            self.assertNotIn(token.encode(), path.read_bytes())
        self.assertNotIn(token, self.server.log())

    async def test_too_many(self):
        anna = await self.client(self.new_user("anna"))
        for _ in range(20):
            await self.invite(anna)
        answer = await anna.iq_set(command(INVITE), to="localhost")
        self.assertEqual(condition(answer), "resource-constraint")

    async def test_account_creation(self):
        """XEP-0401 4.4: the administrator's; a name may be given, the roster entry asked for."""
        root = await self.root()
        name = self.new_name()
        answer = await self.create(root, username=name, roster_subscription="1")
        uri = values(answer, "uri")[0]
        self.assertTrue(uri.startswith(f"xmpp:{name}@localhost?register;preauth="), uri)
        self.assertEqual(condition(self.register(token_of(uri), self.new_name())), "forbidden")
        self.assertEqual(self.register(token_of(uri), name).get("type"), "result")
        bert = await self.client(f"{name}@localhost")
        roster, _ = await bert.fetch_roster()
        self.assertEqual(roster["root@localhost"].get("subscription"), "both")
        uri = values(await self.create(root), "uri")[0]
        self.assertTrue(uri.startswith("xmpp:localhost?register;preauth="), uri)
        name = self.new_name()
        self.assertEqual(self.register(token_of(uri), name).get("type"), "result")
        carl = await self.client(f"{name}@localhost")
        self.assertEqual((await carl.fetch_roster())[0], {})
        for bad in ("a@b", "guest-1", "a b", "root"):
            self.assertEqual(condition(await self.create(root, username=bad)), "not-acceptable")

    async def test_who_may(self):
        anna = await self.client(self.new_user("anna"))
        answer = await anna.iq_set(command(CREATE), to="localhost")
        self.assertEqual(condition(answer), "forbidden")
        items = await anna.iq_get(
            "<query xmlns='http://jabber.org/protocol/disco#items'"
            " node='http://jabber.org/protocol/commands'/>",
            to="localhost",
        )
        self.assertEqual([item.get("node") for item in items[0]], [INVITE])


class ContactTest(InvitationsCase):
    """XEP-0379: somebody with an account shows the token in his request."""

    async def two(self):
        anna = await self.client(self.new_user("anna"), presence=False)
        bert = await self.client(self.new_user("bert"), presence=False)
        for client in (anna, bert):
            await client.fetch_roster()
            client.send_raw("<presence/>")
            await client.take("presence", from_=client.full)
        return anna, bert

    def knock(self, client, to, token):
        client.send_raw(
            f"<presence to='{to}' type='subscribe'>"
            f"<preauth xmlns='urn:xmpp:pars:0' token='{token}'/></presence>"
        )

    async def test_welcome(self):
        """XEP-0379 3.4 to 3.6: without a question to either."""
        anna, bert = await self.two()
        token = token_of(await self.invite(anna))
        bert.send_raw(f"<presence to='{anna.bare}' type='subscribed'/>")
        self.knock(bert, anna.bare, token)
        for client, other in ((anna, bert), (bert, anna)):
            await client.take("presence", from_=other.full)
            while (await client.take_push(other.bare)).get("subscription") != "both":
                pass
        self.assertEqual([p for p in anna.take_all("presence") if p.get("type") == "subscribe"], [])

    async def test_used_and_foreign_tokens(self):
        """XEP-0379 4.1: then it is a request like any other."""
        anna, bert = await self.two()
        carl = await self.client(self.new_user("carl"))
        token = token_of(await self.invite(anna))
        foreign = token_of(await self.invite(carl))
        self.knock(bert, anna.bare, foreign)
        await anna.take("presence", type="subscribe", from_=bert.bare)
        self.knock(bert, anna.bare, token)
        await bert.take("presence", type="subscribed", from_=anna.bare)
        self.knock(carl, anna.bare, token)
        await anna.take("presence", type="subscribe", from_=carl.bare)


    async def test_nobody_makes_himself_a_contact(self):
        """What the server tells an account is not a client's to tell."""
        anna, bert = await self.two()
        answer = await bert.iq_set(
            f"<befriend xmlns='urn:jackdaw:befriend' jid='{bert.bare}'/>", to=anna.bare
        )
        self.assertEqual(condition(answer), "service-unavailable")
        self.assertEqual((await anna.fetch_roster())[0], {})


class ClosedTest(InvitationsCase):
    overrides = {"admins": "root@localhost", "registration": "closed"}

    async def test_contacts_only(self):
        anna = await self.client(self.new_user("anna"))
        uri = await self.invite(anna)
        self.assertNotIn("ibr=y", uri)
        newcomer = self.newcomer()
        self.assertNotIn("<register", newcomer.features)
        self.assertEqual(condition(newcomer.show(token_of(uri))), "not-allowed")
        root = await self.root()
        self.assertEqual(condition(await self.create(root, username="x")), "not-allowed")
        self.assertIn("registration is closed", self.server.ctl("invite", check=False))


class NotByUsersTest(InvitationsCase):
    overrides = {"registration": "invite", "user_invitations": "no", "admins": "root@localhost"}

    async def test_contacts_only(self):
        anna = await self.client(self.new_user("anna"))
        uri = await self.invite(anna)
        self.assertNotIn("ibr=y", uri)
        self.assertEqual(condition(self.newcomer().show(token_of(uri))), "item-not-found")


class OpenTest(InvitationsCase):
    overrides = {"registration": "open", "registrations_per_hour": 1, "admins": "root@localhost"}

    async def test_with_and_without(self):
        """Who is invited does not count against his network."""
        self.assertEqual(self.newcomer().register(self.new_name()).get("type"), "result")
        answer = self.newcomer().register(self.new_name())
        self.assertEqual(condition(answer), "resource-constraint")
        for _ in range(2):
            uri = self.server.ctl("invite").strip()
            answer = self.register(token_of(uri), self.new_name())
            self.assertEqual(answer.get("type"), "result")


class ConsoleTest(InvitationsCase):
    async def test_link(self):
        """For scripts: one line."""
        lines = self.server.ctl("invite").splitlines()
        self.assertEqual(len(lines), 1)
        self.assertTrue(lines[0].startswith("xmpp:localhost?register;preauth="))
        name = self.new_name()
        self.assertEqual(self.register(token_of(lines[0]), name).get("type"), "result")
        line = self.server.ctl("invite", "Jörg").strip()
        self.assertTrue(line.startswith("xmpp:j%C3%B6rg@localhost?register;preauth="), line)
        for bad in ("a b", "guest-x"):
            self.assertIn("not a possible", self.server.ctl("invite", bad, check=False))
        self.assertIn("kept for the admin", self.server.ctl("invite", "root", check=False))

    async def test_qr_code(self):
        """In a terminal."""
        primary, secondary = pty.openpty()
        process = subprocess.Popen(
            [self.server.control, "--config", self.server.config, "invite"],
            stdin=subprocess.DEVNULL,
            stdout=secondary,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        os.close(secondary)
        got = b""
        while select.select([primary], [], [], c.SECONDS)[0]:
            try:
                piece = os.read(primary, 65536)
            except OSError:
                break
            if not piece:
                break
            got += piece
        os.close(primary)
        self.assertEqual(process.wait(c.SECONDS), 0)
        lines = got.decode().splitlines()
        self.assertTrue(lines[0].startswith("xmpp:"))
        self.assertIn("holds until", lines[1])
        self.assertGreater(len(lines), 15)
        self.assertTrue(all(line.startswith("\x1b[30;107m") for line in lines[2:] if line))
        if os.environ.get("KEEP_CODE"):
            with open(os.environ["KEEP_CODE"], "w", encoding="utf-8") as file:
                file.write(got.decode())

    async def test_disable(self):
        jid = self.new_user("anna")
        anna = await self.client(jid)
        self.server.ctl("user", "disable", anna.boundjid.user)
        await anna.ended.wait()
        with self.assertRaises(c.SignInFailed):
            await self.client(jid)
        self.server.ctl("user", "enable", anna.boundjid.user)
        await self.client(jid)
        self.assertIn("no such user", self.server.ctl("user", "disable", "nobody", check=False))


if __name__ == "__main__":
    unittest.main(verbosity=2)
