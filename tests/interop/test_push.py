#!/usr/bin/python3
"""Push notifications (XEP-0357): to an app server that is a client of the same server here."""

import unittest

from client import child, condition
from test_im import ImTest

PUSH = "urn:xmpp:push:0"
PUBSUB = "{http://jabber.org/protocol/pubsub}"
OPTIONS = (
    "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>"
    "<value>http://jabber.org/protocol/pubsub#publish-options</value></field>"
    "<field var='secret'><value>eruio234vzxc2kla-91</value></field></x>"
)


def fields(form):
    return {f.get("var"): f.findtext("{jabber:x:data}value") for f in form}


class PushCase(ImTest):
    async def parties(self):
        """Anna, who will be away; Bert, who writes; the app server."""
        anna = await self.client(self.new_user("anna"))
        bert = await self.client(self.new_user("bert"))
        app = await self.client(self.new_user("app") + "/push")
        return anna, bert, app

    async def enable(self, client, jid, node="n1", options=""):
        return await client.iq_set(
            f"<enable xmlns='{PUSH}' jid='{jid}' node='{node}'>{options}</enable>"
        )

    async def go(self, client):
        client.send_raw("<presence type='unavailable'/>")
        await client.take("presence", type="unavailable")

    async def take_push(self, app):
        return await app.take("iq", type="set", test=lambda s: s[0].tag == PUBSUB + "pubsub")

    def answer(self, app, push, error=None):
        to, id_ = push.get("from"), push.get("id")
        if not error:
            app.send_raw(f"<iq type='result' to='{to}' id='{id_}'/>")
            return
        app.send_raw(
            f"<iq type='error' to='{to}' id='{id_}'><error type='cancel'>"
            f"<{error} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
        )

    async def no_push(self, bert, app):
        await app.flush_from(bert)
        self.assertEqual([i for i in app.take_all("iq") if i.get("type") == "set"], [])


class PushTest(PushCase):
    async def test_notification(self):
        """XEP-0357 7: nothing of the message but that there is one; the options as they were."""
        anna, bert, app = await self.parties()
        self.assertEqual((await self.enable(anna, app.full, options=OPTIONS)).get("type"), "result")
        bert.say(anna.bare, "You are there")
        await anna.take_message("You are there")
        await self.no_push(bert, app)
        await self.go(anna)
        bert.say(anna.bare, "Secret")
        push = await self.take_push(app)
        self.assertEqual(push.get("from"), anna.bare)
        publish = push[0].find(PUBSUB + "publish")
        self.assertEqual(publish.get("node"), "n1")
        notification = publish[0][0]
        self.assertEqual(notification.tag, f"{{{PUSH}}}notification")
        summary = fields(notification[0])
        self.assertEqual(summary, {"FORM_TYPE": "urn:xmpp:push:summary", "message-count": "1"})
        options = push[0].find(PUBSUB + "publish-options")
        self.assertEqual(fields(options[0])["secret"], "eruio234vzxc2kla-91")
        self.answer(app, push)
        # What is worth nothing later is no news.
        bert.send_raw(
            f"<message to='{anna.bare}' type='chat'>"
            "<composing xmlns='http://jabber.org/protocol/chatstates'/></message>"
        )
        await self.no_push(bert, app)

    async def test_one_at_a_time(self):
        """A flood of messages is no flood of notifications."""
        anna, bert, app = await self.parties()
        await self.enable(anna, app.full)
        await self.go(anna)
        for i in range(10):
            bert.say(anna.bare, f"Message {i}")
        first = await self.take_push(app)
        await self.no_push(bert, app)
        self.answer(app, first)
        second = await self.take_push(app)
        self.assertNotEqual(second.get("id"), first.get("id"))
        self.answer(app, second)
        await self.no_push(bert, app)
        bert.say(anna.bare, "Another")
        self.answer(app, await self.take_push(app))

    async def test_refusal_disables(self):
        """XEP-0357 7.1."""
        anna, bert, app = await self.parties()
        await self.enable(anna, app.full)
        await self.go(anna)
        bert.say(anna.bare, "One")
        self.answer(app, await self.take_push(app), "item-not-found")
        await app.flush_from(bert)
        bert.say(anna.bare, "Two")
        await self.no_push(bert, app)
        self.assertIn("push-disabled", self.server.log())

    async def test_absence_is_forgiven_a_few_times(self):
        anna, bert, app = await self.parties()
        await self.enable(anna, app.full)
        await self.go(anna)
        for i in range(4):
            bert.say(anna.bare, f"{i}")
            self.answer(app, await self.take_push(app), "remote-server-timeout")
        bert.say(anna.bare, "good")
        self.answer(app, await self.take_push(app))
        for i in range(5):
            bert.say(anna.bare, f"{i}")
            self.answer(app, await self.take_push(app), "remote-server-timeout")
        await app.flush_from(bert)
        bert.say(anna.bare, "end")
        await self.no_push(bert, app)

    async def test_answers_of_others_count_for_nothing(self):
        anna, bert, app = await self.parties()
        await self.enable(anna, app.full)
        await self.go(anna)
        bert.say(anna.bare, "One")
        push = await self.take_push(app)
        self.answer(bert, push, "item-not-found")
        await anna.flush_from(bert)
        self.answer(app, push)
        bert.say(anna.bare, "Two")
        self.answer(app, await self.take_push(app))

    async def test_disable(self):
        """XEP-0357 6: one node, all nodes; and the services last over a restart."""
        anna, bert, app = await self.parties()
        for node in ("n1", "n2", "n3"):
            await self.enable(anna, app.full, node)
        answer = await anna.iq_set(f"<disable xmlns='{PUSH}' jid='{app.full}' node='n1'/>")
        self.assertEqual(answer.get("type"), "result")
        jids = [client.bare for client in (anna, bert)] + [app.full]
        for client in (anna, bert, app):
            await client.leave()
        self.server.restart()
        bert, app = await self.client(jids[1]), await self.client(jids[2])
        bert.say(jids[0], "One")
        pushes = [await self.take_push(app), await self.take_push(app)]
        nodes = {push[0][0].get("node") for push in pushes}
        self.assertEqual(nodes, {"n2", "n3"})
        for push in pushes:
            self.answer(app, push)
        anna = await self.client(jids[0])
        answer = await anna.iq_set(f"<disable xmlns='{PUSH}' jid='{app.full}'/>")
        self.assertEqual(answer.get("type"), "result")
        await self.go(anna)
        bert.say(jids[0], "Two")
        await self.no_push(bert, app)

    async def test_bad_requests(self):
        anna, bert, app = await self.parties()
        for request, expected in (
            (f"<enable xmlns='{PUSH}' node='n'/>", "bad-request"),
            (f"<enable xmlns='{PUSH}' jid='a@@b'/>", "jid-malformed"),
            (f"<enable xmlns='{PUSH}' jid='a@b' node='{'x' * 2000}'/>", "policy-violation"),
            (f"<disable xmlns='{PUSH}'/>", "bad-request"),
        ):
            self.assertEqual(condition(await anna.iq_set(request)), expected)
        answer = await bert.iq_set(f"<enable xmlns='{PUSH}' jid='{app.full}'/>", to=anna.bare)
        self.assertEqual(condition(answer), "service-unavailable")
        for i in range(20):
            await self.enable(anna, app.full, f"n{i}")
        self.assertEqual(condition(await self.enable(anna, app.full, "n20")), "resource-constraint")
        self.assertEqual((await self.enable(anna, app.full, "n19")).get("type"), "result")

    async def test_announced(self):
        anna = await self.client(self.new_user())
        result = await anna.iq_get("<query xmlns='http://jabber.org/protocol/disco#info'/>", anna.bare)
        self.assertIn(PUSH, {f.get("var") for f in child(result, "query")})


class BodyTest(PushCase):
    overrides = {"push_content": "body"}

    async def test_sender_and_body(self):
        anna, bert, app = await self.parties()
        await self.enable(anna, app.full)
        await self.go(anna)
        bert.say(anna.bare, "Wherefore art thou, Romeo?")
        summary = fields((await self.take_push(app))[0][0][0][0][0])
        self.assertEqual(summary["last-message-sender"], bert.full)
        self.assertEqual(summary["last-message-body"], "Wherefore art thou, Romeo?")


if __name__ == "__main__":
    unittest.main(verbosity=2)
