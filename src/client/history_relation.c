/* history_relation.c - what a line looks like, worked out from all rows that are about it.
 *
 * It is always worked out anew and only from what is stored, so it does not matter in which order
 * the message and what was said about it have come. */
#include "client/history_db.h"

#include <string.h>

/* A row, and how it looks. */
struct line {
    gint64 row, conversation, position;
    enum history_kind kind;
    enum history_state state;
    char *sender, *archive_id, *origin_id, *id, *target, *text;
    gboolean outgoing, tombstone;
};

struct look {
    char *body;
    gboolean is_edited, is_retracted;
    GPtrArray *reactions; /* of "sender TAB emojis", one a person */
    enum history_state state;
    gboolean is_read_by_peer, is_read_by_us;
};

static gboolean
load(struct history_db *db, gint64 row, struct line *line)
{
    struct query query = query_begin(db, HISTORY_SQL_ROW_LOAD);
    query_bind_int(&query, row);
    gboolean found = query_row(&query);
    if (found) {
        *line = (struct line){
            .row = row,
            .conversation = query_int(&query, 0),
            .kind = (enum history_kind)query_int(&query, 1),
            .sender = g_strdup(query_text(&query, 2)),
            .archive_id = g_strdup(query_text(&query, 3)),
            .origin_id = g_strdup(query_text(&query, 4)),
            .id = g_strdup(query_text(&query, 5)),
            .target = g_strdup(query_text(&query, 6)),
            .position = query_int(&query, 7),
            .text = g_strdup(query_text(&query, 8)),
            .outgoing = query_int(&query, 9) != 0,
            .tombstone = query_int(&query, 10) != 0,
            .state = (enum history_state)query_int(&query, 11),
        };
    }
    query_end(&query);
    return found;
}

static void
line_clear(struct line *line)
{
    g_free(line->sender);
    g_free(line->archive_id);
    g_free(line->origin_id);
    g_free(line->id);
    g_free(line->target);
    g_free(line->text);
}

/* ---- one relation ---- */

/* Columns of RELATIONS. */
enum {
    KIND,
    SENDER,
    TEXT,
    BY_ROOM,
    POSITION,
    OUTGOING,
    TARGET
};

static gboolean
is_by_author(const struct query *row, const struct line *line)
{
    gboolean outgoing = query_int(row, OUTGOING) != 0;
    if (outgoing || line->outgoing)
        return outgoing && line->outgoing;
    return g_strcmp0(query_text(row, SENDER), line->sender) == 0;
}

/* XEP-0444 3.2: each message holds all of a person's reactions and replaces those before. */
static void
take_reactions(const struct query *row, struct look *look)
{
    const char *who = query_int(row, OUTGOING) != 0 ? "" : query_text(row, SENDER);
    const char *what = query_text(row, TEXT);
    g_autofree char *prefix = g_strconcat(who ? who : "?", "\t", NULL);
    for (guint i = 0; i < look->reactions->len; i++) {
        if (g_str_has_prefix(look->reactions->pdata[i], prefix)) {
            g_ptr_array_remove_index(look->reactions, i);
            break;
        }
    }
    if (what && what[0])
        g_ptr_array_add(look->reactions, g_strconcat(prefix, what, NULL));
}

/* XEP-0308 3: only the author corrects, and by the id of the first version. */
static void
take_edit(const struct query *row, const struct line *line, struct look *look)
{
    const char *target = query_text(row, TARGET);
    gboolean names_it = g_strcmp0(target, line->id) == 0 || g_strcmp0(target, line->origin_id) == 0;
    if (line->kind != HISTORY_TEXT || !names_it || !is_by_author(row, line))
        return;
    g_free(look->body);
    look->body = g_strdup(query_text(row, TEXT));
    look->is_edited = TRUE;
}

static void
take_relation(const struct query *row, const struct line *line, struct look *look)
{
    gboolean is_ours = query_int(row, OUTGOING) != 0;
    switch ((enum history_kind)query_int(row, KIND)) {
    case HISTORY_EDIT:
        take_edit(row, line, look);
        break;
    case HISTORY_RETRACTION:
        if (query_int(row, BY_ROOM) != 0 || is_by_author(row, line))
            look->is_retracted = TRUE;
        break;
    case HISTORY_REACTIONS:
        take_reactions(row, look);
        break;
    case HISTORY_RECEIPT:
        if (line->outgoing && !is_ours && look->state != HISTORY_READ)
            look->state = HISTORY_DELIVERED;
        break;
    case HISTORY_MARKER:
        look->is_read_by_peer = look->is_read_by_peer || !is_ours;
        look->is_read_by_us = look->is_read_by_us || is_ours;
        break;
    case HISTORY_TEXT:
    case HISTORY_NOTICE:
        break;
    }
}

/* ---- the whole look ---- */

static char *
join_reactions(const struct look *look)
{
    if (look->is_retracted || look->reactions->len == 0)
        return NULL;
    g_ptr_array_add(look->reactions, NULL);
    return g_strjoinv("\n", (char **)look->reactions->pdata);
}

static void
store(struct history_db *db, const struct line *line, const struct look *look)
{
    g_autofree char *reactions = join_reactions(look);
    struct query query = query_begin(db, HISTORY_SQL_LOOK_SET);
    query_bind_int(&query, line->row);
    query_bind_text(&query, look->is_retracted ? NULL : look->body);
    query_bind_int(&query, look->is_edited && !look->is_retracted ? 1 : 0);
    query_bind_int(&query, look->is_retracted ? 1 : 0);
    query_bind_text(&query, reactions);
    query_bind_int(&query, (gint64)look->state);
    query_run(&query);
    g_hash_table_add(db->changed, g_memdup2(&line->row, sizeof(line->row)));
    db_conversation_changed(db, line->conversation);
}

/* Everything of ours up to there has been read; what looks different now is told. */
static void
mark_read_by_peer(struct history_db *db, const struct line *line)
{
    struct query query = query_begin(db, HISTORY_SQL_PEER_READ_POSITION);
    query_bind_int(&query, line->conversation);
    gint64 before = query_value(&query, 0);
    if (line->position <= before)
        return;
    struct query rows = query_begin(db, HISTORY_SQL_PEER_READ_ROWS);
    query_bind_int(&rows, line->conversation);
    query_bind_int(&rows, before);
    query_bind_int(&rows, line->position);
    while (query_row(&rows)) {
        gint64 row = query_int(&rows, 0);
        g_hash_table_add(db->changed, g_memdup2(&row, sizeof(row)));
    }
    query_end(&rows);
    struct query set = query_begin(db, HISTORY_SQL_PEER_READ_SET);
    query_bind_int(&set, line->conversation);
    query_bind_int(&set, line->row);
    query_run(&set);
}

static void
settle_line(struct history_db *db, const struct line *line)
{
    struct look look = {
        .body = g_strdup(line->text),
        .is_retracted = line->tombstone,
        .reactions = g_ptr_array_new_with_free_func(g_free),
        .state = line->state,
    };
    struct query query = query_begin(db, HISTORY_SQL_RELATIONS);
    query_bind_int(&query, line->conversation);
    query_bind_text(&query, line->id);
    query_bind_text(&query, line->origin_id);
    query_bind_text(&query, line->archive_id);
    while (query_row(&query))
        take_relation(&query, line, &look);
    query_end(&query);
    store(db, line, &look);
    if (look.is_read_by_peer)
        mark_read_by_peer(db, line);
    if (look.is_read_by_us)
        db_mark_row(db, line->conversation, line->row);
    g_free(look.body);
    g_ptr_array_unref(look.reactions);
}

/* ---- from a relation to its line ---- */

static gint64
settle_target(struct history_db *db, const struct line *relation)
{
    g_autoptr(GArray) targets = g_array_new(FALSE, FALSE, sizeof(gint64));
    struct query query = query_begin(db, HISTORY_SQL_TARGET_FIND);
    query_bind_int(&query, relation->conversation);
    query_bind_text(&query, relation->target);
    while (query_row(&query)) {
        gint64 row = query_int(&query, 0);
        g_array_append_val(targets, row);
    }
    query_end(&query);
    for (guint i = 0; i < targets->len; i++)
        (void)db_settle(db, g_array_index(targets, gint64, i));
    return targets->len > 0 ? g_array_index(targets, gint64, 0) : 0;
}

gint64
db_settle(struct history_db *db, gint64 row)
{
    struct line line = { 0 };
    gint64 shows_in = 0;
    if (!load(db, row, &line))
        return 0;
    if (line.kind <= HISTORY_NOTICE) {
        settle_line(db, &line);
        shows_in = row;
    } else if (line.target) {
        shows_in = settle_target(db, &line);
    }
    line_clear(&line);
    return shows_in;
}
