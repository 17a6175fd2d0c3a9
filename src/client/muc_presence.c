/* muc_presence.c - what a room says of its occupants. Spec: XEP-0045 7.1, 7.2, 7.6, 8.2, 9.1, 10.9.
 */
#include "client/failure.h"
#include "client/iq.h"
#include "client/mate.h"
#include "client/muc_room.h"
#include "client/rfc6121_presence.h"
#include "client/text.h"
#include "client/words.h"
#include "xmpp/ns.h"

/* XEP-0045 15.6, as bits. */
enum room_status {
    STATUS_SELF = 1 << 0,         /* 110 */
    STATUS_CREATED = 1 << 1,      /* 201 */
    STATUS_BANNED = 1 << 2,       /* 301 */
    STATUS_RENAMED = 1 << 3,      /* 303 */
    STATUS_KICKED = 1 << 4,       /* 307 */
    STATUS_NOT_A_MEMBER = 1 << 5, /* 321, 322 */
    STATUS_SHUTDOWN = 1 << 6,     /* 332 */
    STATUS_TECHNICAL = 1 << 7,    /* 333 */
};

/* One presence, taken apart. */
struct news {
    const struct stanza *stanza;
    const struct element *x;
    const struct element *item;
    unsigned status;
    char *nickname;
    char *occupant_jid;
    char *real_jid; /* bare; NULL = hidden */
    char *text;     /* of <status/> */
    char *reason;   /* of the item */
    char *actor;    /* nickname of who did it; NULL = not told */
};

static unsigned
status_of(const struct element *x)
{
    static const struct {
        const char *code;
        unsigned bit;
    } codes[] = {
        { "110", STATUS_SELF },         { "201", STATUS_CREATED },  { "301", STATUS_BANNED },
        { "303", STATUS_RENAMED },      { "307", STATUS_KICKED },   { "321", STATUS_NOT_A_MEMBER },
        { "322", STATUS_NOT_A_MEMBER }, { "332", STATUS_SHUTDOWN }, { "333", STATUS_TECHNICAL },
    };
    unsigned bits = 0;
    for (const struct element *at = element_child(x, NS_MUC_USER, STR("status")); at;
         at = element_next_named(at, NS_MUC_USER, STR("status"))) {
        for (guint i = 0; i < G_N_ELEMENTS(codes); i++) {
            if (str_is(element_get(at, STR("code")), codes[i].code))
                bits |= codes[i].bit;
        }
    }
    return bits;
}

static struct news
news_from(const struct stanza *stanza)
{
    struct arena arena;
    struct jid real;
    const struct element *x = stanza_child(stanza, NS_MUC_USER, STR("x"));
    const struct element *item = element_child(x, NS_MUC_USER, STR("item"));
    const struct element *actor = element_child(item, NS_MUC_USER, STR("actor"));

    arena_init(&arena, STANZA_ARENA_DEFAULT);
    struct news news = {
        .stanza = stanza,
        .x = x,
        .item = item,
        .status = status_of(x),
        .nickname = text_dup(stanza->from.resource),
        .occupant_jid = text_dup(stanza->from.full),
        .text = presence_status(stanza),
        .reason = text_dup_or_null(element_child_text(&arena, item, NS_MUC_USER, STR("reason"))),
        .actor = text_dup_or_null(element_get(actor, STR("nick"))),
    };
    if (jid_parse(&arena, element_get(item, STR("jid")), &real) == 0)
        news.real_jid = text_dup(real.bare);
    arena_fini(&arena);
    return news;
}

static void
news_clear(struct news *news)
{
    g_free(news->nickname);
    g_free(news->occupant_jid);
    g_free(news->real_jid);
    g_free(news->text);
    g_free(news->reason);
    g_free(news->actor);
}

/* ---- members ---- */

static JdRole
role_of(const struct element *item)
{
    struct str role = element_get(item, STR("role"));
    if (str_is(role, "moderator"))
        return JD_ROLE_MODERATOR;
    if (str_is(role, "participant"))
        return JD_ROLE_PARTICIPANT;
    return str_is(role, "visitor") ? JD_ROLE_VISITOR : JD_ROLE_NONE;
}

static JdAffiliation
affiliation_of(const struct element *item)
{
    struct str affiliation = element_get(item, STR("affiliation"));
    if (str_is(affiliation, "owner"))
        return JD_AFFILIATION_OWNER;
    if (str_is(affiliation, "admin"))
        return JD_AFFILIATION_ADMIN;
    if (str_is(affiliation, "member"))
        return JD_AFFILIATION_MEMBER;
    return str_is(affiliation, "outcast") ? JD_AFFILIATION_OUTCAST : JD_AFFILIATION_NONE;
}

static struct member_details
member_from(const struct room *room, const struct news *news)
{
    gboolean self = (news->status & STATUS_SELF) || strcmp(news->nickname, room->nickname) == 0;
    return (struct member_details){
        .nickname = news->nickname,
        .occupant_jid = news->occupant_jid,
        .jid = news->real_jid,
        .status = news->text,
        .show = presence_show(news->stanza),
        .role = role_of(news->item),
        .affiliation = affiliation_of(news->item),
        .self = self,
        .guest = mate_is_guest(room->account, news->real_jid),
    };
}

static struct mate
mate_from(const struct room *room, const struct news *news)
{
    return (struct mate){
        .room = room->jid,
        .nickname = news->nickname,
        .occupant_jid = news->occupant_jid,
        .real_jid = news->real_jid,
    };
}

static void
tell(struct room *room, JdMessageKind kind, const char *who, char *sentence)
{
    conversation_tell(room->conversation, kind, who, sentence);
    g_free(sentence);
}

/* "... (reason)" when there is one. Takes the sentence. */
static char *
with_reason(char *sentence, const char *reason)
{
    if (reason == NULL)
        return sentence;
    g_autofree char *words = text_isolate(reason);
    char *longer = g_strdup_printf("%s (%s)", sentence, words);
    g_free(sentence);
    return longer;
}

/* ---- available ---- */

/* XEP-0045 10.1.2: a room that we have just made is locked until we say that its defaults will do.
 */
static void
configured_cb(JdAccount *account, const struct stanza *answer, gpointer data)
{
    (void)account, (void)answer, (void)data;
}

static void
accept_defaults(struct room *room)
{
    struct stanza *iq = stanza_new_iq(STR("set"), (struct jid){ 0 });
    struct jid to;
    if (jid_parse(&iq->arena, str_from(room->jid), &to) < 0) {
        stanza_unref(iq);
        return;
    }
    stanza_set_to(iq, to);
    struct element *query = element_add(&iq->arena, iq->root, NS_MUC_OWNER, STR("query"));
    struct element *form = element_add(&iq->arena, query, NS_DATA_FORM, STR("x"));
    element_set(&iq->arena, form, STR("type"), STR("submit"));
    iq_request(room->account, iq, configured_cb, NULL);
}

/* XEP-0421: tells our own messages from those of somebody who had our nickname before. */
static void
take_occupant_id(struct room *room, const struct stanza *stanza)
{
    const struct element *id = stanza_child(stanza, NS_OCCUPANT_ID, STR("occupant-id"));
    g_free(room->occupant_id);
    room->occupant_id = text_dup_or_null(element_get(id, STR("id")));
}

static void
take_own_presence(struct room *room, const struct news *news)
{
    if (room->state == ROOM_IN)
        return;
    /* The room may have given us another nickname (status 210). */
    g_free(room->nickname);
    room->nickname = g_strdup(news->nickname);
    take_occupant_id(room, news->stanza);
    if (news->status & STATUS_CREATED)
        accept_defaults(room);
    room_is_joined(room);
}

static void
tell_of_arrival(struct room *room, const char *nickname)
{
    g_autofree char *who = text_isolate(nickname);
    tell(room, JD_MESSAGE_JOINED, nickname, g_strdup_printf(_("%s joined"), who));
}

static void
take_available(struct room *room, const struct news *news)
{
    gboolean is_new = conversation_find_member(room->conversation, news->nickname) == NULL;
    struct member_details details = member_from(room, news);
    conversation_put_member(room->conversation, &details);
    if (is_new && room->state == ROOM_IN && !details.self)
        tell_of_arrival(room, news->nickname);
    struct mate mate = mate_from(room, news);
    if (!details.self)
        mate_came(room->account, &mate, room->state == ROOM_IN);
    if (news->status & STATUS_SELF)
        take_own_presence(room, news);
}

/* ---- unavailable ---- */

static gboolean
is_own(const struct room *room, const struct news *news)
{
    return (news->status & STATUS_SELF) || strcmp(news->nickname, room->nickname) == 0;
}

static void
own_nickname_changed(struct room *room, const char *nickname)
{
    g_free(room->nickname);
    room->nickname = g_strdup(nickname);
    g_clear_pointer(&room->wanted_nickname, g_free);
    conversation_set_own_name(room->conversation, nickname);
    if (room_is_lobby(room) || jd_account_get_lobby(room->account) == NULL)
        account_set_nickname(room->account, nickname);
}

/* XEP-0045 7.6: the presence under the new name follows. */
static void
take_rename(struct room *room, const struct news *news)
{
    g_autofree char *nickname = text_dup(element_get(news->item, STR("nick")));
    if (nickname[0] == '\0')
        return;
    g_autofree char *occupant_jid = room_occupant_jid(room, nickname);
    gboolean own = is_own(room, news);
    JdMember *known = conversation_find_member(room->conversation, news->nickname);
    struct member_details details = member_from(room, news);
    details.nickname = nickname;
    details.occupant_jid = occupant_jid;
    details.show = known ? jd_member_get_show(known) : JD_SHOW_ONLINE;
    if (known && details.jid == NULL)
        details.jid = jd_member_get_jid(known);
    details.guest = mate_is_guest(room->account, details.jid);
    details.self = own;
    conversation_rename_member(room->conversation, news->nickname, &details);
    struct mate mate = { room->jid, nickname, occupant_jid, details.jid };
    if (!own)
        mate_renamed(room->account, news->occupant_jid, &mate);
    g_autofree char *before = text_isolate(news->nickname);
    g_autofree char *now = text_isolate(nickname);
    tell(room, JD_MESSAGE_RENAMED, nickname,
         g_strdup_printf(_("%s is now known as %s"), before, now));
    if (own)
        own_nickname_changed(room, nickname);
}

static char *
describe_destruction(const struct element *destroy)
{
    struct arena arena;
    arena_init(&arena, STANZA_ARENA_DEFAULT);
    g_autofree char *reason =
        text_dup_or_null(element_child_text(&arena, destroy, NS_MUC_USER, STR("reason")));
    arena_fini(&arena);
    return with_reason(g_strdup(_("The room was closed for good")), reason);
}

static char *
describe_own_end(const struct news *news)
{
    const struct element *destroy = element_child(news->x, NS_MUC_USER, STR("destroy"));
    if (destroy)
        return describe_destruction(destroy);
    if (news->status & STATUS_BANNED)
        return with_reason(g_strdup(_("You were banned from the room")), news->reason);
    if (news->status & STATUS_KICKED)
        return with_reason(g_strdup(_("You were removed from the room")), news->reason);
    if (news->status & STATUS_NOT_A_MEMBER)
        return g_strdup(_("The room is for its members only now"));
    return g_strdup(_("You are no longer in the room"));
}

static void
take_own_end(struct room *room, const struct news *news)
{
    /* Not our doing and nobody's will: come back by ourselves. */
    gboolean passing = (news->status & (STATUS_SHUTDOWN | STATUS_TECHNICAL)) != 0;
    if (passing) {
        room_is_left(room, TRUE);
        room_try_again(room, 5);
        return;
    }
    g_autofree char *sentence = describe_own_end(news);
    conversation_tell(room->conversation, JD_MESSAGE_NOTICE, NULL, sentence);
    room_is_left(room, FALSE);
    account_notice(room->account, sentence);
}

static char *
describe_end(const struct news *news, JdMessageKind *ret_kind)
{
    g_autofree char *who = text_isolate(news->nickname);
    g_autofree char *actor = news->actor ? text_isolate(news->actor) : NULL;
    *ret_kind = JD_MESSAGE_NOTICE;
    if (news->status & STATUS_BANNED)
        return with_reason(g_strdup_printf(_("%s was banned"), who), news->reason);
    if (news->status & STATUS_KICKED && actor)
        return with_reason(g_strdup_printf(_("%s was removed by %s"), who, actor), news->reason);
    if (news->status & STATUS_KICKED)
        return with_reason(g_strdup_printf(_("%s was removed"), who), news->reason);
    *ret_kind = JD_MESSAGE_LEFT;
    return with_reason(g_strdup_printf(_("%s left"), who), news->text);
}

static void
take_end(struct room *room, const struct news *news)
{
    JdMessageKind kind;
    JdMember *known = conversation_find_member(room->conversation, news->nickname);
    if (known == NULL)
        return;
    /* Who it was is often told on arrival only. */
    g_autofree char *real_jid = g_strdup(jd_member_get_jid(known));
    if (room->state == ROOM_IN) {
        char *sentence = describe_end(news, &kind);
        tell(room, kind, news->nickname, sentence);
    }
    conversation_remove_member(room->conversation, news->nickname);
    struct mate mate = mate_from(room, news);
    mate.real_jid = real_jid;
    mate_went(room->account, &mate);
}

static void
take_unavailable(struct room *room, const struct news *news)
{
    if (news->status & STATUS_RENAMED)
        take_rename(room, news);
    else if (!is_own(room, news))
        take_end(room, news);
    else if (room->state == ROOM_IN)
        take_own_end(room, news);
}

/* ---- errors ---- */

static void
take_error(struct room *room, const struct stanza *stanza)
{
    if (room->state == ROOM_JOINING) {
        room_not_joined(room, stanza);
        return;
    }
    if (room->wanted_nickname == NULL)
        return;
    g_autofree char *wanted = g_steal_pointer(&room->wanted_nickname);
    g_autoptr(GError) error =
                  failure_from_join(stanza, wanted, jd_account_get_guest(room->account));
    account_refuse_nickname(room->account, error);
}

void
room_take_presence(struct room *room, const struct stanza *stanza)
{
    if (stanza->type == TYPE_ERROR) {
        take_error(room, stanza);
        return;
    }
    if (room->state == ROOM_OUT || stanza->from.resource.len == 0)
        return;
    struct news news = news_from(stanza);
    if (stanza->type == TYPE_NONE)
        take_available(room, &news);
    else if (stanza->type == TYPE_UNAVAILABLE)
        take_unavailable(room, &news);
    news_clear(&news);
}
