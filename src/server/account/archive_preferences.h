/* archive_preferences.h - whose messages a user wants archived.
 * Owns: its text and tree. Threads: the account's home worker. Time: none.
 * Errors: E_FORMAT, E_JID for what is no preferences. Spec: XEP-0441 2.
 * Tests: tests/unit/server/test_archive_preferences.c */
#pragma once

#include "base/buffer.h"
#include "xmpp/element.h"
#include "xmpp/jid.h"

struct archive_preferences {
    struct arena arena;
    struct element *root; /* <prefs/>, its addresses prepared; NULL = never set */
};

/* Addresses in each of the two lists. */
#define ARCHIVE_PREFERENCES_MAX 1000

void archive_preferences_init(struct archive_preferences *preferences);
void archive_preferences_fini(struct archive_preferences *preferences);

/* Takes them over from a request. Then the old ones are gone; with an error they stay. */
MUST_CHECK int archive_preferences_set(struct archive_preferences *preferences,
                                       const struct element *prefs);

/* From the text that archive_preferences_write() made; what cannot be read was never set. */
void archive_preferences_read(struct archive_preferences *preferences, struct str text);
void archive_preferences_write(const struct archive_preferences *preferences, struct buffer *out);

/* Under `parent`, complete: XEP-0441 2.1. */
void archive_preferences_show(const struct archive_preferences *preferences,
                              struct arena *arena,
                              struct element *parent);

/* Are messages to or from `peer` archived? `in_roster`: the user has listed them. */
bool archive_preferences_want(const struct archive_preferences *preferences,
                              struct jid peer,
                              bool in_roster);
