#include "client/xep0313_archive.h"

#include "base/clock.h"
#include "client/feature.h"
#include "client/iq.h"
#include "client/text.h"
#include "xmpp/ns.h"

#define NS_RESULT_SET STR("http://jabber.org/protocol/rsm")

/* More than was asked for is not kept: the page is refused. */
#define RESULTS_MAX (4 * CATCH_UP_PAGE)

struct open_query {
    JdAccount *account;
    char *id;      /* queryid */
    char *archive; /* bare */
    gboolean from_the_newest;
    gboolean too_much;
    GPtrArray *results;
    archive_cb done;
    gpointer data;
};

static void
result_free(gpointer data)
{
    struct archive_result *result = data;
    stanza_unref(result->message);
    g_free(result->id);
    g_free(result);
}

static void
query_free(gpointer data)
{
    struct open_query *query = data;
    g_ptr_array_unref(query->results);
    g_free(query->archive);
    g_free(query->id);
    g_free(query);
}

/* queryid -> struct open_query */
static GHashTable *
queries_of(JdAccount *account)
{
    return feature_state(account, &feature_archive);
}

static gpointer
make(JdAccount *account)
{
    (void)account;
    return g_hash_table_new_full(g_str_hash, g_str_equal, NULL, query_free);
}

static void
free_state(gpointer state)
{
    g_hash_table_unref(state);
}

/* ---- asking ---- */

static void
add_field(
    struct arena *arena, struct element *form, struct str name, struct str type, const char *value)
{
    struct element *field = element_add(arena, form, NS_DATA_FORM, STR("field"));
    element_set(arena, field, STR("var"), name);
    if (type.len > 0)
        element_set(arena, field, STR("type"), type);
    element_add_with_text(arena, field, NS_DATA_FORM, STR("value"), str_from(value));
}

/* XEP-0313 4.1.1, XEP-0059 2.3, 2.5: an empty <before/> is the last page. */
static void
add_query(struct stanza *iq, const struct catch_up_query *ask, const char *id)
{
    struct arena *arena = &iq->arena;
    char max[12];
    struct element *query = element_add(arena, iq->root, NS_MAM, STR("query"));
    element_set(arena, query, STR("queryid"), str_from(id));
    if (ask->with) {
        struct element *form = element_add(arena, query, NS_DATA_FORM, STR("x"));
        element_set(arena, form, STR("type"), STR("submit"));
        add_field(arena, form, STR("FORM_TYPE"), STR("hidden"), "urn:xmpp:mam:2");
        add_field(arena, form, STR("with"), STR_EMPTY, ask->with);
    }
    struct element *set = element_add(arena, query, NS_RESULT_SET, STR("set"));
    g_snprintf(max, sizeof(max), "%u", ask->max);
    element_add_with_text(arena, set, NS_RESULT_SET, STR("max"), str_from(max));
    element_add_with_text(arena, set, NS_RESULT_SET, STR("before"), str_from(ask->before));
}

static gboolean
is_own_archive(JdAccount *account, const char *archive)
{
    return str_is(account_jid(account).bare, archive);
}

/* Addressed to the room, or to nobody, which is our own account (RFC 6120 10.3.3). */
static struct stanza *
make_iq(JdAccount *account, const struct catch_up_query *ask, const char *id)
{
    struct stanza *iq = stanza_new_iq(STR("set"), (struct jid){ 0 });
    if (!is_own_archive(account, ask->archive)) {
        struct jid to;
        if (jid_parse(&iq->arena, str_from(ask->archive), &to) < 0) {
            stanza_unref(iq);
            return NULL;
        }
        stanza_set_to(iq, to);
    }
    add_query(iq, ask, id);
    return iq;
}

/* ---- the end of an answer ---- */

/* Errors that will be the same next time. */
static gboolean
is_refusal(struct str condition)
{
    static const char *const refusals[] = {
        "feature-not-implemented", "service-unavailable", "forbidden",      "not-allowed",
        "not-acceptable",          "bad-request",         "item-not-found", "not-authorized",
    };
    for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
        if (str_is(condition, refusals[i]))
            return TRUE;
    }
    return FALSE;
}

static enum catch_up_outcome
outcome_of_error(const struct open_query *query, const struct stanza *error)
{
    struct str condition = stanza_error_condition(error);
    if (str_is(condition, "item-not-found") && !query->from_the_newest)
        return CATCH_UP_NOT_FOUND;
    return is_refusal(condition) ? CATCH_UP_UNSUPPORTED : CATCH_UP_FAILED;
}

/* XEP-0313 4.4: <fin/> says whether there is more; without <first/> the page is empty. */
static enum catch_up_outcome
outcome_of_result(const struct open_query *query, const struct stanza *result, char **ret_first)
{
    struct arena arena;
    const struct element *fin = stanza_child(result, NS_MAM, STR("fin"));
    const struct element *set = element_child(fin, NS_RESULT_SET, STR("set"));
    if (fin == NULL || query->too_much)
        return CATCH_UP_FAILED;
    arena_init(&arena, STANZA_ARENA_DEFAULT);
    *ret_first = text_dup_or_null(element_child_text(&arena, set, NS_RESULT_SET, STR("first")));
    arena_fini(&arena);
    if (*ret_first == NULL && query->results->len > 0)
        *ret_first = g_strdup(((struct archive_result *)query->results->pdata[0])->id);
    struct str complete = element_get(fin, STR("complete"));
    if (str_is(complete, "true") || str_is(complete, "1") || *ret_first == NULL)
        return CATCH_UP_CLOSED;
    return CATCH_UP_MORE;
}

static void
answered_cb(JdAccount *account, const struct stanza *answer, gpointer data)
{
    struct open_query *query = data;
    struct archive_answer told = { .outcome = CATCH_UP_FAILED, .results = query->results };
    if (answer && answer->type == TYPE_ERROR)
        told.outcome = outcome_of_error(query, answer);
    else if (answer)
        told.outcome = outcome_of_result(query, answer, &told.first_id);
    g_hash_table_steal(queries_of(account), query->id);
    query->done(account, &told, query->data);
    g_free(told.first_id);
    query_free(query);
}

void
archive_ask(JdAccount *account, const struct catch_up_query *ask, archive_cb done, gpointer data)
{
    struct open_query *query = g_new0(struct open_query, 1);
    query->account = account;
    query->id = g_uuid_string_random();
    query->archive = g_strdup(ask->archive);
    query->from_the_newest = ask->before == NULL;
    query->results = g_ptr_array_new_with_free_func(result_free);
    query->done = done;
    query->data = data;
    struct stanza *iq = make_iq(account, ask, query->id);
    g_hash_table_insert(queries_of(account), query->id, query);
    if (iq)
        iq_request(account, iq, answered_cb, query);
    else
        answered_cb(account, NULL, query);
}

/* ---- results ---- */

/* XEP-0313 13.2 and CVE-2019-1000021: a result counts only from the archive that was asked. */
static gboolean
is_from_archive(const struct open_query *query, struct jid from)
{
    if (is_own_archive(query->account, query->archive))
        return !jid_is_set(from) || str_is(from.full, query->archive);
    return jid_is_set(from) && str_is(from.full, query->archive);
}

/* The forwarded message as a stanza of its own; NULL when there is none in it. */
static struct stanza *
message_in(const struct element *forwarded)
{
    const struct element *message = element_child(forwarded, NS_CLIENT, STR("message"));
    struct arena arena;
    if (message == NULL)
        return NULL;
    arena_init(&arena, STANZA_ARENA_DEFAULT);
    struct element *root = element_dup(&arena, message);
    if (root == NULL || arena_is_full(&arena)) {
        arena_fini(&arena);
        return NULL;
    }
    struct stanza *stanza = stanza_take(arena, root);
    if (stanza)
        stanza_seal(stanza);
    return stanza;
}

static gint64
time_in(const struct element *forwarded)
{
    int64_t time = 0;
    const struct element *delay = element_child(forwarded, NS_DELAY, STR("delay"));
    if (delay == NULL || clock_parse(element_get(delay, STR("stamp")), &time) < 0 || time < 0)
        return 0;
    return MIN(time, g_get_real_time());
}

static void
take_result(struct open_query *query, const struct element *result)
{
    const struct element *forwarded = element_child(result, NS_FORWARD, STR("forwarded"));
    struct str id = element_get(result, STR("id"));
    struct stanza *message = message_in(forwarded);
    if (message == NULL || message->error != 0 || id.len == 0 ||
        query->results->len >= RESULTS_MAX) {
        query->too_much = query->too_much || query->results->len >= RESULTS_MAX;
        stanza_unref(message);
        return;
    }
    struct archive_result *kept = g_new0(struct archive_result, 1);
    kept->id = text_dup(id);
    kept->time = time_in(forwarded);
    kept->message = message;
    g_ptr_array_add(query->results, kept);
}

/* Whatever looks like a result goes no further: it is ours, or nobody's. */
static bool
received(JdAccount *account, gpointer state, const struct stanza *stanza)
{
    const struct element *result = stanza_child(stanza, NS_MAM, STR("result"));
    (void)account;
    if (stanza->kind != STANZA_MESSAGE || result == NULL)
        return false;
    g_autofree char *id = text_dup(element_get(result, STR("queryid")));
    struct open_query *query = g_hash_table_lookup(state, id);
    if (query && is_from_archive(query, stanza->from))
        take_result(query, result);
    return true;
}

const struct feature feature_archive = {
    .name = "archive",
    .make = make,
    .free = free_state,
    .received = received,
};

/* ---- ids ---- */

char *
archive_id_of(const struct stanza *message, const char *by)
{
    for (const struct element *at = stanza_child(message, NS_SID, STR("stanza-id")); at;
         at = element_next_named(at, NS_SID, STR("stanza-id"))) {
        if (str_is(element_get(at, STR("by")), by))
            return text_dup_or_null(element_get(at, STR("id")));
    }
    return NULL;
}
