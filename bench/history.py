#!/usr/bin/python3
"""Measures archives in a large database: makes it, asks a real server over TLS, and prints what each
question took, in milliseconds.

    bench/history.py --messages 10000000 --directory /var/tmp

needs 6 GB there and some ten minutes; the folder that it makes is removed in the end, unless it is to
be kept, to be asked again (--use FOLDER). The programs are those of build/, or what JACKDAWD and
JACKDAWCTL name."""

import argparse
import itertools
import os
import pathlib
import random
import re
import shutil
import sqlite3
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "fault"))

from fault_server import FaultServer  # noqa: E402
from raw_client import RawClient  # noqa: E402

ACCOUNTS = 1000
ROOMS = 100
CONTACTS = 30  # of each archive
LARGE = 0.1  # of all messages in the archive of one account, and as many in that of one room
IN_ROOMS = 0.3  # in all of them
SPAN_US = 3 * 365 * 24 * 3600 * 1000000
CHUNK = 50000
WORDS = 30000
BODIES = 200000
MAM = "urn:xmpp:mam:2"
MUC = "http://jabber.org/protocol/muc"


# ---- what is said ----


def make_words(rng):
    """The most frequent first."""
    syllables = [c + v for c in "bdfghklmnprstvwz" for v in ("a", "e", "i", "o", "u", "an", "er", "os")]
    words = set()
    while len(words) < WORDS:
        words.add("".join(rng.choices(syllables, k=rng.choice((1, 2, 2, 3, 3, 4)))))
    return sorted(words, key=len)


def make_bodies(rng, words):
    """By Zipf's law."""
    weights = list(itertools.accumulate(1 / (rank + 2) for rank in range(len(words))))
    lengths = rng.choices(range(1, 12), k=BODIES)
    said = iter(rng.choices(words, cum_weights=weights, k=sum(lengths)))
    return [" ".join(itertools.islice(said, length)) for length in lengths]


# ---- the database ----


class Maker:
    """Fills the tables of a server that has stopped, in one transaction."""

    def __init__(self, path, rng):
        self.rng = rng
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000;"
        )
        self.words = make_words(rng)

    def copy(self, table, column, pattern, count):
        """More rows like the only one there is; gives back the ids of the new ones."""
        columns = [row[1] for row in self.db.execute(f"PRAGMA table_info({table})")]
        values = ["?" if name == column else name for name in columns if name != "id"]
        names = [name for name in columns if name != "id"]
        sql = f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM {table} LIMIT 1"
        return [self.db.execute(sql, (pattern % i,)).lastrowid for i in range(count)]

    def copy_secrets(self, accounts):
        """All can sign in with the password of the first one."""
        columns = [row[1] for row in self.db.execute("PRAGMA table_info(verifiers)")][1:]
        first, names = self.db.execute("SELECT min(id) FROM accounts").fetchone()[0], ", ".join(columns)
        self.db.executemany(
            f"INSERT INTO verifiers (account_id, {names}) SELECT ?, {names} FROM verifiers "
            "WHERE account_id = ?",
            ((account, first) for account in accounts),
        )

    def make_owners(self):
        accounts = self.copy("accounts", "name", "user%d", ACCOUNTS)
        self.copy_secrets(accounts)
        rooms = self.copy("rooms", "jid", "room%d@rooms.localhost", ROOMS)
        self.db.executemany("INSERT INTO archives (account_id) VALUES (?)", ((i,) for i in accounts))
        self.db.executemany("INSERT INTO archives (room_id) VALUES (?)", ((i,) for i in rooms))
        archives = self.db.execute(
            "SELECT archives.id, name FROM archives JOIN accounts ON accounts.id = account_id "
            "UNION ALL SELECT archives.id, jid FROM archives JOIN rooms ON rooms.id = room_id"
        )
        return {name: archive for archive, name in archives}

    def make_contacts(self, archives):
        """All archives with their contacts, and how much is said in each."""
        self.owners = []
        weights = []
        for name, archive in archives.items():
            contacts = []
            for i in range(CONTACTS):
                jid = f"user{self.rng.randrange(ACCOUNTS)}x{i}@localhost"
                sql = "INSERT INTO archive_contacts (archive_id, jid) VALUES (?, ?) RETURNING id"
                contacts.append((self.db.execute(sql, (archive, jid)).fetchone()[0], jid, f"nick{i}"))
            self.owners.append((name, archive, contacts, "@" in name))
            share = IN_ROOMS if "@" in name else 1 - IN_ROOMS
            count = ROOMS if "@" in name else ACCOUNTS
            large = name in ("user0", "room0@rooms.localhost")
            weights.append(LARGE if large else (share - LARGE) / (count - 1))
        self.weights = list(itertools.accumulate(weights))
        self.kin = list(itertools.accumulate(1 / (i + 1) for i in range(CONTACTS)))

    def message(self, number, key, owner, contact_at, said):
        name, archive, contacts, is_room = owner
        contact, jid, nick = contacts[contact_at]
        if is_room:
            xml = (
                f"<message type='groupchat' id='{number:x}' from='{name}/{nick}'><body>{said}</body>"
                f"<origin-id xmlns='urn:xmpp:sid:0' id='{number:x}'/><occupant-id "
                f"xmlns='urn:xmpp:occupant-id:0' id='{contact:032x}'/></message>"
            )
        else:
            nick = ""
            xml = (
                f"<message type='chat' id='{number:x}' to='{name}@localhost' from='{jid}/phone'><body>"
                f"{said}</body><markable xmlns='urn:xmpp:chat-markers:0'/><origin-id "
                f"xmlns='urn:xmpp:sid:0' id='{number:x}'/></message>"
            )
        row = (key, 3, archive, contact, self.rng.getrandbits(62) + 1, 1, "phone", nick, xml)
        return row, (key, f"a{archive} c{contact}", said)

    def fill(self, count):
        rng, begin, step = self.rng, int(time.time() * 1000000) - SPAN_US, SPAN_US // count
        for first in range(0, count, CHUNK):
            size = min(CHUNK, count - first)
            chosen = zip(
                range(first, first + size),
                rng.choices(self.owners, cum_weights=self.weights, k=size),
                rng.choices(range(CONTACTS), cum_weights=self.kin, k=size),
                rng.choices(self.bodies, k=size),
                rng.choices(self.bodies, k=size),
            )
            made = [
                self.message(i, begin + i * step, owner, contact, f"{one} {other}")
                for i, owner, contact, one, other in chosen
            ]
            self.db.executemany(
                "INSERT INTO archive_messages (id, late_us, archive_id, contact_id, origin, is_shown, "
                "resource, nick, xml) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (row for row, _ in made),
            )
            self.db.executemany(
                "INSERT INTO archive_text (rowid, scope, body) VALUES (?, ?, ?)",
                (text for _, text in made),
            )
            if first // CHUNK % 20 == 0:
                print(f"  {first + size} messages", file=sys.stderr, flush=True)
        self.db.execute("UPDATE archive_indexed SET up_to = (SELECT max(id) FROM archive_messages)")

    def contacts_of(self, name):
        sql = (
            "SELECT jid FROM archive_contacts JOIN archives ON archives.id = archive_id "
            "JOIN accounts ON accounts.id = account_id WHERE name = ?"
        )
        return [jid for jid, in self.db.execute(sql, (name,))]

    def make(self, count):
        self.bodies = make_bodies(self.rng, self.words)
        indexes = self.db.execute(
            "SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'archive_messages' AND type = 'index'"
        ).fetchall()
        self.db.execute("BEGIN")
        for name, _ in indexes:
            self.db.execute(f"DROP INDEX {name}")
        self.make_contacts(self.make_owners())
        self.fill(count)
        for _, sql in indexes:
            self.db.execute(sql)
        self.db.execute("COMMIT")


# ---- asking ----


def field(var, value):
    return f"<field var='{var}'><value>{value}</value></field>"


def query(fields="", rsm="<before/>", size=50):
    return (
        f"<query xmlns='{MAM}'><x xmlns='jabber:x:data' type='submit'>{field('FORM_TYPE', MAM)}{fields}"
        f"</x><set xmlns='http://jabber.org/protocol/rsm'><max>{size}</max>{rsm}</set></query>"
    )


def search(words):
    return field("{urn:xmpp:fulltext:0}fulltext", words)


class Asker:
    def __init__(self, server, maker, rng):
        self.server, self.maker, self.rng = server, maker, rng
        names = ["user0"] + [f"user{rng.randrange(1, ACCOUNTS)}" for _ in range(15)]
        self.clients = [
            RawClient(server, source=f"127.0.1.{i + 1}", direct=True).sign_in(name, resource=f"bench{i}")
            for i, name in enumerate(names)
        ]
        self.count = self.found = 0

    def close(self):
        for client in self.clients:
            client.drop()

    def name(self, client):
        return client.full.partition("@")[0]

    def read_until(self, client, text):
        """And to the end of its stanza."""
        while text not in client.received[-4096:] or client.received[-1:] != b">":
            if not client.receive(60):
                raise RuntimeError(f"no {text} but {client.received[-1000:]!r}")

    def ask(self, client, payload, to=None):
        """What it took, and what came."""
        self.count += 1
        to = f" to='{to}'" if to else ""
        text = f"<iq type='set' id='ask{self.count}'{to}>{payload}</iq>".encode()
        begin = time.perf_counter()
        client.send(text)
        self.read_until(client, f"id='ask{self.count}'".encode())
        took = (time.perf_counter() - begin) * 1000
        got, client.received = client.received, b""
        self.found += got.count(b"<result ")
        if b"type='error'" in got:
            raise RuntimeError(f"{payload} was answered {got[-1000:]!r}")
        return took, got

    def instant(self):
        then = time.time() - self.rng.random() * SPAN_US / 1000000 * 0.98
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(then))

    def contact(self, client):
        return self.rng.choice(self.maker.contacts_of(self.name(client)))

    def word(self, first, last):
        return self.rng.choice(self.maker.words[first:last])

    # ---- each gives back what one took ----

    def newest(self, client):
        return self.ask(client, query())[0]

    def middle(self, client):
        return self.ask(client, query(field("start", self.instant()), rsm=""))[0]

    def contact_newest(self, client):
        return self.ask(client, query(field("with", self.contact(client))))[0]

    def contact_middle(self, client):
        fields = field("with", self.contact(client)) + field("end", self.instant())
        return self.ask(client, query(fields))[0]

    def after_id(self, client):
        last = None
        while not last:
            _, got = self.ask(client, query(field("start", self.instant()), rsm="", size=10))
            last = re.search(r"<last>([^<]*)</last>", got.decode())
        last, self.found = last.group(1), self.found - 10
        return self.ask(client, query(rsm=f"<after>{last}</after>"))[0]

    def frequent_word(self, client):
        return self.ask(client, query(search(self.word(0, 20))))[0]

    def rare_word(self, client):
        return self.ask(client, query(search(self.word(5000, WORDS))))[0]

    def two_words(self, client):
        return self.ask(client, query(search(f"{self.word(0, 50)} {self.word(50, 500)}")))[0]

    def word_of_contact(self, client):
        fields = search(self.word(0, 200)) + field("with", self.contact(client))
        return self.ask(client, query(fields))[0]

    def oldest_word(self, client):
        return self.ask(client, query(search(self.word(0, 20)), rsm=""))[0]

    def how_many(self, client):
        return self.ask(client, query(size=0))[0]

    def metadata(self, client):
        begin = time.perf_counter()
        client.iq("get", f"<metadata xmlns='{MAM}'/>")
        return (time.perf_counter() - begin) * 1000

    def room(self, _):
        return f"room{self.rng.randrange(ROOMS)}@rooms.localhost"

    def room_newest(self, client):
        return self.ask(client, query(), self.room(client))[0]

    def room_nick(self, client):
        room = self.room(client)
        nick = f"{room}/nick{self.rng.randrange(CONTACTS)}"
        return self.ask(client, query(field("with", nick)), room)[0]

    def room_word(self, client):
        return self.ask(client, query(search(self.word(20, 500))), self.room(client))[0]

    def join(self, room):
        client = self.clients[0]
        begin = time.perf_counter()
        client.send(
            f"<presence to='{room}/me'><x xmlns='{MUC}'><history maxstanzas='50'/></x></presence>"
        )
        self.read_until(client, b"<subject")
        took = (time.perf_counter() - begin) * 1000
        count = client.received.count(b"<body>")
        if count != 50:
            raise RuntimeError(f"{room} showed {count} messages")
        self.found += count
        client.send(f"<presence type='unavailable' to='{room}/me'/>")
        self.read_until(client, b"type='unavailable'")
        client.received = b""
        return took

    # ---- the table ----

    def show(self, text, took):
        took.sort()
        found, self.found = self.found / len(took), 0
        middle, most = statistics.median(took), took[int(len(took) * 0.95)]
        print(
            f"  {text:45}{len(took):6}{found:6.0f}{middle:10.2f}{most:10.2f}{took[-1]:10.2f}", flush=True
        )

    def repeat(self, text, ask, times):
        self.show(text, [ask(self.rng.choice(self.clients)) for _ in range(times)])

    def run(self, title, times):
        print(f"{title:47}{'asked':>6}{'found':>6}{'median':>10}{'95 %':>10}{'worst':>10}")
        rooms = [f"room{i}@rooms.localhost" for i in range(ROOMS)]
        self.show("enter a sleeping room, 50 of history", [self.join(room) for room in rooms])
        self.show("enter it again", [self.join(room) for room in rooms])
        for text, ask in (
            ("page of 50, the newest", self.newest),
            ("page of 50 from some time on", self.middle),
            ("page of 50 with one contact", self.contact_newest),
            ("page of 50 with one contact before some time", self.contact_middle),
            ("page of 50 after an id", self.after_id),
            ("both ends (metadata)", self.metadata),
            ("how many there are, up to 100000", self.how_many),
            ("page of 50 of a room", self.room_newest),
            ("page of 50 of one nickname in a room", self.room_nick),
            ("full text, a frequent word", self.frequent_word),
            ("full text, a frequent word, oldest first", self.oldest_word),
            ("full text, a rare word", self.rare_word),
            ("full text, two words", self.two_words),
            ("full text, a word and a contact", self.word_of_contact),
            ("full text in a room", self.room_word),
        ):
            self.repeat(text, ask, times)


def forget(path):
    """Out of the system's cache."""
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)


def measure(server, maker, title, options, rng):
    server.start()
    asker = Asker(server, maker, rng)
    asker.run(title, options.times)
    asker.close()
    server.stop()


def run(server, options, rng):
    path = server.data / "jackdaw.sqlite"
    begin = time.monotonic()
    if not options.use:
        server.start()
        server.add_user("first")
        server.stop()
    maker = Maker(path, rng)
    if not options.use:
        maker.make(options.messages)
    made = "" if options.use else f", made in {time.monotonic() - begin:.0f} s"
    count = maker.db.execute("SELECT count(*) FROM archive_messages").fetchone()[0]
    maker.db.execute("PRAGMA journal_mode = WAL")
    print(f"{count} messages, {os.path.getsize(path) / 1e9:.1f} GB{made}; milliseconds:\n")
    forget(path)
    measure(server, maker, "nothing of it in memory", options, rng)
    measure(server, maker, "\nafter that", options, rng)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--messages", type=int, default=10000000, metavar="N")
    parser.add_argument("--times", type=int, default=200, metavar="N", help="each question is asked")
    parser.add_argument("--directory", default=None, help="where the database is made")
    parser.add_argument("--keep", action="store_true", help="the database stays there")
    parser.add_argument("--use", type=pathlib.Path, metavar="FOLDER", help="one that was kept")
    options = parser.parse_args()
    rng = random.Random(1)
    if options.directory:
        os.environ["TMPDIR"] = options.directory
    server = FaultServer({"workers": 2})
    if options.use:
        shutil.rmtree(server.directory)
        server.directory, server.data = options.use, options.use / "data"
        server.log_path = options.use / "log"
    try:
        run(server, options, rng)
    finally:
        server.kill()
        if options.keep or options.use:
            print(f"\nkept in {server.directory}")
        else:
            shutil.rmtree(server.directory, ignore_errors=True)


if __name__ == "__main__":
    main()
