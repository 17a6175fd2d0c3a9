/* password.c - see password.h. */
#include "server/account/password.h"

#include "base/error.h"
#include "xmpp/jid.h"

/* Of UTF-8 that has been checked: every byte that does not continue one begins one. */
static size_t
count_characters(struct str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return count;
}

int
password_prepare(struct arena *arena,
                 const struct config *config,
                 struct str typed,
                 struct str *ret_password,
                 struct str *ret_fault)
{
    *ret_fault = STR("This password cannot be used.");
    if (jid_prepare_opaque(arena, typed, ret_password) < 0)
        return E_FORMAT;
    if (count_characters(*ret_password) >= config->password_min)
        return 0;
    *ret_fault = arena_printf(arena, "This password is too short: %u characters are the least.",
                              config->password_min);
    return E_FORMAT;
}
