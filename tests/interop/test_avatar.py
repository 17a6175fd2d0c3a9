#!/usr/bin/python3
"""Pictures and vCards: XEP-0084, XEP-0153, XEP-0054, XEP-0398, XEP-0292, XEP-0172."""

import base64
import hashlib
import unittest

from client import child, condition
from pep import found, items_query, publish, pubsub
from test_pep import PepTest

DATA = "urn:xmpp:avatar:data"
METADATA = "urn:xmpp:avatar:metadata"
VCARD = "vcard-temp"
UPDATE = "{vcard-temp:x:update}x"
PHOTO = "{vcard-temp:x:update}photo"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
JPEG = b"\xff\xd8\xff\xe0" + b"j" * 50


def sha1(image):
    return hashlib.sha1(image).hexdigest()


def b64(image):
    return base64.b64encode(image).decode()


def hash_of(presence):
    """What a presence says: None, '' or a hash."""
    update = presence.find(UPDATE)
    photo = update.find(PHOTO) if update is not None else None
    return None if photo is None else photo.text or ""


class AvatarTest(PepTest):
    overrides = {}

    async def publish_avatar(self, client, image, type_="image/png", **options):
        id_ = sha1(image)
        await self.ok(client, publish(DATA, f"<data xmlns='{DATA}'>{b64(image)}</data>", id_,
                                      **options))
        info = f"<info bytes='{len(image)}' id='{id_}' type='{type_}'/>"
        await self.ok(client, publish(METADATA, f"<metadata xmlns='{METADATA}'>{info}</metadata>",
                                      id_, **options))

    async def set_vcard(self, client, content):
        await self.ok(client, f"<vCard xmlns='{VCARD}'>{content}</vCard>")

    async def vcard(self, client, to=None):
        result = await client.iq_get(f"<vCard xmlns='{VCARD}'/>", to=to)
        if result.get("type") == "error":
            return condition(result)
        return child(result, "vCard")

    def photo(self, vcard):
        """The type and the picture, or None."""
        photo = vcard.find(f"{{{VCARD}}}PHOTO")
        if photo is None:
            return None
        return (photo.findtext(f"{{{VCARD}}}TYPE"),
                base64.b64decode(photo.findtext(f"{{{VCARD}}}BINVAL")))

    async def metadata(self, client, to=None):
        """The hash and the type that are published, or None."""
        ((_, metadata),) = await self.items(client, METADATA, to=to)
        return (metadata[0].get("id"), metadata[0].get("type")) if len(metadata) else None

    async def test_vcard(self):
        jid = self.new_user()
        one = await self.client(jid)
        self.assertEqual(len(await self.vcard(one)), 0)
        await self.set_vcard(one, "<FN>Anna &amp; Co</FN><N><FAMILY>A</FAMILY></N>")
        other = await self.client(self.new_user())
        vcard = await self.vcard(other, to=one.bare)
        self.assertEqual(vcard.findtext(f"{{{VCARD}}}FN"), "Anna & Co")
        # Nobody and nothing look the same.
        for to in (other.bare, "nobody@localhost"):
            self.assertEqual(await self.vcard(one, to=to), "service-unavailable")
        result = await other.iq_set(f"<vCard xmlns='{VCARD}'><FN>X</FN></vCard>", to=one.bare)
        self.assertEqual(condition(result), "service-unavailable")
        await one.leave()
        self.server.restart()
        one = await self.client(jid)
        self.assertEqual((await self.vcard(one)).findtext(f"{{{VCARD}}}FN"), "Anna & Co")

    async def test_from_pep_to_vcard(self):
        anna, bert = await self.friends()
        stranger = await self.client(self.new_user())
        await self.set_vcard(anna, "<FN>Anna</FN>")
        await self.publish_avatar(anna, PNG, access_model="open")
        for client in (bert, stranger):
            vcard = await self.vcard(client, to=anna.bare)
            self.assertEqual(self.photo(vcard), ("image/png", PNG))
            self.assertEqual(vcard.findtext(f"{{{VCARD}}}FN"), "Anna")
        # XEP-0398 6: only for who may read the nodes.
        await self.configure(anna, DATA, access_model="presence")
        self.assertEqual(self.photo(await self.vcard(bert, to=anna.bare)), ("image/png", PNG))
        self.assertIsNone(self.photo(await self.vcard(stranger, to=anna.bare)))

    async def test_only_what_it_claims_to_be(self):
        """XEP-0398 3.1: the hash is checked."""
        one = await self.client(self.new_user())
        id_ = sha1(PNG)
        await self.ok(one, publish(DATA, f"<data xmlns='{DATA}'>{b64(JPEG)}</data>", id_))
        info = f"<info bytes='1' id='{id_}' type='image/png'/>"
        await self.ok(one, publish(METADATA, f"<metadata xmlns='{METADATA}'>{info}</metadata>", id_))
        self.assertIsNone(self.photo(await self.vcard(one)))

    async def test_from_vcard_to_pep(self):
        anna, bert = await self.friends()
        await bert.announce(METADATA)
        await bert.settled(anna)
        lines = b64(JPEG)[:20] + "\n  " + b64(JPEG)[20:]
        await self.set_vcard(
            anna, f"<FN>Anna</FN><PHOTO><TYPE>image/png</TYPE><BINVAL>{lines}</BINVAL></PHOTO>"
        )
        items = await bert.take_event(METADATA, sender=anna.bare)
        self.assertEqual(items[0].get("id"), sha1(JPEG))
        self.assertEqual(await self.metadata(bert, anna.bare), (sha1(JPEG), "image/jpeg"))
        ((id_, data),) = await self.items(bert, DATA, to=anna.bare)
        self.assertEqual((id_, base64.b64decode(data.text)), (sha1(JPEG), JPEG))
        # XEP-0153 5: what it is, not what it is said to be.
        self.assertEqual(self.photo(await self.vcard(bert, to=anna.bare)), ("image/jpeg", JPEG))
        # The same again is no news; another vCard without picture takes it back.
        await self.set_vcard(anna, f"<PHOTO><BINVAL>{b64(JPEG)}</BINVAL></PHOTO>")
        await bert.flush_from(anna)
        self.assertEqual(bert.events(), [])
        await self.set_vcard(anna, "<FN>Anna</FN>")
        items = await bert.take_event(METADATA)
        self.assertEqual(len(items[0][0]), 0)
        self.assertIsNone(self.photo(await self.vcard(bert, to=anna.bare)))

    async def test_other_photos(self):
        one = await self.client(self.new_user())
        for photo in ("<PHOTO><EXTVAL>https://example.org/a.png</EXTVAL></PHOTO>",
                      "<PHOTO><BINVAL>not base64!</BINVAL></PHOTO>"):
            await self.set_vcard(one, photo)
            stored = (await self.vcard(one)).find(f"{{{VCARD}}}PHOTO")
            self.assertEqual(len(stored), 1)
        await self.set_vcard(one, "<PHOTO><BINVAL/></PHOTO>")
        await self.publish_avatar(one, PNG)
        self.assertEqual(self.photo(await self.vcard(one)), ("image/png", PNG))

    async def test_presence(self):
        """XEP-0398 4"""
        anna, bert = await self.friends()
        jid = anna.bare
        await self.publish_avatar(anna, PNG)
        # Those who look at presence are told by presence.
        presence = await bert.take("presence", from_=anna.full)
        self.assertEqual(hash_of(presence), sha1(PNG))
        await anna.leave()
        self.server.restart()
        anna = await self.client(jid + "/home", presence=False)
        update = "<x xmlns='vcard-temp:x:update'>{}</x>"
        for sent, expected in (
            ("", sha1(PNG)),
            (update.format(""), sha1(PNG)),
            (update.format("<photo>0123456789012345678901234567890123456789</photo>"), sha1(PNG)),
            (update.format("<photo/>"), ""),
        ):
            anna.send_raw(f"<presence>{sent}</presence>")
            presence = await anna.take("presence", from_=anna.full)
            self.assertEqual(hash_of(presence), expected, sent)
            self.assertEqual(len(presence.findall(UPDATE)), 1)
        anna.send_raw("<presence to='lobby@rooms.localhost/anna'>"
                      "<x xmlns='http://jabber.org/protocol/muc'/></presence>")
        presence = await anna.take("presence", from_="lobby@rooms.localhost/anna")
        self.assertEqual(hash_of(presence), sha1(PNG))
        anna.send_raw("<presence type='unavailable' to='lobby@rooms.localhost/anna'/>")
        presence = await anna.take("presence", type="unavailable")
        self.assertIsNone(hash_of(presence))

    async def test_presence_without_picture(self):
        one = await self.client(self.new_user(), presence=False)
        one.send_raw("<presence/>")
        self.assertIsNone(hash_of(await one.take("presence", from_=one.full)))
        await self.publish_avatar(one, PNG)
        self.assertEqual(hash_of(await one.take("presence", from_=one.full)), sha1(PNG))
        await self.ok(one, publish(METADATA, f"<metadata xmlns='{METADATA}'/>", "off"))
        self.assertEqual(hash_of(await one.take("presence", from_=one.full)), "")
        await self.publish_avatar(one, JPEG, "image/jpeg")
        self.assertEqual(hash_of(await one.take("presence", from_=one.full)), sha1(JPEG))
        await self.ok(one, pubsub(f"<retract node='{METADATA}'><item id='{sha1(JPEG)}'/></retract>"))
        self.assertEqual(hash_of(await one.take("presence", from_=one.full)), "")

    async def test_picture_at_a_url(self):
        """XEP-0398 3.1: the one that does not point to a URL."""
        one = await self.client(self.new_user())
        await self.ok(one, publish(DATA, f"<data xmlns='{DATA}'>{b64(PNG)}</data>", sha1(PNG)))
        infos = (
            f"<info bytes='1' id='{sha1(JPEG)}' type='image/jpeg' url='https://example.org/a'/>"
            f"<info bytes='1' id='{sha1(PNG)}' type='image/png'/>"
        )
        await self.ok(one, publish(METADATA, f"<metadata xmlns='{METADATA}'>{infos}</metadata>"))
        self.assertEqual(self.photo(await self.vcard(one)), ("image/png", PNG))
        infos = f"<info bytes='1' id='x' type='image/png'/>"
        await self.ok(one, publish(METADATA, f"<metadata xmlns='{METADATA}'>{infos}</metadata>"))
        self.assertIsNone(self.photo(await self.vcard(one)))

    async def test_nick_and_vcard4(self):
        anna, bert = await self.friends()
        nick, vcard4 = "http://jabber.org/protocol/nick", "urn:xmpp:vcard4"
        await bert.announce(nick)
        await bert.settled(anna)
        await self.ok(anna, publish(nick, f"<nick xmlns='{nick}'>Anni</nick>"))
        items = await bert.take_event(nick, sender=anna.bare)
        self.assertEqual(items[0][0].text, "Anni")
        vcard = "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Anna</text></fn></vcard>"
        await self.ok(anna, publish(vcard4, vcard))
        ((_, stored),) = await self.items(bert, vcard4, to=anna.bare)
        self.assertEqual(stored[0][0].text, "Anna")

    async def test_account_removal_takes_it(self):
        jid = self.new_user()
        name = jid.partition("@")[0]
        one = await self.client(jid)
        await self.set_vcard(one, f"<FN>A</FN><PHOTO><BINVAL>{b64(PNG)}</BINVAL></PHOTO>")
        await one.leave()
        self.server.ctl("user", "remove", name)
        self.server.add_user(name)
        two = await self.client(jid, presence=False)
        self.assertEqual(len(await self.vcard(two)), 0)
        two.send_raw("<presence/>")
        self.assertIsNone(hash_of(await two.take("presence", from_=two.full)))


if __name__ == "__main__":
    unittest.main()
