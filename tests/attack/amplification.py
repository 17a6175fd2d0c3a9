#!/usr/bin/python3
"""Memory amplification: bytes of server memory for each byte that was sent, for the worst legal stanzas
that a server has to keep. By hand, with an optimized build:

    JACKDAWD=build/jackdawd JACKDAWCTL=build/jackdawctl tests/attack/amplification.py

Prints a table; its figures are in README.md. test_memory.py holds the bounds."""

import os
import sys
import time

from attack_case import LIMITS, PING
from fault_server import FaultServer
from raw_client import Closed, RawClient

MUC = "xmlns='http://jabber.org/protocol/muc'"
# Nothing here is stopped by a rate: it is about what one byte costs, not how fast they come.
GENEROUS = {
    **LIMITS, "workers": 1, "rate_stanzas_per_second": 1000000, "rate_bytes_per_second": "1G",
}  # fmt: skip
HOLDERS = 24  # sessions that each make the server keep one stanza
ROUGHLY_NOTHING = 3000  # bytes for each of them: below that it is noise


def elements(inside):
    return lambda size: f"<x xmlns='urn:a'>{inside * (size // len(inside))}</x>"


def attributes(size):
    one = "<y " + " ".join(f"{chr(97 + i % 26)}{i}=''" for i in range(60)) + "/>"
    return f"<x xmlns='urn:a'>{one * (size // len(one))}</x>"


def namespaces(size):
    names = f"xmlns:p='urn:{'p' * 1000}' xmlns:q='urn:{'q' * 1000}'"
    return f"<p:x {names}>" + "<q:y><p:y/></q:y>" * (size // 17) + "</p:x>"


# Each makes a payload of about so many bytes; the largest one that is taken counts.
PAYLOADS = {
    "one long text": elements("a"),
    "empty elements": elements("<y/>"),
    "elements and text": elements("<y/>a"),
    "attributes": attributes,
    "long namespaces": namespaces,
    "what is escaped": lambda size: f"<x xmlns='urn:a' y=\"{chr(39) * size}\"/>",
}
SIZES = [250000 * 3**i // 4**i for i in range(40)]


class Refused(Exception):
    """The stanza is not legal here."""


def ask(client, text, number=iter(range(1000000))):
    """Sends, and waits until the server is done with it."""
    id_ = f"amp{next(number)}"
    client.send(f"{text}<iq type='get' id='{id_}'>{PING}</iq>")
    try:
        answer = client.wait_for(f"<iq [^>]*id='{id_}'[^>]*>", 60)
    except Closed:
        raise Refused from None
    if b"type='error'" in answer.string[: answer.start()]:
        raise Refused
    client.received = b""


def presence(client, number, payload):
    """The presence of a session, for as long as it is there."""
    text = f"<presence>{payload}</presence>"
    ask(client, text)
    return len(text)


def occupant(client, number, payload):
    """The presence of an occupant of a room. One in each, so that nobody is told."""
    text = f"<presence to='r{number}@rooms.localhost/m'><x {MUC}/>{payload}</presence>"
    ask(client, text)
    return len(text)


def history(client, number, payload):
    """What a room remembers."""
    room = f"h{number}@rooms.localhost"
    ask(client, f"<presence to='{room}/m'><x {MUC}/></presence>")
    text = f"<message to='{room}' type='groupchat'><body>a</body>{payload}</message>"
    ask(client, text)
    return len(text)


def unread(client, number, payload):
    """Messages to a session that does not read, up to what may wait."""
    text = f"<message to='{client.full}' type='headline'>{payload}</message>"
    ask(client, text)
    client.send(text * 8)
    return len(text) * 8


def unfinished(client, number, payload):
    """A stanza that never ends."""
    ask(client, f"<message>{payload}</message>")
    text = f"<message>{payload}"
    client.send(text)
    return len(text)


KEEPERS = [presence, occupant, history, unread, unfinished]


def settle(server):
    """Its memory when that does not change any more."""
    before = -1.0
    while abs((now := server.rss_mib()) - before) > 0.05:
        before = now
        time.sleep(0.3)
    return now * 1024 * 1024


def largest(keep, make):
    """The largest that is taken; "" when none is."""
    with FaultServer(GENEROUS) as server:
        server.import_users(["probe"])
        for number, size in enumerate(SIZES):
            with RawClient(server).sign_in("probe") as client:
                try:
                    keep(client, number, make(size))
                    return make(size)
                except Refused:
                    pass
    return ""


def measure(keep, payload):
    """How many bytes each holder has sent, and what the server keeps for it. The first ones are there
    so that what the server needs once has been taken."""
    with FaultServer(GENEROUS) as server:
        names = [f"holder{i}" for i in range(HOLDERS + 4)]
        server.import_users(names)
        clients = [RawClient(server, f"127.0.7.{i + 1}").sign_in(n) for i, n in enumerate(names)]
        for number, client in enumerate(clients):
            ask(client, "")
            if number < 4:
                keep(client, number, payload)
        before = settle(server)
        for number, client in enumerate(clients[4:]):
            sent = keep(client, number + 4, payload)
        after = settle(server)
        for client in clients:
            client.drop()
        return sent, max(after - before, 0) / HOLDERS


def main():
    print("bytes sent -> KiB of memory, factor\n\n" + f"{'':18}"
          + "".join(f"{keep.__name__:>24}" for keep in KEEPERS))  # fmt: skip
    for name, make in PAYLOADS.items():
        row = f"{name:18}"
        for keep in KEEPERS:
            sent, kept = measure(keep, largest(keep, make))
            factor = f"{kept / sent:6.1f}" if kept > ROUGHLY_NOTHING else "     -"
            row += f"{sent:>9} ->{kept / 1024:>5.0f} {factor}"
        print(row, flush=True)


if __name__ == "__main__":
    if "--help" in sys.argv[1:] or not os.environ.get("JACKDAWD"):
        print(__doc__)
        sys.exit("--help" not in sys.argv[1:])
    main()
