"""A client that sends what it is told, byte for byte, and keeps what comes: for attacks, and for
counting. It knows just enough of XMPP to sign in."""

import base64
import re
import socket
import ssl
import time

SECONDS = 15
HEADER = (
    "<?xml version='1.0'?><stream:stream to='{}' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>"
)


class Closed(Exception):
    """The server has closed the connection."""


def trusting_context():
    """The certificate is the test server's own; nobody vouches for it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class RawClient:
    """One connection. `source` is the loopback address it comes from: limits count by address."""

    def __init__(self, server, source="127.0.0.1", direct=False, port=None, receive_bytes=None,
                 host="127.0.0.1"):
        self.domain = server.domain
        self.received = b""
        self.is_closed = False
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_bytes:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        if host == "127.0.0.1":
            self.sock.bind((source, 0))
        self.sock.settimeout(SECONDS)
        self.sock.connect((host, port or (server.tls_port if direct else server.port)))
        if direct:
            self.shake_hands()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.drop()

    def drop(self):
        """The cable is pulled."""
        self.sock.close()

    # ---- bytes ----

    def send(self, data):
        """Everything; Closed when the server does not want it."""
        if isinstance(data, str):
            data = data.encode()
        try:
            self.sock.settimeout(SECONDS)
            self.sock.sendall(data)
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed(str(error)) from None

    def offer(self, data):
        """Like send(), but the server need not take it all; true when it did."""
        try:
            self.send(data)
            return True
        except (Closed, socket.timeout):
            return False

    def receive(self, seconds):
        """What comes next joins `received`; false when nothing does in time."""
        self.sock.settimeout(max(seconds, 0.001))
        try:
            got = self.sock.recv(65536)
        except (socket.timeout, ssl.SSLWantReadError):
            return False
        except (ConnectionError, ssl.SSLError):
            got = b""
        if not got:
            self.is_closed = True
            raise Closed("the server has hung up")
        self.received += got
        return True

    def wait_for(self, pattern, seconds=SECONDS):
        """Takes everything up to the end of the pattern's first match, and gives back the match."""
        if isinstance(pattern, str):
            pattern = pattern.encode()
        deadline = time.monotonic() + seconds
        while not (match := re.search(pattern, self.received, re.DOTALL)):
            if time.monotonic() > deadline:
                raise AssertionError(f"no {pattern!r} in {self.received[-2000:]!r}")
            self.receive(deadline - time.monotonic())
        self.received = self.received[match.end() :]
        return match

    def read_to_end(self, seconds=SECONDS):
        """Until the server closes; gives back all that had not been taken. See `is_closed`."""
        deadline = time.monotonic() + seconds
        try:
            while time.monotonic() < deadline:
                self.receive(deadline - time.monotonic())
        except Closed:
            pass
        return self.received

    # ---- XMPP ----

    def shake_hands(self):
        self.sock = trusting_context().wrap_socket(self.sock, server_hostname=self.domain)

    def open(self):
        """A stream header, and the server's features."""
        self.send(HEADER.format(self.domain))
        self.wait_for("</stream:features>")

    def start_tls(self):
        self.open()
        self.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        self.wait_for("<proceed [^>]*>")
        self.shake_hands()

    def authenticate(self, name, password):
        """PLAIN; true when the server agrees."""
        token = base64.b64encode(f"\0{name}\0{password}".encode()).decode()
        sasl = "urn:ietf:params:xml:ns:xmpp-sasl"
        self.send(f"<auth xmlns='{sasl}' mechanism='PLAIN'>{token}</auth>")
        return self.wait_for("<(success|failure)").group(1) == b"success"

    def bind(self, resource):
        self.open()
        self.send(
            "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
            f"<resource>{resource}</resource></bind></iq>"
        )
        self.wait_for("<jid>[^<]*</jid>.*?</iq>")

    def sign_in(self, name, password="secret", resource="raw"):
        """From nothing to a bound session; gives itself back."""
        if not isinstance(self.sock, ssl.SSLSocket):
            self.start_tls()
        self.open()
        if not self.authenticate(name, password):
            raise AssertionError(f"{name} was not let in: {self.received!r}")
        self.bind(resource)
        self.full = f"{name}@{self.domain}/{resource}"
        return self

    def iq(self, type_, payload, to=None, number=iter(range(1000000))):
        """Asks, and gives back the type of the answer and its payload."""
        id_ = f"raw{next(number)}"
        to = f" to='{to}'" if to else ""
        self.send(f"<iq type='{type_}' id='{id_}'{to}>{payload}</iq>")
        answer = self.wait_for(f"<iq [^>]*id='{id_}'[^>]*?(?:/>|>(.*?)</iq>)")
        kind = re.search(rb"type='(\w+)'", answer.group(0)).group(1).decode()
        return kind, (answer.group(1) or b"").decode()

    def leave(self):
        """In good order."""
        if self.offer("</stream:stream>"):
            self.read_to_end(5)
        self.drop()
