/* roster_line.h - contacts whose item is on its way to the disk, and the stanzas that wait for it.
 * Owns: the stanzas, by reference, with their settlement held. Threads: the account's home worker.
 * Time: none. Errors: as stanza errors to whoever sent too many. Spec: RFC 6120 10.1 (order).
 * Tests: tests/fault/test_roster_storage.py
 *
 * A change of an item is decided by what the item is; so the next about the same contact waits
 * until it is known whether the change before came to be. Those about others do not. */
#pragma once

#include "base/map.h"
#include "xmpp/stanza.h"

struct account;

struct roster_line {
    struct map contacts; /* struct line_contact, by bare JID */
    size_t waiting;      /* stanzas */
};

void roster_line_init(struct roster_line *line);
void roster_line_fini(struct roster_line *line);

/* Does the stanza about this contact have to wait? Then `again` gets it in its turn. */
bool roster_line_takes(struct account *account,
                       struct jid contact,
                       struct stanza *stanza,
                       void (*again)(struct account *account, struct stanza *stanza));

/* Around one change: its item is on its way; it has arrived or failed. */
void roster_line_begin(struct account *account, struct str contact);
void roster_line_end(struct account *account, struct str contact);
