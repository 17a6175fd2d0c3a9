/* command_sessions.h - which forms have been handed out, and to whom.
 * Owns: a table of fixed size: the oldest makes place. Threads: any (a lock; this is far from the
 * message path). Time: monotonic microseconds, passed in. Errors: see below.
 * Spec: XEP-0050 3.3, 5. Tests: tests/unit/server/test_command_sessions.c */
#pragma once

#include "base/attributes.h"
#include "base/str.h"

#include <pthread.h>

enum {
    COMMAND_SESSIONS_MAX = 256,
    COMMAND_SESSION_ID_BYTES = 27 /* with the NUL: 130 bits */
};

#define COMMAND_SESSION_US INT64_C(600000000)

struct command_sessions {
    pthread_mutex_t lock;
    struct command_session {
        char id[COMMAND_SESSION_ID_BYTES]; /* empty = free */
        uint64_t user;                     /* hash of the full JID */
        const void *command;
        int64_t since_us;
    } slots[COMMAND_SESSIONS_MAX];
};

#define COMMAND_SESSIONS_INIT                                                                      \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                          \
    }

void command_sessions_open(struct command_sessions *sessions,
                           struct str user,
                           const void *command,
                           int64_t now_us,
                           char ret_id[COMMAND_SESSION_ID_BYTES]);

/* Ends it: an id is good for one answer. E_NOT_FOUND when it is not this user's for this command,
 * E_TIMEOUT when it is too old. */
MUST_CHECK int command_sessions_close(struct command_sessions *sessions,
                                      struct str id,
                                      struct str user,
                                      const void *command,
                                      int64_t now_us);
