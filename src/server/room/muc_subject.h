/* muc_subject.h - the subject, for those who enter.
 * Owns: nothing. Threads: the room's. Time: none. Errors: none. Spec: XEP-0045 7.2.15.
 * Tests: tests/interop/test_muc.py */
#pragma once

#include "server/room/room.h"

/* Always sent, empty if there is none: it says that all history has come. */
void muc_subject_send(struct occupant_session *session);
