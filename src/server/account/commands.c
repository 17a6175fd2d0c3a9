/* commands.c - every command of the account floor, as clients list them. */
#include "server/account/commands.h"

#define ACCOUNT_COMMANDS(X)                                                                        \
    X(invite)                                                                                      \
    X(create_account)                                                                              \
    X(add_user)                                                                                    \
    X(delete_user)                                                                                 \
    X(disable_user)                                                                                \
    X(reenable_user)                                                                               \
    X(change_user_password)                                                                        \
    X(end_user_session)                                                                            \
    X(registered_users_number)                                                                     \
    X(registered_users_list)                                                                       \
    X(online_users_number)                                                                         \
    X(online_users_list)                                                                           \
    X(announce)

#define DECLARE(name) extern const struct command command_##name;
ACCOUNT_COMMANDS(DECLARE)
#undef DECLARE

#define ENTRY(name) &command_##name,
const struct command *const account_commands[] = { ACCOUNT_COMMANDS(ENTRY) };
#undef ENTRY

const size_t account_command_count = ARRAY_LEN(account_commands);
