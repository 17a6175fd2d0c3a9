/* history_read.c - rows as views want them: pages, pending ones, what a search finds. */
#include "client/history_db.h"

#include <string.h>

/* ---- one row ---- */

void
history_message_free(gpointer data)
{
    struct history_message *message = data;
    if (message == NULL)
        return;
    g_free(message->conversation);
    g_free(message->archive_id);
    g_free(message->origin_id);
    g_free(message->id);
    g_free(message->sender);
    g_free(message->sender_jid);
    g_free(message->nickname);
    g_free(message->body);
    g_free(message->failure);
    g_free(message->reply_to);
    g_free(message->reactions);
    g_free(message->target);
    g_free(message);
}

/* The columns are those of MESSAGE_COLUMNS. */
static struct history_message *
message_of(const struct query *row)
{
    struct history_message *message = g_new0(struct history_message, 1);
    gint64 read_by_peer = query_int(row, 21);
    message->row = query_int(row, 0);
    message->position = query_int(row, 1);
    message->kind = (enum history_kind)query_int(row, 2);
    message->state = (enum history_state)query_int(row, 3);
    message->outgoing = query_int(row, 4) != 0;
    message->mentions = query_int(row, 5) != 0;
    message->is_edited = query_int(row, 6) != 0;
    message->is_retracted = query_int(row, 7) != 0;
    message->time = query_int(row, 8);
    message->conversation = g_strdup(query_text(row, 9));
    message->archive_id = g_strdup(query_text(row, 10));
    message->origin_id = g_strdup(query_text(row, 11));
    message->id = g_strdup(query_text(row, 12));
    message->sender = g_strdup(query_text(row, 13));
    message->sender_jid = g_strdup(query_text(row, 14));
    message->nickname = g_strdup(query_text(row, 15));
    message->body = g_strdup(query_text(row, message->kind <= HISTORY_NOTICE ? 16 : 22));
    message->failure = g_strdup(query_text(row, 17));
    message->reply_to = g_strdup(query_text(row, 18));
    message->reactions = g_strdup(query_text(row, 19));
    message->target = g_strdup(query_text(row, 20));
    gboolean has_arrived = message->state == HISTORY_SENT || message->state == HISTORY_DELIVERED;
    if (message->outgoing && has_arrived && message->position <= read_by_peer)
        message->state = HISTORY_READ;
    return message;
}

struct history_message *
db_message(struct history_db *db, gint64 row)
{
    struct history_message *message = NULL;
    struct query query = query_begin(db, HISTORY_SQL_MESSAGE_LOAD);
    query_bind_int(&query, row);
    if (query_row(&query))
        message = message_of(&query);
    query_end(&query);
    return message;
}

static GPtrArray *
messages_new(void)
{
    return g_ptr_array_new_with_free_func(history_message_free);
}

/* ---- pages ---- */

static void
reverse(GPtrArray *array)
{
    for (guint i = 0; i < array->len / 2; i++) {
        gpointer held = array->pdata[i];
        array->pdata[i] = array->pdata[array->len - 1 - i];
        array->pdata[array->len - 1 - i] = held;
    }
}

/* One more than asked for is looked at, to know whether there are more. */
static gboolean
read_rows(struct history_db *db,
          enum history_statement which,
          gint64 conversation,
          gint64 position,
          guint count,
          GPtrArray *into)
{
    gboolean more = FALSE;
    guint end = into->len + count;
    struct query query = query_begin(db, which);
    query_bind_int(&query, conversation);
    query_bind_int(&query, position);
    query_bind_int(&query, (gint64)count + 1);
    while (!more && query_row(&query)) {
        more = into->len == end;
        if (!more)
            g_ptr_array_add(into, message_of(&query));
    }
    query_end(&query);
    return more;
}

static gboolean
has_rows(struct history_db *db, enum history_statement which, gint64 conversation, gint64 position)
{
    g_autoptr(GPtrArray) none = messages_new();
    return read_rows(db, which, conversation, position, 0, none);
}

static void
read_messages(struct history_db *db,
              struct history_view *view,
              gint64 conversation,
              enum history_from from,
              gint64 position,
              guint count)
{
    GPtrArray *into = view->messages;
    gint64 edge = from == HISTORY_NEWEST ? G_MAXINT64 : position;
    if (from == HISTORY_NEWER) {
        view->has_newer = read_rows(db, HISTORY_SQL_PAGE_UP, conversation, edge, count, into);
        view->has_older = has_rows(db, HISTORY_SQL_PAGE_DOWN, conversation, edge + 1);
        return;
    }
    guint older = from == HISTORY_AROUND ? count / 2 : count;
    view->has_older = read_rows(db, HISTORY_SQL_PAGE_DOWN, conversation, edge, older, into);
    reverse(into);
    if (from == HISTORY_AROUND)
        view->has_newer =
            read_rows(db, HISTORY_SQL_PAGE_UP, conversation, edge - 1, count - older, into);
    else if (from == HISTORY_OLDER)
        view->has_newer = has_rows(db, HISTORY_SQL_PAGE_UP, conversation, edge - 1);
}

/* Those that lie within what the page shows, or at an end of it where nothing follows. */
static void
read_gaps(struct history_db *db, struct history_view *view, gint64 conversation)
{
    GPtrArray *messages = view->messages;
    g_autoptr(GPtrArray) all = db_gaps(db, conversation);
    gint64 first = G_MININT64, last = G_MAXINT64;
    if (view->has_older && messages->len > 0)
        first = ((struct history_message *)messages->pdata[0])->position;
    if (view->has_newer && messages->len > 0)
        last = ((struct history_message *)messages->pdata[messages->len - 1])->position;
    for (guint i = 0; i < all->len; i++) {
        const struct history_gap *gap = all->pdata[i];
        if (gap->position > first && gap->position < last)
            g_ptr_array_add(view->gaps, g_steal_pointer(&all->pdata[i]));
    }
}

struct history_view *
db_read(
    struct history_db *db, const char *jid, enum history_from from, gint64 position, guint count)
{
    struct history_view *view = g_new0(struct history_view, 1);
    gint64 conversation = db_find_conversation(db, jid);
    view->conversation = g_strdup(jid);
    view->messages = messages_new();
    view->gaps = g_ptr_array_new_with_free_func(history_gap_free);
    if (conversation > 0) {
        read_messages(db, view, conversation, from, position, count);
        read_gaps(db, view, conversation);
    }
    return view;
}

void
db_view_free(struct history_view *view)
{
    if (view == NULL)
        return;
    g_ptr_array_unref(view->messages);
    g_ptr_array_unref(view->gaps);
    g_free(view->conversation);
    g_free(view);
}

GPtrArray *
db_find(struct history_db *db, const char *jid, const char *id)
{
    GPtrArray *found = messages_new();
    struct query query = query_begin(db, HISTORY_SQL_TARGET_FIND);
    query_bind_int(&query, db_find_conversation(db, jid));
    query_bind_text(&query, id);
    gint64 row = query_value(&query, 0);
    if (row > 0)
        g_ptr_array_add(found, db_message(db, row));
    return found;
}

GPtrArray *
db_pending(struct history_db *db, const char *jid)
{
    GPtrArray *found = messages_new();
    struct query query = query_begin(db, HISTORY_SQL_PENDING);
    query_bind_int(&query, db_find_conversation(db, jid));
    while (query_row(&query))
        g_ptr_array_add(found, message_of(&query));
    query_end(&query);
    return found;
}

/* ---- search ---- */

void
history_hit_free(gpointer data)
{
    struct history_hit *hit = data;
    if (hit == NULL)
        return;
    history_message_free(hit->message);
    g_free(hit->snippet);
    g_free(hit);
}

/* Each word as a quoted string, so that nothing in it is FTS5's syntax; the last one is perhaps
 * still being typed. NULL when there is no word. */
static char *
match_expression(const char *words)
{
    g_auto(GStrv) parts = g_strsplit_set(words, " \t\r\n", -1);
    g_autoptr(GString) expression = g_string_new(NULL);
    for (guint i = 0; parts[i]; i++) {
        if (parts[i][0] == '\0')
            continue;
        g_auto(GStrv) pieces = g_strsplit(parts[i], "\"", -1);
        g_autofree char *quoted = g_strjoinv("\"\"", pieces);
        g_string_append_printf(expression, "%s\"%s\"", expression->len > 0 ? " " : "", quoted);
    }
    if (expression->len == 0)
        return NULL;
    g_string_append_c(expression, '*');
    return g_string_free(g_steal_pointer(&expression), FALSE);
}

static struct history_hit *
make_hit(struct history_db *db, const char *expression, gint64 row)
{
    struct history_hit *hit = g_new0(struct history_hit, 1);
    hit->message = db_message(db, row);
    struct query query = query_begin(db, HISTORY_SQL_SEARCH_SNIPPET);
    query_bind_text(&query, expression);
    query_bind_int(&query, row);
    if (query_row(&query))
        hit->snippet = g_strdup(query_text(&query, 0));
    query_end(&query);
    return hit;
}

GPtrArray *
db_search(struct history_db *db, const char *jid, const char *words, guint count, guint skip)
{
    GPtrArray *hits = g_ptr_array_new_with_free_func(history_hit_free);
    g_autofree char *expression = match_expression(words);
    gint64 conversation = jid ? db_find_conversation(db, jid) : 0;
    if (expression == NULL)
        return hits;
    struct query query = query_begin(db, jid ? HISTORY_SQL_SEARCH_HERE : HISTORY_SQL_SEARCH_ALL);
    query_bind_text(&query, expression);
    if (jid)
        query_bind_int(&query, conversation);
    query_bind_int(&query, count);
    query_bind_int(&query, skip);
    while (query_row(&query))
        g_ptr_array_add(hits, make_hit(db, expression, query_int(&query, 0)));
    query_end(&query);
    return hits;
}
