#!/usr/bin/python3
"""Plays wire transcripts (see README.md) against a real server over TCP and TLS.

run_over_tls.py --port 5222 --tls-port 5223 [--host 127.0.0.1] [--bytes] FILE...

The server's domain is chat.example and the accounts of the VERIFIER lines exist; --accounts prints
them, one "name secret" a line, as `jackdawctl user import` reads them. Transcripts with a CONFIG line
are left out. Exit code 0 when every transcript went as written.
"""

import argparse
import re
import socket
import ssl
import sys
import time

DOMAIN = "chat.example"
HEADER = (
    f"<?xml version='1.0'?><stream:stream to='{DOMAIN}' version='1.0' "
    "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
)
ANSWER = (
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    f"xmlns:stream='http://etherx.jabber.org/streams' id='*' from='{DOMAIN}' "
    "version='1.0' xml:lang='en'>"
)
TIMEOUT_SECONDS = 10
SILENCE_SECONDS = 0.05


class Mismatch(Exception):
    """The server did not say what is written."""


def unescape(text):
    """Bytes of a C: line."""
    plain = re.sub(
        rb"\\(n|\\|x([0-9a-fA-F]{2}))",
        lambda m: bytes([int(m[2], 16)]) if m[2] else (b"\n" if m[1] == b"n" else b"\\"),
        text.encode(),
    )
    return plain


def compile_pattern(pattern):
    """A regular expression for an S: line."""
    return re.compile(b".*?".join(re.escape(part.encode()) for part in pattern.split("*")), re.DOTALL)


class Player:
    """One connection on which one transcript is played."""

    def __init__(self, options):
        self.options = options
        self.sock = None
        self.pending = b""
        self.is_closed = False

    def connect(self, direct):
        port = self.options.tls_port if direct else self.options.port
        self.sock = socket.create_connection((self.options.host, port), TIMEOUT_SECONDS)
        if direct:
            self.handshake()

    def handshake(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(["xmpp-client"])
        self.sock = context.wrap_socket(self.sock, server_hostname=DOMAIN)

    def receive(self, seconds):
        """Takes what comes within the time; False when nothing did."""
        if self.is_closed:
            return False
        self.sock.settimeout(seconds)
        try:
            got = self.sock.recv(65536)
        except (TimeoutError, socket.timeout, ssl.SSLWantReadError):
            return False
        except (ConnectionError, ssl.SSLError):
            got = b""
        self.is_closed = not got
        self.pending += got
        return bool(got)

    def begin(self):
        if self.sock is None:
            self.connect(direct=False)

    def expect_silence(self):
        self.receive(SILENCE_SECONDS)
        if self.pending:
            raise Mismatch(f"unexpected: {self.pending!r}")

    def send(self, data):
        # What follows <starttls/> is of its packet, or it would meet the handshake.
        whole = not self.options.bytes or b"<starttls" in data
        step = max(len(data), 1) if whole else 1
        try:
            for start in range(0, len(data), step):
                self.sock.sendall(data[start : start + step])
        except (ConnectionError, ssl.SSLError):
            pass  # the server need not listen to the end; what it said is looked at next

    def do_c(self, argument):
        self.begin()
        self.expect_silence()
        self.send(unescape(argument))

    def do_s(self, argument):
        self.begin()
        pattern = compile_pattern(argument)
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not (match := pattern.match(self.pending)):
            if time.monotonic() > deadline or self.is_closed:
                raise Mismatch(f"expected {argument}\n    but got  {self.pending!r}")
            self.receive(0.2)
        self.pending = self.pending[match.end() :]

    def do_open(self, _argument):
        self.do_c(HEADER)
        self.do_s(ANSWER)

    def do_repeat(self, argument):
        count, _, text = argument.partition(" ")
        self.begin()
        self.expect_silence()
        self.send(unescape(text) * int(count))

    def do_tls(self, _argument):
        if self.sock is None:
            self.connect(direct=True)
            return
        self.expect_silence()
        self.handshake()

    def do_close(self, _argument):
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not self.is_closed and time.monotonic() < deadline:
            self.receive(0.2)
        if self.pending:
            raise Mismatch(f"unexpected: {self.pending!r}")
        if not self.is_closed:
            raise Mismatch("the server has not closed")

    def do_verifier(self, _argument):
        """Made before; see --accounts."""


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if line and not line.startswith("#"):
                word, _, argument = line.partition(" ")
                yield number, word.rstrip(":").lower(), argument


def play(path, options):
    """True when the transcript went as written."""
    player = Player(options)
    number = 0
    try:
        for number, word, argument in lines_of(path):
            getattr(player, "do_" + word)(argument)
        player.begin()
        player.expect_silence()
    except (Mismatch, OSError) as problem:
        print(f"{path}:{number}: {problem}", file=sys.stderr)
        return False
    finally:
        if player.sock is not None:
            player.sock.close()
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5222)
    parser.add_argument("--tls-port", type=int, default=5223)
    parser.add_argument("--bytes", action="store_true", help="one byte at a time")
    parser.add_argument("--accounts", action="store_true", help="print the accounts and stop")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()

    usual = [f for f in options.files if not any(w == "config" for _, w, _ in lines_of(f))]
    if options.accounts:
        accounts = {a for f in usual for _, word, a in lines_of(f) if word == "verifier"}
        print("\n".join(sorted(accounts)))
        return 0
    failed = [path for path in usual if not play(path, options)]
    print(f"{len(usual) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
