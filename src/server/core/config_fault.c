/* config_fault.c - see config_fault.h. */
#include "server/core/config_fault.h"

#include "server/core/config.h"
#include "xmpp/jid.h"

#include <arpa/inet.h>

/* "rooms." goes in front of it. */
enum {
    DOMAIN_MAX = JID_PART_MAX - 6
};

const char *
config_fault_of_path(struct str value)
{
    return value.len == 0 ? "may not be empty" : NULL;
}

const char *
config_fault_of_domain(struct str value)
{
    struct arena arena;
    struct jid jid = { 0 };
    int r;

    arena_init(&arena, 4 * JID_TEXT_MAX);
    r = jid_parse(&arena, value, &jid);
    if (r == 0 && (jid.local.len > 0 || jid.resource.len > 0 || jid.domain.len > DOMAIN_MAX))
        r = -1;
    arena_fini(&arena);
    return r < 0 ? "is not a domain name" : NULL;
}

static bool
is_numeric_address(struct str value)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char binary[sizeof(struct in6_addr)];

    if (value.len == 0 || value.len >= sizeof(text))
        return false;
    memcpy(text, value.data, value.len);
    text[value.len] = '\0';
    return inet_pton(AF_INET, text, binary) == 1 || inet_pton(AF_INET6, text, binary) == 1;
}

const char *
config_fault_of_listen(struct str value)
{
    struct str piece;

    if (value.len == 0)
        return "may not be empty";
    while (str_split(&value, ',', &piece)) {
        piece = str_trim(piece);
        if (!str_is(piece, "*") && !is_numeric_address(piece))
            return "must be numeric addresses such as 192.0.2.1 or 2001:db8::1, or *";
    }
    return NULL;
}

/* 0.0.0.0 and :: mean this machine to whoever reads them. */
const char *
config_fault_of_hosts(struct str value)
{
    struct str piece;

    while (str_split(&value, ',', &piece)) {
        piece = str_trim(piece);
        if (str_is(piece, "0.0.0.0") || str_is(piece, "::") ||
            (!is_numeric_address(piece) && config_fault_of_domain(piece)))
            return "must be names or addresses that clients can reach";
    }
    return NULL;
}

const char *
config_fault_of_addresses(struct str value)
{
    struct str piece;
    bool good = true;

    while (good && str_split(&value, ',', &piece)) {
        struct arena arena;
        struct jid jid = { 0 };

        arena_init(&arena, 4 * JID_TEXT_MAX);
        good =
            jid_parse(&arena, str_trim(piece), &jid) == 0 && jid_is_bare(jid) && jid.local.len > 0;
        arena_fini(&arena);
    }
    return good ? NULL : "must be addresses such as anna@chat.example";
}
