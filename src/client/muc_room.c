/* muc_room.c - in and out of a room. Spec: XEP-0045 7.2, 7.6, 7.14. */
#include "client/muc_room.h"
#include "base/clock.h"
#include "client/account_history.h"
#include "client/failure.h"
#include "client/mate.h"
#include "client/rfc6121_message.h"
#include "client/text.h"
#include "client/words.h"
#include "client/xep0115_caps.h"
#include "xmpp/ns.h"

#define HISTORY_SECONDS      5 /* a room that sends no subject has no more history then */
#define CONFLICT_SECONDS     3 /* our own ghost may still be there */
#define GHOSTS_MAX           3 /* times that we wait for it */
#define CONFLICTS_MAX        8
#define RETRY_SECONDS        10
#define HISTORY_MESSAGES_MAX "100"

struct room *
room_new(JdAccount *account, JdConversation *conversation)
{
    struct room *room = g_new0(struct room, 1);
    room->account = account;
    room->conversation = g_object_ref(conversation);
    room->jid = g_strdup(jd_conversation_get_jid(conversation));
    room->nickname = g_strdup(jd_account_get_nickname(account));
    room->on_the_way = room_flights_new();
    return room;
}

void
room_free(gpointer data)
{
    struct room *room = data;
    g_clear_handle_id(&room->timer, g_source_remove);
    g_hash_table_unref(room->on_the_way);
    g_object_unref(room->conversation);
    g_free(room->jid);
    g_free(room->nickname);
    g_free(room->wanted_nickname);
    g_free(room->taken_nickname);
    g_free(room->occupant_id);
    g_free(room);
}

gboolean
room_is_lobby(struct room *room)
{
    return jd_account_get_lobby(room->account) == room->conversation;
}

char *
room_occupant_jid(struct room *room, const char *nickname)
{
    return g_strconcat(room->jid, "/", nickname, NULL);
}

/* A presence to our place in the room, or NULL when that is no address. */
static struct stanza *
presence_for(struct room *room, struct str type, const char *nickname)
{
    g_autofree char *occupant = room_occupant_jid(room, nickname);
    struct stanza *presence = stanza_new_presence(type, (struct jid){ 0 });
    struct jid to;
    if (jid_parse(&presence->arena, str_from(occupant), &to) < 0) {
        stanza_unref(presence);
        return NULL;
    }
    stanza_set_to(presence, to);
    return presence;
}

/* XEP-0045 7.2.14: after a break only what was missed. */
static void
add_history(struct room *room, struct stanza *presence, struct element *x)
{
    struct element *history = element_add(&presence->arena, x, NS_MUC, STR("history"));
    gint64 newest = room->was_in ? conversation_newest_text(room->conversation) : 0;
    char since[CLOCK_TEXT_BYTES];
    element_set(&presence->arena, history, STR("maxstanzas"), STR(HISTORY_MESSAGES_MAX));
    if (newest > 0) {
        clock_format(newest, since);
        element_set(&presence->arena, history, STR("since"), str_from(since));
    }
}

static void
refuse(struct room *room, GError *error)
{
    g_autoptr(GError) owned = error;
    conversation_tell(room->conversation, JD_MESSAGE_NOTICE, NULL, owned->message);
    room_is_left(room, FALSE);
}

static gboolean
join_timeout_cb(gpointer data)
{
    struct room *room = data;
    room->timer = 0;
    room_not_joined(room, NULL);
    return G_SOURCE_REMOVE;
}

void
room_join(struct room *room)
{
    g_clear_handle_id(&room->timer, g_source_remove);
    room->wants_in = TRUE;
    if (!account_is_bound(room->account))
        return;
    struct stanza *presence = presence_for(room, STR(""), room->nickname);
    if (presence == NULL) {
        refuse(room, g_error_new_literal(JD_CLIENT_ERROR, 0, _("This is not a room's address.")));
        return;
    }
    struct element *x = element_add(&presence->arena, presence->root, NS_MUC, STR("x"));
    add_history(room, presence, x);
    caps_add(presence);
    room->state = ROOM_JOINING;
    room->is_up_to_date = FALSE;
    conversation_mark_members_stale(room->conversation);
    room->timer = g_timeout_add_seconds(account_patience(room->account), join_timeout_cb, room);
    account_send(room->account, presence);
}

static gboolean
history_timeout_cb(gpointer data)
{
    struct room *room = data;
    room->timer = 0;
    room_is_up_to_date(room);
    return G_SOURCE_REMOVE;
}

/* Another nickname than the person's own was needed to get in: they are told, once. */
static void
tell_of_other_nickname(struct room *room)
{
    g_autofree char *taken = g_steal_pointer(&room->taken_nickname);
    if (taken == NULL || strcmp(taken, room->nickname) == 0)
        return;
    g_autofree char *wanted = text_isolate(taken);
    g_autofree char *nickname = text_isolate(room->nickname);
    g_autofree char *sentence =
        g_strdup_printf(_("The nickname %s is taken; you are %s here."), wanted, nickname);
    conversation_tell(room->conversation, JD_MESSAGE_NICKNAME, NULL, sentence);
}

void
room_is_joined(struct room *room)
{
    g_clear_handle_id(&room->timer, g_source_remove);
    room->state = ROOM_IN;
    room->conflicts = 0;
    room->timer = g_timeout_add_seconds(HISTORY_SECONDS, history_timeout_cb, room);
    conversation_set_own_name(room->conversation, room->nickname);
    conversation_remove_stale_members(room->conversation);
    conversation_set_joined(room->conversation, TRUE);
    tell_of_other_nickname(room);
    account_history_joined(room->account, room->conversation);
    mates_settle(room->account, room->conversation);
    private_room_changed(room->account);
    if (room_is_lobby(room)) {
        /* Whoever hears of this may sign out, and the room is no more. */
        JdAccount *account = room->account;
        g_autofree char *nickname = g_strdup(room->nickname);
        account_set_nickname(account, nickname);
        account_signed_in(account);
    }
}

void
room_is_up_to_date(struct room *room)
{
    if (room->state != ROOM_IN || room->is_up_to_date)
        return;
    g_clear_handle_id(&room->timer, g_source_remove);
    room->is_up_to_date = TRUE;
    room->was_in = TRUE;
    conversation_send_pending(room->conversation);
}

void
room_is_left(struct room *room, gboolean wants_in)
{
    g_clear_handle_id(&room->timer, g_source_remove);
    g_clear_pointer(&room->wanted_nickname, g_free);
    room->state = ROOM_OUT;
    room->is_up_to_date = FALSE;
    room->wants_in = wants_in;
    room_forget_flights(room);
    if (!wants_in)
        conversation_clear_members(room->conversation);
    conversation_set_joined(room->conversation, FALSE);
    private_room_changed(room->account);
}

/* Members stay on show until we are back: whoever is gone then is taken out without a word. */
void
room_connection_lost(struct room *room)
{
    room->conflicts = 0;
    room_is_left(room, room->wants_in);
}

static gboolean
again_cb(gpointer data)
{
    struct room *room = data;
    room->timer = 0;
    room_join(room);
    return G_SOURCE_REMOVE;
}

void
room_try_again(struct room *room, guint seconds)
{
    g_clear_handle_id(&room->timer, g_source_remove);
    room->timer = g_timeout_add_seconds(seconds, again_cb, room);
}

/* ---- not joined ---- */

/* The lobby is not for us, but the rest of the server is. */
static void
give_up(struct room *room, const struct stanza *error)
{
    JdAccount *account = room->account;
    const char *nickname = room->taken_nickname ? room->taken_nickname : room->nickname;
    refuse(room, failure_from_join(error, nickname, jd_account_get_guest(account)));
    if (room->taken_nickname) {
        g_free(room->nickname);
        room->nickname = g_strdup(room->taken_nickname);
    }
    if (room_is_lobby(room))
        account_signed_in(account);
}

/* A guest has nothing but a nickname: at the first sign-in they choose another one. */
static gboolean
has_to_choose_again(struct room *room)
{
    return room_is_lobby(room) && jd_account_get_guest(room->account) &&
           jd_account_get_state(room->account) != JD_CONNECTION_ONLINE;
}

/* XEP-0045 7.2.8. After a break it is most likely our own ghost, which the server has not missed
 * yet; otherwise another name will do, and the person is told. */
static void
settle_conflict(struct room *room, const struct stanza *error)
{
    room->conflicts++;
    if (has_to_choose_again(room)) {
        account_refuse_sign_in(room->account, failure_from_join(error, room->nickname, TRUE));
        return;
    }
    if (room->taken_nickname == NULL)
        room->taken_nickname = g_strdup(room->nickname);
    if (room->was_in && room->conflicts <= GHOSTS_MAX) {
        room_try_again(room, CONFLICT_SECONDS);
        return;
    }
    if (room->conflicts > CONFLICTS_MAX) {
        give_up(room, error);
        return;
    }
    char *other = text_next_nickname(room->nickname);
    g_free(room->nickname);
    room->nickname = other;
    room_join(room);
}

static gboolean
is_passing(struct str condition)
{
    static const char *const passing[] = {
        "internal-server-error",
        "remote-server-timeout",
        "resource-constraint",
        "recipient-unavailable",
    };
    for (guint i = 0; i < G_N_ELEMENTS(passing); i++) {
        if (str_is(condition, passing[i]))
            return TRUE;
    }
    return FALSE;
}

/* `error` is NULL when there was no answer at all. */
void
room_not_joined(struct room *room, const struct stanza *error)
{
    struct str condition = error ? stanza_error_condition(error) : STR_EMPTY;
    g_clear_handle_id(&room->timer, g_source_remove);
    room->state = ROOM_OUT;
    if (error && str_is(condition, "conflict")) {
        settle_conflict(room, error);
    } else if (error && !is_passing(condition)) {
        give_up(room, error);
    } else {
        room_try_again(room, RETRY_SECONDS);
        if (room_is_lobby(room))
            account_signed_in(room->account);
    }
}

/* ---- our place ---- */

void
room_change_nickname(struct room *room, const char *nickname)
{
    if (room->state != ROOM_IN) {
        /* Refused for the name, or turned out because it is somebody else's. */
        gboolean comes_back = !room->wants_in && (room->taken_nickname || room_is_lobby(room));
        g_clear_pointer(&room->taken_nickname, g_free);
        g_free(room->nickname);
        room->nickname = g_strdup(nickname);
        if (comes_back)
            room_join(room);
        return;
    }
    struct stanza *presence = presence_for(room, STR(""), nickname);
    if (presence == NULL)
        return; /* checked by the account before */
    g_free(room->wanted_nickname);
    room->wanted_nickname = g_strdup(nickname);
    caps_add(presence);
    account_send(room->account, presence);
}

void
room_leave(struct room *room)
{
    if (room->state == ROOM_OUT)
        return;
    struct stanza *presence = presence_for(room, STR("unavailable"), room->nickname);
    if (presence)
        account_send(room->account, presence);
    room_is_left(room, FALSE);
}
