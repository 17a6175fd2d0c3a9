/* stanza_ids.c - see stanza_ids.h. */
#include "server/archive/stanza_ids.h"

#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

#define CLOSING STR("</message>")

enum {
    ARENA_MAX = 16 * 1024,
    UNIQUE_BYTES = 8
};

/* An address that is written otherwise is the same address. `at_domain`: or anybody's there. */
static bool
is_by(const struct element *child, struct jid by, bool at_domain)
{
    struct str text = element_get(child, STR("by"));
    struct arena arena;
    struct jid jid;
    bool same = false;

    if (!element_is(child, NS_SID, STR("stanza-id")))
        return false;
    if (str_equal(text, by.full))
        return true;
    arena_init(&arena, ARENA_MAX);
    if (jid_parse(&arena, text, &jid) == 0)
        same = at_domain ? str_equal(jid.domain, by.domain) : jid_equal(jid, by);
    arena_fini(&arena);
    return same;
}

struct giver {
    struct jid by;
    bool at_domain;
};

static bool
is_given(const struct element *child, const void *context)
{
    const struct giver *giver = context;

    return is_by(child, giver->by, giver->at_domain);
}

static void
remove_ids(struct stanza *stanza, struct jid by, bool at_domain)
{
    const struct giver giver = { by, at_domain };

    element_remove_if(stanza->root, is_given, &giver);
}

bool
stanza_ids_has(const struct stanza *stanza, struct jid by)
{
    for (const struct element *child = element_first_child(stanza->root); child;
         child = element_next(child)) {
        if (is_by(child, by, false))
            return true;
    }
    return false;
}

void
stanza_ids_remove(struct stanza *stanza, struct jid by)
{
    remove_ids(stanza, by, false);
}

void
stanza_ids_remove_at(struct stanza *stanza, struct str domain)
{
    remove_ids(stanza, (struct jid){ .full = domain, .bare = domain, .domain = domain }, true);
}

bool
stanza_ids_is_unique(const struct stanza *message)
{
    return message->id.len >= UNIQUE_BYTES;
}

void
stanza_ids_add(struct stanza *stanza, struct jid by, struct str id)
{
    struct element *child = element_add(&stanza->arena, stanza->root, NS_SID, STR("stanza-id"));

    if (!child)
        return;
    element_set(&stanza->arena, child, STR("by"), by.full);
    element_set(&stanza->arena, child, STR("id"), id);
}

void
stanza_ids_write(struct buffer *out, struct jid by, struct str id)
{
    buffer_append(out, STR("<stanza-id"));
    xml_write_attribute(out, STR("xmlns"), NS_SID);
    xml_write_attribute(out, STR("by"), by.full);
    xml_write_attribute(out, STR("id"), id);
    buffer_append(out, STR("/>"));
}

void
message_text_append(struct buffer *out, struct str message, struct str extra)
{
    if (!str_ends_with(message, CLOSING))
        return;
    buffer_append(out, str_slice(message, 0, message.len - CLOSING.len));
    buffer_append(out, extra);
    buffer_append(out, CLOSING);
}
