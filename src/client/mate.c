#include "client/mate.h"
#include "client/rfc6121_message.h"
#include "client/text.h"
#include "client/words.h"
#include "client/xep0045_muc.h"

/* What our server calls guests. Elsewhere a guest is taken for somebody with an account: then they
 * are only said to be offline. */
#define GUEST_PREFIX "guest-"

static gboolean
is_occupant(const char *jid)
{
    return strchr(jid, '/') != NULL;
}

gboolean
mate_is_guest(JdAccount *account, const char *jid)
{
    const char *at = jid ? strchr(jid, '@') : NULL;
    return at && !is_occupant(jid) && g_str_has_prefix(jid, GUEST_PREFIX) &&
           str_is(account_jid(account).domain, at + 1);
}

/* The private conversation with this address; NULL when there is none. */
static JdConversation *
find_private(JdAccount *account, const char *jid)
{
    JdConversation *found = jid ? account_find_conversation(account, jid) : NULL;
    if (found && jd_conversation_get_kind(found) == JD_CONVERSATION_PRIVATE)
        return found;
    return NULL;
}

static JdMember *
member_in(JdConversation *room, const char *jid)
{
    size_t len = strlen(jd_conversation_get_jid(room));
    if (!jd_conversation_get_joined(room))
        return NULL;
    if (!is_occupant(jid))
        return conversation_find_member_by_jid(room, jid);
    if (strncmp(jid, jd_conversation_get_jid(room), len) != 0 || jid[len] != '/')
        return NULL;
    return conversation_find_member(room, jid + len + 1);
}

/* ---- here ---- */

/* Known by the nickname they have in another room, where they still are. */
static gboolean
has_a_name_elsewhere(JdAccount *account, JdConversation *conversation, const struct mate *mate)
{
    const char *seen = conversation_get_seen_room(conversation);
    JdConversation *room =
        seen && strcmp(seen, mate->room) != 0 ? account_find_conversation(account, seen) : NULL;
    return room && member_in(room, jd_conversation_get_jid(conversation)) != NULL;
}

static void
take_name(JdConversation *conversation, const struct mate *mate)
{
    g_autofree char *before = g_strdup(conversation_get_seen_nickname(conversation));
    conversation_set_seen(conversation, mate->room, mate->nickname);
    conversation_set_title(conversation, mate->nickname);
    if (before == NULL || strcmp(before, mate->nickname) == 0)
        return;
    g_autofree char *old = text_isolate(before);
    g_autofree char *new = text_isolate(mate->nickname);
    g_autofree char *sentence = g_strdup_printf(_("%s is now known as %s"), old, new);
    conversation_tell(conversation, JD_MESSAGE_RENAMED, mate->nickname, sentence);
}

static void
meet(JdAccount *account, JdConversation *conversation, const struct mate *mate)
{
    if (!has_a_name_elsewhere(account, conversation, mate))
        take_name(conversation, mate);
    if (conversation_is_absent(conversation)) {
        g_autofree char *who = text_isolate(jd_conversation_get_title(conversation));
        g_autofree char *sentence = g_strdup_printf(_("%s is here again."), who);
        conversation_set_absence(conversation, NULL);
        conversation_tell(conversation, JD_MESSAGE_NOTICE, NULL, sentence);
    }
    private_refresh(account, jd_conversation_get_jid(conversation));
}

/* ---- guests who come back ---- */

/* Whether this guest may be the one of the conversation, who has gone. */
static gboolean
may_be(JdAccount *account, JdConversation *conversation, const struct mate *mate)
{
    const char *jid = jd_conversation_get_jid(conversation);
    return mate_is_guest(account, mate->real_jid) && mate_is_guest(account, jid) &&
           g_strcmp0(conversation_get_seen_room(conversation), mate->room) == 0 &&
           g_strcmp0(conversation_get_seen_nickname(conversation), mate->nickname) == 0 &&
           muc_show_of(account, jid) == JD_SHOW_OFFLINE &&
           account_find_conversation(account, mate->real_jid) == NULL;
}

static void
adopt(JdAccount *account, JdConversation *conversation, const struct mate *mate)
{
    g_autofree char *who = text_isolate(mate->nickname);
    g_autofree char *sentence = g_strdup_printf(
        _("%s is here again, as a new guest: nobody can say whether it is the same person."), who);
    conversation_set_jid(conversation, mate->real_jid);
    conversation_set_absence(conversation, NULL);
    conversation_tell(conversation, JD_MESSAGE_NOTICE, NULL, sentence);
    private_refresh(account, mate->real_jid);
}

static void
adopt_if_lost(JdAccount *account, const struct mate *mate)
{
    GListModel *model = jd_account_get_conversations(account);
    for (guint i = 0; i < g_list_model_get_n_items(model); i++) {
        g_autoptr(JdConversation) conversation = g_list_model_get_item(model, i);
        if (may_be(account, conversation, mate)) {
            adopt(account, conversation, mate);
            return;
        }
    }
}

void
mate_came(JdAccount *account, const struct mate *mate, gboolean is_news)
{
    JdConversation *by_account = find_private(account, mate->real_jid);
    JdConversation *by_place = find_private(account, mate->occupant_jid);
    if (by_account)
        meet(account, by_account, mate);
    else if (is_news && mate->real_jid)
        adopt_if_lost(account, mate);
    if (by_place)
        meet(account, by_place, mate);
}

/* ---- gone ---- */

/* Who has an account can be written to wherever they are. */
static gboolean
is_out_of_reach(JdAccount *account, const char *jid)
{
    return (is_occupant(jid) || mate_is_guest(account, jid)) &&
           muc_show_of(account, jid) == JD_SHOW_OFFLINE;
}

static void
part(JdAccount *account, JdConversation *conversation)
{
    const char *jid = jd_conversation_get_jid(conversation);
    private_refresh(account, jid);
    if (conversation_is_absent(conversation) || !is_out_of_reach(account, jid))
        return;
    gboolean guest = mate_is_guest(account, jid);
    g_autofree char *title = text_isolate(jd_conversation_get_title(conversation));
    g_autofree char *sentence = guest
        ? g_strdup_printf(_("%s has left. Nothing reaches a guest who is gone."), title)
        : g_strdup_printf(_("%s has left the room. Nothing reaches them until they are back."),
                            title);
    conversation_set_absence(conversation, guest ? _("guest left") : _("not in the room"));
    conversation_tell(conversation, JD_MESSAGE_NOTICE, NULL, sentence);
}

void
mate_went(JdAccount *account, const struct mate *mate)
{
    const char *jids[] = { mate->real_jid, mate->occupant_jid };
    for (guint i = 0; i < G_N_ELEMENTS(jids); i++) {
        JdConversation *conversation = find_private(account, jids[i]);
        if (conversation)
            part(account, conversation);
    }
}

/* ---- changes ---- */

void
mate_renamed(JdAccount *account, const char *old_occupant_jid, const struct mate *mate)
{
    JdConversation *by_place = find_private(account, old_occupant_jid);
    if (by_place && account_find_conversation(account, mate->occupant_jid) == NULL)
        conversation_set_jid(by_place, mate->occupant_jid);
    mate_came(account, mate, FALSE);
}

static struct mate
mate_from(JdConversation *room, JdMember *member)
{
    return (struct mate){
        .room = jd_conversation_get_jid(room),
        .nickname = jd_member_get_nickname(member),
        .occupant_jid = jd_member_get_occupant_jid(member),
        .real_jid = jd_member_get_jid(member),
    };
}

static void
settle(JdAccount *account, JdConversation *conversation, JdConversation *room)
{
    const char *nickname = conversation_get_seen_nickname(conversation);
    JdMember *member = member_in(room, jd_conversation_get_jid(conversation));
    JdMember *namesake = nickname ? conversation_find_member(room, nickname) : NULL;
    struct mate mate = { 0 };

    if (member) {
        mate = mate_from(room, member);
        meet(account, conversation, &mate);
        return;
    }
    if (g_strcmp0(conversation_get_seen_room(conversation), jd_conversation_get_jid(room)) != 0)
        return;
    if (namesake)
        mate = mate_from(room, namesake);
    if (namesake && may_be(account, conversation, &mate))
        adopt(account, conversation, &mate);
    else
        part(account, conversation);
}

void
mates_settle(JdAccount *account, JdConversation *room)
{
    GListModel *model = jd_account_get_conversations(account);
    for (guint i = 0; i < g_list_model_get_n_items(model); i++) {
        g_autoptr(JdConversation) conversation = g_list_model_get_item(model, i);
        if (jd_conversation_get_kind(conversation) == JD_CONVERSATION_PRIVATE)
            settle(account, conversation, room);
    }
}

void
mate_look_for(JdAccount *account, JdConversation *conversation)
{
    GListModel *model = jd_account_get_conversations(account);
    const char *jid = jd_conversation_get_jid(conversation);
    for (guint i = 0; i < g_list_model_get_n_items(model); i++) {
        g_autoptr(JdConversation) room = g_list_model_get_item(model, i);
        JdMember *member =
            jd_conversation_get_kind(room) == JD_CONVERSATION_ROOM ? member_in(room, jid) : NULL;
        if (member) {
            conversation_set_seen(conversation, jd_conversation_get_jid(room),
                                  jd_member_get_nickname(member));
            return;
        }
    }
}
