/* history_write.c - messages as they come in live and go out. */
#include "client/history_db.h"

/* ---- places ---- */

static gint64
era_of(struct history_db *db, gint64 archive)
{
    struct query query = query_begin(db, HISTORY_SQL_ARCHIVE_ERA);
    query_bind_int(&query, archive);
    return query_value(&query, 1);
}

gint64
db_live_position(struct history_db *db, gint64 archive, gint64 conversation)
{
    struct query query = query_begin(db, HISTORY_SQL_MAX_POSITION);
    query_bind_int(&query, conversation);
    gint64 newest = query_value(&query, 0);
    return MAX(newest + HISTORY_STEP, HISTORY_ERA_BASE(era_of(db, archive)));
}

void
db_move(struct history_db *db, gint64 row, gint64 position)
{
    struct query query = query_begin(db, HISTORY_SQL_MOVE);
    query_bind_int(&query, row);
    query_bind_int(&query, position);
    query_run(&query);
}

/* ---- rows ---- */

gint64
db_insert(struct history_db *db,
          gint64 archive,
          gint64 conversation,
          gint64 position,
          const struct history_event *event)
{
    struct query query = query_begin(db, HISTORY_SQL_INSERT);
    query_bind_int(&query, conversation);
    query_bind_int(&query, archive);
    query_bind_int(&query, position);
    query_bind_int(&query, (gint64)event->kind);
    query_bind_text(&query, event->archive_id);
    query_bind_text(&query, event->origin_id);
    query_bind_text(&query, event->id);
    query_bind_text(&query, event->sender);
    query_bind_text(&query, event->sender_jid);
    query_bind_text(&query, event->nickname);
    query_bind_text(&query, event->text);
    query_bind_text(&query, event->target);
    query_bind_text(&query, event->reply_to);
    query_bind_int(&query, event->time);
    query_bind_int(&query, (gint64)event->state);
    query_bind_int(&query, event->outgoing ? 1 : 0);
    query_bind_int(&query, event->mentions ? 1 : 0);
    query_bind_int(&query, event->by_room ? 1 : 0);
    query_bind_int(&query, event->is_retracted ? 1 : 0);
    return query_value(&query, 0);
}

void
db_merge(struct history_db *db, gint64 row, const struct history_event *event)
{
    struct query query = query_begin(db, HISTORY_SQL_MERGE);
    query_bind_int(&query, row);
    query_bind_text(&query, event->archive_id);
    query_bind_text(&query, event->origin_id);
    query_bind_text(&query, event->id);
    query_bind_text(&query, event->sender);
    query_bind_text(&query, event->sender_jid);
    query_bind_int(&query, event->time);
    query_bind_int(&query, (gint64)event->state);
    query_bind_int(&query, event->is_retracted ? 1 : 0);
    query_run(&query);
}

/* A room shows our own message: this is its place among the others. */
static void
take_reflection(struct history_db *db, gint64 archive, gint64 conversation, struct db_row found)
{
    struct query query = query_begin(db, HISTORY_SQL_MAX_POSITION);
    query_bind_int(&query, conversation);
    gint64 base = HISTORY_ERA_BASE(era_of(db, archive));
    if (query_value(&query, 0) > found.position || found.position < base)
        db_move(db, found.row, db_live_position(db, archive, conversation));
}

/* Until something was read here, what a room repeats for new occupants counts as read. */
static void
take_for_read(struct history_db *db, gint64 conversation, gint64 position)
{
    struct query query = query_begin(db, HISTORY_SQL_READ_BASE);
    query_bind_int(&query, conversation);
    query_bind_int(&query, position);
    query_run(&query);
}

struct db_added
db_add(struct history_db *db, const struct history_event *event)
{
    gint64 archive = db_archive(db, event->archive, NULL);
    gint64 conversation = db_conversation(db, event->conversation, event->archive);
    struct db_row found = db_match(db, archive, conversation, event);

    if (db->failed)
        return (struct db_added){ 0 };
    gboolean is_new = found.match == MATCH_NONE;
    if (is_new) {
        gint64 position = db_live_position(db, archive, conversation);
        found.row = db_insert(db, archive, conversation, position, event);
        if (event->is_past && era_of(db, archive) == 1)
            take_for_read(db, conversation, position);
    } else if (found.match == MATCH_OTHER_ID) {
        if (event->archive_id && event->outgoing)
            take_reflection(db, archive, conversation, found);
        db_merge(db, found.row, event);
    }
    db_resolve_read_id(db, conversation);
    db_conversation_changed(db, conversation);
    return (struct db_added){ db_settle(db, found.row), is_new };
}

/* ---- what became of our own ---- */

/* May `to` follow upon `from`? What failed and arrived all the same has arrived. */
static gboolean
is_step_forward(enum history_state from, enum history_state to)
{
    switch (from) {
    case HISTORY_PENDING:
        return to != HISTORY_PENDING && to != HISTORY_RECEIVED;
    case HISTORY_SENT:
        return to == HISTORY_DELIVERED || to == HISTORY_READ || to == HISTORY_FAILED;
    case HISTORY_DELIVERED:
        return to == HISTORY_READ;
    case HISTORY_FAILED:
        return to != HISTORY_FAILED && to != HISTORY_RECEIVED;
    case HISTORY_RECEIVED:
    case HISTORY_READ:
        break;
    }
    return FALSE;
}

void
db_set_state(struct history_db *db,
             const char *jid,
             const char *id,
             enum history_state state,
             const char *failure)
{
    gint64 conversation = db_find_conversation(db, jid);
    struct db_row found = { 0 };
    enum history_state before = HISTORY_RECEIVED;
    gint64 archive = 0;
    struct query query = query_begin(db, HISTORY_SQL_STATE_FIND);
    query_bind_int(&query, conversation);
    query_bind_text(&query, id);
    if (query_row(&query)) {
        found.row = query_int(&query, 0);
        before = (enum history_state)query_int(&query, 1);
        archive = query_int(&query, 2);
    }
    query_end(&query);
    if (found.row == 0 || !is_step_forward(before, state))
        return;
    struct query set = query_begin(db, HISTORY_SQL_STATE_SET);
    query_bind_int(&set, found.row);
    query_bind_int(&set, (gint64)state);
    query_bind_text(&set, state == HISTORY_FAILED ? failure : NULL);
    query_run(&set);
    /* Tried once more, it is said now. */
    if (state == HISTORY_PENDING)
        db_move(db, found.row, db_live_position(db, archive, conversation));
    (void)db_settle(db, found.row);
}
