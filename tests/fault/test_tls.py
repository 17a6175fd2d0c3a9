#!/usr/bin/python3
"""What a TLS scanner would say: versions, ciphers, renegotiation, compression, resumption."""

import re
import ssl
import subprocess
import unittest
import warnings

from fault_server import FaultServer
from raw_client import RawClient, trusting_context

VERSIONS = ssl.TLSVersion
GOOD = re.compile(r"^ECDHE-\w+-(AES(128|256)-GCM-SHA\d+|CHACHA20-POLY1305)$")
NO_PROTOCOL = "TLSV1_ALERT_PROTOCOL_VERSION"


def every_cipher():
    """All that this machine's OpenSSL can do below TLS 1.3."""
    done = subprocess.run(
        ["openssl", "ciphers", "-s", "-tls1_2", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip().split(":")


def context_for(version, ciphers="ALL:COMPLEMENTOFALL:@SECLEVEL=0"):
    """Offers one version and these ciphers."""
    context = trusting_context()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old versions are what this is about
        context.set_ciphers(ciphers)
        context.minimum_version = context.maximum_version = version
    return context


class TlsTest(unittest.TestCase):
    """On both ports."""

    @classmethod
    def setUpClass(cls):
        cls.server = FaultServer({"limits": "off"}).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def secure(self, context, direct):
        """The secured socket of a fresh connection; ssl.SSLError when they do not agree."""
        client = RawClient(self.server, port=self.server.tls_port if direct else None)
        if not direct:
            client.open()
            client.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            client.wait_for("<proceed [^>]*>")
        try:
            return context.wrap_socket(client.sock, server_hostname="localhost")
        except BaseException:
            client.drop()
            raise

    def test_versions(self):
        for direct in (False, True):
            for version in (VERSIONS.TLSv1_2, VERSIONS.TLSv1_3):
                with self.subTest(version=version, direct=direct):
                    with self.secure(context_for(version), direct) as secured:
                        self.assertEqual(secured.version(), version.name.replace("_", "."))
                        self.assertIsNone(secured.compression())
            for version in (VERSIONS.TLSv1, VERSIONS.TLSv1_1):
                with self.subTest(version=version, direct=direct):
                    with self.assertRaises(ssl.SSLError) as caught:
                        self.secure(context_for(version), direct)
                    # The refusal has to be the server's, not that of our own library.
                    self.assertEqual(caught.exception.reason, NO_PROTOCOL)

    def test_ciphers(self):
        accepted = []
        for cipher in every_cipher():
            try:
                context = context_for(VERSIONS.TLSv1_2, cipher + ":@SECLEVEL=0")
                with self.secure(context, direct=True) as secured:
                    accepted.append(secured.cipher()[0])
            except ssl.SSLError as refusal:
                self.assertIn("HANDSHAKE_FAILURE", refusal.reason, cipher)
        self.assertTrue(accepted)
        self.assertEqual([name for name in accepted if not GOOD.match(name)], [])

    def test_the_server_chooses(self):
        """Not the weakest that the client would take."""
        weakest_first = "AES128-SHA:ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-GCM-SHA384"
        context = context_for(VERSIONS.TLSv1_2, weakest_first)
        with self.secure(context, direct=True) as secured:
            self.assertRegex(secured.cipher()[0], GOOD)

    def s_client(self, *arguments, stdin=""):
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{self.server.tls_port}", *arguments],
            input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=20, check=False,
        )  # fmt: skip
        return done.stdout

    def test_renegotiation(self):
        """A line "R" makes s_client ask for another handshake; it may get none."""
        text = self.s_client("-tls1_2", stdin="R\n")
        self.assertIn("RENEGOTIATING", text)
        self.assertRegex(text, "no renegotiation")

    def test_no_resumption(self):
        """No tickets: forward secrecy for each connection."""
        text = self.s_client("-tls1_2", "-reconnect")
        self.assertIn("New, TLSv1.2", text)
        self.assertNotIn("Reused, TLSv1.2", text)
        self.assertNotIn("TLS session ticket:", text)

    def test_other_protocols(self):
        """ALPN that names only others is refused (RFC 7301 3.2); ours is chosen; none is fine."""
        for protocols, chosen in ((["http/1.1"], None), (["h2", "xmpp-client"], "xmpp-client")):
            context = trusting_context()
            context.set_alpn_protocols(protocols)
            with self.subTest(protocols=protocols):
                if chosen is None:
                    with self.assertRaises(ssl.SSLError):
                        self.secure(context, direct=True)
                    continue
                with self.secure(context, direct=True) as secured:
                    self.assertEqual(secured.selected_alpn_protocol(), chosen)


if __name__ == "__main__":
    unittest.main(verbosity=2)
