/* conversation_history.c - the list of messages as a window over the history.
 *
 * What is heard goes into the history first and comes into the list from there. Our own messages
 * and event lines are in the list at once: the former find their place when the history has
 * answered, the latter wait until what was heard before them is there. */
#include "client/conversation_struct.h"
#include "client/text.h"
#include "client/words.h"

#define PAGE     100
#define NO_PLACE G_MAXINT64 /* ours, until the history says */

void
conversation_history_init(JdConversation *self)
{
    self->by_row = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    g_queue_init(&self->held);
}

void
conversation_history_clear(JdConversation *self)
{
    g_hash_table_unref(self->by_row);
    g_queue_clear_full(&self->held, g_object_unref);
}

static struct history *
history_of(JdConversation *self)
{
    return self->keeper->history;
}

/* A room has an archive of its own. */
static const char *
archive_of(JdConversation *self)
{
    return self->kind == JD_CONVERSATION_ROOM ? self->jid : self->keeper->account;
}

gboolean
conversation_is_kept(JdConversation *self)
{
    return self->keeper != NULL;
}

/* ---- places in the list ---- */

static JdMessage *
line_at(JdConversation *self, guint index)
{
    /* The list keeps it. */
    g_autoptr(JdMessage) message = g_list_model_get_item(G_LIST_MODEL(self->messages), index);
    return message;
}

static guint
line_count(JdConversation *self)
{
    return g_list_model_get_n_items(G_LIST_MODEL(self->messages));
}

/* Behind the last line whose position is not greater. */
static guint
index_for(JdConversation *self, gint64 position)
{
    guint low = 0, high = line_count(self);
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (message_get_position(line_at(self, middle)) <= position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void
append_line(JdConversation *self, JdMessage *message)
{
    guint count = line_count(self);
    gint64 last = count > 0 ? message_get_position(line_at(self, count - 1)) : 0;
    message_set_position(message, MAX(last, message_get_position(message)));
    g_list_store_append(self->messages, message);
}

static void
remember_row(JdConversation *self, JdMessage *message)
{
    gint64 row = message_get_row(message);
    g_hash_table_replace(self->by_row, g_memdup2(&row, sizeof(row)), message);
}

static void
state_cb(JdMessage *message, GParamSpec *pspec, JdConversation *self)
{
    static const enum history_state states[] = {
        [JD_MESSAGE_RECEIVED] = HISTORY_RECEIVED,
        [JD_MESSAGE_PENDING] = HISTORY_PENDING,
        [JD_MESSAGE_SENT] = HISTORY_SENT,
        [JD_MESSAGE_FAILED] = HISTORY_FAILED,
    };
    (void)pspec;
    if (self->keeper == NULL || self->takes)
        return;
    history_set_state(history_of(self), self->jid, jd_message_get_id(message),
                      states[jd_message_get_state(message)], jd_message_get_failure(message));
}

static void
follow_own(JdConversation *self, JdMessage *message)
{
    const char *id = jd_message_get_id(message);
    if (!jd_message_get_outgoing(message) || id == NULL)
        return;
    g_hash_table_replace(self->own, g_strdup(id), g_object_ref(message));
    g_signal_connect_object(message, "notify::state", G_CALLBACK(state_cb), self, (GConnectFlags)0);
}

/* ---- our own, and event lines ---- */

static void
release_held(JdConversation *self)
{
    while (!g_queue_is_empty(&self->held))
        conversation_take_sync(self);
}

static void
keep_own(JdConversation *self, JdMessage *message)
{
    const char *id = jd_message_get_id(message);
    const struct history_event event = {
        .kind = HISTORY_TEXT,
        .conversation = self->jid,
        .archive = archive_of(self),
        .origin_id = id,
        .id = id,
        .nickname = jd_message_get_sender(message),
        .text = jd_message_get_body(message),
        .time = jd_message_get_time(message),
        .state = HISTORY_PENDING,
        .outgoing = TRUE,
    };
    release_held(self);
    message_set_position(message, NO_PLACE);
    append_line(self, message);
    follow_own(self, message);
    history_add(history_of(self), &event, NULL, NULL);
}

void
conversation_keep(JdConversation *self, JdMessage *message)
{
    if (jd_message_get_kind(message) == JD_MESSAGE_TEXT && jd_message_get_outgoing(message)) {
        keep_own(self, message);
        return;
    }
    g_queue_push_tail(&self->held, g_object_ref(message));
    history_sync(history_of(self), self->jid, self->keeper->sync, self->keeper->data);
}

void
conversation_take_sync(JdConversation *self)
{
    g_autoptr(JdMessage) message = g_queue_pop_head(&self->held);
    if (message)
        append_line(self, message);
}

void
conversation_receive(JdConversation *self, const struct history_event *event)
{
    g_return_if_fail(self->keeper);
    history_add(history_of(self), event, NULL, NULL);
}

/* ---- what the history tells ---- */

char *
conversation_preview(JdConversation *self, const char *body, const char *sender, gboolean outgoing)
{
    g_autofree char *line = text_preview(body, PREVIEW_LETTERS);
    g_autofree char *said = text_isolate(line);
    g_autofree char *who = text_isolate(sender ? sender : "");
    if (outgoing)
        return g_strdup_printf(_("You: %s"), said);
    if (self->kind == JD_CONVERSATION_ROOM && sender)
        return g_strdup_printf("%s: %s", who, said);
    return g_steal_pointer(&line);
}

/* Lines behind one of ours that had no place yet move with it. */
static void
settle_followers(JdConversation *self, guint index, gint64 position)
{
    for (; index < line_count(self); index++) {
        JdMessage *message = line_at(self, index);
        if (message_get_row(message) != 0 || jd_message_get_kind(message) == JD_MESSAGE_TEXT)
            continue;
        if (message_get_position(message) == NO_PLACE)
            message_set_position(message, position);
    }
}

/* Is it in order between its neighbours? */
static gboolean
is_in_place(JdConversation *self, guint index, gint64 position)
{
    if (index > 0 && message_get_position(line_at(self, index - 1)) > position)
        return FALSE;
    return index + 1 >= line_count(self) ||
           message_get_position(line_at(self, index + 1)) >= position;
}

static void
take_known(JdConversation *self, JdMessage *message, const struct history_message *kept)
{
    guint index = 0;
    gint64 before = message_get_position(message);
    JdMessageState state = jd_message_get_state(message);
    G_GNUC_UNUSED g_autoptr(JdMessage) alive = g_object_ref(message);
    g_object_freeze_notify(G_OBJECT(message));
    message_take(message, kept);
    /* The server was quicker than the disk: that it has it will be told next. */
    if (state == JD_MESSAGE_SENT && kept->state == HISTORY_PENDING)
        message_set_state(message, state, NULL);
    g_object_thaw_notify(G_OBJECT(message));
    remember_row(self, message);
    if (before == kept->position || !g_list_store_find(self->messages, message, &index))
        return;
    if (before == NO_PLACE)
        settle_followers(self, index + 1, kept->position);
    if (is_in_place(self, index, kept->position))
        return;
    g_list_store_remove(self->messages, index);
    g_list_store_insert(self->messages, index_for(self, kept->position), message);
}

/* The list is a window: what leaves it at the top can be read again. */
static void
drop_first(JdConversation *self)
{
    JdMessage *first = line_at(self, 0);
    gint64 row = message_get_row(first);
    g_hash_table_remove(self->by_row, &row);
    if (jd_message_get_outgoing(first) && jd_message_get_id(first))
        g_hash_table_remove(self->own, jd_message_get_id(first));
    g_list_store_remove(self->messages, 0);
    self->has_older = TRUE;
}

static void
take_new(JdConversation *self, const struct history_message *kept)
{
    g_autoptr(JdMessage) message = message_from_history(kept);
    guint count = line_count(self);
    if (count >= CONVERSATION_MESSAGES_MAX && index_for(self, kept->position) == count)
        drop_first(self);
    g_list_store_insert(self->messages, index_for(self, kept->position), message);
    remember_row(self, message);
    follow_own(self, message);
}

/* The first line that the history knows; what is older is not in the window. */
static gint64
window_begins(JdConversation *self)
{
    for (guint i = 0; i < line_count(self); i++) {
        if (message_get_row(line_at(self, i)) != 0)
            return message_get_position(line_at(self, i));
    }
    return 0;
}

void
conversation_take_message(JdConversation *self, const struct history_message *kept)
{
    JdMessage *known = g_hash_table_lookup(self->by_row, &kept->row);
    if (known == NULL && kept->outgoing)
        known = conversation_find_own(self, kept->id);
    self->takes = TRUE;
    if (known)
        take_known(self, known, kept);
    else if (!self->has_older || kept->position > window_begins(self))
        take_new(self, kept);
    self->takes = FALSE;
}

void
conversation_take_summary(JdConversation *self, const struct history_conversation *summary)
{
    gboolean mentioned =
        self->kind == JD_CONVERSATION_PRIVATE ? summary->unread > 0 : summary->mentions > 0;
    conversation_set_unread(self, summary->unread, mentioned);
    if (summary->preview && summary->last_activity >= self->last_activity) {
        g_autofree char *line = conversation_preview(
            self, summary->preview, summary->preview_nickname, summary->preview_is_outgoing);
        conversation_set_last(self, line, summary->last_activity);
    }
}

/* ---- pages ---- */

gint64
conversation_newest_text(JdConversation *self)
{
    guint at = g_list_model_get_n_items(G_LIST_MODEL(self->messages));
    while (at-- > 0) {
        g_autoptr(JdMessage) message = g_list_model_get_item(G_LIST_MODEL(self->messages), at);
        JdMessageState state = jd_message_get_state(message);
        gboolean confirmed = state == JD_MESSAGE_RECEIVED || state == JD_MESSAGE_SENT;
        if (jd_message_get_kind(message) == JD_MESSAGE_TEXT && confirmed)
            return jd_message_get_time(message);
    }
    return 0;
}

void
conversation_take_view(JdConversation *self, const struct history_view *view)
{
    gint64 oldest = window_begins(self);
    self->reads = FALSE;
    self->has_older = FALSE;
    for (guint i = 0; i < view->messages->len; i++)
        conversation_take_message(self, view->messages->pdata[i]);
    self->has_older = view->has_older;
    self->has_gap = view->gaps->len > 0;
    /* Whoever reads on comes to what is missing; at the first page nobody has yet. */
    for (guint i = 0; oldest > 0 && self->keeper && i < view->gaps->len; i++)
        self->keeper->look(self, view->gaps->pdata[i], self->keeper->data);
    if (self->owner && self->joined)
        conversation_send_pending(self);
}

static void
read_page(JdConversation *self, gint64 before)
{
    const struct conversation_keeper *keeper = self->keeper;
    self->reads = TRUE;
    history_read(keeper->history, self->jid, before > 0 ? HISTORY_OLDER : HISTORY_NEWEST, before,
                 PAGE, keeper->view, keeper->data);
}

gboolean
jd_conversation_load_older(JdConversation *self)
{
    g_return_val_if_fail(JD_IS_CONVERSATION(self), FALSE);
    if (self->keeper == NULL || self->reads || !(self->has_older || self->has_gap))
        return FALSE;
    read_page(self, window_begins(self));
    return TRUE;
}

void
conversation_mark_kept_read(JdConversation *self)
{
    if (self->keeper == NULL)
        return;
    for (guint i = line_count(self); i > 0; i--) {
        gint64 row = message_get_row(line_at(self, i - 1));
        if (row != 0) {
            history_mark_read(history_of(self), self->jid, row);
            return;
        }
    }
}

/* ---- attaching ---- */

void
conversation_attach_history(JdConversation *self, const struct conversation_keeper *keeper)
{
    if (self->keeper == keeper)
        return;
    self->keeper = keeper;
    read_page(self, 0);
    history_touch(keeper->history, self->jid);
}

void
conversation_detach_history(JdConversation *self)
{
    self->keeper = NULL;
    self->reads = FALSE;
    release_held(self);
}
