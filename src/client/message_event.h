/* message_event.h - what a message stanza says, as the history keeps it.
 * Owns: nothing. Threads: the account's. Errors: FALSE for what is not to be kept.
 * Spec: RFC 6121 5.2; XEP-0308, XEP-0333, XEP-0184, XEP-0424, XEP-0425, XEP-0444, XEP-0461,
 * XEP-0421. Tests: tests/unit/client/test_message_event.c */
#pragma once

#include "client/history_event.h"
#include "xmpp/stanza.h"

/* Who reads it, and where it came from. */
struct message_reader {
    const char *own_jid;         /* bare */
    const char *room;            /* bare; NULL: not a room's groupchat */
    const char *own_nickname;    /* there, or our name; may be NULL */
    const char *own_occupant_id; /* XEP-0421; NULL = the room gives none */
    const char *archive_id;      /* from the archive's result; NULL: heard live */
    gint64 time;                 /* wall microseconds; 0 = now */
};

/* Fills `*ret_event`, whose texts the caller clears with history_event_clear(). */
gboolean message_event_read(const struct message_reader *reader,
                            const struct stanza *message,
                            struct history_event *ret_event);
