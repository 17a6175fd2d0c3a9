/* control_invite.h - the verb that invites. Private to control/.
 * Owns: nothing. Threads: worker 0's. Errors: as answers. Spec: XEP-0401 4.4.
 * Tests: tests/interop/test_invitations.py */
#pragma once

#include "server/control/control_request.h"

void control_invite(struct control_request *request);
void control_invite_name(struct control_request *request);
