/* retraction.c - see retraction.h. */
#include "server/archive/retraction.h"

#include "base/clock.h"
#include "server/archive/stanza_ids.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

enum {
    TOMBSTONE_MAX = 16 * 1024,
    SPEAKER_MAX = 16 * 1024
};

const struct element *
retraction_of(const struct stanza *message)
{
    const struct element *retract = stanza_child(message, NS_RETRACT, STR("retract"));

    return element_get(retract, STR("id")).len > 0 ? retract : NULL;
}

/* XEP-0045 7.5: somebody in a room says it to the user alone. */
static bool
is_from_occupant(const struct store_archive_add *add, const struct stanza *message)
{
    return add->owner.kind == ARCHIVE_OF_ACCOUNT &&
           str_equal(add->message.contact, message->from.bare) &&
           stanza_child(message, NS_MUC_USER, STR("x"));
}

/* XEP-0421: nicknames change hands, occupant ids do not. It takes both: not every room takes out
 * ids that are forged. */
static int64_t
origin_in_room(const struct stanza *message, struct str id)
{
    const struct element *occupant = stanza_child(message, NS_OCCUPANT_ID, STR("occupant-id"));
    struct buffer speaker;
    int64_t origin;

    buffer_init(&speaker, SPEAKER_MAX);
    buffer_append(&speaker, message->from.full);
    buffer_append_char(&speaker, '\n');
    buffer_append(&speaker, element_get(occupant, STR("id")));
    origin = archive_origin(buffer_str(&speaker), id);
    buffer_fini(&speaker);
    return origin;
}

/* What `id` means when the sender of `message` says it. */
static int64_t
origin_of(const struct store_archive_add *add, const struct stanza *message, struct str id)
{
    return is_from_occupant(add, message) ? origin_in_room(message, id)
                                          : archive_origin(message->from.bare, id);
}

void
origin_fill(struct store_archive_add *add, const struct stanza *message)
{
    if (message->id.len > 0)
        add->origin = origin_of(add, message, message->id);
    add->may_repeat = stanza_ids_is_unique(message);
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
        retraction->origin = origin_of(add, message, id);
    else if (store_archive_key_of(store, id, &retraction->key) < 0)
        return;
    buffer_init(&tombstone, TOMBSTONE_MAX);
    write_tombstone(&tombstone, message->id, now_us);
    if (!buffer_failed(&tombstone))
        retraction->tombstone = store_keep(&add->call, buffer_str(&tombstone));
    buffer_fini(&tombstone);
}
