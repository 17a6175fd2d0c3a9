/* ns_table.c - see ns_table.h */
#include "xmpp/ns_table.h"

#include "xmpp/ns.h"

/* What clients really send inside stanzas; the rest is copied. */
static struct str
find_constant(struct str ns)
{
    const struct str constants[] = {
        NS_CLIENT,     NS_XML,           NS_STREAM,    NS_SM,      NS_STANZAS,  NS_CHATSTATES,
        NS_RECEIPTS,   NS_CAPS,          NS_SID,       NS_DELAY,   NS_MUC,      NS_MUC_USER,
        NS_DISCO_INFO, NS_DISCO_ITEMS,   NS_PING,      NS_ROSTER,  NS_HINTS,    NS_OCCUPANT_ID,
        NS_DATA_FORM,  NS_SASL,          NS_BIND,      NS_TLS,     NS_REGISTER, NS_CONFERENCE,
        NS_VERSION,    NS_TIME,          NS_MUC_ADMIN, NS_SESSION, NS_SERVER,   NS_MUC_OWNER,
        NS_BOOKMARKS,  NS_STREAM_ERRORS,
    };
    for (size_t i = 0; i < ARRAY_LEN(constants); i++)
        if (str_equal(constants[i], ns))
            return constants[i];
    return STR_EMPTY;
}

struct kept_ns {
    struct map_node node;
    struct str ns;
};

void
ns_set_init(struct ns_set *set)
{
    map_init(&set->_names);
}

void
ns_set_fini(struct ns_set *set)
{
    map_fini(&set->_names);
}

static struct str
keep_copy(struct ns_set *set, struct arena *arena, struct str ns)
{
    struct map_node *node = map_get(&set->_names, ns);
    if (node)
        return CONTAINER_OF(node, struct kept_ns, node)->ns;
    struct kept_ns *kept = arena_alloc(arena, sizeof(*kept));
    const struct str copy = arena_dup(arena, ns);
    if (!kept || !copy.data)
        return (struct str){ NULL, 0 };
    kept->ns = copy;
    map_put(&set->_names, copy, &kept->node);
    return copy;
}

struct str
ns_keep(struct ns_set *set, struct arena *arena, struct str ns, struct str near)
{
    if (ns.len == 0)
        return STR_EMPTY;
    if (str_equal(ns, near))
        return near;
    struct str constant = find_constant(ns);
    return constant.data ? constant : keep_copy(set, arena, ns);
}
