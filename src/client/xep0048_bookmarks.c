/* xep0048_bookmarks.c - the rooms that the server (or another client) wants us in; first the lobby.
 * Spec: XEP-0048 3, XEP-0049 3. Tests: tests/unit/client/test_connection.c
 *
 * Read once a sign-in. A server without bookmarks is asked for its room service, and the lobby
 * there is joined. */
#include "client/feature.h"
#include "client/iq.h"
#include "client/text.h"
#include "client/xep0030_disco.h"
#include "client/xep0045_muc.h"
#include "xmpp/ns.h"

#define NS_PRIVATE STR("jabber:iq:private")
#define NS_STORAGE STR("storage:bookmarks")
#define ROOMS_MAX  50
#define LOBBY      "lobby"

static void
join_lobby(JdAccount *account, const char *jid, const char *title)
{
    const char *service = strchr(jid, '@') + 1;
    muc_set_service(account, service);
    JdConversation *known = account_find_conversation(account, jid);
    /* It has to be known as the lobby before the room can answer. */
    JdConversation *lobby = known ? known : muc_join(account, jid, title);
    account_set_lobby(account, lobby);
}

static void
found_cb(JdAccount *account, const char *service)
{
    if (service == NULL) {
        account_signed_in(account);
        return;
    }
    g_autofree char *jid = g_strconcat(LOBBY "@", service, NULL);
    join_lobby(account, jid, NULL);
}

/* XEP-0048 3.2: xs:boolean. */
static gboolean
is_true(struct str text)
{
    return str_is(text, "true") || str_is(text, "1");
}

static char *
room_of(const struct element *conference)
{
    struct arena arena;
    struct jid jid;
    char *room = NULL;
    arena_init(&arena, 64 * 1024);
    if (is_true(element_get(conference, STR("autojoin"))) &&
        jid_parse(&arena, element_get(conference, STR("jid")), &jid) == 0 && jid.local.len > 0 &&
        jid_is_bare(jid))
        room = text_dup(jid.full);
    arena_fini(&arena);
    return room;
}

/* The room called "lobby", or else the first: "" when there is none. */
static char *
choose_lobby(const struct element *storage)
{
    char *first = NULL;
    for (const struct element *at = element_child(storage, NS_STORAGE, STR("conference")); at;
         at = element_next_named(at, NS_STORAGE, STR("conference"))) {
        g_autofree char *room = room_of(at);
        if (room && g_str_has_prefix(room, LOBBY "@")) {
            g_free(first);
            return g_steal_pointer(&room);
        }
        if (first == NULL)
            first = g_steal_pointer(&room);
    }
    return first;
}

static void
join_all(JdAccount *account, const struct element *storage, const char *lobby)
{
    guint count = 0;
    for (const struct element *at = element_child(storage, NS_STORAGE, STR("conference"));
         at && count < ROOMS_MAX && account_is_bound(account);
         at = element_next_named(at, NS_STORAGE, STR("conference")), count++) {
        g_autofree char *room = room_of(at);
        g_autofree char *title = text_dup(element_get(at, STR("name")));
        if (room && strcmp(room, lobby) == 0)
            join_lobby(account, room, title);
        else if (room)
            (void)muc_join(account, room, title);
    }
}

static void
bookmarks_cb(JdAccount *account, const struct stanza *answer, gpointer data)
{
    (void)data;
    if (!account_is_bound(account))
        return;
    const struct element *query = answer && answer->type == TYPE_RESULT
                                      ? stanza_child(answer, NS_PRIVATE, STR("query"))
                                      : NULL;
    const struct element *storage = element_child(query, NS_STORAGE, STR("storage"));
    g_autofree char *lobby = choose_lobby(storage);
    if (lobby)
        join_all(account, storage, lobby);
    else
        disco_find_rooms(account, found_cb);
}

static void
bound(JdAccount *account, gpointer state)
{
    (void)state;
    /* After a break the rooms are there already. */
    if (jd_account_get_lobby(account) || jd_account_get_state(account) == JD_CONNECTION_ONLINE)
        return;
    struct stanza *request = stanza_new_iq(STR("get"), (struct jid){ 0 });
    struct arena *arena = &request->arena;
    struct element *query = element_add(arena, request->root, NS_PRIVATE, STR("query"));
    element_add(arena, query, NS_STORAGE, STR("storage"));
    iq_request(account, request, bookmarks_cb, NULL);
}

const struct feature feature_bookmarks = {
    .name = "bookmarks",
    .bound = bound,
};
