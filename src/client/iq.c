#include "client/iq.h"
#include "client/text.h"

struct iq_table {
    JdAccount *account;
    GHashTable *open; /* id -> struct request */
};

struct request {
    JdAccount *account;
    char *id;
    char *to; /* NULL = our own account */
    iq_cb done;
    gpointer data;
    guint timeout;
};

static void
request_free(gpointer data)
{
    struct request *request = data;
    g_clear_handle_id(&request->timeout, g_source_remove);
    g_free(request->id);
    g_free(request->to);
    g_free(request);
}

struct iq_table *
iq_table_new(JdAccount *account)
{
    struct iq_table *table = g_new0(struct iq_table, 1);
    table->account = account;
    table->open = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, request_free);
    return table;
}

void
iq_table_free(struct iq_table *table)
{
    if (table == NULL)
        return;
    g_hash_table_unref(table->open);
    g_free(table);
}

/* Takes the request out before the call, which may do anything. */
static void
answer(struct request *request, const struct stanza *stanza)
{
    g_hash_table_steal(request->account->iqs->open, request->id);
    request->done(request->account, stanza, request->data);
    request_free(request);
}

static gboolean
timeout_cb(gpointer data)
{
    struct request *request = data;
    request->timeout = 0;
    answer(request, NULL);
    return G_SOURCE_REMOVE;
}

void
iq_request(JdAccount *account, struct stanza *stanza, iq_cb done, gpointer data)
{
    g_assert(stanza->kind == STANZA_IQ && stanza->id.len > 0);
    struct request *request = g_new0(struct request, 1);
    request->account = account;
    request->id = text_dup(stanza->id);
    request->to = text_dup_or_null(stanza->to.full);
    request->done = done;
    request->data = data;
    request->timeout = g_timeout_add_seconds(account_patience(account), timeout_cb, request);
    g_hash_table_insert(account->iqs->open, request->id, request);
    account_send(account, stanza);
}

static bool
is_from_whom_we_asked(const struct request *request, struct jid from)
{
    if (request->to == NULL)
        return account_is_own(request->account, from);
    return str_is(from.full, request->to);
}

bool
iq_answered(JdAccount *account, const struct stanza *stanza)
{
    g_autofree char *id = text_dup(stanza->id);
    struct request *request = g_hash_table_lookup(account->iqs->open, id);
    if (request == NULL || !is_from_whom_we_asked(request, stanza->from))
        return false;
    answer(request, stanza);
    return true;
}

void
iq_forget_all(JdAccount *account)
{
    g_autoptr(GList) open = g_hash_table_get_values(account->iqs->open);
    for (GList *at = open; at; at = at->next)
        answer(at->data, NULL);
}
