#include "client/account_history.h"

#include "client/catch_up.h"
#include "client/feature.h"
#include "client/message_event.h"
#include "client/rfc6121_message.h"
#include "client/text.h"
#include "client/xep0045_muc.h"
#include "client/xep0313_archive.h"

#include <string.h>

struct account_history {
    JdAccount *account;
    char *jid; /* bare; whose it is */
    struct conversation_keeper keeper;
    struct catch_up *plan;
    GHashTable *asked; /* set of struct asked */
};

/* A query on its way, first to the archive, then into the history. */
struct asked {
    struct account_history *history;
    guint id;
    char *archive, *with;
    gint64 era;
};

static void ask_on(struct account_history *self);

static struct account_history *
history_of(JdAccount *account)
{
    return feature_state(account, &feature_history);
}

/* ---- queries ---- */

static void
asked_free(gpointer data)
{
    struct asked *asked = data;
    g_free(asked->archive);
    g_free(asked->with);
    g_free(asked);
}

static void
answered(struct asked *asked, enum catch_up_outcome outcome, const char *before)
{
    struct account_history *self = asked->history;
    struct history *history = self->keeper.history;
    switch (catch_up_answered(self->plan, asked->id, outcome, before)) {
    case CATCH_UP_RESTART:
        history_restart_gap(history, asked->archive, asked->with, asked->era, NULL, NULL);
        break;
    case CATCH_UP_GIVE_UP:
        history_give_up_gap(history, asked->archive, asked->era);
        break;
    case CATCH_UP_GO_ON:
    case CATCH_UP_REST:
        break;
    }
    g_hash_table_remove(self->asked, asked);
    ask_on(self);
}

/* The next gap beneath one that is closed, or the first one of a connection. */
static void
gap_cb(const struct history_gap *gap, gpointer data)
{
    struct account_history *self = data;
    if (gap == NULL)
        return;
    catch_up_add(self->plan, gap->archive, strcmp(gap->archive, self->jid) == 0, gap->era,
                 gap->newer_id);
    ask_on(self);
}

static void
page_cb(const struct history_gap *gap, gpointer data)
{
    struct asked *asked = data;
    struct account_history *self = asked->history;
    gboolean is_open = gap && gap->era == asked->era;
    if (!is_open && asked->with == NULL)
        history_find_gap(self->keeper.history, asked->archive, NULL, gap_cb, self);
    answered(asked, is_open ? CATCH_UP_MORE : CATCH_UP_CLOSED, is_open ? gap->newer_id : NULL);
}

/* ---- pages ---- */

static void
add_page(struct asked *asked, const struct archive_answer *answer)
{
    struct account_history *self = asked->history;
    g_autoptr(GArray) events = g_array_new(FALSE, TRUE, sizeof(struct history_event));
    struct message_reader reader = {
        .own_jid = self->jid,
        .own_nickname = jd_account_get_nickname(self->account),
    };
    if (strcmp(asked->archive, self->jid) != 0)
        muc_reader(self->account, asked->archive, &reader);
    for (guint i = 0; i < answer->results->len; i++) {
        const struct archive_result *result = answer->results->pdata[i];
        struct history_event event;
        reader.archive_id = result->id;
        reader.time = result->time;
        if (message_event_read(&reader, result->message, &event))
            g_array_append_val(events, event);
    }
    const struct history_archive_page page = {
        .archive = asked->archive,
        .with = asked->with,
        .era = asked->era,
        .events = (const struct history_event *)(const void *)events->data,
        .count = events->len,
        .first_id = answer->first_id,
        .is_complete = answer->outcome == CATCH_UP_CLOSED,
    };
    history_add_page(self->keeper.history, &page, page_cb, asked);
    for (guint i = 0; i < events->len; i++)
        history_event_clear(&g_array_index(events, struct history_event, i));
}

static void
archive_answered_cb(JdAccount *account, const struct archive_answer *answer, gpointer data)
{
    struct account_history *self = history_of(account);
    /* Signed out meanwhile: the history it was for is gone. */
    if (!g_hash_table_contains(self->asked, data))
        return;
    if (answer->outcome == CATCH_UP_MORE || answer->outcome == CATCH_UP_CLOSED)
        add_page(data, answer);
    else
        answered(data, answer->outcome, NULL);
}

static void
ask_on(struct account_history *self)
{
    struct catch_up_query query;
    while (account_is_bound(self->account) && catch_up_next(self->plan, &query)) {
        struct asked *asked = g_new0(struct asked, 1);
        asked->history = self;
        asked->id = query.id;
        asked->archive = g_strdup(query.archive);
        asked->with = g_strdup(query.with);
        asked->era = query.era;
        g_hash_table_add(self->asked, asked);
        archive_ask(self->account, &query, archive_answered_cb, asked);
    }
}

static void
look(JdConversation *conversation, const struct history_gap *gap, gpointer data)
{
    struct account_history *self = data;
    gboolean is_room = jd_conversation_get_kind(conversation) == JD_CONVERSATION_ROOM;
    const char *jid = jd_conversation_get_jid(conversation);
    catch_up_look(self->plan, is_room ? jid : self->jid, is_room ? NULL : jid, gap->era,
                  gap->newer_id);
    ask_on(self);
}

/* ---- what the history tells ---- */

/* Its conversation, as long as it is one that is kept. */
static JdConversation *
kept_conversation(struct account_history *self, const char *jid)
{
    JdConversation *conversation = account_find_conversation(self->account, jid);
    return conversation && conversation_is_kept(conversation) ? conversation : NULL;
}

/* Occupants of rooms and guests have an address for one visit only. */
static gboolean
lasts(const char *jid)
{
    return strchr(jid, '/') == NULL && !g_str_has_prefix(jid, "guest-");
}

static void
message_cb(const struct history_message *message, gpointer data)
{
    JdConversation *conversation = kept_conversation(data, message->conversation);
    if (conversation)
        conversation_take_message(conversation, message);
}

/* Somebody we had no conversation with has written, here or to another device. */
static void
conversation_cb(const struct history_conversation *summary, gpointer data)
{
    struct account_history *self = data;
    JdConversation *conversation = kept_conversation(self, summary->jid);
    gboolean is_person =
        strcmp(summary->archive, self->jid) == 0 && lasts(summary->jid) && summary->preview != NULL;
    gboolean is_wanted = !summary->is_archived || summary->unread > 0;
    if (conversation == NULL && is_person && is_wanted)
        conversation = private_open_jid(self->account, summary->jid, NULL);
    if (conversation)
        conversation_take_summary(conversation, summary);
}

static void
conversations_cb(GPtrArray *summaries, gpointer data)
{
    for (guint i = 0; summaries && i < summaries->len; i++)
        conversation_cb(summaries->pdata[i], data);
}

static void
view_cb(const struct history_view *view, gpointer data)
{
    JdConversation *conversation = view ? kept_conversation(data, view->conversation) : NULL;
    if (conversation)
        conversation_take_view(conversation, view);
}

static void
sync_cb(const char *jid, gpointer data)
{
    JdConversation *conversation = kept_conversation(data, jid);
    if (conversation)
        conversation_take_sync(conversation);
}

static const struct history_listener LISTENER = {
    .message = message_cb,
    .conversation = conversation_cb,
};

/* ---- opening and closing ---- */

typedef void (*conversation_cb_t)(JdAccount *account, JdConversation *conversation);

static void
for_each_conversation(JdAccount *account, conversation_cb_t call)
{
    GListModel *model = jd_account_get_conversations(account);
    for (guint i = 0; i < g_list_model_get_n_items(model); i++) {
        g_autoptr(JdConversation) conversation = g_list_model_get_item(model, i);
        call(account, conversation);
    }
}

static void
detach(JdAccount *account, JdConversation *conversation)
{
    (void)account;
    conversation_detach_history(conversation);
}

static void
forget(JdAccount *account, gpointer state)
{
    struct account_history *self = state;
    for_each_conversation(account, detach);
    g_hash_table_remove_all(self->asked);
    g_clear_pointer(&self->keeper.history, history_free);
    g_clear_pointer(&self->plan, catch_up_free);
    g_clear_pointer(&self->jid, g_free);
}

/* Guests have no history beyond their connection. */
static void
open_history(struct account_history *self, const char *jid)
{
    JdAccount *account = self->account;
    g_autofree char *path = NULL;
    if (!jd_account_get_guest(account))
        path = history_path(account->data_dir, jid);
    self->jid = g_strdup(jid);
    self->plan = catch_up_new();
    self->keeper = (struct conversation_keeper){
        .history = history_new(path, &LISTENER, self),
        .account = self->jid,
        .view = view_cb,
        .sync = sync_cb,
        .look = look,
        .data = self,
    };
    history_conversations(self->keeper.history, conversations_cb, self);
}

static void
bound(JdAccount *account, gpointer state)
{
    struct account_history *self = state;
    g_autofree char *jid = text_dup(account_jid(account).bare);
    if (self->jid && strcmp(self->jid, jid) != 0)
        forget(account, state);
    if (self->jid == NULL)
        open_history(self, jid);
    catch_up_connected(self->plan, FALSE);
    history_begin_era(self->keeper.history, self->jid, gap_cb, self);
    for_each_conversation(account, account_history_attach);
}

static void
lost(JdAccount *account, gpointer state)
{
    struct account_history *self = state;
    (void)account;
    if (self->plan)
        catch_up_lost(self->plan);
}

static gpointer
make(JdAccount *account)
{
    struct account_history *self = g_new0(struct account_history, 1);
    self->account = account;
    self->asked = g_hash_table_new_full(NULL, NULL, asked_free, NULL);
    return self;
}

static void
free_state(gpointer state)
{
    struct account_history *self = state;
    g_hash_table_unref(self->asked);
    history_free(self->keeper.history);
    catch_up_free(self->plan);
    g_free(self->jid);
    g_free(self);
}

const struct feature feature_history = {
    .name = "history",
    .make = make,
    .free = free_state,
    .bound = bound,
    .lost = lost,
    .forget = forget,
};

/* ---- for others ---- */

void
account_history_attach(JdAccount *account, JdConversation *conversation)
{
    struct account_history *self = history_of(account);
    const char *jid = jd_conversation_get_jid(conversation);
    gboolean is_kept = jd_conversation_get_kind(conversation) == JD_CONVERSATION_ROOM || lasts(jid);
    if (self->jid == NULL || !is_kept)
        return;
    conversation_attach_history(conversation, &self->keeper);
    if (jd_conversation_get_kind(conversation) == JD_CONVERSATION_PRIVATE)
        history_set(self->keeper.history, jid, self->jid, HISTORY_ARCHIVED, FALSE);
}

void
account_history_put_away(JdAccount *account, JdConversation *conversation)
{
    struct account_history *self = history_of(account);
    if (self->jid && conversation_is_kept(conversation) &&
        jd_conversation_get_kind(conversation) == JD_CONVERSATION_PRIVATE)
        history_set(self->keeper.history, jd_conversation_get_jid(conversation), self->jid,
                    HISTORY_ARCHIVED, TRUE);
}

void
account_history_joined(JdAccount *account, JdConversation *room)
{
    struct account_history *self = history_of(account);
    if (self->jid && conversation_is_kept(room))
        history_begin_era(self->keeper.history, jd_conversation_get_jid(room), gap_cb, self);
}
