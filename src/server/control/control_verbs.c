/* control_verbs.c - every verb of the control socket. */
#include "server/control/control_invite.h"
#include "server/control/control_status.h"
#include "server/control/control_users.h"

const struct control_verb control_verbs[] = {
    { .name = "user-add", .arguments = 2, .run = control_user_add },
    { .name = "user-password", .arguments = 2, .run = control_user_password },
    { .name = "user-remove", .arguments = 1, .run = control_user_remove },
    { .name = "user-list", .arguments = 0, .run = control_user_list },
    { .name = "user-disable", .arguments = 1, .run = control_user_disable },
    { .name = "user-enable", .arguments = 1, .run = control_user_enable },
    { .name = "invite", .arguments = 0, .run = control_invite },
    { .name = "invite-name", .arguments = 1, .run = control_invite_name },
    { .name = "status", .arguments = 0, .run = control_status },
    { .name = "sessions", .arguments = 0, .run = control_sessions },
    { .name = "log-level", .arguments = 1, .run = control_log_level },
};
const size_t control_verb_count = ARRAY_LEN(control_verbs);
