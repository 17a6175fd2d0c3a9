#include "client/rfc6121_presence.h"
#include "client/feature.h"
#include "client/rfc6121_message.h"
#include "client/text.h"
#include "client/xep0115_caps.h"
#include "xmpp/ns.h"

/* RFC 6121 4.7.2.1. */
JdShow
presence_show(const struct stanza *presence)
{
    static const struct {
        const char *text;
        JdShow show;
    } shows[] = {
        { "chat", JD_SHOW_CHAT },
        { "away", JD_SHOW_AWAY },
        { "xa", JD_SHOW_XA },
        { "dnd", JD_SHOW_DND },
    };
    if (presence->type != TYPE_NONE)
        return JD_SHOW_OFFLINE;
    struct arena arena;
    arena_init(&arena, 4096);
    struct str text = element_child_text(&arena, presence->root, NS_CLIENT, STR("show"));
    JdShow show = JD_SHOW_ONLINE;
    for (guint i = 0; i < G_N_ELEMENTS(shows); i++) {
        if (str_is(text, shows[i].text))
            show = shows[i].show;
    }
    arena_fini(&arena);
    return show;
}

char *
presence_status(const struct stanza *presence)
{
    struct arena arena;
    arena_init(&arena, STANZA_ARENA_DEFAULT);
    struct str text = element_child_text(&arena, presence->root, NS_CLIENT, STR("status"));
    char *status = text_dup_or_null(text);
    arena_fini(&arena);
    return status;
}

/* RFC 6121 4.2: initial presence. */
static void
bound(JdAccount *account, gpointer state)
{
    (void)state;
    struct stanza *presence = stanza_new_presence(STR(""), (struct jid){ 0 });
    caps_add(presence);
    account_send(account, presence);
}

static bool
received(JdAccount *account, gpointer state, const struct stanza *stanza)
{
    (void)state;
    if (stanza->kind != STANZA_PRESENCE || !jid_is_set(stanza->from))
        return false;
    if (stanza->type != TYPE_NONE && stanza->type != TYPE_UNAVAILABLE)
        return false;
    private_show_changed(account, stanza->from, presence_show(stanza));
    return false;
}

const struct feature feature_presence = {
    .name = "presence",
    .bound = bound,
    .received = received,
};
