"""Publish-subscribe for interop tests: XML to send, and a client whose capabilities are asked for."""

import asyncio
import base64
import hashlib
import itertools

import client as c
from client import Client, child

PUBSUB = "http://jabber.org/protocol/pubsub"
OWNER = PUBSUB + "#owner"
EVENT = PUBSUB + "#event"
ERRORS = PUBSUB + "#errors"
DISCO = "http://jabber.org/protocol/disco#info"
CAPS = "http://jabber.org/protocol/caps"
SOFTWARE = itertools.count(1)


def pubsub(payload, ns=PUBSUB):
    return f"<pubsub xmlns='{ns}'>{payload}</pubsub>"


def form(kind, **fields):
    """A submitted form; each value may be a list."""
    text = f"<field var='FORM_TYPE' type='hidden'><value>{PUBSUB}#{kind}</value></field>"
    for name, values in fields.items():
        values = values if isinstance(values, list) else [values]
        text += f"<field var='pubsub#{name}'>"
        text += "".join(f"<value>{v}</value>" for v in values) + "</field>"
    return f"<x xmlns='jabber:x:data' type='submit'>{text}</x>"


def publish(node, payload, id_=None, **options):
    item = f"<item id='{id_}'>" if id_ else "<item>"
    text = f"<publish node='{node}'>{item}{payload}</item></publish>"
    if options:
        text += f"<publish-options>{form('publish-options', **options)}</publish-options>"
    return pubsub(text)


def items_query(node, extra="", **attributes):
    text = "".join(f" {k}='{v}'" for k, v in attributes.items())
    return pubsub(f"<items node='{node}'{text}/>{extra}")


def own_condition(stanza):
    """Publish-subscribe's own condition of an error, or None."""
    error = child(stanza, "error")
    return next((c.local(e.tag) for e in error if e.tag.startswith(f"{{{ERRORS}}}")), None)


def found(result):
    """The items of an answer: (id, payload or None)."""
    items = result.find(f"{{{PUBSUB}}}pubsub/{{{PUBSUB}}}items")
    return [(i.get("id"), i[0] if len(i) else None) for i in items]


def ver_of(features, identity="client/pc//Test"):
    text = identity + "<" + "".join(f + "<" for f in sorted(features))
    return base64.b64encode(hashlib.sha1(text.encode()).digest()).decode()


def answer_of(features, name="Test"):
    return (
        f"<query xmlns='{DISCO}'><identity category='client' type='pc' name='{name}'/>"
        + "".join(f"<feature var='{f}'/>" for f in features)
        + "</query>"
    )


class PepClient(Client):
    """Answers the question for its capabilities by itself and remembers who asked."""

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        self.asked_by = []
        self.features = []
        self.answer = None

    def _collect(self, stanza):
        xml = stanza.xml
        query = child(xml, "query")
        if (
            self.answer is not None
            and xml.get("type") == "get"
            and query is not None
            and query.tag == f"{{{DISCO}}}query"
        ):
            self.asked_by.append(xml.get("from"))
            self.send_raw(
                f"<iq type='result' id='{xml.get('id')}' to='{xml.get('from')}'>{self.answer}</iq>"
            )
            return None
        return super()._collect(stanza)

    def caps(self, *nodes, ver=None, hash_="sha-1", unique=True):
        """The <c/> of a client that wants news of these nodes. Nobody has met it yet, unless
        `unique` is off."""
        self.features = [DISCO] + [n + "+notify" for n in nodes]
        if unique:
            self.features.append(f"test:{next(SOFTWARE)}")
        self.answer = answer_of(self.features)
        ver = ver or ver_of(self.features)
        hash_ = f" hash='{hash_}'" if hash_ else ""
        return f"<c xmlns='{CAPS}'{hash_} node='test:client' ver='{ver}'/>"

    async def announce(self, *nodes, **more):
        self.send_raw(f"<presence>{self.caps(*nodes, **more)}</presence>")
        await self.take("presence", from_=self.full)

    async def was_asked(self):
        deadline = self.loop.time() + c.SECONDS
        while not self.asked_by:
            assert self.loop.time() < deadline, "nobody asks for the capabilities"
            await asyncio.sleep(0.01)

    async def settled(self, *accounts):
        """The user's own account and these have asked what they do not know, and got the answer."""
        await self.was_asked()
        for to in (self.bare, *(a.bare for a in accounts)):
            for _ in range(2):  # a question that is on its way comes before the first answer
                await self.iq_get(items_query("none"), to=to)

    async def take_event(self, node, sender=None, **more):
        """The <items/>, or whatever else the event is, of a notification."""

        def matches(stanza):
            event = stanza.find(f"{{{EVENT}}}event")
            return event is not None and event[0].get("node") == node

        message = await self.take("message", test=matches, **more)
        assert sender is None or message.get("from") == sender, message.get("from")
        self.last_message = message
        return message.find(f"{{{EVENT}}}event")[0]

    def events(self, node=None):
        """Notifications that have come so far and were not taken."""
        events = [s.find(f"{{{EVENT}}}event") for s in self.inbox if c.local(s.tag) == "message"]
        return [e for e in events if e is not None and node in (None, e[0].get("node"))]
