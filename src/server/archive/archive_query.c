/* archive_query.c - see archive_query.h. */
#include "server/archive/archive_query.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "server/archive/archive_form.h"
#include "server/archive/stanza_ids.h"
#include "server/core/entity.h"
#include "server/core/router.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

#include <stdlib.h>

#define NS_RESULT_SET STR("http://jabber.org/protocol/rsm")
#define OPENING       "<message"

enum {
    RESULT_MAX = 34 * 1024 * 1024
};

/* ---- the question ---- */

/* NULL after refusing. */
static struct archive_query *
query_new(const struct archive_host *host, struct entity *entity, struct stanza *request)
{
    const struct element *payload = stanza_payload(request);
    struct archive_query *query;

    if (*host->asked(entity) >= ARCHIVE_ASKED_MAX) {
        router_reply_error(entity->worker, request, E_AGAIN);
        return NULL;
    }
    (*host->asked(entity))++;
    query = memory_new(1, sizeof(*query));
    *query = (struct archive_query){
        .host = host,
        .entity = entity,
        .request = stanza_ref(request),
        .query_id = element_get(payload, STR("queryid")),
        .is_flipped = element_child(payload, NS_MAM, STR("flip-page")),
    };
    entity_pin(entity);
    return query;
}

static void
query_free(struct archive_query *query)
{
    struct entity *entity = query->entity;

    (*query->host->asked(entity))--;
    stanza_unref(query->request);
    if (query->page)
        store_call_free(&query->page->call);
    free(query);
    entity_unpin(entity);
}

static struct archive_owner
keep_owner(const struct archive_host *host, const struct entity *entity, struct store_call *call)
{
    struct archive_owner owner = host->owner(entity);

    owner.name = store_keep(call, owner.name);
    return owner;
}

/* ---- results ---- */

/* XEP-0313 4.2: the message as it was; it does not stand in a stream any more. */
static void
write_message(struct buffer *out, struct str xml)
{
    buffer_append(out, STR(OPENING));
    xml_write_attribute(out, STR("xmlns"), NS_CLIENT);
    buffer_append(out, str_slice(xml, sizeof(OPENING) - 1, xml.len));
}

static void
write_result(struct buffer *out,
             const struct archive_query *query,
             const struct store_archive_message *message)
{
    char id[ARCHIVE_ID_BYTES], stamp[CLOCK_TEXT_BYTES];
    struct buffer extra, whole;

    store_archive_id(query->entity->worker->server->store, message->key, id);
    clock_format(message->stored_us, stamp);
    buffer_append(out, STR(OPENING));
    xml_write_attribute(out, STR("from"), query->entity->jid.bare);
    buffer_append(out, STR("><result"));
    xml_write_attribute(out, STR("xmlns"), NS_MAM);
    if (query->query_id.len > 0)
        xml_write_attribute(out, STR("queryid"), query->query_id);
    xml_write_attribute(out, STR("id"), str_from(id));
    buffer_append(out, STR("><forwarded"));
    xml_write_attribute(out, STR("xmlns"), NS_FORWARD);
    buffer_append(out, STR("><delay"));
    xml_write_attribute(out, STR("xmlns"), NS_DELAY);
    xml_write_attribute(out, STR("stamp"), str_from(stamp));
    buffer_append(out, STR("/>"));
    buffer_init(&extra, RESULT_MAX);
    buffer_init(&whole, RESULT_MAX);
    if (query->host->add)
        query->host->add(query->entity, query->request, message, &extra);
    message_text_append(&whole, message->xml, buffer_str(&extra));
    write_message(out, buffer_len(&whole) > 0 ? buffer_str(&whole) : message->xml);
    buffer_fini(&whole);
    buffer_fini(&extra);
    buffer_append(out, STR("</forwarded></result></message>"));
}

static void
send_result(struct archive_query *query, const struct store_archive_message *message)
{
    struct stanza_wire wire = { .to_offset = sizeof(OPENING) - 1 };
    struct buffer out;

    buffer_init(&out, RESULT_MAX);
    write_result(&out, query, message);
    if (!buffer_failed(&out)) {
        wire.block = block_new(buffer_str(&out));
        query->host->send(query->entity, query->request, &wire);
        block_unref(wire.block);
    }
    buffer_fini(&out);
}

static void
add_set(struct archive_query *query,
        const struct store_archive_page *page,
        struct arena *arena,
        struct element *fin)
{
    const struct store *store = query->entity->worker->server->store;
    struct element *set = element_add(arena, fin, NS_RESULT_SET, STR("set"));
    char first[ARCHIVE_ID_BYTES], last[ARCHIVE_ID_BYTES];

    if (page->ret_count > 0) {
        store_archive_id(store, page->ret_messages[0].key, first);
        store_archive_id(store, page->ret_messages[page->ret_count - 1].key, last);
        element_add_with_text(arena, set, NS_RESULT_SET, STR("first"), str_from(first));
        element_add_with_text(arena, set, NS_RESULT_SET, STR("last"), str_from(last));
    }
    /* XEP-0313 4.3.2: it is optional. */
    if (page->limit == 0 && page->ret_total != ARCHIVE_COUNT_UNKNOWN)
        element_add_with_text(arena, set, NS_RESULT_SET, STR("count"),
                              arena_printf(arena, "%lld", (long long)page->ret_total));
}

/* XEP-0313 4.3: only the page says whether there is more. */
static void
send_fin(struct archive_query *query, const struct store_archive_page *page)
{
    struct stanza *result = stanza_result(query->request);
    struct element *fin = element_add(&result->arena, result->root, NS_MAM, STR("fin"));

    if (query->query_id.len > 0)
        element_set(&result->arena, fin, STR("queryid"), query->query_id);
    if (page->ret_complete)
        element_set(&result->arena, fin, STR("complete"), STR("true"));
    if (query->is_unstable)
        element_set(&result->arena, fin, STR("stable"), STR("false"));
    add_set(query, page, &result->arena, fin);
    router_route(query->entity->worker, result);
}

static void
page_done(struct store_call *call, void *context)
{
    const struct store_archive_page *page = CONTAINER_OF(call, struct store_archive_page, call);
    struct archive_query *query = call->owner;
    struct worker *worker = context;

    if (!worker->ended && call->status < 0) {
        router_reply_error(worker, query->request, call->status);
    } else if (!worker->ended) {
        for (size_t i = 0; i < page->ret_count; i++) {
            size_t at = query->is_flipped ? page->ret_count - 1 - i : i;

            send_result(query, &page->ret_messages[at]);
        }
        send_fin(query, page);
    }
    store_call_free(call);
    query_free(query);
}

/* ---- asking ---- */

static void
submit_page(struct archive_query *query)
{
    struct store_archive_page *page = query->page;

    query->page = NULL;
    store_submit(query->entity->worker->server->store, &page->call);
}

static void
index_done(struct store_call *call, void *context)
{
    const struct store_archive_index *index = CONTAINER_OF(call, struct store_archive_index, call);
    struct archive_query *query = call->owner;
    struct worker *worker = context;

    query->is_unstable = call->status < 0 || !index->ret_complete;
    store_call_free(call);
    if (worker->ended)
        query_free(query);
    else
        submit_page(query);
}

static int
read_query(struct archive_query *query)
{
    struct server *server = query->entity->worker->server;
    const struct element *payload = stanza_payload(query->request);
    struct jid with;
    int r;

    /* XEP-0313 6.3: no archives of nodes here. */
    if (element_has(payload, STR("node")))
        return E_UNSUPPORTED;
    r = archive_form_read(server->store, payload, query->page, &with);
    if (r == 0 && jid_is_set(with))
        r = query->host->narrow(query->entity, query->request, with, query->page);
    return r;
}

void
archive_answer_query(const struct archive_host *host, struct entity *entity, struct stanza *request)
{
    struct worker *worker = entity->worker;
    struct archive_query *query = query_new(host, entity, request);
    struct store_archive_index *index;
    int r;

    if (!query)
        return;
    query->page = STORE_CALL(archive_page, ARCHIVE_PAGE, &worker->mailbox, page_done, query);
    query->page->owner = keep_owner(host, entity, &query->page->call);
    r = read_query(query);
    if (r < 0) {
        router_reply_error(worker, request, r);
        query_free(query);
        return;
    }
    if (query->page->search.len == 0) {
        submit_page(query);
        return;
    }
    /* What was said a moment ago can be found, too. */
    index = STORE_CALL(archive_index, ARCHIVE_INDEX, &worker->mailbox, index_done, query);
    store_submit(worker->server->store, &index->call);
}

/* ---- the form and the ends ---- */

void
archive_answer_form(struct entity *entity, const struct stanza *request)
{
    struct stanza *result = stanza_result(request);
    struct element *query = element_add(&result->arena, result->root, NS_MAM, STR("query"));

    archive_form_write(&result->arena, query);
    router_route(entity->worker, result);
}

static void
add_end(struct archive_query *query,
        struct stanza *result,
        struct element *metadata,
        struct str name,
        const struct store_archive_message *message)
{
    struct element *end = element_add(&result->arena, metadata, NS_MAM, name);
    char id[ARCHIVE_ID_BYTES], stamp[CLOCK_TEXT_BYTES];

    store_archive_id(query->entity->worker->server->store, message->key, id);
    clock_format(message->stored_us, stamp);
    element_set(&result->arena, end, STR("id"), str_from(id));
    element_set(&result->arena, end, STR("timestamp"), str_from(stamp));
}

static void
send_metadata(struct archive_query *query, const struct store_archive_bounds *bounds)
{
    struct stanza *result = stanza_result(query->request);
    struct element *metadata = element_add(&result->arena, result->root, NS_MAM, STR("metadata"));

    if (bounds->ret_first > 0) {
        const struct store_archive_message first = { .key = bounds->ret_first,
                                                     .stored_us = bounds->ret_first_us };
        const struct store_archive_message last = { .key = bounds->ret_last,
                                                    .stored_us = bounds->ret_last_us };

        add_end(query, result, metadata, STR("start"), &first);
        add_end(query, result, metadata, STR("end"), &last);
    }
    router_route(query->entity->worker, result);
}

static void
bounds_done(struct store_call *call, void *context)
{
    const struct store_archive_bounds *bounds =
        CONTAINER_OF(call, struct store_archive_bounds, call);
    struct archive_query *query = call->owner;
    struct worker *worker = context;

    if (!worker->ended && call->status < 0)
        router_reply_error(worker, query->request, call->status);
    else if (!worker->ended)
        send_metadata(query, bounds);
    store_call_free(call);
    query_free(query);
}

/* XEP-0313 5. */
void
archive_answer_metadata(const struct archive_host *host,
                        struct entity *entity,
                        struct stanza *request)
{
    struct worker *worker = entity->worker;
    struct archive_query *query = query_new(host, entity, request);
    struct store_archive_bounds *bounds;

    if (!query)
        return;
    bounds = STORE_CALL(archive_bounds, ARCHIVE_BOUNDS, &worker->mailbox, bounds_done, query);
    bounds->owner = keep_owner(host, entity, &bounds->call);
    store_submit(worker->server->store, &bounds->call);
}
