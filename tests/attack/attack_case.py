"""What the attacks of this folder share. The server, the bystanders and the bounds on memory and work
are those of tests/fault."""

import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "fault"), str(TESTS / "interop")]

from hostile_case import LIMITS, HostileCase  # noqa: E402
from raw_client import RawClient  # noqa: E402

PING = "<ping xmlns='urn:xmpp:ping'/>"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


class AttackCase(HostileCase):
    """Wide rates: the quotas have to hold, and the tests are quick."""

    limits = {**LIMITS, "rate_stanzas_per_second": 2000, "rate_bytes_per_second": "8M"}

    def sign_in(self, name, resource="raw", source="127.0.0.8"):
        """A session that is dropped when the test is over."""
        client = RawClient(self.server, source).sign_in(name, resource=resource)
        self.addCleanup(client.drop)
        return client

    def assert_alive(self, client):
        """Everything sent before has been dealt with, and the session goes on."""
        self.assertEqual(client.iq("get", PING)[0], "result")

    def assert_stream_error(self, client, *conditions, seconds=10):
        answer = client.read_to_end(seconds).decode()
        self.assertTrue(client.is_closed, answer)
        self.assertTrue(any(f"<{name} " in answer for name in conditions), answer[-500:])
        self.assertTrue(answer.endswith("</stream:stream>"), answer[-500:])

    def assert_error(self, client, id_, *conditions):
        """The answer to that stanza is an error with one of the conditions."""
        answer = client.wait_for(f"<(iq|message|presence) [^>]*id='{id_}'.*?</\\1>").group(0).decode()
        self.assertIn("type='error'", answer)
        found = re.search(f"<([a-z-]+) xmlns='{STANZAS}'", answer)
        self.assertIsNotNone(found, answer)
        self.assertIn(found.group(1), conditions, answer)

    def assert_quiet(self, client, others, text):
        """Nothing with that text has come, though what was sent later has."""
        others.send(
            f"<message to='{client.full}' type='headline' id='end'><body>marker</body></message>"
        )
        marker = client.wait_for("(.*?)<body>marker</body>").group(1)
        self.assertNotIn(text.encode() if isinstance(text, str) else text, marker)
