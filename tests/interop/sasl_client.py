"""A blocking client of few words that signs in: any TLS version, any address family, and SCRAM with
channel binding, which slixmpp 1.8 has not got (RFC 5802, RFC 5929 4)."""

import base64
import hashlib
import hmac
import re
import secrets
import socket
import ssl

SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
TLS = "urn:ietf:params:xml:ns:xmpp-tls"
SECONDS = 10
TLS_1_2 = ssl.TLSVersion.TLSv1_2
TLS_1_3 = ssl.TLSVersion.TLSv1_3


class Refused(Exception):
    """Its argument is the condition."""


def text(data):
    return base64.b64encode(data).decode()


def xor(one, other):
    return bytes(a ^ b for a, b in zip(one, other))


class SaslClient:
    """`version` is the only one it will speak; None: no TLS."""

    def __init__(self, server, address="127.0.0.1", direct=False, version=TLS_1_3):
        self.server = server
        self.pending = b""
        port = server.tls_port if direct else server.port
        self.sock = socket.create_connection((address, port), SECONDS)
        if direct:
            self.start_tls(version)
        self.features = self.open()
        if version and not direct:
            self.say(f"<starttls xmlns='{TLS}'/>")
            self.read_until(r"<proceed[^>]*/>")
            self.start_tls(version)
            self.features = self.open()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    # ---- the stream ----

    def start_tls(self, version):
        context = ssl.create_default_context(cafile=self.server.certificate)
        context.minimum_version = context.maximum_version = version
        context.set_alpn_protocols(["xmpp-client"])
        self.sock = context.wrap_socket(self.sock, server_hostname=self.server.domain)

    def say(self, words):
        self.sock.sendall(words.encode())

    def read_until(self, pattern):
        """What came up to the end of the pattern's first match."""
        while not (match := re.search(pattern.encode(), self.pending, re.DOTALL)):
            got = self.sock.recv(65536)
            if not got:
                raise ConnectionError(f"closed after {self.pending!r}")
            self.pending += got
        self.pending = self.pending[match.end() :]
        return match[0].decode()

    def open(self):
        self.say(
            f"<stream:stream to='{self.server.domain}' version='1.0' xmlns='jabber:client' "
            "xmlns:stream='http://etherx.jabber.org/streams'>"
        )
        return self.read_until("<stream:features>.*</stream:features>")

    def mechanisms(self):
        """Those of RFC 6120; XEP-0388 has a list of its own."""
        offered = re.findall("<mechanisms .*?</mechanisms>", self.features)
        return re.findall("<mechanism>(.*?)</mechanism>", "".join(offered))

    def bindings(self):
        return set(re.findall("<channel-binding type='(.*?)'", self.features))

    def bind(self):
        """The address that the server gives us."""
        self.features = self.open()
        self.say("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
        return re.search("<jid>(.*?)</jid>", self.read_until("<iq .*?</iq>"))[1]

    # ---- signing in ----

    def answer(self):
        """Name and data of the next element of an exchange."""
        found = self.read_until("<(challenge|success|failure)[^>]*?(/>|>.*?</\\1>)")
        name, data = re.match("<(\\w+)[^>]*?>(.*?)(?:</\\w+>)?$", found, re.DOTALL).groups()
        if name == "failure":
            raise Refused(re.search("<([a-z-]+)", data)[1])
        return name, base64.b64decode(data)

    def begin(self, mechanism, initial):
        self.say(f"<auth xmlns='{SASL}' mechanism='{mechanism}'>{text(initial) or '='}</auth>")
        return self.answer()

    def simple(self, mechanism, initial):
        """An exchange of one message."""
        name, _ = self.begin(mechanism, initial)
        assert name == "success", name
        return self.bind()

    def end_point(self):
        """tls-server-end-point: the certificate's hash; ours are signed with SHA-256."""
        return hashlib.sha256(self.sock.getpeercert(binary_form=True)).digest()

    def scram(self, mechanism, name, password="secret", flag="n", binding=b""):
        """`flag` is what is claimed about channel binding; checks the server's proof as well."""
        digest = "sha256" if "256" in mechanism else "sha1"
        gs2, first = f"{flag},,", f"n={name},r={secrets.token_hex(12)}"
        _, challenge = self.begin(mechanism, (gs2 + first).encode())
        fields = dict(field.split("=", 1) for field in challenge.decode().split(","))
        salted = hashlib.pbkdf2_hmac(
            digest, password.encode(), base64.b64decode(fields["s"]), int(fields["i"])
        )
        final = f"c={text(gs2.encode() + binding)},r={fields['r']}"
        signed = f"{first},{challenge.decode()},{final}".encode()
        key = hmac.digest(salted, b"Client Key", digest)
        proof = xor(key, hmac.digest(hashlib.new(digest, key).digest(), signed, digest))
        response = text(f"{final},p={text(proof)}".encode())
        self.say(f"<response xmlns='{SASL}'>{response}</response>")
        done, data = self.answer()
        server_key = hmac.digest(salted, b"Server Key", digest)
        expected = "v=" + text(hmac.digest(server_key, signed, digest))
        assert (done, data.decode()) == ("success", expected), "the server proved nothing"
        return self.bind()
