/* avatar.h - a user's picture between the two ways of publishing it.
 * Owns: nothing; texts are views or in the arena. Threads: any. Time: none.
 * Errors: false for what is no picture. Spec: XEP-0084, XEP-0153, XEP-0398.
 * Tests: tests/unit/server/test_avatar.c */
#pragma once

#include "base/buffer.h"
#include "xmpp/stanza.h"

#define NS_VCARD           STR("vcard-temp")               /* XEP-0054 */
#define NS_VCARD_UPDATE    STR("vcard-temp:x:update")      /* XEP-0153 */
#define NS_AVATAR_DATA     STR("urn:xmpp:avatar:data")     /* XEP-0084 */
#define NS_AVATAR_METADATA STR("urn:xmpp:avatar:metadata") /* XEP-0084 */

#define AVATAR_HASH_BYTES 41 /* SHA-1 in hexadecimal digits, with the NUL */
#define AVATAR_TYPE_BYTES 64

/* What presence and vCard say of a picture. An empty hash: there is none. */
struct avatar {
    char hash[AVATAR_HASH_BYTES];
    char type[AVATAR_TYPE_BYTES];
};

/* A picture itself. */
struct avatar_image {
    struct avatar avatar;
    struct str base64; /* without white space */
    size_t bytes;      /* of the picture */
};

/* XEP-0084 4.2: the one <info/> whose picture is in the data node, not at a URL. All zero when the
 * metadata name none. */
struct avatar avatar_read_metadata(struct str xml);

/* XEP-0084 4.1: the picture in a <data/> element. `image` has its type from nowhere else. */
bool avatar_read_data(struct arena *arena, struct str xml, struct avatar_image *ret);

/* XEP-0153 4.5: the picture in a vCard's <PHOTO/>; the type is the picture's own when it is known,
 * then the one that is claimed. */
bool avatar_read_photo(struct arena *arena, const struct element *photo, struct avatar_image *ret);

void avatar_write_data(struct buffer *out, const struct avatar_image *image);

/* `image` NULL: there is none any more (XEP-0084 3.5). */
void avatar_write_metadata(struct buffer *out, const struct avatar_image *image);
void avatar_add_photo(struct arena *arena, struct element *vcard, const struct avatar_image *image);

/* XEP-0398 4: puts the hash into an available presence that is not sealed, unless it says that it
 * shows no picture: then false. */
bool avatar_stamp(struct stanza *presence, const struct avatar *avatar);

/* The same for one that was stamped before, after a change: what it said then is taken back. */
void avatar_stamp_again(struct stanza *presence, const struct avatar *avatar);
