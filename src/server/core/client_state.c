/* client_state.c - see client_state.h. Stanzas are judged by their bytes, which we wrote ourselves:
 * attributes are in single quotes, namespaces are declared where they begin. */
#include "server/core/client_state.h"

#include "base/memory.h"
#include "xmpp/element.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    HELD_BYTES_MAX = 256 * 1024, /* then everything goes */
    PARSED_MAX = 256 * 1024
};

struct held {
    struct map_node node; /* by key, in _by_sender */
    struct list link;     /* in _held */
    struct held_stanza stanza;
    size_t weight;
    size_t key_len;
    char key[];
};

void
client_state_init(struct client_state *state)
{
    *state = (struct client_state){ 0 };
    map_init(&state->_by_sender);
    list_init(&state->_held);
}

void
client_state_fini(struct client_state *state)
{
    struct held_stanza held;

    while (client_state_pop(state, &held))
        block_unref(held.block);
    map_fini(&state->_by_sender);
}

/* ---- what may wait ---- */

static bool
contains(struct str bytes, struct str what)
{
    return memmem(bytes.data, bytes.len, what.data, what.len) != NULL;
}

/* The value of an attribute of the root, as it is written. */
static struct str
root_attribute(struct str bytes, struct str name)
{
    ptrdiff_t end = str_find_char(bytes, '>', 0);
    struct str tag = str_slice(bytes, 0, end < 0 ? bytes.len : (size_t)end);
    const char *at = memmem(tag.data, tag.len, name.data, name.len);
    size_t from;
    ptrdiff_t quote;

    if (!at)
        return STR_EMPTY;
    from = (size_t)(at - tag.data) + name.len;
    quote = str_find_char(tag, '\'', from);
    return quote < 0 ? STR_EMPTY : str_slice(tag, from, (size_t)quote);
}

/* Who is there, and who is not. Requests to see somebody matter, and so does what tells a client of
 * its own place in a room (XEP-0045 7.2.2). */
static bool
is_idle_presence(struct str bytes)
{
    struct str type = root_attribute(bytes, STR(" type='"));

    return (type.len == 0 || str_is(type, "unavailable")) && !contains(bytes, STR("code='110'"));
}

/* Says nothing by itself. */
static bool
is_ornament(const struct element *child)
{
    return str_equal(child->ns, NS_CHATSTATES) || str_equal(child->ns, NS_HINTS) ||
           str_equal(child->ns, NS_SID) || str_equal(child->ns, NS_OCCUPANT_ID) ||
           str_equal(child->ns, NS_DELAY) || element_is(child, NS_CLIENT, STR("thread"));
}

/* A copy (XEP-0280) is what it is a copy of. */
static const struct element *
unwrap(const struct element *message)
{
    const struct element *copy = element_first_child(message);

    if (!element_is(copy, NS_CARBONS, STR("received")) &&
        !element_is(copy, NS_CARBONS, STR("sent")))
        return message;
    return element_first_child(element_first_child(copy));
}

static bool
is_only_state(const struct element *message)
{
    for (const struct element *child = element_first_child(message); child;
         child = element_next(child)) {
        if (!is_ornament(child))
            return false;
    }
    return true;
}

/* XEP-0085: composing, paused and so on, and nothing else. */
static bool
is_chat_state(struct str bytes)
{
    struct arena arena;
    struct element *root = NULL;
    bool is_state;

    if (!contains(bytes, NS_CHATSTATES) || contains(bytes, STR("<body")))
        return false;
    arena_init(&arena, PARSED_MAX);
    is_state = xml_parse(&arena, bytes, NS_CLIENT, &root) == 0 && unwrap(root) &&
               is_only_state(unwrap(root));
    arena_fini(&arena);
    return is_state;
}

static bool
may_wait(struct str bytes)
{
    if (str_starts_with(bytes, STR("<presence")))
        return is_idle_presence(bytes);
    return str_starts_with(bytes, STR("<message")) && is_chat_state(bytes);
}

/* ---- waiting ---- */

static void
remove_held(struct client_state *state, struct held *held)
{
    map_remove(&state->_by_sender, &held->node);
    list_remove(&held->link);
    state->_bytes -= held->weight;
    free(held);
}

/* Kind and sender. Carbons all come from the own account: each is its own sender. */
static struct held *
held_new(struct block *block, size_t to_offset)
{
    struct str bytes = block_str(block);
    struct str from = root_attribute(bytes, STR(" from='"));
    bool is_copy = contains(bytes, NS_CARBONS);
    struct str key = is_copy ? bytes : from;
    struct held *held = memory_new(1, sizeof(*held) + 1 + key.len);

    held->stanza = (struct held_stanza){ block_ref(block), to_offset };
    held->key_len = 1 + key.len;
    held->key[0] = bytes.data[1];
    memcpy(held->key + 1, key.data, key.len);
    held->weight = sizeof(*held) + held->key_len + bytes.len;
    return held;
}

static void
keep(struct client_state *state, struct held *held)
{
    struct str key = { held->key, held->key_len };
    struct map_node *before = map_get(&state->_by_sender, key);

    if (before) {
        struct held *old = CONTAINER_OF(before, struct held, node);

        block_unref(old->stanza.block);
        remove_held(state, old);
    }
    map_put(&state->_by_sender, key, &held->node);
    list_append(&state->_held, &held->link);
    state->_bytes += held->weight;
}

bool
client_state_hold(struct client_state *state, struct block *block, size_t to_offset)
{
    struct str bytes = block_str(block);

    if (!state->inactive || state->_bytes + bytes.len > HELD_BYTES_MAX || !may_wait(bytes))
        return false;
    keep(state, held_new(block, to_offset));
    return true;
}

bool
client_state_pop(struct client_state *state, struct held_stanza *ret)
{
    struct held *held;

    if (list_is_empty(&state->_held))
        return false;
    held = CONTAINER_OF(state->_held.next, struct held, link);
    *ret = held->stanza;
    remove_held(state, held);
    return true;
}
