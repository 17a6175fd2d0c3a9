/* history_match.c - is this a message that we have already?
 *
 * The archive id decides where it is known. Until then ids that senders choose have to do, and they
 * count only for that sender's own messages: nobody can make somebody else's message vanish. */
#include "client/history_db.h"

static gboolean
is_text_equal(const struct query *row, const struct history_event *event)
{
    return g_strcmp0(query_text(row, 6), event->text) == 0;
}

static gboolean
is_sender_equal(const struct query *row, const struct history_event *event)
{
    if ((query_int(row, 4) != 0) != (event->outgoing != FALSE))
        return FALSE;
    return event->outgoing || g_strcmp0(query_text(row, 3), event->sender) == 0;
}

/* One row with the same id by its sender. `is_unique` ids are drawn at random (XEP-0359); others
 * may begin anew with every start of the sender's client. */
static enum db_match
compare(const struct query *row, const struct history_event *event, gboolean is_unique)
{
    const char *archive_id = query_text(row, 2);
    if (query_int(row, 5) != (gint64)event->kind || !is_sender_equal(row, event))
        return MATCH_NONE;
    if (archive_id && event->archive_id)
        return is_unique && is_text_equal(row, event) ? MATCH_AGAIN : MATCH_NONE;
    /* A tombstone in the archive has lost its words. */
    if (!is_unique && !event->outgoing && !event->is_retracted && !is_text_equal(row, event))
        return MATCH_NONE;
    return archive_id ? MATCH_AGAIN : MATCH_OTHER_ID;
}

static struct db_row
match_id(struct history_db *db,
         enum history_statement which,
         gint64 conversation,
         const char *id,
         const struct history_event *event)
{
    struct db_row found = { 0 };
    if (id == NULL)
        return found;
    struct query query = query_begin(db, which);
    query_bind_int(&query, conversation);
    query_bind_text(&query, id);
    while (found.match == MATCH_NONE && query_row(&query)) {
        found.row = query_int(&query, 0);
        found.position = query_int(&query, 1);
        found.match = compare(&query, event, which == HISTORY_SQL_MATCH_ORIGIN_ID);
    }
    query_end(&query);
    return found;
}

static struct db_row
match_archive_id(struct history_db *db, gint64 archive, const char *id)
{
    struct db_row found = { 0 };
    if (id == NULL)
        return found;
    struct query query = query_begin(db, HISTORY_SQL_MATCH_ARCHIVE_ID);
    query_bind_int(&query, archive);
    query_bind_text(&query, id);
    if (query_row(&query)) {
        found = (struct db_row){ query_int(&query, 0), query_int(&query, 1), MATCH_ARCHIVE_ID };
    }
    query_end(&query);
    return found;
}

struct db_row
db_match(struct history_db *db,
         gint64 archive,
         gint64 conversation,
         const struct history_event *event)
{
    struct db_row found = match_archive_id(db, archive, event->archive_id);
    if (found.match == MATCH_NONE)
        found = match_id(db, HISTORY_SQL_MATCH_ORIGIN_ID, conversation, event->origin_id, event);
    if (found.match == MATCH_NONE)
        found = match_id(db, HISTORY_SQL_MATCH_ID, conversation, event->id, event);
    if (found.match == MATCH_NONE)
        found = (struct db_row){ 0 };
    return found;
}
