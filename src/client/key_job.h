/* key_job.h - SCRAM's slow key derivation on a thread, so that the main context goes on.
 * Owns: copies of password and salt, wiped when done. Threads: called from and answered in the
 * caller's main context; the work is a GTask thread. Errors: none. Spec: RFC 5802 2.2 Hi().
 * Tests: tests/unit/client/test_connection.c */
#pragma once

#include "xmpp/client_stream.h"

#include <gio/gio.h>

/* `key` is valid during the call; NULL when it was cancelled. */
typedef void (*key_job_cb)(GObject *owner, const uint8_t *key);

/* Keeps a reference to `owner` until the answer. */
void key_job_start(GObject *owner,
                   const struct client_stream_key_question *question,
                   GCancellable *cancellable,
                   key_job_cb done);
