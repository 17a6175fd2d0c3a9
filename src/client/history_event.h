/* history_event.h - an event that owns its texts. For history*.c and those who make events.
 * Owns: its texts. Threads: any. Errors: none. Tests: tests/unit/client/test_history.c */
#pragma once

#include "client/history.h"

/* Every text of an event, for what has to be done to all of them. */
#define HISTORY_EVENT_TEXTS(X)                                                                     \
    X(conversation)                                                                                \
    X(archive)                                                                                     \
    X(archive_id)                                                                                  \
    X(origin_id) X(id) X(sender) X(sender_jid) X(nickname) X(text) X(target) X(reply_to)

/* Copies and frees the texts; the event itself belongs to the caller. */
void history_event_copy(struct history_event *into, const struct history_event *event);
void history_event_clear(struct history_event *event);
