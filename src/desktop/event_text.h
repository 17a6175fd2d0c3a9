/* event_text.h - one sentence for a run of events: "Anna and 3 others joined".
 * Owns: nothing; the result is the caller's. Threads: any. Errors: none. Spec: none.
 * Tests: tests/desktop/test_timeline.c */
#pragma once

#include "client/message.h"

/* May `message` share a line with others of its kind? Comings and goings may. */
gboolean event_text_collapses(JdMessage *message);

/* `messages` are JdMessage, at least one. One alone is told in its own words. */
char *event_text(GPtrArray *messages);
