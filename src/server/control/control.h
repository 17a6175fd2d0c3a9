/* control.h - the socket that jackdawctl talks to: data_dir/control.sock, for the server's own
 * user. Owns: the socket and its connections. Threads: worker 0's, before it starts, and after it
 * ended. Time: none. Errors: E_IO after logging. Spec: none. Tests: tests/interop/test_control.py
 *
 * A line per request, its fields separated by tabs; no field holds a control character, so nothing
 * is escaped. The first field is a tag that the asker chooses, the second a verb:
 *
 *     TAG user-add NAME PASSWORD          TAG status
 *     TAG user-password NAME PASSWORD     TAG sessions
 *     TAG user-remove NAME                TAG log-level LEVEL
 *     TAG user-list
 *
 * The answer to each is any number of rows and then one of two ends, each line with its tag:
 *
 *     TAG row FIELD ...
 *     TAG ok
 *     TAG error WORD SENTENCE
 *
 * WORD is the RFC 6120 8.3.3 condition that fits best. Requests may be sent without waiting for
 * answers, which may come in another order; past 8 of them the server stops reading. */
#pragma once

#include "server/core/server.h"

struct control;

/* Called between workers_new() and workers_start(). NULL after logging. */
MUST_CHECK struct control *control_open(struct server *server);

/* Ends all connections, so that nobody waits for them. Any thread, once, while the workers run. */
void control_stop(struct control *control);

/* Called after workers_free(). Accepts NULL. */
void control_free(struct control *control);
