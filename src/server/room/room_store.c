/* room_store.c - see room_store.h */
#include "server/room/room_store.h"

#include "base/error.h"
#include "base/memory.h"
#include "server/core/settlement.h"
#include "server/room/lobby.h"
#include "server/room/room_archive.h"
#include "server/room/room_queue.h"
#include "server/room/room_quota.h"

#include <stdlib.h>

/* The text form of a configuration, with every character escaped. */
#define CONFIG_TEXT_MAX ((size_t)32 * 1024)

/* ---- reading ---- */

static int
take_row(struct room *room, const struct store_room_row *row)
{
    room_config_init(&room->config, room_limits(room)->room_history);
    const int r = room_config_parse(&room->config, row->config);
    if (r < 0)
        return r;
    room_set_subject(room, row->subject, row->subject_nick, row->subject_us);
    history_set_max(&room->history, room->config.history);
    room->state = ROOM_OPEN;
    room->stored = true;
    room_quota_note(str_from(room->config.creator), room->entity.jid.bare);
    return 0;
}

static void
take_affiliation(struct room *room, const struct store_affiliation *stored)
{
    if (stored->affiliation < AFFILIATION_OUTCAST || stored->affiliation > AFFILIATION_OWNER ||
        affiliations_set(&room->affiliations, stored->jid, (enum affiliation)stored->affiliation,
                         stored->nick) < 0)
        log_warning(&room->entity.worker->log, "room-damaged", "%.*s: %.*s is not taken over",
                    STR_ARG(room->entity.jid.bare), STR_ARG(stored->jid));
}

static int
take_room(struct room *room, const struct store_room_load *load)
{
    const int r = take_row(room, &load->ret_row);

    if (r < 0) {
        log_error(&room->entity.worker->log, "room-damaged", "the settings of %.*s are unreadable",
                  STR_ARG(room->entity.jid.bare));
        return E_STORE;
    }
    for (size_t i = 0; i < load->ret_affiliation_count; i++)
        take_affiliation(room, &load->ret_affiliations[i]);
    for (size_t i = 0; i < load->ret_message_count; i++)
        room_archive_recall(room, &load->ret_messages[i]);
    return 0;
}

static void
loaded(struct store_call *call, void *context)
{
    struct store_room_load *load = CONTAINER_OF(call, struct store_room_load, call);
    const struct worker *worker = context;
    struct room *room = call->owner;
    int status = call->status;

    if (worker->ended) { /* which closes the room; there is no store to write to any more */
        store_call_free(call);
        return;
    }
    if (status == 0)
        status = take_room(room, load);
    else if (status == E_NOT_FOUND)
        status = 0; /* absent, until somebody makes it */
    if (status == 0 && room->state == ROOM_ABSENT && lobby_is(room))
        lobby_make(room);
    store_call_free(call);
    entity_opened(&room->entity, status);
}

void
room_store_load(struct room *room)
{
    struct worker *worker = room->entity.worker;
    struct store_room_load *load = STORE_CALL(room_load, ROOM_LOAD, &worker->mailbox, loaded, room);

    load->jid = store_keep(&load->call, room->entity.jid.bare);
    load->history = room_limits(room)->room_history;
    store_submit(worker->server->store, &load->call);
}

/* ---- writing ---- */

struct room_commit {
    struct room *room;
    struct stanza *request; /* owned; NULL when nobody waits */
    unsigned open;          /* writes without answer, and one until room_commit_end */
    int status;             /* the first error */
};

struct room_commit *
room_commit_new(struct room *room, struct stanza *request)
{
    struct room_commit *commit = memory_new(1, sizeof(*commit));

    commit->room = room;
    commit->open = 1;
    if (request) {
        commit->request = stanza_ref(request);
        settlement_hold(request);
    }
    entity_pin(&room->entity);
    return commit;
}

static void
answer(const struct room_commit *commit)
{
    if (commit->status == 0)
        room_confirm(commit->room, commit->request);
    else
        router_reply_error(commit->room->entity.worker, commit->request, commit->status);
}

void
room_commit_end(struct room_commit *commit)
{
    if (--commit->open > 0)
        return;
    if (commit->request) {
        answer(commit);
        settlement_release(commit->request);
        stanza_unref(commit->request);
    }
    entity_unpin(&commit->room->entity);
    free(commit);
}

static void
written(struct store_call *call, void *worker)
{
    struct room_commit *commit = call->owner;
    const struct room *room = commit->room;

    (void)worker;
    /* A room or entry that is already gone is as good as removed. */
    if (call->status < 0 && call->status != E_NOT_FOUND) {
        log_error(&room->entity.worker->log, "store-failed", "a change of %.*s is not stored: %s",
                  STR_ARG(room->entity.jid.bare), error_text(call->status));
        commit->status = commit->status < 0 ? commit->status : call->status;
    }
    store_call_free(call);
    room_commit_end(commit);
}

static void
submit(struct room_commit *commit, struct store_call *call)
{
    commit->open++;
    call->owner = commit;
    call->done = written;
    store_submit(commit->room->entity.worker->server->store, call);
}

struct store_call *
room_store_save_call(struct room *room, const struct room_subject *subject)
{
    struct store_room_save *save = STORE_CALL(room_save, ROOM_SAVE, &room->entity.worker->mailbox,
                                              room_message_committed, NULL);
    struct buffer text;

    buffer_init(&text, CONFIG_TEXT_MAX);
    room_config_print(&room->config, &text);
    save->row = (struct store_room_row){
        .jid = store_keep(&save->call, room->entity.jid.bare),
        .config = store_keep(&save->call, buffer_str(&text)),
        .subject = store_keep(&save->call, str_from(subject->text)),
        .subject_nick = store_keep(&save->call, str_from(subject->nick)),
        .subject_us = subject->set_us,
        .listed = room->config.listed,
        .title = store_keep(&save->call, str_from(room->config.title)),
    };
    buffer_fini(&text);
    return &save->call;
}

void
room_commit_save(struct room_commit *commit)
{
    struct room *room = commit->room;

    if (!room->config.persistent)
        return;
    room->stored = true;
    submit(commit, room_store_save_call(room, &room->subject));
}

void
room_commit_remove(struct room_commit *commit)
{
    struct room *room = commit->room;

    if (!room->stored)
        return;
    room->stored = false;
    struct store_room_remove *remove =
        STORE_CALL(room_remove, ROOM_REMOVE, &room->entity.worker->mailbox, written, NULL);
    remove->jid = store_keep(&remove->call, room->entity.jid.bare);
    submit(commit, &remove->call);
}

void
room_commit_affiliation(struct room_commit *commit, struct str bare)
{
    const struct room *room = commit->room;

    if (!room->stored)
        return;
    struct store_room_affiliation_put *put = STORE_CALL(
        room_affiliation_put, ROOM_AFFILIATION_PUT, &room->entity.worker->mailbox, written, NULL);
    put->jid = store_keep(&put->call, room->entity.jid.bare);
    put->affiliation = (struct store_affiliation){
        .jid = store_keep(&put->call, bare),
        .affiliation = affiliations_get(&room->affiliations, bare),
        .nick = store_keep(&put->call, affiliations_nick(&room->affiliations, bare)),
    };
    submit(commit, &put->call);
}

void
room_commit_all_affiliations(struct room_commit *commit)
{
    const struct affiliation_entry *entry = NULL;

    while ((entry = affiliations_next(&commit->room->affiliations, entry)))
        room_commit_affiliation(commit, str_from(entry->jid));
}
