/* muc_moderate.c - roles and affiliations, by those who may (XEP-0045 8, 9, 10.3-10.8)
 *
 * Whether a change is allowed stands in privileges.c. A request with several items is applied
 * whole or not at all (9.2). */
#include "server/room/muc_moderate.h"

#include "server/room/feature_list.h"
#include "server/room/muc_invite.h"
#include "server/room/muc_leave.h"
#include "server/room/room_feature.h"
#include "server/room/room_store.h"
#include "xmpp/ns.h"

/* Items in one request. */
#define ITEMS_MAX 100

/* Who asks. */
struct asker {
    struct standing standing;
    struct str bare;
    struct str nick; /* empty when not in the room */
};

static struct asker
asker_of(const struct room *room, const struct stanza *request)
{
    const struct occupant_session *session = occupant_session_find(room, request->from.full);

    return (struct asker){
        .standing = { .affiliation = room_affiliation(room, request->from.bare),
                      .role = session ? session->occupant->role : ROLE_NONE },
        .bare = request->from.bare,
        .nick = session ? session->occupant->jid.resource : STR_EMPTY,
    };
}

/* One <item/> of a request, read. */
struct change {
    bool is_role;
    enum role role;
    enum affiliation affiliation;
    struct occupant *occupant; /* of a role */
    struct jid jid;            /* bare; of an affiliation */
    struct str nick;           /* to be reserved */
    struct str reason;
    bool gives_nick;
};

/* ---- what it does ---- */

void
muc_change_role(struct occupant *occupant, enum role role, struct presence_note note)
{
    struct room *room = occupant->room;

    if (role == ROLE_NONE) {
        note.leaving = true;
        note.codes[0] = STATUS_KICKED;
        log_info(&room->entity.worker->log, "kicked", "%.*s by %.*s: %.*s",
                 STR_ARG(occupant->jid.full), STR_ARG(note.actor), STR_ARG(note.reason));
        muc_remove(occupant, &note);
        return;
    }
    occupant->role = role;
    presence_changed(occupant);
    presence_broadcast(occupant, &note);
}

/* 5.2.2: what is gained with an affiliation is certain; who loses one keeps their voice. */
static enum role
role_after(const struct room *room, const struct occupant *occupant, enum affiliation lost)
{
    const enum role usual = role_default(occupant->affiliation, room->config.moderated);

    if (usual > occupant->role || lost >= AFFILIATION_ADMIN)
        return usual;
    return occupant->role;
}

static void
apply_to_occupant(struct occupant *occupant, struct presence_note note)
{
    struct room *room = occupant->room;
    const enum affiliation lost = occupant->affiliation;

    occupant->affiliation = room_affiliation(room, str_from(occupant->real_bare));
    if (occupant->affiliation == AFFILIATION_OUTCAST)
        note.codes[0] = STATUS_BANNED;
    else if (room->config.members_only && occupant->affiliation < AFFILIATION_MEMBER)
        note.codes[0] = STATUS_AFFILIATION_LOST;
    if (note.codes[0]) {
        note.leaving = true;
        if (note.codes[0] == STATUS_BANNED)
            log_info(&room->entity.worker->log, "banned", "%s from %.*s by %.*s: %.*s",
                     occupant->real_bare, STR_ARG(room->entity.jid.bare), STR_ARG(note.actor),
                     STR_ARG(note.reason));
        muc_remove(occupant, &note);
        return;
    }
    occupant->role = role_after(room, occupant, lost);
    presence_changed(occupant);
    presence_broadcast(occupant, &note);
}

void
muc_apply_affiliation(struct room *room, struct str bare, struct presence_note note)
{
    LIST_FOREACH (&room->occupants, link)
        if (str_is(bare, occupant_of(link)->real_bare))
            apply_to_occupant(occupant_of(link), note);
}

void
muc_remove_non_members(struct room *room)
{
    LIST_FOREACH (&room->occupants, link)
        if (occupant_of(link)->affiliation < AFFILIATION_MEMBER)
            muc_remove(occupant_of(link), &(const struct presence_note){
                                              .leaving = true,
                                              .codes = { STATUS_MEMBERS_ONLY },
                                          });
}

/* 9.5: a new member of a members-only room hears of it. */
static void
invite_member(struct room *room, const struct change *change, enum affiliation before)
{
    if (!room->config.members_only || before != AFFILIATION_NONE ||
        change->affiliation != AFFILIATION_MEMBER)
        return;
    LIST_FOREACH (&room->occupants, link)
        if (str_is(change->jid.bare, occupant_of(link)->real_bare))
            return;
    muc_invite_send(room, change->jid, room->entity.jid.bare, NULL);
}

static void
change_affiliation(struct room *room,
                   const struct change *change,
                   const struct asker *asker,
                   struct room_commit *commit)
{
    const enum affiliation before = affiliations_get(&room->affiliations, change->jid.bare);
    struct arena scratch;

    arena_init(&scratch, STANZA_ARENA_DEFAULT);
    const struct str kept =
        arena_dup(&scratch, affiliations_nick(&room->affiliations, change->jid.bare));
    if (affiliations_set(&room->affiliations, change->jid.bare, change->affiliation,
                         change->gives_nick ? change->nick : kept) == 0) {
        room_commit_affiliation(commit, change->jid.bare);
        invite_member(room, change, before);
        muc_apply_affiliation(
            room, change->jid.bare,
            (struct presence_note){ .actor = asker->nick, .reason = change->reason });
    }
    arena_fini(&scratch);
}

/* ---- reading and checking ---- */

/* 17.4: a role is given to a nickname, an affiliation to a bare JID, never both at once. */
static const char *
read_item(const struct room *room,
          const struct element *item,
          struct arena *arena,
          struct change *ret)
{
    const struct str role = element_get(item, STR("role"));
    const struct str affiliation = element_get(item, STR("affiliation"));
    const struct str nick = element_get(item, STR("nick"));

    *ret = (struct change){
        .is_role = role.len > 0,
        .reason = element_child_text(arena, item, NS_MUC_ADMIN, STR("reason")),
        .nick = nick,
        .gives_nick = element_has(item, STR("nick")),
    };
    if ((role.len > 0) == (affiliation.len > 0))
        return "bad-request";
    if (ret->is_role) {
        ret->occupant = occupant_find(room, nick);
        if (role_parse(role, &ret->role) < 0)
            return "bad-request";
        return ret->occupant ? NULL : "item-not-found";
    }
    if (affiliation_parse(affiliation, &ret->affiliation) < 0)
        return "bad-request";
    if (jid_parse(arena, element_get(item, STR("jid")), &ret->jid) < 0)
        return "jid-malformed";
    ret->jid = jid_bare(ret->jid);
    return NULL;
}

static const char *
change_denied(const struct room *room, const struct asker *asker, const struct change *change)
{
    if (change->is_role)
        return role_change_denied(asker->standing, occupant_standing(change->occupant),
                                  change->role);
    if (change->gives_nick && change->nick.len > 0 &&
        (nick_refused(change->nick) ||
         affiliations_nick_is_anothers(&room->affiliations, change->nick, change->jid.bare)))
        return "conflict";
    return affiliation_change_denied(asker->standing.affiliation,
                                     (struct affiliation_change){
                                         .from = room_affiliation(room, change->jid.bare),
                                         .to = change->affiliation,
                                         .is_self = str_equal(asker->bare, change->jid.bare),
                                         .owners = room_owners(room),
                                     });
}

/* Reads all items into `changes`. NULL, or why the request is refused. */
static const char *
read_changes(const struct room *room,
             const struct asker *asker,
             const struct element *query,
             struct arena *arena,
             struct change *changes,
             size_t *ret_count)
{
    const struct element *item = element_child(query, NS_MUC_ADMIN, STR("item"));
    size_t count = 0;

    for (; item; item = element_next_named(item, NS_MUC_ADMIN, STR("item"))) {
        if (count == ITEMS_MAX)
            return "policy-violation";
        const char *denied = read_item(room, item, arena, &changes[count]);
        if (!denied)
            denied = change_denied(room, asker, &changes[count]);
        if (denied)
            return denied;
        count++;
    }
    *ret_count = count;
    return count > 0 ? NULL : "bad-request";
}

/* An earlier item may have removed the occupant of a later one. */
static bool
is_in_room(const struct room *room, const struct occupant *occupant)
{
    LIST_FOREACH (&room->occupants, link)
        if (occupant_of(link) == occupant)
            return true;
    return false;
}

static void
apply(struct room *room,
      const struct asker *asker,
      const struct change *changes,
      size_t count,
      struct stanza *request)
{
    struct room_commit *commit = room_commit_new(room, request);

    /* The room goes with the last who is thrown out, unless it is persistent. */
    for (size_t i = 0; i < count && room->state != ROOM_ABSENT; i++) {
        const struct change *change = &changes[i];
        if (!change->is_role)
            change_affiliation(room, change, asker, commit);
        else if (is_in_room(room, change->occupant))
            muc_change_role(
                change->occupant, change->role,
                (struct presence_note){ .actor = asker->nick, .reason = change->reason });
    }
    room_commit_end(commit);
}

static void
handle_set(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct room *room = room_of(entity);
    const struct element *query = stanza_payload(request);
    struct change changes[ITEMS_MAX];
    size_t count = 0;
    struct arena scratch;

    (void)worker;
    arena_init(&scratch, STANZA_ARENA_DEFAULT);
    struct asker asker = asker_of(room, request);
    /* The asker may be the one who has to go. */
    asker.nick = arena_dup(&scratch, asker.nick);
    const char *denied = read_changes(room, &asker, query, &scratch, changes, &count);
    if (denied)
        room_refuse(room, request, denied);
    else
        apply(room, &asker, changes, count, request);
    arena_fini(&scratch);
}

/* ---- lists (8.5, 9.2, 9.5, 9.8, 10.5, 10.8) ---- */

static struct element *
add_item(struct stanza *out, struct element *query)
{
    return element_add(&out->arena, query, NS_MUC_ADMIN, STR("item"));
}

static void
list_affiliation(struct room *room, enum affiliation wanted, struct stanza *out)
{
    struct element *query = stanza_payload(out);
    const struct affiliation_entry *entry = NULL;

    while ((entry = affiliations_next(&room->affiliations, entry))) {
        struct element *item = entry->affiliation == wanted ? add_item(out, query) : NULL;
        if (!item)
            continue;
        element_set(&out->arena, item, STR("affiliation"), str_from(affiliation_text(wanted)));
        element_set(&out->arena, item, STR("jid"), str_from(entry->jid));
        if (entry->nick[0] != '\0')
            element_set(&out->arena, item, STR("nick"), str_from(entry->nick));
    }
}

static void
list_role(struct room *room, enum role wanted, struct stanza *out)
{
    struct element *query = stanza_payload(out);

    LIST_FOREACH (&room->occupants, link) {
        const struct occupant *occupant = occupant_of(link);
        struct element *item = occupant->role == wanted ? add_item(out, query) : NULL;
        if (!item)
            continue;
        element_set(&out->arena, item, STR("role"), str_from(role_text(wanted)));
        element_set(&out->arena, item, STR("nick"), occupant->jid.resource);
        element_set(&out->arena, item, STR("affiliation"),
                    str_from(affiliation_text(occupant->affiliation)));
        element_set(&out->arena, item, STR("jid"), occupant_shown(occupant)->real.full);
    }
}

/* Which list is asked for, and whether the asker may have it. */
struct list_request {
    bool is_role;
    enum role role;
    enum affiliation affiliation;
};

static const char *
read_list_request(const struct room *room, const struct stanza *request, struct list_request *ret)
{
    const struct element *item = element_child(stanza_payload(request), NS_MUC_ADMIN, STR("item"));
    const struct asker asker = asker_of(room, request);

    *ret = (struct list_request){ .is_role = element_has(item, STR("role")) };
    if (ret->is_role) {
        if (role_parse(element_get(item, STR("role")), &ret->role) < 0)
            return "bad-request";
        return role_list_denied(asker.standing, ret->role);
    }
    if (affiliation_parse(element_get(item, STR("affiliation")), &ret->affiliation) < 0)
        return "bad-request";
    return affiliation_list_denied(asker.standing.affiliation, ret->affiliation,
                                   room_is_anonymous(room));
}

static void
handle_get(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct room *room = room_of(entity);
    struct list_request list;

    const char *denied = read_list_request(room, request, &list);
    if (denied) {
        room_refuse(room, request, denied);
        return;
    }
    struct stanza *out = stanza_result(request);
    if (!out)
        return;
    element_add(&out->arena, out->root, NS_MUC_ADMIN, STR("query"));
    if (list.is_role)
        list_role(room, list.role, out);
    else
        list_affiliation(room, list.affiliation, out);
    if (!arena_is_full(&out->arena)) {
        router_route(worker, out);
        return;
    }
    stanza_unref(out);
    room_refuse(room, request, "resource-constraint");
}

static const struct iq_handler iqs[] = {
    { .ns = STR_INIT("http://jabber.org/protocol/muc#admin"),
      .name = "query",
      .get = true,
      .handle = handle_get },
    { .ns = STR_INIT("http://jabber.org/protocol/muc#admin"),
      .name = "query",
      .set = true,
      .handle = handle_set },
    { .ns = { NULL, 0 } },
};

const struct room_feature muc_moderate_feature = {
    .base = { .name = "muc_moderate", .iqs = iqs },
};
