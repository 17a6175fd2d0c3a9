/* pubsub_items.c - reading what was published (XEP-0060 6.5), a page at a time (XEP-0059). */
#include "base/error.h"
#include "server/pubsub/pubsub_private.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

enum {
    IDS_MAX = 1000 /* of one request */
};

/* 6.5.8: particular items. */
static enum pubsub_fault
read_ids(struct pubsub_job *job)
{
    struct pubsub_read *read = &job->out->read;
    const struct element *item = element_first_child(job->action);

    if (!item)
        return PUBSUB_OK;
    read->ids = arena_alloc(&job->out->arena, IDS_MAX * sizeof(*read->ids));
    for (; item && read->ids; item = element_next(item)) {
        if (!element_is(item, NS_PUBSUB, STR("item")) || read->id_count == IDS_MAX)
            return PUBSUB_BAD_REQUEST;
        read->ids[read->id_count++] = element_get(item, STR("id"));
    }
    read->page = PUBSUB_PAGE_IDS;
    return PUBSUB_OK;
}

/* A number in `text`, cut to `limit`. */
static int
read_count(struct str text, size_t limit, size_t *ret)
{
    int64_t count;

    if (str_to_int64(str_trim(text), 0, INT64_MAX, &count) < 0)
        return E_FORMAT;
    *ret = (uint64_t)count < limit ? (size_t)count : limit;
    return 0;
}

/* XEP-0059 2: at most one of them. */
static enum pubsub_fault
read_anchor(struct pubsub_job *job, const struct element *set)
{
    const struct element *after = element_child(set, NS_PUBSUB_RSM, STR("after"));
    const struct element *before = element_child(set, NS_PUBSUB_RSM, STR("before"));
    const struct element *index = element_child(set, NS_PUBSUB_RSM, STR("index"));
    struct pubsub_read *read = &job->out->read;
    struct arena *arena = &job->out->arena;

    if ((after && before) || (after && index) || (before && index))
        return PUBSUB_BAD_REQUEST;
    read->page = PUBSUB_PAGE_FIRST;
    if (after || before)
        read->anchor = element_text(arena, after ? after : before);
    if (before) /* 2.5: an empty one is the last page */
        read->page = read->anchor.len > 0 ? PUBSUB_PAGE_BEFORE : PUBSUB_PAGE_LAST;
    if (after && read->anchor.len > 0)
        read->page = PUBSUB_PAGE_AFTER;
    if (!index)
        return PUBSUB_OK;
    read->page = PUBSUB_PAGE_INDEX;
    if (str_to_int64(str_trim(element_text(arena, index)), 0, INT64_MAX, &read->index) < 0)
        return PUBSUB_BAD_REQUEST;
    return PUBSUB_OK;
}

static enum pubsub_fault
read_set(struct pubsub_job *job)
{
    struct element *pubsub = job->action->parent;
    const struct element *set = element_child(pubsub, NS_PUBSUB_RSM, STR("set"));
    const struct element *max = element_child(set, NS_PUBSUB_RSM, STR("max"));
    struct pubsub_read *read = &job->out->read;

    if (!set)
        return PUBSUB_OK;
    read->paged = true;
    if (max && read_count(element_text(&job->out->arena, max), read->limit, &read->limit) < 0)
        return PUBSUB_BAD_REQUEST;
    return read_anchor(job, set);
}

/* Everything, or the newest `max_items` (6.5.7), or the page of a <set/>. */
static enum pubsub_fault
read_page(struct pubsub_job *job)
{
    struct pubsub_read *read = &job->out->read;
    struct str max_items = element_get(job->action, STR("max_items"));

    read->page = PUBSUB_PAGE_LAST;
    read->limit = job->limits->max_items;
    if (max_items.len > 0 && read_count(max_items, read->limit, &read->limit) < 0)
        return PUBSUB_BAD_REQUEST;
    return read_set(job);
}

enum pubsub_fault
pubsub_verb_items(struct pubsub_job *job)
{
    enum pubsub_fault fault = pubsub_may_read(job->service, job->node, job->asker);

    if (fault == PUBSUB_OK && !job->node->config.persist_items)
        fault = PUBSUB_NO_PERSISTENCE;
    if (fault == PUBSUB_OK)
        fault = read_page(job);
    if (fault == PUBSUB_OK)
        fault = read_ids(job);
    job->out->read.node = job->name;
    job->out->reads = fault == PUBSUB_OK;
    return fault;
}

/* ---- the answer ---- */

/* XEP-0059 2.1, 2.6: the answer to one who pages, or who has not got everything. */
static void
write_set(struct buffer *out, const struct pubsub_read *read, const struct pubsub_found *found)
{
    bool cut = (int64_t)found->count < found->total && read->page != PUBSUB_PAGE_IDS;

    if (!read->paged && !cut)
        return;
    buffer_append(out, STR("<set xmlns='http://jabber.org/protocol/rsm'>"));
    if (found->count > 0) {
        buffer_printf(out, "<first index='%lld'>", (long long)found->index);
        xml_escape(out, found->items[0].id);
        buffer_append(out, STR("</first><last>"));
        xml_escape(out, found->items[found->count - 1].id);
        buffer_append(out, STR("</last>"));
    }
    buffer_printf(out, "<count>%lld</count></set>", (long long)found->total);
}

static void
write_items(struct buffer *out, const struct pubsub_read *read, const struct pubsub_found *found)
{
    buffer_append(out, STR("<pubsub xmlns='http://jabber.org/protocol/pubsub'><items"));
    xml_write_attribute(out, STR("node"), read->node);
    buffer_append_char(out, '>');
    for (size_t i = 0; i < found->count; i++) {
        buffer_append(out, STR("<item"));
        xml_write_attribute(out, STR("id"), found->items[i].id);
        buffer_append_char(out, '>');
        buffer_append(out, found->items[i].xml);
        buffer_append(out, STR("</item>"));
    }
    buffer_append(out, STR("</items>"));
    write_set(out, read, found);
    buffer_append(out, STR("</pubsub>"));
}

/* XEP-0060 5.5 */
static void
write_names(struct buffer *out,
            const struct pubsub_read *read,
            const struct pubsub_found *found,
            struct jid service)
{
    buffer_append(out, STR("<query xmlns='http://jabber.org/protocol/disco#items'"));
    xml_write_attribute(out, STR("node"), read->node);
    buffer_append_char(out, '>');
    for (size_t i = 0; i < found->count; i++) {
        buffer_append(out, STR("<item"));
        xml_write_attribute(out, STR("jid"), service.full);
        xml_write_attribute(out, STR("name"), found->items[i].id);
        buffer_append(out, STR("/>"));
    }
    buffer_append(out, STR("</query>"));
}

void
pubsub_write_found(struct buffer *out,
                   const struct pubsub_read *read,
                   const struct pubsub_found *found,
                   struct jid service)
{
    if (read->disco)
        write_names(out, read, found, service);
    else
        write_items(out, read, found);
}
