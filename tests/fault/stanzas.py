"""The bytes that a raw client receives, as elements."""

import xml.etree.ElementTree as ET


class Stanzas:
    """The bytes of one connection, as elements."""

    def __init__(self, client):
        self.client = client
        self.parser = ET.XMLPullParser(events=("start", "end"))
        self.parser.feed(
            "<s xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
        )
        self.depth = 0

    def receive(self, seconds):
        """What comes next. Closed when the connection has ended."""
        self.client.receive(seconds)
        return self.take()

    def take(self):
        """The whole stanzas of what the client has received."""
        data, self.client.received = self.client.received, b""
        return self.parse(data)

    def parse(self, data):
        self.parser.feed(data)
        done = []
        for event, element in self.parser.read_events():
            self.depth += 1 if event == "start" else -1
            if event == "end" and self.depth == 1:
                done.append(element)
        return done

    def rest(self):
        """What was still under way when the connection ended."""
        self.client.read_to_end()
        return self.take()
