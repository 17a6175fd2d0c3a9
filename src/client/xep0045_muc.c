#include "client/xep0045_muc.h"
#include "client/feature.h"
#include "client/message_event.h"
#include "client/muc_room.h"
#include "client/text.h"
#include "client/words.h"
#include "xmpp/ns.h"

struct muc {
    GHashTable *rooms; /* bare address -> struct room */
    char *service;
};

static gpointer
make(JdAccount *account)
{
    (void)account;
    struct muc *muc = g_new0(struct muc, 1);
    muc->rooms = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, room_free);
    return muc;
}

static void
muc_free(gpointer state)
{
    struct muc *muc = state;
    g_hash_table_unref(muc->rooms);
    g_free(muc->service);
    g_free(muc);
}

static struct muc *
muc_of(JdAccount *account)
{
    return feature_state(account, &feature_muc);
}

static struct room *
find_room(JdAccount *account, const char *bare_jid)
{
    return g_hash_table_lookup(muc_of(account)->rooms, bare_jid);
}

/* ---- the user's verbs ---- */

static void
send_message(JdConversation *conversation, JdMessage *message, gpointer owner)
{
    struct room *room = find_room(owner, jd_conversation_get_jid(conversation));
    if (room)
        room_send(room, message);
}

static void
leave(JdConversation *conversation, gpointer owner)
{
    JdAccount *account = owner;
    struct room *room = find_room(account, jd_conversation_get_jid(conversation));
    if (room) {
        room_leave(room);
        g_hash_table_remove(muc_of(account)->rooms, jd_conversation_get_jid(conversation));
    }
    account_remove_conversation(account, conversation);
}

static const struct conversation_ops ROOM_OPS = {
    .send = send_message,
    .leave = leave,
};

static struct room *
make_room(JdAccount *account, const char *jid, const char *title)
{
    g_autofree char *local = g_strndup(jid, strcspn(jid, "@"));
    g_autoptr(JdConversation) conversation = conversation_new(
        JD_CONVERSATION_ROOM, jid, title && title[0] ? title : local, &ROOM_OPS, account);
    conversation_set_own_name(conversation, jd_account_get_nickname(account));
    if (!account_add_conversation(account, conversation))
        return NULL;
    struct room *room = room_new(account, conversation);
    g_hash_table_insert(muc_of(account)->rooms, room->jid, room);
    return room;
}

JdConversation *
muc_join(JdAccount *account, const char *jid, const char *title)
{
    struct room *room = find_room(account, jid);
    if (room == NULL)
        room = make_room(account, jid, title);
    if (room == NULL)
        return NULL;
    if (room->state == ROOM_OUT)
        room_join(room);
    return room->conversation;
}

/* "tea" is tea@ the room service; NULL when that is no address. */
static char *
address_of(JdAccount *account, const char *text)
{
    struct arena arena;
    struct jid jid;
    const char *service = muc_of(account)->service;
    g_autofree char *trimmed = g_strstrip(g_strdup(text ? text : ""));
    g_autofree char *whole = strchr(trimmed, '@') || service == NULL
                                 ? g_strdup(trimmed)
                                 : g_strconcat(trimmed, "@", service, NULL);
    char *address = NULL;
    arena_init(&arena, 64 * 1024);
    if (jid_parse(&arena, str_from(whole), &jid) == 0 && jid.local.len > 0)
        address = text_dup(jid.bare);
    arena_fini(&arena);
    return address;
}

JdConversation *
muc_open(JdAccount *account, const char *text, GError **error)
{
    if (!account_is_bound(account)) {
        g_set_error_literal(error, JD_CLIENT_ERROR, JD_CLIENT_ERROR_OFFLINE,
                            _("A room can be joined while you are connected."));
        return NULL;
    }
    g_autofree char *address = address_of(account, text);
    JdConversation *conversation = address ? muc_join(account, address, NULL) : NULL;
    if (conversation == NULL)
        g_set_error(error, JD_CLIENT_ERROR, JD_CLIENT_ERROR_REFUSED,
                    _("“%s” is not the name of a room."), text ? text : "");
    return conversation;
}

void
muc_set_service(JdAccount *account, const char *service)
{
    struct muc *muc = muc_of(account);
    g_free(muc->service);
    muc->service = g_strdup(service);
}

void
muc_set_nickname(JdAccount *account, const char *nickname)
{
    g_autoptr(GList) rooms = g_hash_table_get_values(muc_of(account)->rooms);
    for (GList *at = rooms; at; at = at->next)
        room_change_nickname(at->data, nickname);
    if (rooms == NULL)
        account_set_nickname(account, nickname);
}

/* ---- questions ---- */

void
muc_reader(JdAccount *account, const char *jid, struct message_reader *reader)
{
    const struct room *room = find_room(account, jid);
    reader->room = jid;
    if (room == NULL)
        return;
    reader->own_nickname = room->nickname;
    reader->own_occupant_id = room->occupant_id;
}

gboolean
muc_is_room(JdAccount *account, const char *bare_jid)
{
    return find_room(account, bare_jid) != NULL;
}

static struct room *
room_of_occupant(JdAccount *account, const char *jid)
{
    const char *slash = strchr(jid, '/');
    if (slash == NULL)
        return NULL;
    g_autofree char *bare = g_strndup(jid, (size_t)(slash - jid));
    return find_room(account, bare);
}

/* Private conversations with accounts have bare addresses, so a resource means a room. */
gboolean
muc_is_occupant(JdAccount *account, const char *jid)
{
    (void)account;
    return strchr(jid, '/') != NULL;
}

gboolean
muc_is_joined(JdAccount *account, const char *occupant_jid)
{
    const struct room *room = room_of_occupant(account, occupant_jid);
    return room && room->state == ROOM_IN;
}

static JdMember *
find_member(JdAccount *account, const char *jid)
{
    struct room *room = room_of_occupant(account, jid);
    if (room)
        return conversation_find_member(room->conversation, strchr(jid, '/') + 1);
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, muc_of(account)->rooms);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct room *any = value;
        JdMember *member = conversation_find_member_by_jid(any->conversation, jid);
        if (member && any->state == ROOM_IN)
            return member;
    }
    return NULL;
}

JdShow
muc_show_of(JdAccount *account, const char *jid)
{
    JdMember *member = account_is_bound(account) ? find_member(account, jid) : NULL;
    return member ? jd_member_get_show(member) : JD_SHOW_OFFLINE;
}

char *
muc_nickname_of(JdAccount *account, const char *jid)
{
    const char *slash = strchr(jid, '/');
    JdMember *member = find_member(account, jid);
    if (member)
        return g_strdup(jd_member_get_nickname(member));
    return slash ? g_strdup(slash + 1) : NULL;
}

/* ---- the stream ---- */

static void
bound(JdAccount *account, gpointer state)
{
    struct muc *muc = state;
    g_autoptr(GList) rooms = g_hash_table_get_values(muc->rooms);
    (void)account;
    for (GList *at = rooms; at; at = at->next) {
        struct room *room = at->data;
        if (room->wants_in)
            room_join(room);
    }
}

static void
lost(JdAccount *account, gpointer state)
{
    struct muc *muc = state;
    GHashTableIter iter;
    gpointer room;
    (void)account;
    g_hash_table_iter_init(&iter, muc->rooms);
    while (g_hash_table_iter_next(&iter, NULL, &room))
        room_connection_lost(room);
}

static void
forget(JdAccount *account, gpointer state)
{
    struct muc *muc = state;
    (void)account;
    g_hash_table_remove_all(muc->rooms);
    g_clear_pointer(&muc->service, g_free);
}

/* Only a room that we have asked to be in says anything as a room. */
static bool
received(JdAccount *account, gpointer state, const struct stanza *stanza)
{
    (void)state;
    if (!jid_is_set(stanza->from))
        return false;
    g_autofree char *bare = text_dup(stanza->from.bare);
    struct room *room = find_room(account, bare);
    if (room == NULL)
        return false;
    if (stanza->kind == STANZA_PRESENCE) {
        room_take_presence(room, stanza);
        return true;
    }
    gboolean is_rooms = stanza->type == TYPE_GROUPCHAT ||
                        (stanza->type == TYPE_ERROR && stanza->from.resource.len == 0);
    if (is_rooms)
        room_take_message(room, stanza);
    return is_rooms;
}

static const char *const disco[] = { "http://jabber.org/protocol/muc", NULL };

const struct feature feature_muc = {
    .name = "muc",
    .disco = disco,
    .make = make,
    .free = muc_free,
    .bound = bound,
    .lost = lost,
    .forget = forget,
    .received = received,
};
