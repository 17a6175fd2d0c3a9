/* sqlite_archive_page.c - messages out of the archives: a page, the ends, a room's newest. */
#include "base/clock.h"
#include "base/error.h"
#include "server/store/archive_text.h"
#include "server/store/sqlite_archive.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    HISTORY_MAX_BYTES = 4 * 1024 * 1024, /* an answer goes beyond by its last message */
    MATCH_MAX = 64 * 1024
};

/* Later than this behind their time, messages are in the index archive_messages_late. */
#define LATE_US INT64_C(10000000)

/* What a page is looked up by. */
struct lookup {
    struct store_archive_page *page;
    int64_t archive, contact; /* contact 0: all */
    int64_t after, before;    /* keys */
    int64_t start_us, end_us;
    size_t bytes;
};

struct store_archive_message
sqlite_archive_message(struct sqlite_query *query, struct arena *arena)
{
    int64_t key = sqlite_int(query, 0);

    return (struct store_archive_message){
        .key = key,
        .stored_us = key - sqlite_int(query, 1),
        .xml = sqlite_str(query, 2, arena),
        .contact = sqlite_str(query, 3, arena),
        .resource = sqlite_str(query, 4, arena),
        .nick = sqlite_str(query, 5, arena),
    };
}

static void
turn_round(struct store_archive_message *messages, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct store_archive_message message = messages[i];

        messages[i] = messages[count - 1 - i];
        messages[count - 1 - i] = message;
    }
}

/* ---- what is asked for ---- */

static int
check_key(struct store_connection *connection, int64_t archive, int64_t key)
{
    struct sqlite_query query = sqlite_query(connection, SQL_ARCHIVE_BY_KEY);
    bool found;
    int r;

    sqlite_bind_int(&query, key);
    found = sqlite_row(&query) && sqlite_int(&query, 1) == archive;
    r = sqlite_finish(&query);
    return r == 0 && !found ? E_NOT_FOUND : r;
}

static int
check_anchors(struct store_connection *connection, const struct lookup *lookup)
{
    int r = 0;

    for (size_t i = 0; i < lookup->page->anchor_count && r == 0; i++)
        r = check_key(connection, lookup->archive, lookup->page->anchors[i]);
    return r;
}

/* A span of time as a range of keys. A key is at least its message's time, so nothing from
 * `start` on has a smaller one; up to `end` the keys go LATE_US further, unless the clock was put
 * back then. */
static int
narrow(struct store_connection *connection, struct lookup *lookup)
{
    const struct store_archive_page *page = lookup->page;
    int64_t last = page->end_us < INT64_MAX - LATE_US ? page->end_us + LATE_US : INT64_MAX - 1;
    struct sqlite_query query;

    if (!page->has_span)
        return 0;
    lookup->start_us = page->start_us;
    lookup->end_us = page->end_us;
    if (page->start_us > INT64_MIN && page->start_us - 1 > lookup->after)
        lookup->after = page->start_us - 1;
    query = sqlite_query(connection, SQL_ARCHIVE_LATE);
    sqlite_bind_int(&query, lookup->archive);
    sqlite_bind_int(&query, page->end_us);
    if (sqlite_row(&query) && sqlite_int(&query, 0) > last)
        last = sqlite_int(&query, 0);
    if (last + 1 < lookup->before)
        lookup->before = last + 1;
    return sqlite_finish(&query);
}

static void
bind_lookup(struct sqlite_query *query, const struct lookup *lookup, size_t limit)
{
    sqlite_bind_int(query, lookup->archive);
    sqlite_bind_int(query, lookup->after);
    sqlite_bind_int(query, lookup->before);
    sqlite_bind_int(query, lookup->start_us);
    sqlite_bind_int(query, lookup->end_us);
    sqlite_bind_str(query, lookup->page->resource);
    sqlite_bind_int(query, (int64_t)limit);
}

static enum sqlite_statement
statement_of(const struct lookup *lookup)
{
    const struct store_archive_page *page = lookup->page;

    if (page->search.len > 0)
        return page->backwards ? SQL_ARCHIVE_SEARCH_BACK : SQL_ARCHIVE_SEARCH;
    if (lookup->contact > 0)
        return page->backwards ? SQL_ARCHIVE_CONTACT_PAGE_BACK : SQL_ARCHIVE_CONTACT_PAGE;
    if (page->nick.len > 0)
        return page->backwards ? SQL_ARCHIVE_NICK_PAGE_BACK : SQL_ARCHIVE_NICK_PAGE;
    return page->backwards ? SQL_ARCHIVE_PAGE_BACK : SQL_ARCHIVE_PAGE;
}

/* ---- the page ---- */

/* False when the page is full: then it is not complete. */
static bool
take(struct sqlite_query *query, struct lookup *lookup)
{
    struct store_archive_page *page = lookup->page;
    struct arena *arena = &page->call.arena;
    size_t bytes = sqlite_view(query, 2).len;
    bool full = page->ret_count == page->limit ||
                (page->ret_count > 0 && lookup->bytes + bytes > page->byte_max);

    /* Words with a nickname: the text index knows no nicknames. */
    if (page->nick.len > 0 && !str_equal(sqlite_view(query, 5), page->nick))
        return true;
    if (full) {
        page->ret_complete = false;
        return false;
    }
    page->ret_messages =
        sqlite_grow(query, arena, page->ret_messages, page->ret_count, sizeof(*page->ret_messages));
    if (!page->ret_messages)
        return false;
    page->ret_messages[page->ret_count++] = sqlite_archive_message(query, arena);
    lookup->bytes += bytes;
    return true;
}

static void
step(struct sqlite_query *query, struct lookup *lookup)
{
    struct store_archive_page *page = lookup->page;

    page->ret_complete = true;
    if (page->limit > 0) {
        while (sqlite_row(query) && take(query, lookup))
            ;
        return;
    }
    while (sqlite_row(query))
        page->ret_total++;
    page->ret_complete = page->ret_total == 0;
}

static int
read_range(struct store_connection *connection, struct lookup *lookup)
{
    struct store_archive_page *page = lookup->page;
    struct sqlite_query query = sqlite_query(connection, statement_of(lookup));
    size_t limit = page->limit == 0 ? ARCHIVE_COUNT_MAX : page->limit + 1;
    char scope[ARCHIVE_SCOPE_BYTES];
    struct buffer match;
    int r;

    buffer_init(&match, MATCH_MAX);
    /* Rows that are left out in take() do not count. */
    bind_lookup(&query, lookup, page->search.len > 0 && page->nick.len > 0 ? INT32_MAX : limit);
    if (page->search.len > 0) {
        (void)snprintf(scope, sizeof(scope), "%c%" PRId64, lookup->contact > 0 ? 'c' : 'a',
                       lookup->contact > 0 ? lookup->contact : lookup->archive);
        archive_text_match(&match, str_from(scope), page->search);
        sqlite_bind_str(&query, buffer_str(&match));
    } else if (lookup->contact > 0) {
        sqlite_bind_int(&query, lookup->contact);
    } else if (page->nick.len > 0) {
        sqlite_bind_str(&query, page->nick);
    }
    step(&query, lookup);
    r = sqlite_finish(&query);
    buffer_fini(&match);
    if (page->backwards)
        turn_round(page->ret_messages, page->ret_count);
    return r;
}

/* An index knows it all? */
static bool
is_plain_count(const struct lookup *lookup)
{
    const struct store_archive_page *page = lookup->page;

    return page->limit == 0 && !page->has_span && page->search.len == 0 && page->nick.len == 0 &&
           page->resource.len == 0;
}

static int
count_range(struct store_connection *connection, struct lookup *lookup)
{
    struct sqlite_query query = sqlite_query(
        connection, lookup->contact > 0 ? SQL_ARCHIVE_CONTACT_COUNT : SQL_ARCHIVE_COUNT);

    sqlite_bind_int(&query, lookup->contact > 0 ? lookup->contact : lookup->archive);
    sqlite_bind_int(&query, lookup->after);
    sqlite_bind_int(&query, lookup->before);
    sqlite_bind_int(&query, ARCHIVE_COUNT_MAX);
    step(&query, lookup);
    return sqlite_finish(&query);
}

static int
read_one(struct store_connection *connection, struct lookup *lookup, int64_t key, bool *ret_more)
{
    struct sqlite_query query = sqlite_query(connection, SQL_ARCHIVE_ONE);
    bool found;
    int r;

    sqlite_bind_int(&query, lookup->archive);
    sqlite_bind_int(&query, key);
    found = sqlite_row(&query);
    *ret_more = found && (key <= lookup->after || key >= lookup->before || take(&query, lookup));
    r = sqlite_finish(&query);
    return r == 0 && !found ? E_NOT_FOUND : r;
}

/* Those that are named, one by one; all must be there, also those not on this page. */
static int
read_named(struct store_connection *connection, struct lookup *lookup)
{
    struct store_archive_page *page = lookup->page;
    bool more = true;
    int r = 0;

    page->ret_complete = true;
    for (size_t i = 0; i < page->key_count && r == 0; i++) {
        int64_t key = page->keys[page->backwards ? page->key_count - 1 - i : i];

        if (more)
            r = read_one(connection, lookup, key, &more);
        else
            r = check_key(connection, lookup->archive, key);
    }
    if (page->backwards)
        turn_round(page->ret_messages, page->ret_count);
    return r;
}

static int
read_page(struct store_connection *connection, struct lookup *lookup)
{
    struct store_archive_page *page = lookup->page;
    int r = check_anchors(connection, lookup);

    if (r == 0 && page->key_count > 0)
        return read_named(connection, lookup);
    if (r == 0 && page->contact.len > 0) {
        r = sqlite_archive_contact(connection, lookup->archive, page->contact, &lookup->contact);
        if (r == E_NOT_FOUND) {
            page->ret_complete = true;
            return 0;
        }
    }
    if (r == 0 && is_plain_count(lookup))
        return count_range(connection, lookup);
    if (r == 0)
        r = narrow(connection, lookup);
    if (r == 0)
        r = read_range(connection, lookup);
    if (r == E_LIMIT && page->limit == 0) {
        page->ret_total = ARCHIVE_COUNT_UNKNOWN;
        page->ret_complete = false;
        r = 0;
    }
    return r;
}

int
sqlite_archive_page(struct store_connection *connection, struct store_call *call)
{
    struct store_archive_page *page = CONTAINER_OF(call, struct store_archive_page, call);
    struct lookup lookup = {
        .page = page,
        .after = page->after,
        .before = page->before > 0 ? page->before : INT64_MAX,
        .start_us = INT64_MIN,
        .end_us = INT64_MAX,
    };
    int r;

    if (connection->page_max_us > 0)
        connection->deadline_us = clock_monotonic_us() + connection->page_max_us;
    r = sqlite_archive_find(connection, &page->owner, &lookup.archive);
    if (r == E_NOT_FOUND && page->anchor_count == 0 && page->key_count == 0) {
        page->ret_complete = true;
        r = 0;
    } else if (r == 0) {
        r = read_page(connection, &lookup);
    }
    connection->deadline_us = 0;
    return r;
}

/* ---- the ends ---- */

static int
read_end(struct store_connection *connection,
         enum sqlite_statement which,
         int64_t archive,
         int64_t *ret_key,
         int64_t *ret_us)
{
    struct sqlite_query query = sqlite_query(connection, which);

    sqlite_bind_int(&query, archive);
    if (sqlite_row(&query)) {
        *ret_key = sqlite_int(&query, 0);
        *ret_us = *ret_key - sqlite_int(&query, 1);
    }
    return sqlite_finish(&query);
}

int
sqlite_archive_bounds(struct store_connection *connection, struct store_call *call)
{
    struct store_archive_bounds *bounds = CONTAINER_OF(call, struct store_archive_bounds, call);
    int64_t archive;
    int r = sqlite_archive_find(connection, &bounds->owner, &archive);

    if (r < 0)
        return r == E_NOT_FOUND ? 0 : r;
    r = read_end(connection, SQL_ARCHIVE_FIRST, archive, &bounds->ret_first, &bounds->ret_first_us);
    return r < 0 ? r
                 : read_end(connection, SQL_ARCHIVE_LAST, archive, &bounds->ret_last,
                            &bounds->ret_last_us);
}

/* ---- a room's newest ---- */

int
sqlite_archive_history(struct store_connection *connection, struct store_room_load *load)
{
    const struct archive_owner owner = { ARCHIVE_OF_ROOM, load->jid };
    struct arena *arena = &load->call.arena;
    struct sqlite_query query;
    size_t bytes = 0;
    int64_t archive;
    int r = sqlite_archive_find(connection, &owner, &archive);

    if (r < 0)
        return r == E_NOT_FOUND ? 0 : r;
    query = sqlite_query(connection, SQL_ARCHIVE_HISTORY);
    sqlite_bind_int(&query, archive);
    sqlite_bind_int(&query, (int64_t)load->history);
    while (bytes < HISTORY_MAX_BYTES && sqlite_row(&query)) {
        load->ret_messages = sqlite_grow(&query, arena, load->ret_messages, load->ret_message_count,
                                         sizeof(*load->ret_messages));
        if (!load->ret_messages)
            break;
        bytes += sqlite_view(&query, 2).len;
        load->ret_messages[load->ret_message_count++] = sqlite_archive_message(&query, arena);
    }
    turn_round(load->ret_messages, load->ret_message_count);
    return sqlite_finish(&query);
}
