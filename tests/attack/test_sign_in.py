#!/usr/bin/python3
"""Attacks 23 to 34: TLS of long ago, names that are tried out, exchanges that are replayed or bent. More
of them are transcripts in tests/wire, and in tests/interop/test_mechanisms.py."""

import base64
import hashlib
import hmac
import re
import secrets
import statistics
import struct
import time
import unittest

from attack_case import AttackCase
from raw_client import HEADER, Closed, RawClient

SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
# The guard against guessing (attack 34) would only take time here.
UNGUARDED = {"limits": "off", "login_seconds": 5, "workers": 2}
TIMES = 12


def encode(data):
    return base64.b64encode(data).decode()


def client_hello(version, ciphers=(0xC02F, 0xC030, 0x009C, 0x002F, 0x000A)):
    """The shortest there is, of a version that no library of today would say."""
    suites = b"".join(struct.pack("!H", c) for c in ciphers)
    body = struct.pack("!H", version) + bytes(32) + b"\0" + struct.pack("!H", len(suites)) + suites
    body += b"\x01\0"
    handshake = b"\x01" + struct.pack("!I", len(body))[1:] + body
    return b"\x16" + struct.pack("!HH", min(version, 0x0301), len(handshake)) + handshake


class Scram:
    """SCRAM-SHA-256, each message separately, so that it can be bent."""

    def __init__(self, client):
        self.client = client
        self.nonce = secrets.token_hex(12)

    def begin(self, name, gs2="n,,", nonce=None):
        self.gs2 = gs2
        self.first = f"n={name},r={self.nonce if nonce is None else nonce}"
        self.client.send(
            f"<auth xmlns='{SASL}' mechanism='SCRAM-SHA-256'>{encode((gs2 + self.first).encode())}"
            "</auth>"
        )
        challenge = self.client.wait_for("<challenge [^>]*>([^<]*)</challenge>").group(1)
        self.challenge = base64.b64decode(challenge).decode()
        return dict(field.split("=", 1) for field in self.challenge.split(","))

    def final(self, fields, password, nonce=None, gs2=None):
        salted = hashlib.pbkdf2_hmac(
            "sha256", password.encode(), base64.b64decode(fields["s"]), int(fields["i"])
        )
        without = f"c={encode((gs2 or self.gs2).encode())},r={nonce or fields['r']}"
        key = hmac.digest(salted, b"Client Key", "sha256")
        signed = f"{self.first},{self.challenge},{without}".encode()
        signature = hmac.digest(hashlib.sha256(key).digest(), signed, "sha256")
        return f"{without},p={encode(bytes(a ^ b for a, b in zip(key, signature)))}"

    def respond(self, text):
        self.client.send(f"<response xmlns='{SASL}'>{encode(text.encode())}</response>")
        return outcome(self.client)


def outcome(client):
    """success, or the condition of the failure."""
    found = client.wait_for("<success|<failure [^>]*><([a-z-]+)")
    return (found.group(1) or b"success").decode()


class TlsTest(AttackCase):
    """What no library of today would say (the rest is in tests/fault/test_tls.py)."""

    def test_23_versions_of_long_ago(self):
        ssl_2 = b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + bytes(37)
        for name, data in (
            ("SSLv2", ssl_2),
            ("SSLv3", client_hello(0x0300)),
            ("TLSv1.0", client_hello(0x0301)),
            ("TLSv1.1", client_hello(0x0302)),
        ):
            with self.subTest(name=name):
                with RawClient(self.server, "127.0.0.9", port=self.server.tls_port) as client:
                    client.send(data)
                    answer = client.read_to_end(5)
                    self.assertTrue(client.is_closed)
                    # Nothing, or an alert (21): no ServerHello (22).
                    self.assertNotEqual(answer[:1], b"\x16", answer)

    def test_25_alpn_and_other_protocols(self):
        """Neither port says back what it was told."""
        secret = "/reflect-me"
        for port in (self.server.port, self.server.tls_port):
            for data in (
                f"GET {secret} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(),
                f"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{secret}".encode(),
                f"EHLO {secret}\r\n".encode(),
                f"SSH-2.0-{secret}\r\n".encode(),
            ):
                with self.subTest(port=port, data=data):
                    with RawClient(self.server, "127.0.0.9", port=port) as client:
                        client.offer(data)
                        answer = client.read_to_end(8)
                        self.assertTrue(client.is_closed)
                        self.assertNotIn(secret.encode(), answer)


class MechanismTest(AttackCase):
    """Bent, replayed and mixed exchanges."""

    limits = UNGUARDED

    def refused(self, data, *conditions):
        with self.connect("tls") as client:
            client.send(data)
            self.assertIn(outcome(client), conditions, data[:80])

    def test_27_external(self):
        """Not offered, and no certificate was asked for: whatever is claimed."""
        with self.connect("tls") as client:
            client.send(f"<iq type='get' id='x'/><auth xmlns='{SASL}' mechanism='EXTERNAL'>=</auth>")
            self.assert_stream_error(client, "not-authorized")
        for claim in ("=", encode(b"mallory@localhost"), encode(b"localhost"), encode(b"@@")):
            self.refused(
                f"<auth xmlns='{SASL}' mechanism='EXTERNAL'>{claim}</auth>", "invalid-mechanism"
            )

    def test_29_somebody_elses_authorization(self):
        """Who acts under a name has to be who knows the password; also in SCRAM's header."""
        for claim in ("anna", "anna@localhost", "localhost", "mallory@localhost.evil", "@", "\x7f"):
            self.refused(
                f"<auth xmlns='{SASL}' mechanism='PLAIN'>"
                f"{encode(f'{claim}{chr(0)}mallory{chr(0)}secret'.encode())}</auth>",
                "invalid-authzid", "malformed-request",
            )  # fmt: skip
        with self.connect("tls") as client:
            scram = Scram(client)
            first = f"n,a=anna@localhost,n=mallory,r={scram.nonce}"
            client.send(f"<auth xmlns='{SASL}' mechanism='SCRAM-SHA-256'>{encode(first.encode())}</auth>")
            found = client.wait_for("<(challenge|failure)[^>]*>(.*?)</").groups()
            self.assertEqual(found[0], b"failure", found)

    def test_31_bent_scram(self):
        """RFC 5802 5, 7: the nonce, the header, the extension and the proof."""
        cases = {
            "another nonce": lambda s, f: s.final(f, "secret", nonce=s.nonce + "x" * 18),
            "our half of it": lambda s, f: s.final(f, "secret", nonce=s.nonce),
            "another header": lambda s, f: s.final(f, "secret", gs2="y,,"),
            "no proof": lambda s, f: s.final(f, "secret").rpartition(",")[0],
            "half a proof": lambda s, f: s.final(f, "secret")[:-20] + "====",
            "an empty proof": lambda s, f: s.final(f, "secret").rpartition(",")[0] + ",p=",
            "something behind it": lambda s, f: s.final(f, "secret") + ",x=1",
            "nothing": lambda s, f: "",
        }
        for name, bend in cases.items():
            with self.subTest(name=name), self.connect("tls") as client:
                scram = Scram(client)
                fields = scram.begin("mallory")
                self.assertIn(
                    scram.respond(bend(scram, fields)), ("malformed-request", "not-authorized")
                )
        for first in (
            "n,,m=x,n=mallory,r=abc", "n,,n=mallory", "n,,r=abc,n=mallory", "p=,,n=mallory,r=abc",
            "n,n=mallory,r=abc", "n,,n=mal=2Xory,r=abc", "n,,n=,r=abc", "n,,n=mallory,r=", "x,,n=a,r=b",
            "n,,n=mallory,r=a\u00e4b", "n,,n=mallory,r=abc\0", "n,,n=mallory,r=a b",
        ):  # fmt: skip
            with self.subTest(first=first):
                self.refused(
                    f"<auth xmlns='{SASL}' mechanism='SCRAM-SHA-256'>{encode(first.encode())}</auth>",
                    "malformed-request", "not-authorized",
                )  # fmt: skip

    def test_31_replay(self):
        """What was overheard once is worth nothing: the server's half of the nonce is new."""
        with self.connect("tls") as client:
            scram = Scram(client)
            overheard = scram.final(scram.begin("mary"), "secret")
            nonce = scram.nonce
            self.assertEqual(scram.respond(overheard), "success")
        with self.connect("tls") as client:
            again = Scram(client)
            again.begin("mary", nonce=nonce)
            self.assertIn(again.respond(overheard), ("malformed-request", "not-authorized"))

    def test_31_proof_of_another_user(self):
        """Mallory's password does not open Mary's account, though their salts are known."""
        with self.connect("tls") as client:
            fields = Scram(client).begin("mallory")
        with self.connect("tls") as client:
            scram = Scram(client)
            real = scram.begin("mary")
            stolen = {**real, "s": fields["s"]}
            self.assertEqual(scram.respond(scram.final(stolen, "secret")), "not-authorized")

    def test_33_broken_base64(self):
        for data in ("a", "ab", "====", "AG1h bGxv", "AG1\u00e4", "AG1hbGxvcnkAc2VjcmV0AA==", "A" * 9,
                     "AG1hbGxvcnk=", "AAA=", "=AAA", "AG1hbGxvcnkAc2VjcmV0="):  # fmt: skip
            with self.subTest(data=data):
                self.refused(
                    f"<auth xmlns='{SASL}' mechanism='PLAIN'>{data}</auth>",
                    "incorrect-encoding", "malformed-request", "not-authorized",
                )  # fmt: skip
        self.refused(
            f"<auth xmlns='{SASL}' mechanism='PLAIN'>{encode(b'%cmal%clory%csecret' % (0, 0, 0))}</auth>",
            "malformed-request", "not-authorized",
        )  # fmt: skip

    def test_33_no_name_makes_work(self):
        """Names and passwords as long as may be, of characters that take time to prepare."""
        for text in ("a" * 1023, "\u0344" * 500, "\u1e9b\u0323" * 200, "e" + "\u0301\u0323" * 500,
                     "\ufdfa" * 340, "\U0001f64c" * 250):  # fmt: skip
            for plain in (f"\0{text}\0x", f"\0mallory\0{text}", f"\0{text}\0{text}"):
                with self.subTest(plain=plain[:20]), self.connect("tls", "127.0.5.1") as client:
                    client.send(
                        f"<auth xmlns='{SASL}' mechanism='PLAIN'>{encode(plain.encode())}</auth>"
                    )
                    client.receive(0.2)
        with self.connect("session", "127.0.5.2") as client:
            self.assert_alive(client)


class OneGoTest(AttackCase):
    """The same and more in the frame of XEP-0388 (transcripts: tests/wire/sasl2-*.xt)."""

    limits = UNGUARDED
    BIND = "<bind xmlns='urn:xmpp:bind:0'>{}</bind>"

    def ask(self, client, name, inside="", password="secret", mechanism="PLAIN"):
        """success, the condition of a failure, or the end of the stream."""
        first = encode(f"\0{name}\0{password}".encode())
        client.offer(
            f"<authenticate xmlns='urn:xmpp:sasl:2' mechanism='{mechanism}'>"
            f"<initial-response>{first}</initial-response>{inside}</authenticate>"
        )
        found = client.wait_for("<success |<failure [^>]*><([a-z-]+)|<stream:error><([a-z-]+)")
        return (found.group(1) or found.group(2) or b"success").decode()

    def test_29_somebody_elses_authorization(self):
        for claim in ("anna", "anna@localhost", "@"):
            with self.connect("tls") as client:
                client.send(
                    "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><initial-response>"
                    f"{encode(f'{claim}{chr(0)}mallory{chr(0)}secret'.encode())}</initial-response>"
                    f"{self.BIND.format('')}</authenticate>"
                )
                found = client.wait_for("<(success|failure)[ >].*?</").group(0)
                self.assertIn(b"<failure", found)

    def test_30_nothing_without_the_proof(self):
        """A resource, a session, carbons: none of it for who fails."""
        more = self.BIND.format("<tag>x</tag><enable xmlns='urn:xmpp:carbons:2'/>")
        for password, mechanism in (("wrong", "PLAIN"), ("secret", "EXTERNAL"), ("secret", "X-NONE")):
            with self.connect("tls") as client:
                self.assertNotEqual(self.ask(client, "mary", more, password, mechanism), "success")
                client.send("<iq type='get' id='x'><ping xmlns='urn:xmpp:ping'/></iq>")
                self.assert_stream_error(client, "not-authorized")

    def test_33_more_than_one_of_each(self):
        """And pieces that have no end, or no sense."""
        for inside in (
            self.BIND.format("") * 2, self.BIND.format("<tag>a</tag>" * 50), "<initial-response>AA</initial-response>",
            self.BIND.format(f"<tag>{'t' * 5000}</tag>"), self.BIND.format("<tag>&lt;/jid&gt;/\u202e</tag>"),
            f"<user-agent id='{'i' * 5000}'/>" + self.BIND.format(""), "<user-agent/>" * 20, "<x xmlns='urn:a'/>" * 200,
            "<resume xmlns='urn:xmpp:sm:3' previd='x' h='0'/>" * 3 + self.BIND.format(""),
            "<resume xmlns='urn:xmpp:sm:3' previd='x' h='-5'/>", self.BIND.format(self.BIND.format("")),
        ):  # fmt: skip
            with self.subTest(inside=inside[:60]), self.connect("tls") as client:
                self.ask(client, "mallory", inside)
        with self.connect("session") as client:
            self.assert_alive(client)

    def test_33_both_frames_at_once(self):
        """An exchange begun in one frame does not go on in the other."""
        with self.connect("tls") as client:
            Scram(client).begin("mallory")
            client.send("<response xmlns='urn:xmpp:sasl:2'>AAAA</response>")
            found = client.wait_for("<(success|failure|stream:error)[ >]").group(1)
            self.assertNotEqual(found, b"success")


class NamesTest(AttackCase):
    """Attack 32: who has an account here?"""

    limits = UNGUARDED

    def test_32_same_answers(self):
        """Salt and iteration count of nobody look like anybody's, and stay as they are."""
        seen = {}
        for name in ("anna", "nobody", "nobody2", "anna", "nobody", "nobody2"):
            with self.connect("tls") as client:
                scram = Scram(client)
                fields = scram.begin(name)
                answer = scram.respond(scram.final(fields, "wrong"))
            seen.setdefault(name, set()).add((fields["s"], fields["i"], len(fields["r"]), answer))
        self.assertTrue(all(len(answers) == 1 for answers in seen.values()), seen)
        shapes = {(len(s), i, n - 24, answer) for [(s, i, n, answer)] in map(list, seen.values())}
        self.assertEqual(len(shapes), 1, shapes)
        self.assertEqual(len({s for [(s, *_)] in map(list, seen.values())}), 3)

    def test_32_same_time(self):
        """PLAIN derives a key also for nobody."""
        times = {"anna": [], "nobody": []}
        for _ in range(TIMES):
            for name, taken in times.items():
                with self.connect("tls") as client:
                    began = time.monotonic()
                    self.assertFalse(client.authenticate(name, "wrong"))
                    taken.append(time.monotonic() - began)
        known, unknown = (statistics.median(taken) for taken in times.values())
        self.assertLess(max(known, unknown), 3 * min(known, unknown) + 0.002, times)

    def test_32_names_elsewhere(self):
        """Registration says that a name is taken (it must), but nothing else does."""
        header = HEADER.format("localhost")
        answers = set()
        for name in ("anna", "nobody"):
            with RawClient(self.server, "127.0.0.9") as client:
                client.send(header.replace(" to=", f" from='{name}@localhost' to="))
                answer = client.wait_for("</stream:features>|</stream:stream>").string.decode()
                answers.add(re.sub(r" (id|to)='[^']*'", "", answer))
        self.assertEqual(len(answers), 1, answers)


class GuessingTest(AttackCase):
    """Attack 34 beside tests/fault/test_floods.py: hanging up early is no way round the waiting."""

    def test_34_hanging_up_early(self):
        """Guesses from one network get slower, whether or not the guesser waits for the answer:
        what came at once told nothing, and took its place in the line."""
        told = b""
        guess = f"<auth xmlns='{SASL}' mechanism='PLAIN'>{encode(b'%cmary%cguess' % (0, 0))}</auth>"
        for _ in range(40):
            with RawClient(self.server, "127.0.6.1") as client:
                client.start_tls()
                client.open()
                client.offer(guess)
                try:
                    client.receive(0.02)
                except Closed:
                    pass
                told += client.received
        self.assertIn(b"temporary-auth-failure", told)
        self.assertNotIn(b"not-authorized", told)
        self.assertNotIn(b"<success", told)
        # Mary herself, from somewhere else, need not wait.
        began = time.monotonic()
        with RawClient(self.server, "127.0.6.2") as client:
            client.sign_in("mary")
        self.assertLess(time.monotonic() - began, 3)


if __name__ == "__main__":
    unittest.main(verbosity=2)
