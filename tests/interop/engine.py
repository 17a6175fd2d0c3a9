"""Drives the client engine (engine-client) and waits for what it tells. ENGINE_CLIENT names it."""

import os
import queue
import re
import shutil
import subprocess
import tempfile
import threading
import time

SECONDS = 20


ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}


def unescape(field):
    """Undoes g_strescape."""

    def one(match):
        code = match.group(1)
        return chr(int(code, 8)) if code.isdigit() else ESCAPES.get(code, code)

    return re.sub(r"\\([0-7]{1,3}|.)", one, field)


class Engine:
    """One person at the engine. Events are lists of fields, the first is the kind."""

    def __init__(self, *arguments, folder=None):
        self.own_folder = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="engine-")
        program = os.environ.get("ENGINE_CLIENT", "build/tests/engine-client")
        self.process = subprocess.Popen(
            [program, *arguments, self.folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env={**os.environ, "DBUS_SESSION_BUS_ADDRESS": "disabled:"},
        )
        self.lines = queue.Queue()
        self.events = []
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.quit()

    def _read(self):
        with self.process.stdout:
            for line in self.process.stdout:
                self.lines.put([unescape(f) for f in line.rstrip("\n").split("\t")])
        self.lines.put(None)

    def do(self, *words):
        self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()

    def _matches(self, event, wanted):
        return len(event) >= len(wanted) and all(
            want is None or want == have for want, have in zip(wanted, event)
        )

    def count(self, *wanted):
        """How often it has happened up to now. None matches anything."""
        while True:
            try:
                line = self.lines.get_nowait()
            except queue.Empty:
                break
            if line is not None:
                self.events.append(line)
        return sum(self._matches(event, wanted) for event in self.events)

    def _next(self, deadline):
        if self.events:
            return self.events.pop(0)
        try:
            return self.lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return None

    def wait(self, *wanted, seconds=SECONDS, keep=False):
        """Takes the first event like this, and forgets the ones before it unless they are kept."""
        deadline = time.monotonic() + seconds
        seen = []
        while (event := self._next(deadline)) is not None:
            if self._matches(event, wanted):
                if keep:
                    self.events = seen + self.events
                return event
            seen.append(event)
        raise AssertionError(f"{wanted} did not happen; but:\n" + "\n".join(map(str, seen)))

    def sign_in(self, server, nickname, password="", verb="signin", port=None):
        self.do(verb, "127.0.0.1", port or server.port, nickname, password)
        return self.wait("signed-in", keep=True)

    def quit(self):
        if self.process.poll() is None:
            try:
                self.do("quit")
            except BrokenPipeError:
                pass
        try:
            status = self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.process.stdin.close()
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        if status != 0:
            raise RuntimeError(f"engine-client ended with {status}")
