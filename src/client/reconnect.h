/* reconnect.h - when to try again after a connection was lost: 1, 2, 4 ... 60 seconds, or at once
 * when the network comes back or somebody says so.
 * Owns: its timer and the network watch. Threads: the main context it is started in. Errors: none.
 * Time: GLib timeouts. Spec: RFC 6120 3.3 (back-off with some randomness).
 * Tests: tests/unit/client/test_reconnect.c */
#pragma once

#include <gio/gio.h>

struct reconnect;

struct reconnect_callbacks {
    void (*tick)(guint seconds_left, gpointer data); /* also at the start */
    void (*fire)(gpointer data);                     /* try now; the clock has stopped */
};

/* `data` is borrowed. */
struct reconnect *reconnect_new(const struct reconnect_callbacks *callbacks, gpointer data);
void reconnect_free(struct reconnect *reconnect);

/* Waits for the next attempt; each call waits longer than the one before. */
void reconnect_start(struct reconnect *reconnect);
void reconnect_stop(struct reconnect *reconnect);

/* Fires at once if it is waiting; FALSE if it is not. */
gboolean reconnect_now(struct reconnect *reconnect);

/* It worked: begin with one second again. */
void reconnect_reset(struct reconnect *reconnect);

/* Seconds before attempt `attempt` (from 0); `jitter` in [0, 1) spreads many clients of a server
 * that has just come back. */
guint reconnect_delay(guint attempt, double jitter);

/* Milliseconds that count as a second; for tests. */
void reconnect_set_second_ms(struct reconnect *reconnect, guint milliseconds);
