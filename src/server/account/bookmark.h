/* bookmark.h - one bookmarked room, between the two ways of writing it.
 * Owns: nothing; views what it was read from. Threads: any. Time: none. Errors: false for what is
 * no bookmark. Spec: XEP-0048 3.1, XEP-0402 3. Tests: tests/unit/server/test_bookmark.c */
#pragma once

#include "base/buffer.h"
#include "xmpp/element.h"

#define NS_STORAGE_BOOKMARKS STR("storage:bookmarks") /* XEP-0048 */

struct bookmark {
    struct str jid; /* of the room; prepared */
    struct str name, nick, password;
    bool has_nick, has_password;
    bool autojoin;
    const struct element *extensions; /* XEP-0402: what other clients keep there; or NULL */
};

/* A <conference/> of XEP-0402; `id` is its item's. */
bool bookmark_read(struct arena *arena,
                   struct str id,
                   const struct element *conference,
                   struct bookmark *ret);

/* A <conference/> of XEP-0048. */
bool
bookmark_read_legacy(struct arena *arena, const struct element *conference, struct bookmark *ret);

/* Do they say the same, as far as XEP-0048 can say it? */
bool bookmark_equal(const struct bookmark *a, const struct bookmark *b);

void bookmark_write(struct buffer *out, const struct bookmark *bookmark);

/* Inside an element of NS_STORAGE_BOOKMARKS. */
void bookmark_write_legacy(struct buffer *out, const struct bookmark *bookmark);
