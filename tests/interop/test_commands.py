#!/usr/bin/python3
"""Commands with forms, and the administrator's (XEP-0050, XEP-0133): what they do, who may, and
what happens to those who may not."""

import itertools
import unittest

import client as c
from client import child, condition
from test_im import ImTest

NS = "http://jabber.org/protocol/commands"
ADMIN = "http://jabber.org/protocol/admin"
DATA = "{jabber:x:data}"
ITEMS = f"<query xmlns='http://jabber.org/protocol/disco#items' node='{NS}'/>"
NODES = (
    "add-user",
    "delete-user",
    "disable-user",
    "reenable-user",
    "change-user-password",
    "end-user-session",
    "get-registered-users-num",
    "get-registered-users-list",
    "get-online-users-num",
    "get-online-users-list",
    "announce",
)
NUMBERS = itertools.count(1)


def command(node, inside="", **attributes):
    more = "".join(f" {key}='{value}'" for key, value in attributes.items())
    return f"<command xmlns='{NS}' node='{node}'{more}>{inside}</command>"


def submit(**fields):
    text = f"<field var='FORM_TYPE'><value>{ADMIN}</value></field>"
    for var, values in fields.items():
        values = [values] if isinstance(values, str) else values
        inside = "".join(f"<value>{value}</value>" for value in values)
        text += f"<field var='{var.replace('_verify', '-verify')}'>{inside}</field>"
    return f"<x xmlns='jabber:x:data' type='submit'>{text}</x>"


def values(answer, var):
    """Of a field in a result."""
    for field in answer[0].iter(DATA + "field"):
        if field.get("var") == var:
            return [value.text for value in field.findall(DATA + "value")]
    return None


def specific(answer):
    """The command's own condition in an error."""
    return [e.tag for e in child(answer, "error") if e.tag.startswith("{" + NS)]


class CommandsTest(ImTest):
    overrides = {"admins": "root@localhost"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.add_user("root")

    async def root(self):
        return await self.client("root@localhost")

    async def start(self, client, name):
        """The form of a command, and its session."""
        answer = await client.iq_set(command(f"{ADMIN}#{name}", action="execute"), to="localhost")
        self.assertEqual(answer.get("type"), "result", condition(answer))
        self.assertEqual(answer[0].get("status"), "executing")
        self.assertEqual(answer[0].find(DATA + "x").get("type"), "form")
        return answer[0].get("sessionid")

    async def finish(self, client, name, session, **fields):
        return await client.iq_set(
            command(f"{ADMIN}#{name}", submit(**fields), sessionid=session), to="localhost"
        )

    async def run_command(self, client, name, **fields):
        answer = await self.finish(client, name, await self.start(client, name), **fields)
        if answer.get("type") == "result":
            self.assertEqual(answer[0].get("status"), "completed")
        return answer


class DiscoveryTest(CommandsTest):
    async def test_administrator_sees_all(self):
        root = await self.root()
        answer = await root.iq_get(ITEMS, to="localhost")
        nodes = [item.get("node") for item in answer[0]]
        for name in NODES:
            self.assertIn(f"{ADMIN}#{name}", nodes)
        for node, type_ in ((NS, "command-list"), (f"{ADMIN}#announce", "command-node")):
            info = await root.iq_get(
                f"<query xmlns='http://jabber.org/protocol/disco#info' node='{node}'/>", "localhost"
            )
            identity = child(info[0], "identity")
            self.assertEqual(identity.get("category"), "automation")
            self.assertEqual(identity.get("type"), type_)
            self.assertIn(NS, [f.get("var") for f in info[0]])

    async def test_others_see_none_of_it(self):
        """Attack 57: not in the list, and not by name."""
        anna = await self.client(self.new_user("anna"))
        nodes = [item.get("node") for item in (await anna.iq_get(ITEMS, to="localhost"))[0]]
        self.assertEqual([n for n in nodes if n.startswith(ADMIN)], [])
        for name in NODES:
            node = f"{ADMIN}#{name}"
            answer = await anna.iq_set(command(node), to="localhost")
            self.assertEqual(condition(answer), "forbidden", node)
            answer = await anna.iq_set(
                command(node, submit(accountjids="root@localhost")), to="localhost"
            )
            self.assertEqual(condition(answer), "forbidden", node)
            info = await anna.iq_get(
                f"<query xmlns='http://jabber.org/protocol/disco#info' node='{node}'/>", "localhost"
            )
            self.assertEqual(condition(info), "forbidden", node)


class SessionTest(CommandsTest):
    async def test_unknown_node(self):
        """Attack 57."""
        root = await self.root()
        answer = await root.iq_set(command("no-such-node"), to="localhost")
        self.assertEqual(condition(answer), "item-not-found")
        answer = await root.iq_set(f"<command xmlns='{NS}'/>", to="localhost")
        self.assertEqual(condition(answer), "item-not-found")
        answer = await root.iq_set(command(f"{ADMIN}#announce"), to="rooms.localhost")
        self.assertEqual(condition(answer), "item-not-found")
        answer = await root.iq_get(command(f"{ADMIN}#announce"), to="localhost")
        self.assertEqual(condition(answer), "service-unavailable")
        for what in ("info", "items"):
            answer = await root.iq_get(
                f"<query xmlns='http://jabber.org/protocol/disco#{what}' node='none'/>", "localhost"
            )
            self.assertEqual(condition(answer), "item-not-found")

    async def test_session_of_somebody_else(self):
        """Attack 57: an id is its own user's, for its own command, once."""
        one, two = await self.root(), await self.root()
        session = await self.start(one, "announce")
        for client, name, id_ in (
            (two, "announce", session),
            (one, "delete-user", session),
            (one, "announce", session + "x"),
            (one, "announce", ""),
        ):
            answer = await self.finish(client, name, id_, announcement="Hello")
            self.assertEqual(condition(answer), "bad-request")
            self.assertEqual(specific(answer), [f"{{{NS}}}bad-sessionid"])
        answer = await self.finish(one, "announce", session, announcement="Hello")
        self.assertEqual(answer.get("type"), "result")
        answer = await self.finish(one, "announce", session, announcement="Again")
        self.assertEqual(specific(answer), [f"{{{NS}}}bad-sessionid"])

    async def test_actions(self):
        """XEP-0050 3.4."""
        root = await self.root()
        node = f"{ADMIN}#announce"
        for action, expected in (
            ("dance", "malformed-action"),
            ("next", "bad-action"),
            ("prev", "bad-action"),
            ("complete", "bad-action"),
            ("cancel", "bad-action"),
        ):
            answer = await root.iq_set(command(node, action=action), to="localhost")
            self.assertEqual(condition(answer), "bad-request", action)
            self.assertEqual(specific(answer), [f"{{{NS}}}{expected}"], action)
        session = await self.start(root, "announce")
        answer = await root.iq_set(command(node, sessionid=session), to="localhost")
        self.assertEqual(specific(answer), [f"{{{NS}}}bad-payload"])
        answer = await root.iq_set(
            command(node, sessionid=session, action="cancel"), to="localhost"
        )
        self.assertEqual(answer[0].get("status"), "canceled")
        answer = await self.finish(root, "announce", session, announcement="Hello")
        self.assertEqual(specific(answer), [f"{{{NS}}}bad-sessionid"])


class AdminTest(CommandsTest):
    def new_name(self):
        return f"made{next(NUMBERS)}"

    async def make(self, root):
        jid = f"{self.new_name()}@localhost"
        answer = await self.run_command(root, "add-user", accountjid=jid, password="secret")
        self.assertEqual(answer.get("type"), "result", condition(answer))
        return jid

    async def test_add_and_delete(self):
        """XEP-0133 4.1, 4.2."""
        root = await self.root()
        jid = await self.make(root)
        anna = await self.client(jid)
        answer = await self.run_command(root, "add-user", accountjid=jid, password="secret")
        self.assertEqual(condition(answer), "conflict")
        answer = await self.run_command(root, "delete-user", accountjids=[jid, "nobody@localhost"])
        self.assertEqual(condition(answer), "item-not-found")
        await anna.ended.wait()
        with self.assertRaises(c.SignInFailed):
            await self.client(jid)
        self.assertIn("administered", self.server.log())

    async def test_bad_forms(self):
        root = await self.root()
        for name, fields, expected in (
            ("add-user", {"accountjid": "a@elsewhere.example", "password": "x"}, "item-not-found"),
            ("add-user", {"accountjid": "a@@b", "password": "x"}, "jid-malformed"),
            ("add-user", {"accountjid": "localhost", "password": "x"}, "item-not-found"),
            ("add-user", {"accountjid": "new@localhost", "password": ""}, "not-acceptable"),
            ("add-user", {"accountjid": "new@localhost"}, "not-acceptable"),
            ("add-user", {"accountjid": "guest-1@localhost", "password": "x"}, "not-acceptable"),
            (
                "add-user",
                {"accountjid": "new@localhost", "password": "x", "password_verify": "y"},
                "not-acceptable",
            ),
            ("delete-user", {}, "bad-request"),
            ("delete-user", {"accountjids": ["root@localhost", "a@@b"]}, "jid-malformed"),
            ("disable-user", {"accountjids": "nobody@localhost"}, "item-not-found"),
            ("end-user-session", {}, "bad-request"),
            ("change-user-password", {"accountjid": "nobody@localhost", "password": "x"},
             "item-not-found"),
            ("announce", {"announcement": " "}, "not-acceptable"),
            ("get-online-users-list", {"max_items": "-1"}, "policy-violation"),
        ):
            answer = await self.run_command(root, name, **fields)
            self.assertEqual(condition(answer), expected, (name, fields))

    async def test_disable(self):
        """XEP-0133 4.3, 4.4."""
        root = await self.root()
        jid = await self.make(root)
        anna = await self.client(jid)
        answer = await self.run_command(root, "disable-user", accountjids=jid)
        self.assertEqual(answer.get("type"), "result")
        await anna.ended.wait()
        with self.assertRaises(c.SignInFailed):
            await self.client(jid)
        answer = await self.run_command(root, "reenable-user", accountjids=jid)
        self.assertEqual(answer.get("type"), "result")
        await self.client(jid)

    async def test_change_password(self):
        """XEP-0133 4.7."""
        root = await self.root()
        jid = await self.make(root)
        answer = await self.run_command(
            root, "change-user-password", accountjid=jid, password="other"
        )
        self.assertEqual(answer.get("type"), "result")
        with self.assertRaises(c.SignInFailed):
            await self.client(jid)
        await self.client(jid, password="other")

    async def test_end_sessions(self):
        """XEP-0133 4.5: one, then all; the user may come again."""
        root = await self.root()
        jid = await self.make(root)
        one, two, three = [await self.client(f"{jid}/{i}") for i in range(3)]
        await self.run_command(root, "end-user-session", accountjids=one.full)
        await one.ended.wait()
        self.assertEqual((await two.iq_get("<ping xmlns='urn:xmpp:ping'/>")).get("type"), "result")
        await self.run_command(root, "end-user-session", accountjids=jid)
        await two.ended.wait()
        await three.ended.wait()
        await self.client(jid)

    async def test_numbers_and_lists(self):
        """XEP-0133 4.13, 4.15, 4.18, 4.20."""
        root = await self.root()
        jid = await self.make(root)
        two = [await self.client(jid), await self.client(jid)]
        names = self.server.ctl("user", "list").split()
        answer = await root.iq_set(command(f"{ADMIN}#get-registered-users-num"), to="localhost")
        self.assertEqual(values(answer, "registeredusersnum"), [str(len(names))])
        answer = await self.run_command(root, "get-registered-users-list")
        self.assertEqual(
            values(answer, "registereduserjids"), [f"{name}@localhost" for name in sorted(names)]
        )
        answer = await self.run_command(root, "get-registered-users-list", max_items="1")
        self.assertEqual(len(values(answer, "registereduserjids")), 1)
        answer = await self.run_command(root, "get-online-users-list")
        online = values(answer, "onlineuserjids")
        self.assertEqual(sorted(online), sorted(["root@localhost", jid]))
        answer = await root.iq_set(command(f"{ADMIN}#get-online-users-num"), to="localhost")
        self.assertEqual(values(answer, "onlineusersnum"), ["2"])
        self.assertEqual(len(two), 2)

    async def test_announce(self):
        """XEP-0133 4.23: to all who are there."""
        root = await self.root()
        anna = await self.client(self.new_user("anna"))
        silent = await self.client(self.new_user("bert"), presence=False)
        answer = await self.run_command(root, "announce", announcement=["Down at 5.", "Back at 6."])
        self.assertEqual(answer.get("type"), "result")
        message = await anna.take_message("Down at 5.\nBack at 6.", type="headline")
        self.assertEqual(message.get("from"), "localhost")
        await root.take_message(type="headline")
        await silent.flush_from(anna)
        self.assertEqual(silent.take_all("message"), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
