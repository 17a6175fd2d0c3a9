/* delivery.c - see delivery.h. */
#include "server/account/delivery.h"

#include <assert.h>

/* The columns of RFC 6121 8.5.4. */
enum column {
    COLUMN_NORMAL,
    COLUMN_CHAT,
    COLUMN_GROUPCHAT,
    COLUMN_HEADLINE,
    COLUMN_ERROR,
    COLUMNS
};

/* Where the RFC leaves a choice: "all non-negative resources" of 8.5.2.1.1; a returned error rather
 * than silence for groupchat (8.5.3.2.1), so that a room learns who has gone; and a "normal"
 * message to a session that has gone is treated as "chat" is, because silence would lose it. */
static const enum delivery rules[DELIVERY_CASES][COLUMNS] = {
    [DELIVERY_BARE] = {
        [COLUMN_NORMAL] = DELIVER_ALL,
        [COLUMN_CHAT] = DELIVER_ALL,
        [COLUMN_GROUPCHAT] = DELIVER_BOUNCE,
        [COLUMN_HEADLINE] = DELIVER_ALL,
        [COLUMN_ERROR] = DELIVER_IGNORE,
    },
    [DELIVERY_BARE_NONE] = {
        [COLUMN_NORMAL] = DELIVER_LATER,
        [COLUMN_CHAT] = DELIVER_LATER,
        [COLUMN_GROUPCHAT] = DELIVER_BOUNCE,
        [COLUMN_HEADLINE] = DELIVER_IGNORE,
        [COLUMN_ERROR] = DELIVER_IGNORE,
    },
    [DELIVERY_MATCH] = {
        [COLUMN_NORMAL] = DELIVER_MATCH,
        [COLUMN_CHAT] = DELIVER_MATCH,
        [COLUMN_GROUPCHAT] = DELIVER_MATCH,
        [COLUMN_HEADLINE] = DELIVER_MATCH,
        [COLUMN_ERROR] = DELIVER_MATCH,
    },
    [DELIVERY_OTHER] = {
        [COLUMN_NORMAL] = DELIVER_ALL,
        [COLUMN_CHAT] = DELIVER_ALL,
        [COLUMN_GROUPCHAT] = DELIVER_BOUNCE,
        [COLUMN_HEADLINE] = DELIVER_IGNORE,
        [COLUMN_ERROR] = DELIVER_IGNORE,
    },
    [DELIVERY_OTHER_NONE] = {
        [COLUMN_NORMAL] = DELIVER_LATER,
        [COLUMN_CHAT] = DELIVER_LATER,
        [COLUMN_GROUPCHAT] = DELIVER_BOUNCE,
        [COLUMN_HEADLINE] = DELIVER_IGNORE,
        [COLUMN_ERROR] = DELIVER_IGNORE,
    },
};

enum delivery_case
delivery_case_of(bool full, bool matches, bool receptive)
{
    assert(full || !matches);
    if (matches)
        return DELIVERY_MATCH;
    if (full)
        return receptive ? DELIVERY_OTHER : DELIVERY_OTHER_NONE;
    return receptive ? DELIVERY_BARE : DELIVERY_BARE_NONE;
}

static enum column
column_of(enum stanza_type type)
{
    if (type == TYPE_CHAT)
        return COLUMN_CHAT;
    if (type == TYPE_GROUPCHAT)
        return COLUMN_GROUPCHAT;
    if (type == TYPE_HEADLINE)
        return COLUMN_HEADLINE;
    return type == TYPE_ERROR ? COLUMN_ERROR : COLUMN_NORMAL;
}

enum delivery
delivery_of(enum stanza_type type, enum delivery_case where)
{
    assert(where < DELIVERY_CASES);
    return rules[where][column_of(type)];
}
