/* control_status.h - the verbs about the running server. Private to control/.
 * Owns: nothing. Threads: worker 0's; what they ask travels through all workers. Errors: as
 * answers. Spec: none. Tests: tests/interop/test_control.py */
#pragma once

#include "server/control/control_request.h"

void control_status(struct control_request *request);
void control_sessions(struct control_request *request);
void control_log_level(struct control_request *request);
