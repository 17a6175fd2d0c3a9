/* muc_iq.c - questions from one occupant to another, passed on (XEP-0045 17.4)
 *
 * Neither learns the other's address. An answer finds its way back without the room remembering
 * anything: the id that the room gives the request names both clients by their numbers. */
#include "server/room/feature_list.h"
#include "server/room/room_feature.h"
#include "xmpp/ns.h"

#define NS_VCARD STR("vcard-temp") /* XEP-0054 */

static bool
asks_about(const struct stanza *iq, struct str ns)
{
    const struct element *payload = stanza_payload(iq);

    return payload && str_equal(payload->ns, ns);
}

static struct occupant_session *
session_numbered(const struct occupant *occupant, int64_t number)
{
    LIST_FOREACH (&occupant->sessions, link)
        if ((int64_t)occupant_session_of(link)->number == number)
            return occupant_session_of(link);
    return NULL;
}

static void
relay(const struct occupant_session *from, const struct occupant_session *to, struct stanza *iq)
{
    struct room *room = from->occupant->room;
    struct stanza *out = stanza_dup(iq, false);

    if (!out) {
        room_refuse(room, iq, "policy-violation");
        return;
    }
    stanza_set_from(out, from->occupant->jid);
    /* A vCard is answered by the account, not by the client. */
    stanza_set_to(out, asks_about(iq, NS_VCARD) ? jid_bare(to->real) : to->real);
    stanza_set_id(out, arena_printf(&out->arena, "%llu-%llu-%.*s", (unsigned long long)from->number,
                                    (unsigned long long)to->number, STR_ARG(iq->id)));
    room_forward(room, iq, out);
}

static void
ask(struct room *room, struct stanza *stanza)
{
    const struct occupant_session *from = occupant_session_find(room, stanza->from.full);
    const struct occupant *to = occupant_find(room, stanza->to.resource);
    const bool is_disco = asks_about(stanza, NS_DISCO_INFO) || asks_about(stanza, NS_DISCO_ITEMS);

    /* 6.6; XEP-0410 3.2: who is not in the room learns that and no more. */
    if (!from)
        room_refuse(room, stanza, is_disco ? "bad-request" : "not-acceptable");
    else if (!to)
        room_refuse(room, stanza, "item-not-found");
    else
        relay(from, occupant_shown(to), stanza);
}

/* Cuts "number-" off the front. */
static bool
cut_number(struct str *rest, int64_t *ret_number)
{
    const ptrdiff_t dash = str_find_char(*rest, '-', 0);

    if (dash < 0 || str_to_int64(str_slice(*rest, 0, (size_t)dash), 0, INT64_MAX, ret_number) < 0)
        return false;
    *rest = str_slice(*rest, (size_t)dash + 1, rest->len);
    return true;
}

/* The client that answers, if the answer is to what we gave it. */
static const struct occupant_session *
answering(const struct room *room, const struct stanza *stanza, int64_t number)
{
    LIST_FOREACH (&room->occupants, link) {
        const struct occupant_session *session = session_numbered(occupant_of(link), number);
        if (session)
            return str_equal(session->real.bare, stanza->from.bare) ? session : NULL;
    }
    return NULL;
}

static void
answer(struct room *room, struct stanza *stanza)
{
    const struct occupant *asker = occupant_find(room, stanza->to.resource);
    struct str id = stanza->id;
    int64_t asked_by, asked;

    if (!asker || !cut_number(&id, &asked_by) || !cut_number(&id, &asked))
        return;
    const struct occupant_session *to = session_numbered(asker, asked_by);
    const struct occupant_session *from = answering(room, stanza, asked);
    struct stanza *out = to && from ? stanza_dup(stanza, false) : NULL;
    if (!out)
        return;
    stanza_set_from(out, from->occupant->jid);
    stanza_set_to(out, to->real);
    stanza_set_id(out, id);
    room_forward(room, stanza, out);
}

static bool
occupant_iq(struct room *room, struct stanza *stanza)
{
    if (stanza->type == TYPE_GET || stanza->type == TYPE_SET)
        ask(room, stanza);
    else
        answer(room, stanza);
    return true;
}

const struct room_feature muc_iq_feature = {
    .base = { .name = "muc_iq" },
    .occupant_iq = occupant_iq,
};
