/* history_gaps.c - eras, the gaps between them, and how pages of the archive fill them.
 *
 * A conversation's rows from above the gap of an era:
 *
 *     older rows | gap | fills, downwards from the base | base of the era: live rows, upwards
 *
 * A page is worked through from its newest message to its oldest, with one place to put the next
 * message for each conversation: just below what came before it. See docs/adr/0009. */
#include "client/history_db.h"

/* ---- eras ---- */

static gboolean
anything_above(struct history_db *db, gint64 archive, gint64 position)
{
    struct query query = query_begin(db, HISTORY_SQL_ARCHIVE_ANY_ABOVE);
    query_bind_int(&query, archive);
    query_bind_int(&query, position);
    return query_value(&query, 0) != 0;
}

/* The edge of a gap: everything from this archive id up is known. */
static char *
edge_of(
    struct history_db *db, gint64 archive, gint64 conversation, gint64 era, gboolean *ret_closed)
{
    char *edge = NULL;
    struct query query = query_begin(db, HISTORY_SQL_GAP_LOAD);
    *ret_closed = FALSE;
    query_bind_int(&query, archive);
    query_bind_int(&query, conversation);
    query_bind_int(&query, era);
    if (query_row(&query)) {
        edge = g_strdup(query_text(&query, 0));
        *ret_closed = query_int(&query, 1) != 0;
    }
    query_end(&query);
    return edge;
}

static void
gap_statement(struct history_db *db,
              enum history_statement which,
              gint64 archive,
              gint64 conversation,
              gint64 era)
{
    struct query query = query_begin(db, which);
    query_bind_int(&query, archive);
    query_bind_int(&query, conversation);
    query_bind_int(&query, era);
    query_run(&query);
}

/* A connection that was lost before it brought anything leaves no gap of its own. */
static gint64
next_era(struct history_db *db, gint64 archive, gint64 era)
{
    gboolean is_closed;
    g_autofree char *edge = edge_of(db, archive, 0, era, &is_closed);
    if (!is_closed && edge == NULL && !anything_above(db, archive, HISTORY_ERA_GAP(era)))
        return era;
    struct query query = query_begin(db, HISTORY_SQL_ARCHIVE_NEXT_ERA);
    query_bind_int(&query, archive);
    era = query_value(&query, era);
    gap_statement(db, HISTORY_SQL_GAP_OPEN, archive, 0, era);
    return era;
}

/* What waits to be sent will come after everything that was missed. */
static void
lift_pending(struct history_db *db, gint64 archive)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, 2 * sizeof(gint64));
    struct query query = query_begin(db, HISTORY_SQL_PENDING_IN_ARCHIVE);
    query_bind_int(&query, archive);
    while (query_row(&query)) {
        gint64 pair[2] = { query_int(&query, 0), query_int(&query, 1) };
        g_array_append_vals(rows, pair, 1);
    }
    query_end(&query);
    for (guint i = 0; i < rows->len; i++) {
        const gint64 *pair = (const gint64 *)(const void *)rows->data + (gsize)2 * i;
        db_move(db, pair[0], db_live_position(db, archive, pair[1]));
        (void)db_settle(db, pair[0]);
    }
}

struct history_gap *
db_begin_era(struct history_db *db, const char *jid)
{
    gint64 era = 1;
    gint64 archive = db_archive(db, jid, &era);
    if (db->failed)
        return NULL;
    (void)next_era(db, archive, era);
    lift_pending(db, archive);
    return db_find_gap(db, jid, NULL);
}

/* ---- gaps as they are told ---- */

void
history_gap_free(gpointer data)
{
    struct history_gap *gap = data;
    if (gap == NULL)
        return;
    g_free(gap->archive);
    g_free(gap->older_id);
    g_free(gap->newer_id);
    g_free(gap);
}

static void
load_edge(struct history_db *db,
          enum history_statement which,
          gint64 conversation,
          gint64 position,
          char **ret_id,
          gint64 *ret_position)
{
    struct query query = query_begin(db, which);
    query_bind_int(&query, conversation);
    query_bind_int(&query, position);
    if (query_row(&query)) {
        *ret_id = g_strdup(query_text(&query, 0));
        *ret_position = query_int(&query, 1);
    }
    query_end(&query);
}

static gboolean
has_own_archive(struct history_db *db, gint64 conversation)
{
    struct query query = query_begin(db, HISTORY_SQL_CONVERSATION_HAS_ARCHIVE);
    query_bind_int(&query, conversation);
    return query_value(&query, 0) != 0;
}

/* Its own fill may have come further down than the walk through the whole archive, or less far:
 * both edges are right, and so is the lowest row it has, which came by one of them. */
static struct history_gap *
gap_in_conversation(struct history_db *db, gint64 archive, gint64 conversation, gint64 era)
{
    struct history_gap *gap = g_new0(struct history_gap, 1);
    gboolean is_closed;
    g_autofree char *own = edge_of(db, archive, conversation, era, &is_closed);
    g_autofree char *lowest = NULL;
    gap->era = era;
    gap->position = HISTORY_ERA_GAP(era);
    load_edge(db, HISTORY_SQL_GAP_LOWEST_ABOVE, conversation, gap->position, &lowest,
              &gap->newer_position);
    load_edge(db, HISTORY_SQL_GAP_HIGHEST_BELOW, conversation, gap->position, &gap->older_id,
              &gap->older_position);
    if (own)
        gap->newer_id = g_steal_pointer(&own);
    else if (gap->newer_position > 0 && gap->newer_position < HISTORY_ERA_BASE(era) &&
             !has_own_archive(db, conversation))
        gap->newer_id = g_steal_pointer(&lowest);
    else
        gap->newer_id = edge_of(db, archive, 0, era, &is_closed);
    return gap;
}

static struct history_gap *
gap_in_archive(struct history_db *db, gint64 archive, gint64 era)
{
    gboolean is_closed;
    struct history_gap *gap = g_new0(struct history_gap, 1);
    gap->era = era;
    gap->position = HISTORY_ERA_GAP(era);
    gap->newer_id = edge_of(db, archive, 0, era, &is_closed);
    return gap;
}

static GArray *
open_eras(struct history_db *db, gint64 archive, gint64 conversation)
{
    GArray *eras = g_array_new(FALSE, FALSE, sizeof(gint64));
    struct query query = query_begin(db, HISTORY_SQL_GAPS_OF_CONVERSATION);
    query_bind_int(&query, archive);
    query_bind_int(&query, conversation);
    while (query_row(&query)) {
        gint64 era = query_int(&query, 0);
        g_array_append_val(eras, era);
    }
    query_end(&query);
    return eras;
}

static gint64
archive_of(struct history_db *db, gint64 conversation)
{
    struct query query = query_begin(db, HISTORY_SQL_CONVERSATION_ARCHIVE);
    query_bind_int(&query, conversation);
    return query_value(&query, 0);
}

GPtrArray *
db_gaps(struct history_db *db, gint64 conversation)
{
    GPtrArray *gaps = g_ptr_array_new_with_free_func(history_gap_free);
    gint64 archive = archive_of(db, conversation);
    g_autoptr(GArray) eras = open_eras(db, archive, conversation);
    for (guint i = 0; i < eras->len; i++)
        g_ptr_array_add(
            gaps, gap_in_conversation(db, archive, conversation, g_array_index(eras, gint64, i)));
    return gaps;
}

struct history_gap *
db_find_gap(struct history_db *db, const char *archive_jid, const char *jid)
{
    gint64 archive = db_archive(db, archive_jid, NULL);
    struct history_gap *gap = NULL;
    if (jid) {
        gint64 conversation = db_conversation(db, jid, archive_jid);
        g_autoptr(GArray) eras = open_eras(db, archive, conversation);
        if (eras->len > 0)
            gap = gap_in_conversation(db, archive, conversation,
                                      g_array_index(eras, gint64, eras->len - 1));
    } else {
        struct query query = query_begin(db, HISTORY_SQL_GAP_NEWEST);
        query_bind_int(&query, archive);
        gint64 era = query_value(&query, 0);
        gap = era > 0 ? gap_in_archive(db, archive, era) : NULL;
    }
    if (gap)
        gap->archive = g_strdup(archive_jid);
    return gap;
}

void
db_give_up_gap(struct history_db *db, const char *archive_jid, gint64 era)
{
    gint64 archive = db_archive(db, archive_jid, NULL);
    gap_statement(db, HISTORY_SQL_GAP_CLOSE, archive, 0, era);
}

void
db_restart_gap(struct history_db *db, const char *archive_jid, const char *with, gint64 era)
{
    gint64 archive = db_archive(db, archive_jid, NULL);
    gint64 conversation = with ? db_conversation(db, with, archive_jid) : 0;
    struct query edge = query_begin(db, HISTORY_SQL_GAP_EDGE);
    query_bind_int(&edge, archive);
    query_bind_int(&edge, conversation);
    query_bind_int(&edge, era);
    query_bind_text(&edge, NULL);
    query_run(&edge);
    struct query passed = query_begin(db, HISTORY_SQL_PASSED_FORGET);
    query_bind_int(&passed, archive);
    query_bind_int(&passed, era);
    query_bind_int(&passed, with ? 1 : 0);
    query_run(&passed);
}

/* ---- pages ---- */

/* Where the next older message of a conversation goes: below `upper`. */
struct place {
    gint64 conversation;
    gint64 upper;
    gint64 passed; /* row of the oldest message so far */
};

struct fill {
    struct history_db *db;
    const struct history_archive_page *page;
    gint64 archive;
    gint64 gap;         /* position of the gap */
    GHashTable *places; /* conversation -> struct place */
    gboolean met;       /* a message from below the gap */
};

static gint64
find_above(struct history_db *db, gint64 conversation, gint64 position, gint64 otherwise)
{
    struct query query = query_begin(db, HISTORY_SQL_NEXT_ABOVE);
    query_bind_int(&query, conversation);
    query_bind_int(&query, position);
    return query_value(&query, otherwise);
}

/* The highest row of the conversation that is in the page too; 0 when none is. */
static gint64
highest_in_page(struct fill *fill, gint64 conversation, const char *jid)
{
    gint64 highest = 0;
    for (guint i = 0; i < fill->page->count; i++) {
        const struct history_event *event = &fill->page->events[i];
        if (g_strcmp0(event->conversation, jid) != 0)
            continue;
        struct db_row row = db_match(fill->db, fill->archive, conversation, event);
        if (row.match == MATCH_ARCHIVE_ID && row.position > fill->gap)
            highest = MAX(highest, row.position);
    }
    return highest;
}

/* Where the walk that the page belongs to has come to in this conversation; 0 = not there yet. A
 * fill of its own begins where the walk through everything stands. */
static gint64
passed_position(struct fill *fill, gint64 conversation)
{
    gint64 position = 0;
    for (int own = fill->page->with ? 1 : 0; own >= 0 && position == 0; own--) {
        struct query query = query_begin(fill->db, HISTORY_SQL_PASSED_LOAD);
        query_bind_int(&query, conversation);
        query_bind_int(&query, fill->page->era);
        query_bind_int(&query, own);
        position = query_value(&query, 0);
    }
    return position;
}

static void
store_passed(struct fill *fill, const struct place *place)
{
    struct query query = query_begin(fill->db, HISTORY_SQL_PASSED_STORE);
    query_bind_int(&query, place->conversation);
    query_bind_int(&query, fill->page->era);
    query_bind_int(&query, fill->page->with ? 1 : 0);
    query_bind_int(&query, place->passed);
    query_run(&query);
}

/* On the walk's first page live rows that it has got say what is newer; without any, all that is
 * above the gap is. */
static struct place *
place_for(struct fill *fill, const char *jid)
{
    gint64 conversation = db_conversation(fill->db, jid, fill->page->archive);
    struct place *place = g_hash_table_lookup(fill->places, &conversation);
    if (place)
        return place;
    place = g_new0(struct place, 1);
    place->conversation = conversation;
    place->upper = passed_position(fill, conversation);
    gint64 highest = place->upper > 0 ? 0 : highest_in_page(fill, conversation, jid);
    if (highest > 0)
        place->upper = find_above(fill->db, conversation, highest, highest + 2 * HISTORY_STEP);
    else if (place->upper == 0)
        place->upper = MIN(find_above(fill->db, conversation, fill->gap, G_MAXINT64),
                           HISTORY_ERA_BASE(fill->page->era));
    g_hash_table_insert(fill->places, &place->conversation, place);
    return place;
}

/* A free position right below place->upper; `row` may be the one to be moved there. */
static gint64
take_position(struct fill *fill, struct place *place, gint64 row)
{
    struct query query = query_begin(fill->db, HISTORY_SQL_NEXT_BELOW);
    query_bind_int(&query, place->conversation);
    query_bind_int(&query, place->upper);
    query_bind_int(&query, fill->gap);
    query_bind_int(&query, row);
    gint64 lower = query_value(&query, place->upper - 2 * HISTORY_STEP);
    gint64 position = MAX(place->upper - HISTORY_STEP, lower + (place->upper - lower) / 2);
    if (position == lower) {
        /* No room between neighbours: everything above moves up. */
        struct query room = query_begin(fill->db, HISTORY_SQL_MAKE_ROOM);
        query_bind_int(&room, place->conversation);
        query_bind_int(&room, place->upper);
        query_bind_int(&room, HISTORY_STEP);
        query_run(&room);
        position = lower + HISTORY_STEP / 2;
    }
    place->upper = position;
    return position;
}

/* Its place is known. If that is above what the archive calls newer, the archive is right: it came
 * live, and the first page was too short to show where it belongs. TRUE if it moved. */
static gboolean
fill_in_known(struct fill *fill, struct place *place, struct db_row found)
{
    if (found.position < fill->gap) {
        fill->met = TRUE;
        return FALSE;
    }
    if (found.position < place->upper) {
        place->upper = found.position;
        return FALSE;
    }
    db_move(fill->db, found.row, take_position(fill, place, found.row));
    return TRUE;
}

/* That our own archive has it does not mean that the other person's server has: only an
 * acknowledgement says so, and until then it is sent again. A room's archive is what all see. */
static void
merge_found(struct fill *fill, gint64 row, const struct history_event *event)
{
    struct history_event found = *event;
    if (g_strcmp0(event->conversation, fill->page->archive) != 0)
        found.state = HISTORY_RECEIVED;
    db_merge(fill->db, row, &found);
}

static void
fill_in(struct fill *fill, const struct history_event *event)
{
    struct history_db *db = fill->db;
    struct place *place = place_for(fill, event->conversation);
    struct db_row found = db_match(db, fill->archive, place->conversation, event);

    switch (found.match) {
    case MATCH_ARCHIVE_ID:
        if (found.position > fill->gap)
            place->passed = found.row;
        if (!fill_in_known(fill, place, found) && !event->is_retracted)
            return;
        db_merge(db, found.row, event);
        break;
    case MATCH_AGAIN:
        return;
    case MATCH_OTHER_ID:
        db_move(db, found.row, take_position(fill, place, found.row));
        merge_found(fill, found.row, event);
        break;
    case MATCH_NONE:
        found.row =
            db_insert(db, fill->archive, place->conversation, take_position(fill, place, 0), event);
        break;
    }
    place->passed = found.row;
    (void)db_settle(db, found.row);
    db_conversation_changed(db, place->conversation);
}

/* The page's edge, for the whole archive or the one conversation. */
static void
store_edge(struct fill *fill, gboolean is_closed)
{
    const struct history_archive_page *page = fill->page;
    struct history_db *db = fill->db;
    gint64 conversation = page->with ? db_conversation(db, page->with, page->archive) : 0;
    gap_statement(db, HISTORY_SQL_GAP_OPEN, fill->archive, conversation, page->era);
    if (is_closed) {
        /* Nothing older at all also closes the gaps beneath. */
        gap_statement(db, fill->met ? HISTORY_SQL_GAP_CLOSE : HISTORY_SQL_GAP_CLOSE_DOWN,
                      fill->archive, conversation, page->era);
        return;
    }
    struct query query = query_begin(db, HISTORY_SQL_GAP_EDGE);
    query_bind_int(&query, fill->archive);
    query_bind_int(&query, conversation);
    query_bind_int(&query, page->era);
    query_bind_text(&query, page->first_id);
    query_run(&query);
}

struct history_gap *
db_add_page(struct history_db *db, const struct history_archive_page *page)
{
    struct fill fill = {
        .db = db,
        .page = page,
        .archive = db_archive(db, page->archive, NULL),
        .gap = HISTORY_ERA_GAP(page->era),
        .places = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free),
    };
    for (guint i = page->count; i > 0 && !fill.met && !db->failed; i--)
        fill_in(&fill, &page->events[i - 1]);
    gboolean is_closed = fill.met || page->is_complete || page->first_id == NULL;
    store_edge(&fill, is_closed);

    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, fill.places);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct place *place = value;
        if (place->passed > 0)
            store_passed(&fill, place);
        db_resolve_read_id(db, place->conversation);
    }
    g_hash_table_unref(fill.places);
    if (is_closed || db->failed)
        return NULL;
    return db_find_gap(db, page->archive, page->with);
}
