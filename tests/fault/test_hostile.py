#!/usr/bin/python3
"""Bytes that nobody should send, at every stage of a connection: the right stream error, the
connection closed, and nobody else any the wiser."""

import random
import socket
import struct
import unittest
from collections import namedtuple

from hostile_case import HostileCase
from raw_client import HEADER, RawClient

# The stream errors that have to come back.
RESTRICTED = "restricted-xml"
MALFORMED = "not-well-formed"
ENCODING = "unsupported-encoding"
POLICY = "policy-violation"
NOT_AUTHORIZED = "not-authorized"
NO_STANZA = "unsupported-stanza-type"
TOO_MUCH = "handled-count-too-high"
# Failures are slowed, so that the time to sign in may be over before the attempts are.
SLOWED = (POLICY, "connection-timeout")

SM = "xmlns='urn:xmpp:sm:3'"
HEAD = HEADER.format("localhost")
AUTH = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"

COMPRESS = "<compress xmlns='http://jabber.org/protocol/compress'/>"
BILLION_LAUGHS = (
    "<!DOCTYPE l [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 10))
    + "]>"
)
QUADRATIC = f"<!DOCTYPE q [<!ENTITY a '{'a' * 4000}'>]><q>{'&a;' * 4000}</q>"
ENTITY_CHAIN = (
    "<!DOCTYPE c [<!ENTITY a0 'x'>"
    + "".join(f"<!ENTITY a{i} '&a{i - 1};'>" for i in range(1, 3000))
    + "]>"
)
EXTERNAL = "<!DOCTYPE e [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
EXTERNAL_DTD = "<!DOCTYPE e SYSTEM 'http://127.0.0.1:1/e.dtd'>"
CLIENT_HELLO = bytes.fromhex("16030100a5010000a10303") + bytes(range(150))


def body(text):
    return f"<message to='carl@localhost'><body>{text}</body></message>"


def nested(depth):
    return "<message to='carl@localhost'>" + "<x>" * depth


def with_attributes(count):
    return "<message " + " ".join(f"a{i}='1'" for i in range(count)) + "/>"


def bytes_body(raw):
    return b"<message to='carl@localhost'><body>" + raw + b"</body></message>"


# Malformed UTF-8 (Unicode 3.9, table 3-7; and what has to be refused as no character).
BROKEN_UTF8 = {
    "a lone continuation byte": b"\x80",
    "a lead byte alone": b"\xc3(",
    "overlong, two bytes": b"\xc0\xaf",
    "overlong, three bytes": b"\xe0\x80\xaf",
    "overlong, four bytes": b"\xf0\x80\x80\xaf",
    "an overlong NUL": b"\xc0\x80",
    "a surrogate": b"\xed\xa0\x80",
    "a surrogate pair": b"\xed\xa0\x80\xed\xb0\x80",
    "beyond U+10FFFF": b"\xf4\x90\x80\x80",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "FE and FF": b"\xfe\xff",
    "a sequence cut short": b"\xe2\x82",
    "NUL": b"\x00",
}

Attack = namedtuple("Attack", "name stage data expected")

ATTACKS = [
    # ---- to a port that expects a stream header ----
    Attack("garbage", "tcp", random.Random(1).randbytes(20000), (MALFORMED, ENCODING)),
    Attack("http", "tcp", "GET /secret HTTP/1.1\r\nHost: localhost\r\n\r\n", MALFORMED),
    Attack("client hello", "tcp", CLIENT_HELLO, MALFORMED),
    Attack("utf-16", "tcp", HEAD.encode("utf-16"), ENCODING),
    Attack("utf-32", "tcp", HEAD.encode("utf-32-be"), ENCODING),
    Attack("latin-1 declared", "tcp", HEAD.replace("?>", " encoding='ISO-8859-1'?>", 1), ENCODING),
    Attack("xml 1.1", "tcp", HEAD.replace("'1.0'", "'1.1'", 1), (MALFORMED, RESTRICTED)),
    Attack("billion laughs", "tcp", BILLION_LAUGHS, RESTRICTED),
    Attack("quadratic blow-up", "tcp", QUADRATIC, RESTRICTED),
    Attack("entity chain", "tcp", ENTITY_CHAIN, RESTRICTED),
    Attack("external entity", "tcp", EXTERNAL, RESTRICTED),
    Attack("external dtd", "tcp", EXTERNAL_DTD, RESTRICTED),
    Attack("comment", "tcp", "<!-- hello -->" + HEAD, RESTRICTED),
    Attack("processing instruction", "tcp", "<?php exit; ?>" + HEAD, RESTRICTED),
    Attack("endless header", "tcp", "<stream:stream to='" + "a" * 30000, POLICY),
    Attack("blanks in the header", "tcp", "<stream:stream" + " " * 1000000, POLICY),
    Attack("header of attributes", "tcp", with_attributes(2000), POLICY),
    # ---- in a stream, before TLS ----
    Attack("message in the clear", "stream", body("hello"), NOT_AUTHORIZED),
    Attack("comment in a stream", "stream", "<!-- hello -->", RESTRICTED),
    Attack("doctype in a stream", "stream", BILLION_LAUGHS, (RESTRICTED, MALFORMED)),
    Attack("unknown entity", "stream", "<x>&nonsense;</x>", (RESTRICTED, MALFORMED)),
    Attack("text", "stream", "hello", "bad-format"),
    Attack("second header", "stream", HEAD, (MALFORMED, RESTRICTED, NO_STANZA)),
    Attack("oversized in the clear", "stream", "<x>" + "a" * 30000, POLICY),
    # ---- in TLS, before sign-in ----
    Attack("oversized before sign-in", "tls", "<iq type='set'><x>" + "a" * 30000, POLICY),
    Attack("nesting before sign-in", "tls", nested(1000), POLICY),
    Attack("attributes before sign-in", "tls", with_attributes(500), POLICY),
    Attack("huge token", "tls", AUTH + "A" * 1000000, POLICY),
    Attack("stanza in an exchange", "tls", AUTH + "</auth>" + body("hello"), NOT_AUTHORIZED),
    Attack("fifty sign-ins at once", "tls", (AUTH + "AGFubmEAeA==</auth>") * 50, SLOWED),
    Attack("compression", "tls", COMPRESS, (NO_STANZA, NOT_AUTHORIZED)),
    # ---- signed in ----
    Attack("acknowledged too much", "session", f"<enable {SM}/><a {SM} h='9'/>", TOO_MUCH),
    Attack("acknowledged unasked", "session", f"<a {SM} h='0'/>", NO_STANZA),
    Attack("oversized", "session", body("a" * 300000), POLICY),
    Attack("oversized, never finished", "session", body("a" * 300000)[:290000], POLICY),
    Attack("nesting", "session", nested(50000), POLICY),
    Attack("attributes", "session", with_attributes(10000), POLICY),
    Attack("children", "session", "<message>" + "<x/>" * 40000, POLICY),
    Attack("name", "session", f"<{'n' * 100000}/>", POLICY),
    Attack("namespace", "session", f"<x xmlns='{'n' * 100000}'/>", POLICY),
    Attack("double attribute", "session", "<message a='1' a='2'/>", MALFORMED),
    Attack("unbound prefix", "session", "<message><y:x/></message>", MALFORMED),
    Attack("wrong end", "session", "<message></presence>", MALFORMED),
    Attack("entity bomb", "session", BILLION_LAUGHS, (RESTRICTED, MALFORMED)),
    Attack("comment in a stanza", "session", body("<!-- x -->"), RESTRICTED),
    Attack("instruction in a stanza", "session", body("<?x y?>"), RESTRICTED),
    Attack("unknown entity in a stanza", "session", body("&x;"), (RESTRICTED, MALFORMED)),
    Attack("control character", "session", body("&#1;"), MALFORMED),
    Attack("no code point", "session", body("&#xFFFFFFFF;"), MALFORMED),
    Attack("somebody else's name", "session", "<message from='anna@localhost'/>", "invalid-from"),
    Attack("unknown stanza", "session", "<letter/>", NO_STANZA),
] + [
    Attack(f"utf-8: {name}", "session", bytes_body(raw), (MALFORMED, ENCODING))
    for name, raw in BROKEN_UTF8.items()
]  # fmt: skip


class AttacksTest(HostileCase):
    """One test for each line of the table."""

    def play(self, attack):
        with self.connect(attack.stage) as client:
            client.offer(attack.data)
            answer = client.read_to_end(10).decode()
            self.assertTrue(client.is_closed, answer)
            expected = attack.expected
            conditions = expected if isinstance(expected, tuple) else (expected,)
            self.assertTrue(any(f"<{name} " in answer for name in conditions), answer[-500:])
            self.assertTrue(answer.endswith("</stream:stream>"), answer[-500:])

    def test_nothing_is_reflected(self):
        """A browser that is sent here must not be told what it said."""
        with self.connect("tcp") as client:
            client.send("GET /<script>alert(1)</script> HTTP/1.1\r\n\r\n")
            self.assertNotIn(b"script", client.read_to_end())

    def test_password_in_the_clear(self):
        with self.connect("stream") as client:
            client.send(AUTH + "AG1hbGxvcnkAc2VjcmV0</auth>")
            client.wait_for("<failure [^>]*><encryption-required/></failure>")

    def test_direct_tls_port(self):
        """Neither HTTP nor XMPP in the clear, nor half a handshake."""
        for data in (b"GET / HTTP/1.1\r\n\r\n", HEAD.encode(), bytes(1000), CLIENT_HELLO[:60]):
            with self.subTest(data=data[:10]):
                with RawClient(self.server, "127.0.0.9", port=self.server.tls_port) as client:
                    client.offer(data)
                    answer = client.read_to_end(5)
                    self.assertTrue(client.is_closed)
                    self.assertNotIn(b"<stream", answer)

    def test_starttls_injection(self):
        """What comes in the clear behind <starttls/> is nobody's (RFC 6120 5.4.3.3)."""
        with self.connect("stream") as client:
            client.send(
                "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
                + HEAD
                + AUTH
                + "AG1hbGxvcnkAc2VjcmV0</auth>"
            )
            client.wait_for("<proceed [^>]*>")
            try:
                client.shake_hands()
            except (OSError, ValueError):
                return  # the handshake met the injected bytes: as good
            self.assertFalse(client.receive(1), client.received)
            client.open()
            self.assertTrue(client.authenticate("mallory", "secret"))

    def test_truncated_records(self):
        """TLS that ends in the middle of a record, and TLS that is wrong from there on."""
        for tail in (struct.pack("!BHH", 23, 0x303, 16000), b"\x17\x03\x03\xff\xff" + bytes(70000)):
            client = self.connect("session")
            raw = socket.socket(fileno=client.sock.detach())
            try:
                raw.sendall(tail)
                raw.close()
            except ConnectionError:
                pass
        with self.connect("session") as client:
            client.send("<presence/>")
            client.leave()


def add_tests():
    for number, attack in enumerate(ATTACKS):
        name = "".join(c if c.isalnum() else "_" for c in attack.name)
        function = lambda self, attack=attack: self.play(attack)  # noqa: E731
        function.__doc__ = attack.name
        setattr(AttacksTest, f"test_{number:02}_{name}", function)


add_tests()

if __name__ == "__main__":
    unittest.main(verbosity=2)
