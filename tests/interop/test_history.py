#!/usr/bin/python3
"""The client's history against the real server: what is kept, what was missed, nothing twice.

ENGINE_CLIENT, JACKDAWD and JACKDAWCTL name the programs, WORKERS the number of workers.
"""

import shutil
import tempfile
import time
import unittest

from engine import Engine
from server import Server

DOMAIN = "chat.example"
LOBBY = f"lobby@rooms.{DOMAIN}"
ANNA = f"anna@{DOMAIN}"
BEN = f"ben@{DOMAIN}"
SECONDS = 20


class HistoryTest(unittest.TestCase):
    def setUp(self):
        self.server = Server(
            domain=DOMAIN, overrides={"guests": "yes", "registration": "open", "limits": "off"}
        )
        self.server.start()
        self.addCleanup(self.server.close)
        for name in ("anna", "ben", "cleo"):
            self.server.add_user(name)

    def folder(self):
        folder = tempfile.mkdtemp(prefix="history-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        return folder

    def signed_in(self, name, folder):
        engine = Engine(folder=folder)
        self.addCleanup(self.end, engine)
        engine.sign_in(self.server, name, "secret")
        return engine

    def end(self, engine):
        if engine.process.returncode is None:
            engine.quit()

    def kill(self, engine):
        """kill -9: nothing is written, nobody is told."""
        engine.process.kill()
        engine.process.wait(SECONDS)
        engine.process.stdin.close()

    def lines(self, engine, conversation):
        """What stands in a conversation: (out|in, state, text), events left out."""
        engine.do("list", conversation)
        found = []
        while (event := engine.wait(None))[0] != "listed":
            if event[0] == "line" and event[2] == "text":
                found.append(tuple(event[3:6]))
        return found, int(event[2])

    def texts(self, engine, conversation):
        return [line[2] for line in self.lines(engine, conversation)[0]]

    def wait_for_texts(self, engine, conversation, expected):
        deadline = time.monotonic() + SECONDS
        while (seen := self.texts(engine, conversation)) != expected:
            if time.monotonic() > deadline:
                self.assertEqual(seen, expected)
            time.sleep(0.05)

    def say(self, engine, to, *texts):
        """Says it and waits until the server has it."""
        for text in texts:
            if to == LOBBY:
                engine.do("say", text)
            else:
                engine.do("private", to, text)
            engine.wait("delivery", to, "sent", text, keep=True)


class Kept(HistoryTest):
    def test_killed_and_back(self):
        home = self.folder()
        anna = self.signed_in("anna", home)
        ben = self.signed_in("ben", self.folder())
        self.say(anna, BEN, "one")
        self.say(ben, ANNA, "two")
        self.say(ben, LOBBY, "hello all")
        self.wait_for_texts(anna, BEN, ["one", "two"])
        self.wait_for_texts(anna, LOBBY, ["hello all"])
        self.kill(anna)
        self.say(ben, ANNA, "three", "four")
        self.say(ben, LOBBY, "anybody?")
        anna = self.signed_in("anna", home)
        self.wait_for_texts(anna, BEN, ["one", "two", "three", "four"])
        self.wait_for_texts(anna, LOBBY, ["hello all", "anybody?"])
        found, unread = self.lines(anna, BEN)
        self.assertEqual(found[0][:2], ("out", "sent"))
        self.assertEqual(unread, 3)
        anna.do("read", BEN)
        self.say(ben, ANNA, "five")
        self.wait_for_texts(anna, BEN, ["one", "two", "three", "four", "five"])
        self.assertEqual(self.lines(anna, BEN)[1], 1)

    def test_without_the_server(self):
        home = self.folder()
        anna = self.signed_in("anna", home)
        self.say(anna, BEN, "one")
        self.server.kill()
        anna.wait("state", "waiting")
        anna.do("private", BEN, "two")
        anna.do("private", BEN, "three")
        self.wait_for_texts(anna, BEN, ["one", "two", "three"])
        time.sleep(0.2)  # what was written is on its way to the disk; nothing tells when it is
        self.kill(anna)
        self.server.restart()
        anna = self.signed_in("anna", home)
        self.wait_for_texts(anna, BEN, ["one", "two", "three"])
        deadline = time.monotonic() + SECONDS
        while any(state != "sent" for _, state, _ in self.lines(anna, BEN)[0]):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        ben = self.signed_in("ben", self.folder())
        self.wait_for_texts(ben, ANNA, ["one", "two", "three"])
        # And the archive has each of them once.
        other = self.signed_in("anna", self.folder())
        self.wait_for_texts(other, BEN, ["one", "two", "three"])

    def test_server_is_killed(self):
        anna = self.signed_in("anna", self.folder())
        ben = self.signed_in("ben", self.folder())
        self.say(anna, LOBBY, "one")
        self.say(ben, LOBBY, "two")
        self.server.kill()
        anna.wait("state", "waiting")
        ben.wait("state", "waiting")
        self.server.restart()
        anna.do("reconnect")
        anna.wait("joined", LOBBY, "yes")
        self.say(anna, LOBBY, "three")
        ben.do("reconnect")
        self.wait_for_texts(ben, LOBBY, ["one", "two", "three"])
        self.wait_for_texts(anna, LOBBY, ["one", "two", "three"])


class Devices(HistoryTest):
    def test_two_at_once(self):
        desk = self.signed_in("anna", self.folder())
        lap = self.signed_in("anna", self.folder())
        ben = self.signed_in("ben", self.folder())
        self.say(desk, BEN, "from the desk")
        self.say(ben, ANNA, "for both")
        self.wait_for_texts(lap, BEN, ["from the desk", "for both"])
        self.say(lap, BEN, "from the lap")
        expected = ["from the desk", "for both", "from the lap"]
        for engine in (desk, lap):
            self.wait_for_texts(engine, BEN, expected)
        self.assertEqual([line[0] for line in self.lines(lap, BEN)[0]], ["out", "in", "out"])
        self.wait_for_texts(ben, ANNA, expected)

    def test_one_was_away(self):
        home = self.folder()
        desk = self.signed_in("anna", self.folder())
        lap = self.signed_in("anna", home)
        ben = self.signed_in("ben", self.folder())
        self.say(desk, BEN, "one")
        self.wait_for_texts(lap, BEN, ["one"])
        self.kill(lap)
        self.say(desk, BEN, "two")
        self.say(ben, ANNA, "three")
        self.say(desk, LOBBY, "in the lobby")
        lap = self.signed_in("anna", home)
        self.wait_for_texts(lap, BEN, ["one", "two", "three"])
        self.wait_for_texts(lap, LOBBY, ["in the lobby"])


class Gaps(HistoryTest):
    def test_more_than_pages(self):
        """What was missed comes newest first, and all of it in order."""
        home = self.folder()
        anna = self.signed_in("anna", home)
        ben = self.signed_in("ben", self.folder())
        self.say(ben, LOBBY, "before")
        self.wait_for_texts(anna, LOBBY, ["before"])
        self.kill(anna)
        missed = [f"m{i}" for i in range(350)]
        for text in missed:
            ben.do("say", text)
        ben.wait("delivery", LOBBY, "sent", missed[-1], keep=True)
        anna = self.signed_in("anna", home)
        self.wait_for_texts(anna, LOBBY, ["before"] + missed)

    def test_a_new_device_reads_back(self):
        """The beginning is fetched when somebody goes there."""
        first = self.signed_in("anna", self.folder())
        ben = self.signed_in("ben", self.folder())
        said = [f"m{i}" for i in range(450)]
        for text in said:
            ben.do("private", ANNA, text)
        self.wait_for_texts(first, BEN, said)
        anna = self.signed_in("anna", self.folder())
        deadline = time.monotonic() + SECONDS
        while (seen := self.texts(anna, BEN)) != said:
            self.assertEqual(seen, said[len(said) - len(seen):])
            self.assertLess(time.monotonic(), deadline)
            anna.do("older", BEN)
            time.sleep(0.05)


if __name__ == "__main__":
    unittest.main(verbosity=2)
