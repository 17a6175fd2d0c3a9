/* history_conversation.c - archives and conversations: their keys, settings, and what is unread. */
#include "client/history_db.h"

#include <string.h>

/* ---- keys ---- */

gint64
db_archive(struct history_db *db, const char *jid, gint64 *ret_era)
{
    gint64 archive = 0;
    for (int attempt = 0; attempt < 2 && archive == 0 && !db->failed; attempt++) {
        if (attempt > 0) {
            struct query make = query_begin(db, HISTORY_SQL_ARCHIVE_MAKE);
            query_bind_text(&make, jid);
            query_run(&make);
        }
        struct query query = query_begin(db, HISTORY_SQL_ARCHIVE_FIND);
        query_bind_text(&query, jid);
        if (query_row(&query)) {
            archive = query_int(&query, 0);
            if (ret_era)
                *ret_era = query_int(&query, 1);
        }
        query_end(&query);
        if (attempt > 0 && archive > 0) {
            /* The beginning is a gap until the archive says otherwise. */
            struct query gap = query_begin(db, HISTORY_SQL_GAP_OPEN);
            query_bind_int(&gap, archive);
            query_bind_int(&gap, 0);
            query_bind_int(&gap, 1);
            query_run(&gap);
        }
    }
    return archive;
}

gint64
db_find_conversation(struct history_db *db, const char *jid)
{
    struct query query = query_begin(db, HISTORY_SQL_CONVERSATION_FIND);
    query_bind_text(&query, jid);
    return query_value(&query, 0);
}

/* What the archive had before this device first looked is not news: all below the first era's
 * beginning is read. Later eras brought what was missed. */
static gint64
make_conversation(struct history_db *db, const char *jid, gint64 archive)
{
    struct query query = query_begin(db, HISTORY_SQL_CONVERSATION_MAKE);
    query_bind_text(&query, jid);
    query_bind_int(&query, archive);
    query_bind_int(&query, HISTORY_ERA_BASE((gint64)1) - 1);
    return query_value(&query, 0);
}

gint64
db_conversation(struct history_db *db, const char *jid, const char *archive_jid)
{
    gint64 archive = db_archive(db, archive_jid, NULL);
    gint64 conversation = 0, home = 0;
    struct query query = query_begin(db, HISTORY_SQL_CONVERSATION_FIND);
    query_bind_text(&query, jid);
    if (query_row(&query)) {
        conversation = query_int(&query, 0);
        home = query_int(&query, 1);
    }
    query_end(&query);
    if (conversation == 0)
        return make_conversation(db, jid, archive);
    if (home != archive) {
        /* Found out since: this address is a room, with an archive of its own. */
        struct query move = query_begin(db, HISTORY_SQL_CONVERSATION_REHOME);
        query_bind_int(&move, conversation);
        query_bind_int(&move, archive);
        query_run(&move);
    }
    return conversation;
}

void
db_conversation_changed(struct history_db *db, gint64 conversation)
{
    g_hash_table_add(db->conversations, g_memdup2(&conversation, sizeof(conversation)));
}

/* ---- summaries ---- */

static gint64
count_above(struct history_db *db, enum history_statement which, gint64 conversation, gint64 above)
{
    struct query query = query_begin(db, which);
    query_bind_int(&query, conversation);
    query_bind_int(&query, above);
    return query_value(&query, 0);
}

static void
load_preview(struct history_db *db, gint64 conversation, struct history_conversation *into)
{
    struct query query = query_begin(db, HISTORY_SQL_CONVERSATION_PREVIEW);
    query_bind_int(&query, conversation);
    if (query_row(&query)) {
        into->preview = g_strdup(query_text(&query, 0));
        into->preview_nickname = g_strdup(query_text(&query, 1));
        into->preview_is_outgoing = query_int(&query, 2) != 0;
        into->last_activity = query_int(&query, 3);
    }
    query_end(&query);
}

struct history_conversation *
db_summary(struct history_db *db, gint64 conversation)
{
    struct history_conversation *summary = g_new0(struct history_conversation, 1);
    gint64 read = 0;
    struct query query = query_begin(db, HISTORY_SQL_CONVERSATION_LOAD);
    query_bind_int(&query, conversation);
    if (query_row(&query)) {
        summary->jid = g_strdup(query_text(&query, 0));
        summary->archive = g_strdup(query_text(&query, 1));
        summary->draft = g_strdup(query_text(&query, 2));
        summary->is_pinned = query_int(&query, 3) != 0;
        summary->is_muted = query_int(&query, 4) != 0;
        summary->is_archived = query_int(&query, 5) != 0;
        summary->read_row = query_int(&query, 7);
        summary->read_id = g_strdup(query_text(&query, 9));
        read = MAX(query_int(&query, 6), query_int(&query, 8));
    }
    query_end(&query);
    load_preview(db, conversation, summary);
    summary->unread = (guint)count_above(db, HISTORY_SQL_CONVERSATION_UNREAD, conversation, read);
    summary->mentions =
        (guint)count_above(db, HISTORY_SQL_CONVERSATION_MENTIONS, conversation, read);
    summary->first_new = count_above(db, HISTORY_SQL_CONVERSATION_FIRST_NEW, conversation, read);
    return summary;
}

GPtrArray *
db_conversations(struct history_db *db)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(history_conversation_free);
    g_autoptr(GArray) keys = g_array_new(FALSE, FALSE, sizeof(gint64));
    struct query query = query_begin(db, HISTORY_SQL_CONVERSATION_ALL);
    while (query_row(&query)) {
        gint64 key = query_int(&query, 0);
        g_array_append_val(keys, key);
    }
    query_end(&query);
    for (guint i = 0; i < keys->len; i++)
        g_ptr_array_add(all, db_summary(db, g_array_index(keys, gint64, i)));
    return all;
}

void
history_conversation_free(gpointer data)
{
    struct history_conversation *conversation = data;
    if (conversation == NULL)
        return;
    g_free(conversation->jid);
    g_free(conversation->archive);
    g_free(conversation->draft);
    g_free(conversation->preview);
    g_free(conversation->preview_nickname);
    g_free(conversation->read_id);
    g_free(conversation);
}

/* ---- what was read ---- */

static gint64
place_of(struct history_db *db, gint64 row)
{
    struct query query = query_begin(db, HISTORY_SQL_PLACE);
    query_bind_int(&query, row);
    return query_value(&query, 0);
}

/* Forward only; but another device's first word may lie below what a new device takes for read. */
static void
mark(struct history_db *db, gint64 conversation, gint64 row, gboolean from_elsewhere)
{
    gint64 position = place_of(db, row);
    gint64 read = 0;
    gboolean is_first = FALSE;
    struct query query = query_begin(db, HISTORY_SQL_READ_POSITION);
    query_bind_int(&query, conversation);
    if (query_row(&query)) {
        read = query_int(&query, 0);
        is_first = from_elsewhere && query_int(&query, 1) == 0;
    }
    query_end(&query);
    if (position == 0 || (position <= read && !is_first))
        return;
    struct query set = query_begin(db, is_first ? HISTORY_SQL_READ_FIRST : HISTORY_SQL_READ_SET);
    query_bind_int(&set, conversation);
    query_bind_int(&set, row);
    query_run(&set);
    db_conversation_changed(db, conversation);
}

void
db_mark_row(struct history_db *db, gint64 conversation, gint64 row)
{
    mark(db, conversation, row, TRUE);
}

void
db_mark_read(struct history_db *db, const char *jid, gint64 row)
{
    gint64 conversation = db_find_conversation(db, jid);
    if (conversation > 0)
        mark(db, conversation, row, FALSE);
}

/* The row with this archive id, of this conversation's own archive. */
static gint64
row_of_archive_id(struct history_db *db, gint64 conversation, const char *id)
{
    gint64 archive = 0;
    struct history_conversation *summary = db_summary(db, conversation);
    if (summary->archive)
        archive = db_archive(db, summary->archive, NULL);
    history_conversation_free(summary);
    struct query query = query_begin(db, HISTORY_SQL_MATCH_ARCHIVE_ID);
    query_bind_int(&query, archive);
    query_bind_text(&query, id);
    return query_value(&query, 0);
}

void
db_mark_read_id(struct history_db *db, const char *jid, const char *archive_id)
{
    gint64 conversation = db_find_conversation(db, jid);
    if (conversation == 0)
        return;
    struct query query = query_begin(db, HISTORY_SQL_READ_WANTED);
    query_bind_int(&query, conversation);
    query_bind_text(&query, archive_id);
    query_run(&query);
    db_resolve_read_id(db, conversation);
}

void
db_resolve_read_id(struct history_db *db, gint64 conversation)
{
    g_autofree char *id = NULL;
    struct query query = query_begin(db, HISTORY_SQL_READ_UNKNOWN);
    query_bind_int(&query, conversation);
    if (query_row(&query))
        id = g_strdup(query_text(&query, 0));
    query_end(&query);
    if (id == NULL)
        return;
    gint64 row = row_of_archive_id(db, conversation, id);
    if (row == 0)
        return;
    struct query known = query_begin(db, HISTORY_SQL_READ_WANTED);
    query_bind_int(&known, conversation);
    query_bind_text(&known, NULL);
    query_run(&known);
    mark(db, conversation, row, TRUE);
}

/* ---- settings ---- */

void
db_set(struct history_db *db,
       const char *jid,
       const char *archive,
       enum history_setting setting,
       gboolean value)
{
    static const enum history_statement statements[] = {
        [HISTORY_PINNED] = HISTORY_SQL_CONVERSATION_PINNED,
        [HISTORY_MUTED] = HISTORY_SQL_CONVERSATION_MUTED,
        [HISTORY_ARCHIVED] = HISTORY_SQL_CONVERSATION_ARCHIVED,
    };
    gint64 conversation = db_conversation(db, jid, archive);
    struct query query = query_begin(db, statements[setting]);
    query_bind_int(&query, conversation);
    query_bind_int(&query, value ? 1 : 0);
    query_run(&query);
    db_conversation_changed(db, conversation);
}

void
db_set_draft(struct history_db *db, const char *jid, const char *archive, const char *draft)
{
    gint64 conversation = db_conversation(db, jid, archive);
    struct query query = query_begin(db, HISTORY_SQL_CONVERSATION_DRAFT);
    query_bind_int(&query, conversation);
    query_bind_text(&query, draft && draft[0] ? draft : NULL);
    query_run(&query);
    db_conversation_changed(db, conversation);
}
