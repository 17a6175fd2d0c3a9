"""A slixmpp client that does nothing by itself: tests say what is sent and see what comes."""

import asyncio
import itertools
import re
import xml.etree.ElementTree as ET

import slixmpp
from slixmpp.xmlstream.handler import CoroutineCallback
from slixmpp.xmlstream.matcher.base import MatcherBase

CLIENT = "jabber:client"
SECONDS = 10
COLLECTED = ("message", "presence", "iq", "enabled", "r", "a")
IDS = itertools.count(1)


class Everything(MatcherBase):
    """Matches every stanza."""

    def __init__(self):
        super().__init__(None)

    def match(self, xml):
        return True


class SignInFailed(Exception):
    pass


def local(tag):
    """The name of an element without its namespace."""
    return tag.rpartition("}")[2]


def child(element, name):
    """The first child with that local name, or None."""
    return next((c for c in element if local(c.tag) == name), None)


def condition(stanza):
    """The defined condition of an error stanza."""
    error = child(stanza, "error")
    return local(error[0].tag) if error is not None else None


def body(stanza):
    return stanza.findtext(f"{{{CLIENT}}}body")


class Client(slixmpp.ClientXMPP):
    """What arrives gathers in `inbox` as ElementTree elements until a test takes it."""

    def __init__(self, server, jid, password="secret", anonymous=False):
        # PLAIN inside TLS, because slixmpp derives SCRAM's keys in Python, which takes a while; what
        # concerns mechanisms is in test_mechanisms.py.
        super().__init__(jid, password, sasl_mech="ANONYMOUS" if anonymous else "PLAIN")
        # slixmpp 1.8 knows no channel binding but tls-unique, which TLS 1.3 has not got: it must not
        # claim to know any (RFC 5802 6).
        mechanisms = self["feature_mechanisms"]
        credentials = mechanisms.sasl_callback
        mechanisms.sasl_callback = lambda required, optional: {
            **credentials(required, optional),
            "channel_binding": None,
        }
        self.host = server
        self.auto_authorize = None
        self.auto_subscribe = False
        self.auto_reconnect = False
        self.ca_certs = str(server.certificate)
        self.inbox = []
        self.arrived = asyncio.Event()
        self.ended = asyncio.Event()
        self.started = self.loop.create_future()
        self.remove_handler("Roster Update")
        self.add_filter("in", self._collect)
        self.add_event_handler("session_start", lambda _: self._settle(None))
        self.add_event_handler("failed_all_auth", lambda _: self._settle(SignInFailed("auth")))
        self.add_event_handler("connection_failed", lambda e: self._settle(SignInFailed(str(e))))
        self.add_event_handler("disconnected", lambda _: self._end())

    def _settle(self, problem):
        if self.started.done():
            return
        if problem:
            self.started.set_exception(problem)
        else:
            self.started.set_result(None)

    def _end(self):
        self.ended.set()
        self._settle(SignInFailed("disconnected"))

    def _collect(self, stanza):
        """Takes every stanza of a signed-in stream away from slixmpp's own handlers, save the
        answers that its negotiation waits for."""
        xml = stanza.xml
        if local(xml.tag) in COLLECTED and self.started.done():
            self.inbox.append(xml)
            self.arrived.set()
            return None
        return stanza

    async def sign_in(self, presence=False, seconds=SECONDS):
        self.connect(("127.0.0.1", self.host.port), disable_starttls=False)
        await asyncio.wait_for(self.started, seconds)
        if presence:
            self.send_raw(presence if isinstance(presence, str) else "<presence/>")
            await self.take("presence", from_=self.full)
        return self

    async def leave(self):
        if not self.ended.is_set() and self.is_connected():
            self.disconnect(wait=SECONDS)
            await asyncio.wait_for(self.ended.wait(), SECONDS)
        if self.started.done():
            self.started.exception()  # seen

    def drop(self):
        """The cable is pulled."""
        self.transport.abort()
        self.transport = None

    @property
    def full(self):
        return str(self.boundjid)

    @property
    def bare(self):
        return self.boundjid.bare

    # ---- what comes ----

    def _find(self, name, wanted):
        for stanza in self.inbox:
            if local(stanza.tag) == name and all(test(stanza) for test in wanted):
                return stanza
        return None

    async def take(self, name, test=None, seconds=SECONDS, **attributes):
        """Waits for a stanza with these attributes (None: absent) and takes it out."""
        wanted = [
            lambda s, k=key.rstrip("_"), v=value: s.get(k) == v for key, value in attributes.items()
        ]
        if test:
            wanted.append(test)
        deadline = self.loop.time() + seconds
        while True:
            stanza = self._find(name, wanted)
            if stanza is not None:
                self.inbox.remove(stanza)
                return stanza
            self.arrived.clear()
            left = deadline - self.loop.time()
            try:
                await asyncio.wait_for(self.arrived.wait(), max(left, 0))
            except asyncio.TimeoutError:
                seen = "\n".join(ET.tostring(s).decode() for s in self.inbox)
                raise AssertionError(
                    f"{self.full} did not get {name} {attributes}; it has:\n{seen}"
                ) from None

    async def take_message(self, text=None, **attributes):
        return await self.take(
            "message", test=(lambda s: body(s) == text) if text is not None else None, **attributes
        )

    def take_all(self, name):
        """Everything of that kind that has come so far."""
        found = [s for s in self.inbox if local(s.tag) == name]
        self.inbox = [s for s in self.inbox if local(s.tag) != name]
        return found

    # ---- what goes ----

    def say(self, to, text, type_="chat", extra=""):
        to = f" to='{to}'" if to else ""
        self.send_raw(f"<message{to} type='{type_}'><body>{text}</body>{extra}</message>")

    async def iq(self, type_, payload, to=None):
        """Sends an IQ and waits for its answer, whatever it is."""
        id_ = f"q{next(IDS)}"
        to = f" to='{to}'" if to else ""
        self.send_raw(f"<iq type='{type_}' id='{id_}'{to}>{payload}</iq>")
        return await self.take("iq", test=lambda s: s.get("type") in ("result", "error"), id=id_)

    async def iq_get(self, payload, to=None):
        return await self.iq("get", payload, to)

    async def iq_set(self, payload, to=None):
        return await self.iq("set", payload, to)

    async def fetch_roster(self, version=None):
        """The items by address, and the version."""
        ver = f" ver='{version}'" if version is not None else ""
        result = await self.iq_get(f"<query xmlns='jabber:iq:roster'{ver}/>")
        assert result.get("type") == "result", condition(result)
        query = child(result, "query")
        if query is None:
            return None, version
        return {item.get("jid"): item for item in query}, query.get("ver")

    async def take_push(self, jid):
        """Waits for a roster push about `jid`, acknowledges it, gives back its item."""
        push = await self.take(
            "iq",
            type="set",
            test=lambda s: len(s) > 0 and len(s[0]) > 0 and s[0][0].get("jid") == jid,
        )
        self.send_raw(f"<iq type='result' id='{push.get('id')}'/>")
        return push[0][0]

    async def flush_from(self, sender):
        """Everything that `sender` has sent here before has come when this returns: one pair's
        stanzas keep their order."""
        marker = f"marker{next(IDS)}"
        sender.say(self.full, marker, type_="headline")
        await self.take_message(marker)


def stream_error(log, name):
    """Has the server's log an ended session with that reason?"""
    return re.search(re.escape(name), log) is not None
