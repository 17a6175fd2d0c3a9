/* sqlite_rooms.c - persistent rooms, and who is what in them. */
#include "base/error.h"
#include "server/store/sqlite_archive.h"

/* ---- writing ---- */

int
sqlite_room_save(struct store_connection *connection, struct store_call *call)
{
    const struct store_room_save *save = CONTAINER_OF(call, struct store_room_save, call);
    const struct store_room_row *row = &save->row;
    struct sqlite_query query = sqlite_query(connection, SQL_ROOM_PUT);

    sqlite_bind_str(&query, row->jid);
    sqlite_bind_str(&query, row->config);
    sqlite_bind_str(&query, row->subject);
    sqlite_bind_str(&query, row->subject_nick);
    sqlite_bind_int(&query, row->subject_us);
    sqlite_bind_int(&query, row->listed);
    sqlite_bind_str(&query, row->title);
    return sqlite_run(&query);
}

int
sqlite_room_remove(struct store_connection *connection, struct store_call *call)
{
    const struct store_room_remove *remove = CONTAINER_OF(call, struct store_room_remove, call);
    struct sqlite_query query = sqlite_query(connection, SQL_ROOM_DELETE);

    sqlite_bind_str(&query, remove->jid);
    return sqlite_finish_change(&query);
}

static int
put_affiliation(struct store_connection *connection,
                int64_t room,
                const struct store_affiliation *affiliation)
{
    bool removes = affiliation->affiliation == 0;
    struct sqlite_query query =
        sqlite_query(connection, removes ? SQL_AFFILIATION_DELETE : SQL_AFFILIATION_PUT);

    sqlite_bind_int(&query, room);
    sqlite_bind_str(&query, affiliation->jid);
    if (!removes) {
        sqlite_bind_int(&query, affiliation->affiliation);
        sqlite_bind_str(&query, affiliation->nick);
    }
    return sqlite_run(&query);
}

int
sqlite_room_affiliation_put(struct store_connection *connection, struct store_call *call)
{
    const struct store_room_affiliation_put *put =
        CONTAINER_OF(call, struct store_room_affiliation_put, call);
    int64_t room;
    int r = sqlite_room_id(connection, put->jid, &room);

    return r < 0 ? r : put_affiliation(connection, room, &put->affiliation);
}

/* ---- loading ---- */

static int
load_row(struct store_connection *connection, struct store_room_load *load, int64_t *ret_room)
{
    struct sqlite_query query = sqlite_query(connection, SQL_ROOM);
    struct arena *arena = &load->call.arena;
    bool found;
    int r;

    sqlite_bind_str(&query, load->jid);
    found = sqlite_row(&query);
    if (found) {
        *ret_room = sqlite_int(&query, 0);
        load->ret_row = (struct store_room_row){
            .jid = load->jid,
            .config = sqlite_str(&query, 1, arena),
            .subject = sqlite_str(&query, 2, arena),
            .subject_nick = sqlite_str(&query, 3, arena),
            .subject_us = sqlite_int(&query, 4),
            .listed = sqlite_int(&query, 5) != 0,
            .title = sqlite_str(&query, 6, arena),
        };
    }
    r = sqlite_finish(&query);
    return r == 0 && !found ? E_NOT_FOUND : r;
}

static int
load_affiliations(struct store_connection *connection, struct store_room_load *load, int64_t room)
{
    struct sqlite_query query = sqlite_query(connection, SQL_AFFILIATIONS);
    struct arena *arena = &load->call.arena;

    sqlite_bind_int(&query, room);
    while (sqlite_row(&query)) {
        load->ret_affiliations =
            sqlite_grow(&query, arena, load->ret_affiliations, load->ret_affiliation_count,
                        sizeof(*load->ret_affiliations));
        if (!load->ret_affiliations)
            break;
        load->ret_affiliations[load->ret_affiliation_count++] = (struct store_affiliation){
            .jid = sqlite_str(&query, 0, arena),
            .affiliation = (int)sqlite_int(&query, 1),
            .nick = sqlite_str(&query, 2, arena),
        };
    }
    return sqlite_finish(&query);
}

int
sqlite_room_load(struct store_connection *connection, struct store_call *call)
{
    struct store_room_load *load = CONTAINER_OF(call, struct store_room_load, call);
    int64_t room = 0;
    int r = load_row(connection, load, &room);

    if (r == 0)
        r = load_affiliations(connection, load, room);
    return r < 0 ? r : sqlite_archive_history(connection, load);
}

int
sqlite_room_list(struct store_connection *connection, struct store_call *call)
{
    struct store_room_list *list = CONTAINER_OF(call, struct store_room_list, call);
    struct sqlite_query query = sqlite_query(connection, SQL_ROOM_NAMES);

    sqlite_bind_str(&query, list->after);
    sqlite_bind_int(&query, (int64_t)list->limit);
    while (sqlite_row(&query)) {
        list->ret_rooms = sqlite_grow(&query, &call->arena, list->ret_rooms, list->ret_count,
                                      sizeof(*list->ret_rooms));
        if (!list->ret_rooms)
            break;
        list->ret_rooms[list->ret_count++] = (struct store_room_row){
            .jid = sqlite_str(&query, 0, &call->arena),
            .listed = true,
            .title = sqlite_str(&query, 1, &call->arena),
        };
    }
    return sqlite_finish(&query);
}
