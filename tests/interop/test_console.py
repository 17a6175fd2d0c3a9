#!/usr/bin/python3
"""The console: one readable line an event, or one JSON object; what people say only on request."""

import asyncio
import json
import re
import ssl
import socket
import time
import unittest

from client import Client
from sasl_client import SaslClient
from server import Server

LOBBY = "lobby@rooms.localhost"
MUC = "<x xmlns='http://jabber.org/protocol/muc'/>"
SECRET_WORDS = "nobody needs to read this"
LINE = re.compile(
    r"^\d\d:\d\d:\d\d\.\d{3} (?P<level>debug|info|notice|warning|error) +"
    r"(?:worker (?P<worker>\d+)(?: > session (?P<session>\d+))?: )?"
    r"(?P<event>[a-z0-9-]+): (?P<text>.+)$"
)
KEYS = {"time", "level", "event", "worker", "session", "text"}


def read_text(log):
    """The lines as dictionaries; every one has to look the same."""
    lines = []
    for line in log.splitlines():
        match = LINE.match(line)
        assert match, f"what is this? {line!r}"
        lines.append({key: value for key, value in match.groupdict().items() if value})
    return lines


def read_json(log):
    lines = [json.loads(line) for line in log.splitlines()]
    for line in lines:
        assert {"time", "level", "event"} <= set(line) <= KEYS, line
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$", line["time"]), line
    return lines


async def visit(server):
    """Anna comes, is renamed, talks, and goes; her address."""
    anna = Client(server, "anna@localhost/desk")
    await anna.sign_in(presence=True)
    join = "<presence to='{}/{}'>{}</presence>"
    anna.send_raw(join.format(LOBBY, "Anna", MUC))
    await anna.take("presence", from_=f"{LOBBY}/Anna")
    anna.send_raw(join.format(LOBBY, "Queen", ""))
    await anna.take("presence", from_=f"{LOBBY}/Queen")
    anna.say(LOBBY, SECRET_WORDS, type_="groupchat")
    await anna.take_message(SECRET_WORDS)
    anna.say("anna@localhost", SECRET_WORDS + " at home")
    await anna.take_message(SECRET_WORDS + " at home")
    anna.send_raw(f"<presence to='{LOBBY}/Queen' type='unavailable'/>")
    await anna.take("presence", from_=f"{LOBBY}/Queen", type="unavailable")
    await anna.leave()
    return anna.full


class ConsoleTest(unittest.TestCase):
    """A server each, because its whole log is read."""

    def log_of_visit(self, **overrides):
        with Server(overrides) as server:
            server.add_user("anna")
            asyncio.run(visit(server))
            server.stop()
            return server.log()

    def assert_visit(self, lines):
        """In this order, other events between them or not."""
        address = "anna@localhost/desk"
        expected = [
            ("notice", "certificate", "self-signed; its SHA-256 fingerprint is [0-9A-F:]{95}"),
            ("info", "listening", r"127\.0\.0\.1:\d+ \(STARTTLS\)"),
            ("info", "listening", r"\[::1\]:\d+ \(direct TLS\)"),
            ("notice", "started", "localhost .*"),
            ("info", "connected", r"127\.0\.0\.1:\d+"),
            ("info", "tls", r"TLSv1\.3, TLS_\w+"),
            ("info", "signed-in", r"anna@localhost \(PLAIN\)"),
            ("info", "bound", address),
            ("info", "room-joined", f"{address} joined {LOBBY}/Anna"),
            ("info", "nick-changed", f"anna@localhost: {LOBBY}/Anna is now Queen"),
            ("info", "room-left", f"anna@localhost left {LOBBY}/Queen"),
            ("info", "disconnected", rf"{address}: closed by the client, after \d+ s"),
            ("notice", "stopping", "Terminated"),
            ("notice", "stopped", r"after \d+ seconds?"),
        ]
        left = iter(lines)
        for level, event, text in expected:
            for line in left:
                if line["event"] == event and re.fullmatch(text, line["text"]):
                    self.assertEqual(line["level"], level, line)
                    break
            else:
                self.fail(f"no {event}: {text} (or not in order) in {lines}")
        for event in ("connected", "tls", "signed-in", "bound", "room-joined", "nick-changed",
                      "room-left", "disconnected"):
            self.assertEqual(sum(line["event"] == event for line in lines), 1, event)
        said = [line for line in lines if line["event"] in ("connected", "bound", "disconnected")]
        self.assertEqual(len({line["session"] for line in said}), 1)

    def test_text(self):
        log = self.log_of_visit()
        self.assert_visit(read_text(log))
        self.assertNotIn("\033", log)
        self.assertNotIn(SECRET_WORDS, log)

    def test_json(self):
        log = self.log_of_visit(log_format="json")
        self.assert_visit(read_json(log))
        self.assertNotIn(SECRET_WORDS, log)

    def test_debug_tells_no_secrets(self):
        log = self.log_of_visit(log_level="debug")
        self.assert_visit(read_text(log))
        self.assertNotIn(SECRET_WORDS, log)

    def test_only_warnings(self):
        self.assertEqual(self.log_of_visit(log_level="warning"), "")

    def test_messages_on_request(self):
        lines = read_text(self.log_of_visit(log_messages="true"))
        warnings = [line["event"] for line in lines if line["level"] == "warning"]
        self.assertEqual(warnings, ["log-messages"])
        said = [line["text"] for line in lines if line["event"] == "message"]
        self.assertEqual(len(said), 2, said)
        self.assertRegex(said[0], f"anna@localhost/desk to {LOBBY}: {SECRET_WORDS}$")
        self.assertRegex(said[1], f"anna@localhost/desk to anna@localhost: {SECRET_WORDS} at home$")


class StrangerTest(unittest.TestCase):
    """What strangers do is seen as well, and cannot forge lines."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server({"log_messages": "yes"}).start()
        cls.server.add_user("anna")

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def wait_for(self, pattern):
        deadline = time.monotonic() + 10
        while not re.search(pattern, self.server.log(), re.MULTILINE):
            self.assertLess(time.monotonic(), deadline, f"{pattern} in\n{self.server.log()}")
            time.sleep(0.05)
        read_text(self.server.log())

    def test_wrong_password(self):
        with SaslClient(self.server) as client:
            with self.assertRaises(Exception):
                client.simple("PLAIN", b"\0anna\0wrong word")
        self.wait_for(r" notice .*sign-in-failed: anna from 127\.0\.0\.1:\d+ \(PLAIN\)$")
        self.assertNotIn("wrong word", self.server.log())

    def test_certificate_is_not_trusted(self):
        with socket.create_connection(("127.0.0.1", self.server.tls_port), 10) as sock:
            with self.assertRaises(ssl.SSLError):
                ssl.create_default_context().wrap_socket(sock, server_hostname="localhost")
        self.wait_for(r"disconnected: .*unknown ca, after")

    def test_other_protocol(self):
        with socket.create_connection(("127.0.0.1", self.server.port), 10) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
            self.assertIn(b"stream:error", sock.recv(1000))
        self.wait_for(r"disconnected: .*, after")

    def test_forged_lines(self):
        words = "one&#10;12:00:00.000 info    worker 1: signed-in: root &#x202e;&#x85;"
        with SaslClient(self.server) as client:
            client.simple("PLAIN", b"\0anna\0secret")
            client.say(f"<message to='anna@localhost'><body>{words}</body></message>")
            self.wait_for(r"message: .*: one\\n12:00:00\.000 info .*\\u202e\\u0085$")


if __name__ == "__main__":
    unittest.main(verbosity=2)
