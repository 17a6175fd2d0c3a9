#!/usr/bin/python3
"""Profanity, a terminal client that people use, in a terminal of its own beside the client engine:
the lobby, private words, new nicknames, what was said elsewhere, and going away."""

import os
import pathlib
import re
import subprocess
import sys
import time
import unittest

from engine import Engine
from server import Server

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fault"))

from raw_client import RawClient  # noqa: E402

LOBBY = "lobby@rooms.localhost"
SECONDS = 15


class Profanity:
    """One Profanity in a tmux server that nobody else uses, with folders of its own."""

    def __init__(self, server, name, nickname, password="secret"):
        self.home = server.directory / name
        self.account = f"{name}@{server.domain}"
        self.write_account(server, nickname, password)
        self.environment = {
            **os.environ,
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_RUNTIME_DIR": str(self.home / "run"),
            "TMUX_TMPDIR": str(self.home / "run"),
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
            "TERM": "xterm",
            "LC_ALL": "C.UTF-8",
        }
        self.environment.pop("TMUX", None)
        self.tmux("new-session", "-d", "-x", "160", "-y", "50", f"profanity -a {self.account}")

    def write_account(self, server, nickname, password):
        folder = self.home / "data" / "profanity"
        folder.mkdir(parents=True)
        (self.home / "config" / "profanity").mkdir(parents=True)
        (self.home / "run").mkdir(mode=0o700)
        (folder / "accounts").write_text(
            f"[{self.account}]\nenabled=true\njid={self.account}\npassword={password}\n"
            f"resource=terminal\nserver=127.0.0.1\nport={server.port}\nmuc.nick={nickname}\n"
            f"muc.service={server.rooms}\ntls.policy=trust\n",
            encoding="utf-8",
        )

    def tmux(self, *arguments):
        done = subprocess.run(
            ["tmux", "-L", "jackdaw-test", "-f", "/dev/null", *arguments],
            env=self.environment, capture_output=True, text=True, timeout=SECONDS, check=False,
        )
        return done.stdout

    def close(self):
        self.tmux("kill-server")

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def do(self, words):
        """Types a line."""
        self.tmux("send-keys", "-l", words)
        self.tmux("send-keys", "Enter")

    def wait(self, pattern, is_there=True):
        """Until the screen shows it, or shows it no longer."""
        deadline = time.monotonic() + SECONDS
        while bool(re.search(pattern, screen := self.screen(), re.MULTILINE)) != is_there:
            if time.monotonic() > deadline:
                raise AssertionError(f"{pattern!r} is{' not' * is_there} there:\n{screen}")
            time.sleep(0.1)
        return screen


class ProfanityTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server().start()
        for name in ("anna", "paul", "pia"):
            cls.server.add_user(name)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def profanity(self, *arguments, **more):
        profanity = Profanity(self.server, *arguments, **more)
        self.addCleanup(profanity.close)
        return profanity

    def engine(self):
        engine = Engine()
        self.addCleanup(engine.quit)
        engine.sign_in(self.server, "anna", "secret")
        engine.wait("joined", LOBBY, "yes", keep=True)
        return engine

    def test_conversation(self):
        engine = self.engine()
        profanity = self.profanity("paul", "Paul")
        # The server told it to join by a bookmark (XEP-0048).
        profanity.wait(rf"Autojoined {LOBBY} as Paul \(2\)")
        engine.wait("message", LOBBY, "joined", None, None, "Paul")
        profanity.do("/presence room all")  # who comes and goes is shown
        profanity.do("/win 2")
        profanity.wait("joined the room as Paul")
        profanity.wait(r" anna\s*$")
        self.talk(profanity, engine)
        self.rename(profanity, engine)
        self.whisper(profanity, engine)
        self.go(profanity, engine)

    def talk(self, profanity, engine):
        profanity.do("Hello, is anybody <here> & there?")
        engine.wait("message", LOBBY, "text", "in", None, "Paul",
                    "Hello, is anybody <here> & there?")
        profanity.wait("Paul: Hello, is anybody <here> & there")
        engine.do("say", "Gr\u00fc\u00df dich, Paul \u2713")
        engine.wait("delivery", LOBBY, "sent", "Gr\u00fc\u00df dich, Paul \u2713")
        profanity.wait("anna: Gr\u00fc\u00df dich, Paul \u2713")

    def rename(self, profanity, engine):
        profanity.do("/nick Pauline")
        engine.wait("message", LOBBY, "renamed", None, None, "Pauline",
                    "Paul is now known as Pauline")
        profanity.wait(r" Pauline\s*$")
        engine.do("nick", "Annabel")
        profanity.wait(r"\*\* anna is now known as Annabel")
        engine.wait("nickname", "Annabel")
        # Whoever is there keeps the name.
        profanity.do("/nick Annabel")
        profanity.do("/win 1")
        profanity.wait(f"Error from {LOBBY}/Annabel: conflict")
        profanity.do("/win 2")
        profanity.wait(r" Pauline\s*$")

    def whisper(self, profanity, engine):
        engine.do("private", "Pauline", "between you and me")
        engine.wait("delivery", "paul@localhost", "sent", "between you and me")
        profanity.do("/msg Annabel I can keep a secret")
        engine.wait("message", "paul@localhost", "text", "in", None, None,
                    "I can keep a secret")
        profanity.wait("between you and me")
        profanity.wait("me: I can keep a secret")

    def go(self, profanity, engine):
        profanity.do("/win 2")
        profanity.wait("joined the room as Paul")
        engine.do("leave", LOBBY)
        profanity.wait(r"<- Annabel has left the room")
        engine.do("join", LOBBY)
        profanity.wait(r"-> Annabel has joined the room")
        profanity.do("/quit")
        engine.wait("message", LOBBY, "left", None, None, "Pauline")
        self.wait_for_log("disconnected: paul@localhost/terminal: closed by the client")

    def wait_for_log(self, words):
        deadline = time.monotonic() + SECONDS
        while words not in self.server.log():
            self.assertLess(time.monotonic(), deadline, self.server.log())
            time.sleep(0.1)

    def test_archive(self):
        """XEP-0313 and XEP-0280: what the user has said and heard on another client, before and
        meanwhile, is shown in its order."""
        anna, phone = (self.raw(name, "phone") for name in ("anna", "pia"))
        for i in range(3):
            self.say(phone, anna, f"asked {i}")
            self.say(anna, phone, f"answered {i}")
        profanity = self.profanity("pia", "Pia")
        profanity.wait(rf"Autojoined {LOBBY} as Pia")
        for setting in ("carbons", "mam"):
            profanity.do(f"/{setting} on")
        profanity.wait("Archive Management enabled")
        profanity.do("/msg anna@localhost")
        profanity.wait("answered 2")
        self.say(phone, anna, "asked meanwhile")
        self.say(anna, phone, "answered meanwhile")
        profanity.wait("answered meanwhile")
        profanity.do("I am here now")
        anna.wait_for("<body>I am here now</body>")
        screen = profanity.wait("me: I am here now")
        said = re.findall(r"(asked|answered|here) (\w+)", screen)
        # It asks for the page after the first with an <after/> beside the <set/> (0.13.1), so that
        # it gets the first one again, and shows it.
        page = [(verb, str(i)) for i in range(3) for verb in ("asked", "answered")]
        while said[: len(page)] == page == said[len(page) : 2 * len(page)]:
            said = said[len(page) :]
        page += [("asked", "meanwhile"), ("answered", "meanwhile"), ("here", "now")]
        self.assertEqual(said, page, screen)

    def raw(self, name, resource):
        client = RawClient(self.server, direct=True).sign_in(name, resource=resource)
        self.addCleanup(client.drop)
        client.send("<presence/>")
        return client

    def say(self, one, other, words):
        one.send(f"<message to='{other.full}' type='chat' id='{words}'><body>{words}</body></message>")
        other.wait_for(f"<body>{words}</body>")

    def test_wrong_password(self):
        profanity = self.profanity("petra", "Petra", password="wrong")
        profanity.wait("Login failed")
        self.wait_for_log("sign-in-failed: petra")


if __name__ == "__main__":
    unittest.main(verbosity=2)
