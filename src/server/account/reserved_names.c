/* reserved_names.c - see reserved_names.h */
#include "server/account/reserved_names.h"

#include "xmpp/jid.h"
#include "xmpp/nickname.h"

static const char *const names[] = {
    "abuse",      "admin", "administrator", "everyone", "guest",   "jackdaw", "lobby",
    "postmaster", "root",  "security",      "server",   "support", "system",  "webmaster",
};

static bool
is_listed(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_is(name, names[i]))
            return true;
    return false;
}

bool
reserved_names_have(struct str name)
{
    bool listed = is_listed(name);
    struct arena scratch;
    struct str key;

    arena_init(&scratch, JID_TEXT_MAX);
    for (int look = LOOK_ALL; !listed && look <= LOOK_FOREIGN; look++)
        listed = nickname_look_key(&scratch, name, look, &key) == 0 && is_listed(key);
    arena_fini(&scratch);
    return listed;
}
