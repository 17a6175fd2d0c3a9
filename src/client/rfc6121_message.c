#include "client/rfc6121_message.h"
#include "client/failure.h"
#include "client/feature.h"
#include "client/mate.h"
#include "client/message_event.h"
#include "client/text.h"
#include "client/words.h"
#include "client/xep0045_muc.h"
#include "client/xep0198_acks.h"
#include "client/xep0203_delay.h"
#include "xmpp/ns.h"

#define PRESENCES_MAX 2000
#define ATTEMPTS_MAX  2

/* ---- stanzas ---- */

struct message_content
message_content_of(const struct stanza *stanza)
{
    struct arena arena;
    arena_init(&arena, STANZA_ARENA_DEFAULT);
    const struct element *origin = stanza_child(stanza, NS_SID, STR("origin-id"));
    struct message_content content = {
        .id = text_dup_or_null(stanza->id),
        .body = text_dup_or_null(element_child_text(&arena, stanza->root, NS_CLIENT, STR("body"))),
        .origin_id = text_dup_or_null(element_get(origin, STR("id"))),
    };
    arena_fini(&arena);
    return content;
}

void
message_content_clear(struct message_content *content)
{
    g_clear_pointer(&content->id, g_free);
    g_clear_pointer(&content->body, g_free);
    g_clear_pointer(&content->origin_id, g_free);
}

struct stanza *
message_stanza(struct str type, const char *to, JdMessage *message)
{
    struct stanza *stanza = stanza_new_message(type, (struct jid){ 0 });
    struct arena *arena = &stanza->arena;
    struct str id = str_from(jd_message_get_id(message));
    struct jid jid;
    if (jid_parse(arena, str_from(to), &jid) < 0) {
        stanza_unref(stanza);
        return NULL;
    }
    stanza_set_to(stanza, jid);
    stanza_set_id(stanza, id);
    element_add_with_text(arena, stanza->root, NS_CLIENT, STR("body"),
                          str_from(jd_message_get_body(message)));
    struct element *origin = element_add(arena, stanza->root, NS_SID, STR("origin-id"));
    element_set(arena, origin, STR("id"), id);
    return stanza;
}

/* ---- presence ---- */

/* Full address -> JdShow, of devices outside rooms. */
static GHashTable *
presences_of(JdAccount *account)
{
    return feature_state(account, &feature_private);
}

static gpointer
make(JdAccount *account)
{
    (void)account;
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static void
free_state(gpointer state)
{
    g_hash_table_unref(state);
}

static gboolean
is_device_of(const char *full, const char *bare)
{
    size_t len = strlen(bare);
    return strncmp(full, bare, len) == 0 && (full[len] == '/' || full[len] == '\0');
}

/* The most reachable of somebody's devices. */
static JdShow
best_show(JdAccount *account, const char *jid)
{
    static const guint8 ranks[] = {
        [JD_SHOW_OFFLINE] = 0, [JD_SHOW_XA] = 1,     [JD_SHOW_AWAY] = 2,
        [JD_SHOW_DND] = 3,     [JD_SHOW_ONLINE] = 4, [JD_SHOW_CHAT] = 5,
    };
    JdShow best = muc_show_of(account, jid);
    GHashTableIter iter;
    gpointer full, show;
    g_hash_table_iter_init(&iter, presences_of(account));
    while (g_hash_table_iter_next(&iter, &full, &show)) {
        JdShow one = (JdShow)GPOINTER_TO_UINT(show);
        if (is_device_of(full, jid) && ranks[one] > ranks[best])
            best = one;
    }
    return best;
}

void
private_refresh(JdAccount *account, const char *jid)
{
    JdConversation *conversation = account_find_conversation(account, jid);
    if (conversation && jd_conversation_get_kind(conversation) == JD_CONVERSATION_PRIVATE) {
        conversation_set_guest(conversation, mate_is_guest(account, jid));
        conversation_set_show(conversation, best_show(account, jid));
    }
}

void
private_show_changed(JdAccount *account, struct jid from, JdShow show)
{
    g_autofree char *bare = text_dup(from.bare);
    if (muc_is_room(account, bare))
        return; /* the room tells us itself, with more to it */
    GHashTable *presences = presences_of(account);
    g_autofree char *full = text_dup(from.full);
    if (show == JD_SHOW_OFFLINE)
        g_hash_table_remove(presences, full);
    else if (g_hash_table_size(presences) < PRESENCES_MAX)
        g_hash_table_replace(presences, g_steal_pointer(&full), GUINT_TO_POINTER((guint)show));
    private_refresh(account, bare);
}

/* ---- sending ---- */

/* Somebody in a room is addressed through it and can be reached while we are in. */
static gboolean
can_be_reached(JdAccount *account, const char *jid)
{
    return account_is_bound(account) &&
           (!muc_is_occupant(account, jid) || muc_is_joined(account, jid));
}

static void
send_message(JdConversation *conversation, JdMessage *message, gpointer owner)
{
    JdAccount *account = owner;
    const char *jid = jd_conversation_get_jid(conversation);
    if (!can_be_reached(account, jid) || acks_is_following(account, message))
        return;
    if (message_get_attempts(message) >= ATTEMPTS_MAX) {
        message_set_state(message, JD_MESSAGE_FAILED, _("The connection broke while it was sent."));
        return;
    }
    struct stanza *stanza = message_stanza(STR("chat"), jid, message);
    if (stanza == NULL) {
        message_set_state(message, JD_MESSAGE_FAILED, _("This is no address."));
        return;
    }
    /* XEP-0045 7.5: tells a private message of a room's occupant from others. */
    if (muc_is_occupant(account, jid))
        element_add(&stanza->arena, stanza->root, NS_MUC_USER, STR("x"));
    message_set_attempts(message, message_get_attempts(message) + 1);
    account_send(account, stanza);
    acks_follow(account, message);
}

static void
leave(JdConversation *conversation, gpointer owner)
{
    account_remove_conversation(owner, conversation);
}

static const struct conversation_ops PRIVATE_OPS = {
    .send = send_message,
    .leave = leave,
};

/* ---- opening ---- */

static char *
title_for(JdAccount *account, const char *jid)
{
    g_autofree char *nickname = muc_nickname_of(account, jid);
    if (nickname)
        return g_steal_pointer(&nickname);
    const char *at = strchr(jid, '@');
    return at ? g_strndup(jid, (size_t)(at - jid)) : g_strdup(jid);
}

static JdConversation *
open_prepared(JdAccount *account, const char *jid)
{
    JdConversation *known = account_find_conversation(account, jid);
    if (known)
        return known;
    g_autofree char *title = title_for(account, jid);
    g_autoptr(JdConversation) conversation =
                  conversation_new(JD_CONVERSATION_PRIVATE, jid, title, &PRIVATE_OPS, account);
    conversation_set_own_name(conversation, jd_account_get_nickname(account));
    conversation_set_joined(conversation, can_be_reached(account, jid));
    conversation_set_guest(conversation, mate_is_guest(account, jid));
    conversation_set_show(conversation, best_show(account, jid));
    mate_look_for(account, conversation);
    return account_add_conversation(account, conversation) ? conversation : NULL;
}

JdConversation *
private_open_member(JdAccount *account, JdMember *member)
{
    const char *occupant = jd_member_get_occupant_jid(member);
    const char *real = jd_member_get_jid(member);
    /* A conversation that began through the room goes on there. */
    if (real == NULL || account_find_conversation(account, occupant))
        return open_prepared(account, occupant);
    return open_prepared(account, real);
}

JdConversation *
private_open_jid(JdAccount *account, const char *text, GError **error)
{
    struct arena arena;
    struct jid jid;
    g_autofree char *trimmed = g_strstrip(g_strdup(text ? text : ""));
    g_autofree char *bare = NULL;

    arena_init(&arena, 64 * 1024);
    if (jid_parse(&arena, str_from(trimmed), &jid) == 0 && jid.local.len > 0)
        bare = text_dup(jid.bare);
    arena_fini(&arena);
    JdConversation *conversation = bare ? open_prepared(account, bare) : NULL;
    if (conversation == NULL)
        g_set_error(error, JD_CLIENT_ERROR, JD_CLIENT_ERROR_NICKNAME,
                    _("“%s” is not the address of a person."), trimmed);
    return conversation;
}

/* ---- receiving ---- */

/* A message that came back (RFC 6120 8.3). */
static void
take_bounce(JdAccount *account, const struct stanza *stanza, const char *jid)
{
    JdConversation *conversation = account_find_conversation(account, jid);
    g_autofree char *id = text_dup(stanza->id);
    JdMessage *message = conversation ? conversation_find_own(conversation, id) : NULL;
    if (message == NULL || jd_message_get_state(message) == JD_MESSAGE_FAILED)
        return;
    g_autofree char *why = conversation_is_absent(conversation) ? g_strdup(_("They have left."))
                                                                : failure_of_message(stanza);
    message_set_state(message, JD_MESSAGE_FAILED, why);
}

static void
add_received(JdConversation *conversation,
             const struct stanza *stanza,
             const struct message_content *content,
             gint64 time)
{
    g_autofree char *from = text_dup(stanza->from.full);
    const struct message_details details = {
        .kind = JD_MESSAGE_TEXT,
        .state = JD_MESSAGE_RECEIVED,
        .id = content->id,
        .sender = jd_conversation_get_title(conversation),
        .sender_jid = from,
        .body = content->body,
        .time = time,
        .mentions_me = text_mentions(content->body, conversation_get_own_name(conversation)),
    };
    g_autoptr(JdMessage) message = message_new(&details);
    conversation_add(conversation, message, TRUE);
}

/* Into the history, and from there into the list; TRUE if it is kept there. */
static gboolean
receive(JdAccount *account, const struct stanza *stanza)
{
    g_autofree char *own_jid = text_dup(account_jid(account).bare);
    const struct message_reader reader = {
        .own_jid = own_jid,
        .own_nickname = jd_account_get_nickname(account),
        .time = delay_time(stanza, account_jid(account)),
    };
    struct history_event event;
    if (!message_event_read(&reader, stanza, &event))
        return FALSE;
    gboolean is_line = event.kind == HISTORY_TEXT;
    JdConversation *conversation = is_line ? open_prepared(account, event.conversation)
                                           : account_find_conversation(account, event.conversation);
    gboolean is_kept = conversation && conversation_is_kept(conversation);
    if (is_kept)
        conversation_receive(conversation, &event);
    history_event_clear(&event);
    /* What is said about another message is no line of its own anywhere. */
    return is_kept || !is_line;
}

void
private_take_copy(JdAccount *account, const struct stanza *message)
{
    /* Those with occupants of a room are with that device's place in it. */
    if (stanza_child(message, NS_MUC_USER, STR("x")) == NULL)
        (void)receive(account, message);
}

static void
take_text(JdAccount *account,
          const struct stanza *stanza,
          const char *jid,
          const struct message_content *content)
{
    JdConversation *conversation = open_prepared(account, jid);
    if (conversation == NULL)
        return;
    /* Sent again because its acknowledgement was lost. */
    if (content->origin_id && !conversation_remember(conversation, content->origin_id))
        return;
    add_received(conversation, stanza, content, delay_time(stanza, account_jid(account)));
}

static void
take_message(JdAccount *account, const struct stanza *stanza, const char *jid)
{
    struct message_content content = message_content_of(stanza);
    if (content.body && stanza->from.local.len == 0)
        account_notice(account, content.body); /* from a server, not from a person */
    else if (!muc_is_occupant(account, jid) && receive(account, stanza))
        ; /* it comes back from the history */
    else if (content.body)
        take_text(account, stanza, jid, &content);
    message_content_clear(&content);
}

static bool
received(JdAccount *account, gpointer state, const struct stanza *stanza)
{
    (void)state;
    if (stanza->kind != STANZA_MESSAGE || !jid_is_set(stanza->from))
        return false;
    if (stanza->type == TYPE_GROUPCHAT)
        return true; /* of no room that we are in */
    g_autofree char *bare = text_dup(stanza->from.bare);
    gboolean is_in_room = muc_is_room(account, bare);
    if (is_in_room && stanza->from.resource.len == 0)
        return true; /* the room's own words are the room's business */
    g_autofree char *jid = text_dup(is_in_room ? stanza->from.full : stanza->from.bare);
    if (stanza->type == TYPE_ERROR)
        take_bounce(account, stanza, jid);
    else
        take_message(account, stanza, jid);
    return true;
}

/* ---- coming and going ---- */

typedef void (*private_cb)(JdAccount *account, JdConversation *conversation);

static void
for_each_private(JdAccount *account, private_cb call)
{
    GListModel *model = jd_account_get_conversations(account);
    for (guint i = 0; i < g_list_model_get_n_items(model); i++) {
        g_autoptr(JdConversation) conversation = g_list_model_get_item(model, i);
        if (jd_conversation_get_kind(conversation) == JD_CONVERSATION_PRIVATE)
            call(account, conversation);
    }
}

static void
update_reach(JdAccount *account, JdConversation *conversation)
{
    const char *jid = jd_conversation_get_jid(conversation);
    conversation_set_joined(conversation, can_be_reached(account, jid));
    conversation_set_show(conversation, best_show(account, jid));
    if (jd_conversation_get_joined(conversation))
        conversation_send_pending(conversation);
}

void
private_room_changed(JdAccount *account)
{
    for_each_private(account, update_reach);
}

static void
bound(JdAccount *account, gpointer state)
{
    (void)state;
    for_each_private(account, update_reach);
}

static void
lost(JdAccount *account, gpointer state)
{
    g_hash_table_remove_all(state);
    for_each_private(account, update_reach);
}

const struct feature feature_private = {
    .name = "private",
    .make = make,
    .free = free_state,
    .bound = bound,
    .lost = lost,
    .received = received,
};
