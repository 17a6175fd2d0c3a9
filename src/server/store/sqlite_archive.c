/* sqlite_archive.c - messages into the archives. */
#include "server/store/sqlite_archive.h"

#include "base/error.h"
#include "server/store/archive_text.h"

enum {
    XML_MAX = 32 * 1024 * 1024
};

/* Within which the same message from the same sender is one that was sent again. */
#define AGAIN_US (INT64_C(24) * 3600 * 1000000)

/* ---- the archive and its contacts ---- */

static int
find_or_make(struct sqlite_query *query, int64_t *ret)
{
    bool found = sqlite_row(query);
    int r;

    if (found)
        *ret = sqlite_int(query, 0);
    r = sqlite_finish(query);
    return r == 0 && !found ? E_NOT_FOUND : r;
}

int
sqlite_archive_find(struct store_connection *connection,
                    const struct archive_owner *owner,
                    int64_t *ret_archive)
{
    bool is_room = owner->kind == ARCHIVE_OF_ROOM;
    struct sqlite_query query =
        sqlite_query(connection, is_room ? SQL_ARCHIVE_OF_ROOM : SQL_ARCHIVE_OF_ACCOUNT);

    sqlite_bind_str(&query, owner->name);
    return find_or_make(&query, ret_archive);
}

/* With the first message. E_NOT_FOUND when the owner does not exist. */
static int
make_archive(struct store_connection *connection,
             const struct archive_owner *owner,
             int64_t *ret_archive)
{
    bool is_room = owner->kind == ARCHIVE_OF_ROOM;
    struct sqlite_query query =
        sqlite_query(connection, is_room ? SQL_ARCHIVE_NEW_OF_ROOM : SQL_ARCHIVE_NEW_OF_ACCOUNT);

    sqlite_bind_str(&query, owner->name);
    return find_or_make(&query, ret_archive);
}

int
sqlite_archive_contact(struct store_connection *connection,
                       int64_t archive,
                       struct str jid,
                       int64_t *ret_contact)
{
    struct sqlite_query query = sqlite_query(connection, SQL_ARCHIVE_CONTACT);

    sqlite_bind_int(&query, archive);
    sqlite_bind_str(&query, jid);
    return find_or_make(&query, ret_contact);
}

static int
make_contact(struct store_connection *connection,
             int64_t archive,
             struct str jid,
             int64_t *ret_contact)
{
    struct sqlite_query query = sqlite_query(connection, SQL_ARCHIVE_CONTACT_NEW);

    sqlite_bind_int(&query, archive);
    sqlite_bind_str(&query, jid);
    return find_or_make(&query, ret_contact);
}

/* ---- rows ---- */

bool
sqlite_archive_row(struct sqlite_query *query, struct arena *arena, struct archive_row *ret)
{
    if (!sqlite_row(query))
        return false;
    *ret = (struct archive_row){
        .key = sqlite_int(query, 0),
        .archive = sqlite_int(query, 1),
        .contact = sqlite_int(query, 2),
        .xml = sqlite_str(query, 3, arena),
    };
    return true;
}

static int
find_by_key(struct store_connection *connection,
            int64_t key,
            struct arena *arena,
            struct archive_row *ret)
{
    struct sqlite_query query = sqlite_query(connection, SQL_ARCHIVE_BY_KEY);
    bool found;
    int r;

    sqlite_bind_int(&query, key);
    found = sqlite_archive_row(&query, arena, ret);
    r = sqlite_finish(&query);
    return r == 0 && !found ? E_NOT_FOUND : r;
}

/* The newest of them behind the key `after`. */
static int
find_by_origin(struct store_connection *connection,
               int64_t contact,
               int64_t origin,
               int64_t after,
               struct arena *arena,
               struct archive_row *ret)
{
    struct sqlite_query query = sqlite_query(connection, SQL_ARCHIVE_BY_ORIGIN);
    bool found;
    int r;

    sqlite_bind_int(&query, contact);
    sqlite_bind_int(&query, origin);
    sqlite_bind_int(&query, after);
    found = sqlite_archive_row(&query, arena, ret);
    r = sqlite_finish(&query);
    return r == 0 && !found ? E_NOT_FOUND : r;
}

/* ---- taking back ---- */

static int
put_text(struct store_connection *connection, int64_t key, struct str xml)
{
    struct sqlite_query query = sqlite_query(connection, SQL_ARCHIVE_TAKE_BACK);

    sqlite_bind_int(&query, key);
    sqlite_bind_str(&query, xml);
    return sqlite_finish_change(&query);
}

static int
bury(struct store_connection *connection, const struct archive_row *row, struct str tombstone)
{
    struct buffer text;
    int64_t indexed;
    int r = sqlite_archive_indexed(connection, &indexed);

    if (r == 0 && row->key <= indexed)
        r = sqlite_archive_text_remove(connection, row);
    buffer_init(&text, XML_MAX);
    if (r == 0)
        r = archive_text_bury(row->xml, tombstone, &text);
    if (r == 0)
        r = put_text(connection, row->key, buffer_str(&text));
    buffer_fini(&text);
    return r;
}

/* Only what the same sender has said to the same, unless a moderator acts. */
static int
take_back(struct store_connection *connection,
          struct store_archive_add *add,
          int64_t archive,
          int64_t contact)
{
    const struct store_archive_retraction *retraction = &add->retraction;
    struct archive_row row;
    int r;

    if (retraction->key > 0)
        r = find_by_key(connection, retraction->key, &add->call.arena, &row);
    else
        r = find_by_origin(connection, contact, retraction->origin, 0, &add->call.arena, &row);
    if (r == 0 &&
        (row.archive != archive || (row.contact != contact && !retraction->is_moderation)))
        r = E_NOT_FOUND;
    if (r == 0) {
        r = bury(connection, &row, retraction->tombstone);
        add->ret_retracted = r == 0;
    }
    return r == E_NOT_FOUND && !retraction->is_moderation ? 0 : r;
}

/* ---- adding ---- */

static int
insert(struct store_connection *connection,
       const struct store_archive_add *add,
       int64_t archive,
       int64_t contact)
{
    const struct store_archive_message *message = &add->message;
    struct sqlite_query query = sqlite_query(connection, SQL_ARCHIVE_INSERT);

    sqlite_bind_int(&query, message->key);
    sqlite_bind_int(&query, message->key - message->stored_us);
    sqlite_bind_int(&query, archive);
    sqlite_bind_int(&query, contact);
    sqlite_bind_int(&query, add->origin);
    sqlite_bind_int(&query, message->is_shown);
    sqlite_bind_str(&query, message->resource);
    sqlite_bind_str(&query, message->nick);
    sqlite_bind_str(&query, message->xml);
    return sqlite_run(&query);
}

/* Keys are drawn by many threads: one that comes after a later one was indexed already is indexed
 * by itself. */
static int
index_latecomer(struct store_connection *connection,
                const struct store_archive_add *add,
                int64_t archive,
                int64_t contact)
{
    struct archive_row row = { add->message.key, archive, contact, add->message.xml };
    int64_t indexed;
    int r = sqlite_archive_indexed(connection, &indexed);

    return r == 0 && row.key <= indexed ? sqlite_archive_text_add(connection, &row) : r;
}

/* Was it sent before? Then ret_key is set. */
static int
recognise(struct store_connection *connection, struct store_archive_add *add, int64_t contact)
{
    struct archive_row row;
    int r;

    if (add->origin == 0 || !add->may_repeat)
        return E_NOT_FOUND;
    r = find_by_origin(connection, contact, add->origin, add->message.key - AGAIN_US,
                       &add->call.arena, &row);
    if (r == 0 && !archive_text_same(row.xml, add->message.xml))
        r = E_NOT_FOUND;
    if (r == 0)
        add->ret_key = row.key;
    return r;
}

int
sqlite_archive_add(struct store_connection *connection, struct store_call *call)
{
    struct store_archive_add *add = CONTAINER_OF(call, struct store_archive_add, call);
    int64_t archive = 0, contact = 0;
    int r = sqlite_archive_find(connection, &add->owner, &archive);

    if (r == E_NOT_FOUND)
        r = make_archive(connection, &add->owner, &archive);
    if (r < 0)
        return r;
    r = sqlite_archive_contact(connection, archive, add->message.contact, &contact);
    if (r == E_NOT_FOUND)
        r = make_contact(connection, archive, add->message.contact, &contact);
    if (r < 0)
        return r;
    add->ret_key = add->message.key;
    r = recognise(connection, add, contact);
    if (r != E_NOT_FOUND)
        return r;
    r = insert(connection, add, archive, contact);
    if (r == 0)
        r = index_latecomer(connection, add, archive, contact);
    if (r == 0 && add->retraction.tombstone.len > 0)
        r = take_back(connection, add, archive, contact);
    return r;
}

int
sqlite_archive_set_preferences(struct store_connection *connection, struct store_call *call)
{
    const struct store_archive_set_preferences *set =
        CONTAINER_OF(call, struct store_archive_set_preferences, call);
    struct sqlite_query query = sqlite_query(connection, SQL_ARCHIVE_SET_PREFERENCES);

    sqlite_bind_str(&query, set->name);
    sqlite_bind_str(&query, set->preferences);
    return sqlite_finish_change(&query);
}
