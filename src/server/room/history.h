/* history.h - the newest messages of a room, ready to be sent again, and which of them a joiner
 * gets. Owns: its items and their bytes. Threads: the room's. Time: wall clock of the messages.
 * Errors: none. Spec: XEP-0045 7.2.13-7.2.14, XEP-0203. Tests: tests/unit/server/test_history.c */
#pragma once

#include "base/list.h"
#include "xmpp/stanza.h"

/* However many messages, not more bytes than this for one room. */
#define HISTORY_BYTES_MAX ((size_t)1024 * 1024)

struct history_item {
    struct list link; /* history->items, oldest first */
    int64_t key;      /* its archive key */
    int64_t stored_us;
    uint64_t author;         /* map_hash() of the sender's real bare JID */
    struct stanza_wire wire; /* with its <delay/> */
};

/* What is to be kept. */
struct history_message {
    int64_t key;
    int64_t stored_us;
    struct str author; /* real bare JID */
    struct str xml;    /* as it was reflected: from "<message" to "</message>" */
};

struct history {
    struct list items;
    size_t count, bytes;
    size_t max; /* messages kept */
};

/* What a joiner asked for. Less than zero: did not say. */
struct history_limits {
    int64_t max_chars;
    int64_t max_stanzas;
    int64_t since_us; /* wall; "seconds" has been turned into it */
};

void history_init(struct history *history, size_t max);
void history_clear(struct history *history);
void history_set_max(struct history *history, size_t max);

/* Keeps a message; `room` is the room's bare JID. What is no message is not kept. */
void history_add(struct history *history, const struct history_message *message, struct str room);

/* Takes one out (XEP-0424, XEP-0425); `author` empty: whoever wrote it. False: it is not there. */
bool history_remove(struct history *history, int64_t key, struct str author);
bool history_has(const struct history *history, int64_t key);

/* The limits of a <history/> element (NULL: none); what cannot be read is as good as not said. */
struct history_limits history_limits_read(const struct element *element, int64_t now_us);

/* The first item of those to send, or `&history->items` when none are: the most whole messages,
 * newest last, that meet every limit. */
struct list *history_select(struct history *history, struct history_limits limits);
