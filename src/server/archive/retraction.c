/* retraction.c - see retraction.h. */
#include "server/archive/retraction.h"

#include "base/clock.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

enum {
    TOMBSTONE_MAX = 16 * 1024
};

const struct element *
retraction_of(const struct stanza *message)
{
    const struct element *retract = stanza_child(message, NS_RETRACT, STR("retract"));

    return element_get(retract, STR("id")).len > 0 ? retract : NULL;
}

/* XEP-0424 4: it names the message that took back, and when. */
static void
write_tombstone(struct buffer *out, struct str retraction_id, int64_t now_us)
{
    char stamp[CLOCK_TEXT_BYTES];

    clock_format(now_us, stamp);
    buffer_append(out, STR("<retracted"));
    xml_write_attribute(out, STR("xmlns"), NS_RETRACT);
    if (retraction_id.len > 0)
        xml_write_attribute(out, STR("id"), retraction_id);
    xml_write_attribute(out, STR("stamp"), str_from(stamp));
    buffer_append(out, STR("/>"));
}

void
retraction_fill(struct store_archive_add *add,
                const struct store *store,
                const struct stanza *message,
                int64_t now_us)
{
    struct store_archive_retraction *retraction = &add->retraction;
    struct str id = element_get(retraction_of(message), STR("id"));
    struct buffer tombstone;

    if (id.len == 0)
        return;
    if (add->owner.kind == ARCHIVE_OF_ACCOUNT)
        retraction->origin = archive_origin(message->from.bare, id);
    else if (store_archive_key_of(store, id, &retraction->key) < 0)
        return;
    buffer_init(&tombstone, TOMBSTONE_MAX);
    write_tombstone(&tombstone, message->id, now_us);
    if (!buffer_failed(&tombstone))
        retraction->tombstone = store_keep(&add->call, buffer_str(&tombstone));
    buffer_fini(&tombstone);
}
