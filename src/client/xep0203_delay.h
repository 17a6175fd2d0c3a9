/* xep0203_delay.h - when a stanza that was kept on its way was really sent.
 * Owns: nothing. Threads: any. Errors: a stamp that is malformed, in the future or from somebody
 * who has no say in it counts as none. Spec: XEP-0203 4, 8. Tests:
 * tests/unit/client/test_router.c */
#pragma once

#include "xmpp/stanza.h"

#include <glib.h>

/* Wall microseconds, or 0 when it was not delayed. `keeper` is the bare address of the room or the
 * account that may have kept it, or its server: anybody else may lie about the time. */
gint64 delay_time(const struct stanza *stanza, struct jid keeper);
