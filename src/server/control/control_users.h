/* control_users.h - the verbs about accounts. Private to control/.
 * Owns: nothing. Threads: worker 0's. Errors: as answers. Spec: RFC 8265 3.3, 4.2.
 * Tests: tests/interop/test_control.py */
#pragma once

#include "server/control/control_request.h"

void control_user_add(struct control_request *request);
void control_user_password(struct control_request *request);
void control_user_remove(struct control_request *request);
void control_user_disable(struct control_request *request);
void control_user_enable(struct control_request *request);
void control_user_list(struct control_request *request);
