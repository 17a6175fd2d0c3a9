#!/usr/bin/python3
"""Attacks 2, 4 to 11, 22: XML that means two things, XML that costs much, bytes that are no text. What
has a single right answer is a line of the table in tests/fault/test_hostile.py."""

import socket
import unittest

from attack_case import AttackCase
from raw_client import HEADER, RawClient
from second_parser import read_stanza

RESTRICTED, MALFORMED, ENCODING = "restricted-xml", "not-well-formed", "unsupported-encoding"
HEAD = HEADER.format("localhost")

# What is no character of UTF-8 (Unicode 3.9, table 3-7): every kind of lead byte with a continuation
# that is missing, too low, too high, or too many; surrogates, overlong forms, beyond U+10FFFF.
BAD_SEQUENCES = [
    *(bytes([lead]) for lead in (0x80, 0xBF, 0xC0, 0xC1, 0xF5, 0xF8, 0xFC, 0xFE, 0xFF)),
    *(bytes([lead, 0x2F]) for lead in (0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4)),
    *(bytes([lead, 0xC3]) for lead in (0xC2, 0xE1, 0xF1)),
    *(bytes([0xC0, last]) for last in (0x80, 0xAF, 0xBF)),
    *(bytes([0xE0, second, 0x80]) for second in (0x80, 0x9F, 0x7F, 0xC0)),
    *(bytes([0xED, second, 0x80]) for second in (0xA0, 0xAF, 0xB0, 0xBF)),
    *(bytes([0xE2, 0x82, last]) for last in (0x20, 0x7F, 0xC0, 0xFF)),
    *(bytes([0xF0, second, 0x80, 0x80]) for second in (0x80, 0x8F, 0x7F, 0xC0)),
    *(bytes([0xF4, second, 0x80, 0x80]) for second in (0x90, 0xBF, 0xC0)),
    *(bytes([0xF1, 0x80, 0x80, last]) for last in (0x20, 0x7F, 0xC0)),
    b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80", b"\xef\xbf\xbe", b"\xef\xbf\xbf",
    b"\xed\xa0\xbd\xed\xb8\x80", b"\xc3\xa4\xa4", b"\xe2\x82", b"\xf0\x9f\x98",
]  # fmt: skip
# Where they may stand: in text, in a value, in a name, in a namespace.
PLACES = ["<x>%</x>", "<x a='%'/>", "<x%y/>", "<x xmlns='u%'/>"]

# Legal, and a chance for two parsers to disagree.
TWO_FACED = [
    "<body>a]]&gt;b</body>",
    "<body><![CDATA[</body><message from='anna@localhost'><body>]]></body>",
    "<body><![CDATA[a]]><![CDATA[>]]></body>",
    "<body>&lt;/body&gt;&lt;message from='anna@localhost'/&gt;&amp;lt;</body>",
    "<body>&#60;x/&#62;&#x26;#60;</body>",
    "<body>a\r\nb\rc&#13;d\n</body>",
    "<x xmlns='urn:a' a=\"'>&quot;&#10;&#9;&#13;/>\" b='&lt;/x>\"'/>",
    "<p:x xmlns:p='urn:a' xmlns:q='urn:a' p:a='1'><q:x xmlns:q='urn:b' xmlns:p='urn:c' p:a='2'/></p:x>",
    "<x xmlns='urn:a'><y xmlns=''><z xmlns='jabber:client'/></y></x>",
    "<x xmlns='urn:a' xmlns:p='urn:a' a='1' p:a='2' xml:lang='de'/>",
    "<x xmlns='jabber:server'><message xmlns='jabber:client' from='anna@localhost'/></x>",
    "<stream:x><x xmlns='http://etherx.jabber.org/streams'/></stream:x>",
    "<x xmlns='a|b'/><x xmlns='a b'/><x xmlns='a&#10;b'/><x xmlns='a&#9;b' a='&#9;'/>",
    "<x xmlns='urn:a&#x7f;'/><x xmlns=\"a'b\"/><x xmlns='a&quot;&lt;b'/>",
    "<\u00e4 xmlns='urn:\u00e4' \u00fc='\U0001f64c'>\u0085\u2028\ufeff\U0010fffd</\u00e4>",
    "<a.b-c_d xmlns='urn:a'/><_ xmlns='urn:a'/>",
]


def message(payload, to, id_="m"):
    return f"<message to='{to}' type='chat' id='{id_}'>{payload}</message>"


def merge(children):
    """Runs of text as one: CDATA or not, and references, are only ways to write it."""
    merged = []
    for child in children:
        if isinstance(child, str) and merged and isinstance(merged[-1], str):
            merged[-1] += child
        else:
            merged.append(child)
    return merged


class XmlTest(AttackCase):
    """Most need no session: before sign-in it is the same reader, with smaller limits."""

    # ---- attack 2 ----

    def test_02_external_entities_open_nothing(self):
        """Nobody is called and no file is read."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(0.5)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/e"
            for declaration in (
                f"<!DOCTYPE e SYSTEM '{url}'>",
                f"<!DOCTYPE e PUBLIC 'e' '{url}'>",
                f"<!DOCTYPE e [<!ENTITY a SYSTEM '{url}'>]>",
                f"<!DOCTYPE e [<!ENTITY % a SYSTEM '{url}'>%a;]>",
                "<!DOCTYPE e [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>",
            ):
                with self.subTest(declaration=declaration), self.connect("tcp") as client:
                    client.offer(declaration + HEAD + "<x>&a;</x>")
                    self.assert_stream_error(client, RESTRICTED)
                    self.assertNotIn(b"root:", client.received)
            with self.assertRaises(socket.timeout):
                listener.accept()

    # ---- attack 4 ----

    def test_04_declarations(self):
        """One declaration, at the start, of version 1.0 and UTF-8 (RFC 6120 11.5, 11.6)."""
        declaration = "<?xml version='1.0'?>"
        rest = HEAD.partition("?>")[2]
        for start, expected in (
            (declaration + declaration + rest, (RESTRICTED, MALFORMED)),
            (" " + HEAD, (RESTRICTED, MALFORMED)),
            (HEAD + declaration, (RESTRICTED, MALFORMED)),
            ("<?xml version='1.0' encoding='UTF-7'?>" + rest, (ENCODING,)),
            ("<?xml version='1.0' encoding='utf-16'?>" + rest, (ENCODING, MALFORMED)),
            ("<?xml version='2.0'?>" + rest, (RESTRICTED, MALFORMED)),
            ("<?xml encoding='UTF-8'?>" + rest, (RESTRICTED, MALFORMED)),
            ("<?XML version='1.0'?>" + rest, (RESTRICTED, MALFORMED)),
        ):
            with self.subTest(start=start[:60]), self.connect("tcp") as client:
                client.offer(start)
                self.assert_stream_error(client, *expected)

    # ---- attack 5 ----

    def test_05_broken_utf_8_everywhere(self):
        """In each place, and cut between two packets."""
        for number, bad in enumerate(BAD_SEQUENCES):
            place = PLACES[number % len(PLACES)].encode()
            before, _, after = place.partition(b"%")
            with self.subTest(bad=bad, place=place), self.connect("tcp") as client:
                client.send(HEAD.encode() + before + bad[:1])
                client.offer(bad[1:] + after)
                self.assert_stream_error(client, MALFORMED, ENCODING)

    def test_05_broken_utf_8_is_never_forwarded(self):
        carl = self.sign_in("carl")
        for number, bad in enumerate(BAD_SEQUENCES[::7]):
            mallory = self.sign_in("mallory", resource=f"u{number}")
            mallory.send(message("<body>evil ", carl.full).encode().partition(b"</message>")[0] + bad)
            mallory.offer(b"</body></message>")
            self.assert_stream_error(mallory, MALFORMED, ENCODING)
        self.assert_quiet(carl, self.sign_in("mary"), "evil")

    # ---- attack 6, 7 ----

    def test_06_both_parsers_read_the_same(self):
        """What Carl's parser makes of it is what Mallory has sent, and it is one stanza."""
        carl, mallory = self.sign_in("carl"), self.sign_in("mallory")
        stream = "xmlns:stream='http://etherx.jabber.org/streams'"
        for number, payload in enumerate(TWO_FACED):
            with self.subTest(payload=payload):
                mallory.send(message(payload, carl.full, f"two{number}"))
                got = carl.wait_for(f"<message (?:(?!<message ).)*id='two{number}'.*?</message>(?=<|$)")
                # A message inside ends earlier: what follows belongs to it.
                text = self.read_whole(carl, got.group(0).decode())
                with_cdata = payload.replace("<![CDATA[", "\0").replace("]]>", "\0").split("\0")
                for i in range(1, len(with_cdata), 2):
                    with_cdata[i] = with_cdata[i].replace("&", "&amp;").replace("<", "&lt;")
                sent = "".join(with_cdata).replace("\r\n", "\n").replace("\r", "\n")
                ours = read_stanza(f"<message {stream}>{sent}</message>")
                self.assertEqual(self.normal(read_stanza(text)[3]), self.normal(ours[3]))
                self.assertEqual(read_stanza(text)[2][("", "from")], mallory.full)

    def read_whole(self, client, text):
        while text.count("<message") > text.count("</message>") + text.count("'/>"):
            text += client.wait_for(".*?</message>").group(0).decode()
        return text

    def normal(self, children):
        """Without what the archive adds."""
        return [
            child if isinstance(child, str) else (*child[:3], self.normal(child[3]))
            for child in merge(children)
            if child[1] != "stanza-id"
        ]

    def test_07_no_namespace_ends_early(self):
        """The character that the parser puts between namespace and name cannot come from outside."""
        for bad in ("&#1;", "&#12;", "&#0;", "&#xFFFE;", "\x01", "\x0c"):
            with self.subTest(bad=bad), self.connect("tcp") as client:
                client.offer(HEAD + f"<x xmlns='urn:ietf:params:xml:ns:xmpp-sasl{bad}auth'/>")
                self.assert_stream_error(client, MALFORMED, RESTRICTED)

    # ---- attack 8, 9 ----

    def test_08_prefixes(self):
        for data in (
            "<x xmlns:xml='urn:other'/>",
            "<x xmlns:xmlns='urn:other'/>",
            "<x xmlns:p='http://www.w3.org/2000/xmlns/'/>",
            "<x xmlns:p='http://www.w3.org/XML/1998/namespace'/>",
            "<x xmlns='http://www.w3.org/2000/xmlns/'/>",
            "<x xmlns:p=''/>",
            "<x xmlns:a='u' xmlns:b='u' a:c='1' b:c='2'/>",
            "<x xmlns='a' xmlns='b'/>",
            "<a:b:c xmlns:a='u'/>",
            "<:x/>",
            "<xmlns:x/>",
        ):
            with self.subTest(data=data), self.connect("tcp") as client:
                client.offer(HEAD + data)
                self.assert_stream_error(client, MALFORMED)

    def test_08_another_prefix_is_the_same(self):
        """A stanza is known by its namespace, not by how it is written."""
        mallory = self.sign_in("mallory")
        mallory.send(
            "<c:iq xmlns:c='jabber:client' type='get' id='p'><p:ping xmlns:p='urn:xmpp:ping'/></c:iq>"
        )
        mallory.wait_for("<iq [^>]*id='p'[^>]*type='result'|<iq [^>]*type='result'[^>]*id='p'")
        # `stream:` is bound to something else, so this is no stream error and no end.
        mallory.send(
            "<stream:message xmlns:stream='jabber:client' to='carl@localhost' id='s'/>"
        )
        self.assert_alive(mallory)
        mallory.send("<message xmlns='jabber:server' to='carl@localhost'/>")
        self.assert_stream_error(mallory, "invalid-namespace", "unsupported-stanza-type")

    def test_09_many_attributes_cost_little(self):
        """As many as are legal, of one length and with one beginning, many times over."""
        names = " ".join(f"{'a' * 60}{i:04}='{i}'" for i in range(60))
        mallory = self.sign_in("mallory")
        for _ in range(20):
            mallory.send(f"<message to='{mallory.full}'>" + f"<x {names}/>" * 40 + "</message>")
        self.assert_alive(mallory)

    # ---- attacks 10, 11 ----

    def test_10_a_token_byte_by_byte(self):
        """The longest legal one; the work may not grow with its square."""
        carl = self.sign_in("carl")
        mallory = self.sign_in("mallory")
        before = self.server.cpu_seconds()
        mallory.send(f"<message to='{carl.full}' type='headline' id='long'><x xmlns='urn:a' a='")
        for _ in range(20000):
            mallory.send("a")
        first = self.server.cpu_seconds() - before
        mallory.send("a" * 200000)
        before = self.server.cpu_seconds()
        for _ in range(20000):
            mallory.send("a")
        second = self.server.cpu_seconds() - before
        mallory.send("'/></message>")
        carl.wait_for("<message [^>]*id='long'.*</message>")
        # Ten times as far into the token, each byte costs about what it did.
        self.assertLess(second, 3 * first + 0.5)

    def test_11_as_deep_as_may_be(self):
        """The deepest legal stanza is passed on whole."""
        carl, mallory = self.sign_in("carl"), self.sign_in("mallory")
        for _ in range(50):
            mallory.send(message("<x>" * 60 + "</x>" * 60, carl.full, "deep"))
            carl.wait_for("<message [^>]*id='deep'.*?" + "</x>" * 59 + "</message>")

    # ---- attack 22 ----

    def test_22_language(self):
        """A language that is none is no reason to fall over."""
        for language in ("", "x" * 500, "&lt;x&gt;", "de\u00e4", "en--us", "*"):
            with self.subTest(language=language), RawClient(self.server, "127.0.0.9") as client:
                client.send(HEAD.replace(" to=", f" xml:lang='{language}' to="))
                answer = client.wait_for("</stream:features>|</stream:stream>").group(0)
                self.assertIn(b"</stream:", answer)
                self.assertNotIn(b"'<x>", answer)


if __name__ == "__main__":
    unittest.main(verbosity=2)
