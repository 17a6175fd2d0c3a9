/* stanza.c - see stanza.h */
#include "xmpp/stanza.h"

#include "base/error.h"
#include "base/random.h"
#include "xmpp/jid_private.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

#include <assert.h>

/* 80 bits of randomness. */
enum {
    ID_CHARACTERS = 16
};

static enum stanza_kind
kind_of(const struct element *root)
{
    if (!str_equal(root->ns, NS_CLIENT) && !str_equal(root->ns, NS_SERVER))
        return STANZA_OTHER;
    if (str_is(root->name, "message"))
        return STANZA_MESSAGE;
    if (str_is(root->name, "presence"))
        return STANZA_PRESENCE;
    return str_is(root->name, "iq") ? STANZA_IQ : STANZA_OTHER;
}

static const struct {
    enum stanza_kind kind;
    const char *text;
    enum stanza_type type;
} TYPES[] = {
    { STANZA_MESSAGE, "normal", TYPE_NONE },
    { STANZA_MESSAGE, "chat", TYPE_CHAT },
    { STANZA_MESSAGE, "groupchat", TYPE_GROUPCHAT },
    { STANZA_MESSAGE, "headline", TYPE_HEADLINE },
    { STANZA_MESSAGE, "error", TYPE_ERROR },
    { STANZA_PRESENCE, "unavailable", TYPE_UNAVAILABLE },
    { STANZA_PRESENCE, "subscribe", TYPE_SUBSCRIBE },
    { STANZA_PRESENCE, "subscribed", TYPE_SUBSCRIBED },
    { STANZA_PRESENCE, "unsubscribe", TYPE_UNSUBSCRIBE },
    { STANZA_PRESENCE, "unsubscribed", TYPE_UNSUBSCRIBED },
    { STANZA_PRESENCE, "probe", TYPE_PROBE },
    { STANZA_PRESENCE, "error", TYPE_ERROR },
    { STANZA_IQ, "get", TYPE_GET },
    { STANZA_IQ, "set", TYPE_SET },
    { STANZA_IQ, "result", TYPE_RESULT },
    { STANZA_IQ, "error", TYPE_ERROR },
};

static enum stanza_type
type_of(enum stanza_kind kind, const struct element *root)
{
    if (kind == STANZA_OTHER || !element_has(root, STR("type")))
        return TYPE_NONE;
    const struct str text = element_get(root, STR("type"));
    for (size_t i = 0; i < ARRAY_LEN(TYPES); i++)
        if (TYPES[i].kind == kind && str_is(text, TYPES[i].text))
            return TYPES[i].type;
    return TYPE_UNKNOWN;
}

/* Reads an address attribute and puts it back prepared. Only E_FULL is an error here: an address
 * that cannot be read is noted in the stanza. */
static int
read_jid(struct stanza *stanza, struct str name, struct jid *ret_jid)
{
    for (struct attribute *a = stanza->root->attributes; a; a = a->next) {
        if (a->ns.len > 0 || !str_equal(a->name, name))
            continue;
        const int r = jid_parse_in_place(&stanza->arena, a->value, ret_jid);
        if (r == E_FULL)
            return r;
        if (r < 0)
            stanza->error = r;
        else
            a->value = ret_jid->full;
    }
    return 0;
}

static int
read_root(struct stanza *stanza)
{
    stanza->kind = kind_of(stanza->root);
    stanza->type = type_of(stanza->kind, stanza->root);
    if (stanza->kind == STANZA_OTHER)
        return 0;
    stanza->id = element_get(stanza->root, STR("id"));
    const int r = read_jid(stanza, STR("from"), &stanza->from);
    return r < 0 ? r : read_jid(stanza, STR("to"), &stanza->to);
}

struct stanza *
stanza_take(struct arena arena, struct element *root)
{
    /* The stanza lives in its own arena: one allocation less, and they go together. */
    struct stanza *stanza = root ? arena_alloc(&arena, sizeof(*stanza)) : NULL;
    if (!stanza) {
        arena_fini(&arena);
        return NULL;
    }
    atomic_init(&stanza->_refs, 1);
    stanza->arena = arena;
    stanza->root = root;
    if (read_root(stanza) < 0) {
        stanza_unref(stanza);
        return NULL;
    }
    return stanza;
}

struct stanza *
stanza_new(struct str ns, struct str name)
{
    struct arena arena;
    arena_init(&arena, STANZA_ARENA_DEFAULT);
    struct element *root = element_new(&arena, ns, name);
    return stanza_take(arena, root);
}

static struct stanza *
new_with(struct str name, struct str type, struct jid to)
{
    struct stanza *stanza = stanza_new(NS_CLIENT, name);
    if (!stanza)
        return NULL;
    if (type.len > 0)
        stanza_set_type(stanza, type);
    if (jid_is_set(to))
        stanza_set_to(stanza, to);
    return stanza;
}

struct stanza *
stanza_new_message(struct str type, struct jid to)
{
    return new_with(STR("message"), type, to);
}

struct stanza *
stanza_new_presence(struct str type, struct jid to)
{
    return new_with(STR("presence"), type, to);
}

struct stanza *
stanza_new_iq(struct str type, struct jid to)
{
    struct stanza *stanza = new_with(STR("iq"), type, to);
    char id[ID_CHARACTERS + 1];
    random_token(id, sizeof(id));
    if (stanza)
        stanza_set_id(stanza, str_from(id));
    return stanza;
}

struct stanza *
stanza_ref(struct stanza *stanza)
{
    atomic_fetch_add_explicit(&stanza->_refs, 1, memory_order_relaxed);
    return stanza;
}

void
stanza_unref(struct stanza *stanza)
{
    if (!stanza)
        return;
    const unsigned before = atomic_fetch_sub_explicit(&stanza->_refs, 1, memory_order_acq_rel);
    assert(before > 0);
    if (before > 1)
        return;
    struct arena arena = stanza->arena;
    arena_fini(&arena);
}

struct stanza *
stanza_dup(const struct stanza *stanza, bool without_payload)
{
    struct arena arena;
    /* A copy takes no more than the original; the double is for how it falls into chunks. */
    arena_init(&arena, STANZA_ARENA_DEFAULT + 2 * arena_taken(&stanza->arena));
    struct element *root = without_payload ? element_dup_shallow(&arena, stanza->root, NULL)
                                           : element_dup(&arena, stanza->root);
    return stanza_take(arena, root);
}

static struct jid
set_jid(struct stanza *stanza, struct str name, struct jid jid)
{
    assert(!stanza->_sealed);
    if (!jid_is_set(jid)) {
        element_unset(stanza->root, name);
        return jid;
    }
    element_set(&stanza->arena, stanza->root, name, jid.full);
    return jid_moved(jid, element_get(stanza->root, name));
}

void
stanza_set_from(struct stanza *stanza, struct jid from)
{
    stanza->from = set_jid(stanza, STR("from"), from);
}

void
stanza_set_to(struct stanza *stanza, struct jid to)
{
    stanza->to = set_jid(stanza, STR("to"), to);
}

static void
set_text(struct stanza *stanza, struct str name, struct str value)
{
    assert(!stanza->_sealed);
    if (value.len > 0)
        element_set(&stanza->arena, stanza->root, name, value);
    else
        element_unset(stanza->root, name);
}

void
stanza_set_id(struct stanza *stanza, struct str id)
{
    set_text(stanza, STR("id"), id);
    stanza->id = element_get(stanza->root, STR("id"));
}

void
stanza_set_type(struct stanza *stanza, struct str type)
{
    set_text(stanza, STR("type"), type);
    stanza->type = type_of(stanza->kind, stanza->root);
}

void
stanza_seal(struct stanza *stanza)
{
    assert(!arena_is_full(&stanza->arena));
    stanza->_sealed = true;
}

struct element *
stanza_payload(const struct stanza *stanza)
{
    return element_first_child(stanza->root);
}

struct element *
stanza_child(const struct stanza *stanza, struct str ns, struct str name)
{
    return element_child(stanza->root, ns, name);
}

static struct block *
take_block(struct buffer *bytes)
{
    struct block *block = buffer_failed(bytes) ? NULL : block_new(buffer_str(bytes));
    buffer_fini(bytes);
    return block;
}

int
stanza_serialise(const struct stanza *stanza, struct stanza_wire *ret_wire)
{
    struct buffer bytes;
    buffer_init(&bytes, STANZA_WRITTEN_MAX);
    const size_t to_offset = xml_write_without(&bytes, stanza->root, NS_CLIENT, STR("to"));
    struct block *block = take_block(&bytes);
    if (!block)
        return E_TOO_BIG;
    *ret_wire = (struct stanza_wire){ .block = block, .to_offset = to_offset };
    return 0;
}

struct block *
stanza_to_block(const struct stanza *stanza)
{
    struct buffer bytes;
    buffer_init(&bytes, STANZA_WRITTEN_MAX);
    xml_write(&bytes, stanza->root, NS_CLIENT);
    return take_block(&bytes);
}
