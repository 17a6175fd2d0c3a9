/* session_inline.c - what a client asks for in the same breath as a resource (XEP-0386): the name
 * of that resource, stream management, its state. What its account knows of is the account's. */
#include "base/buffer.h"
#include "base/random.h"
#include "server/core/config.h"
#include "server/core/session_private.h"
#include "xmpp/derive.h"
#include "xmpp/ns.h"

enum {
    RESOURCE_CHARS = 16, /* 80 bits: nobody guesses it (RFC 6120 7.6) */
    TAG_MAX = 64,        /* bytes; a longer one is left out */
    RESULTS_MAX = 16 * 1024
};

/* XEP-0386 3.2.1: the same client gets the same name, so that it takes the place of a session of
 * its own that it has lost. The id itself is seen by nobody. */
static void
make_name(const struct session *session, struct str tag, char ret[RESOURCE_CHARS + 1])
{
    struct str agent = server_stream_agent_id(session->stream);
    const struct str parts[] = { session->jid.bare, agent, tag };

    if (agent.len > 0)
        derive_token(session->worker->server->stream_config.decoy_secret, STR("resource"), parts,
                     ARRAY_LEN(parts), ret, RESOURCE_CHARS + 1);
    else
        random_token(ret, RESOURCE_CHARS + 1);
}

static bool
is_resource(struct session *session, struct str text)
{
    struct arena arena;
    struct jid full;
    bool is_one;

    arena_init(&arena, STANZA_ARENA_DEFAULT);
    is_one = jid_with_resource(&arena, session->jid, text, &full) == 0;
    arena_fini(&arena);
    return is_one;
}

/* XEP-0386 3.2.1: what the client calls itself, and our part behind it. */
struct str
session_inline_resource(struct session *session)
{
    const struct element *bind = server_stream_bind2(session->stream);
    struct str tag = str_trim(element_child_text(&session->arena, bind, NS_BIND2, STR("tag")));
    struct str resource;
    char name[RESOURCE_CHARS + 1];

    make_name(session, tag, name);
    resource = arena_printf(&session->arena, "%.*s/%s", STR_ARG(tag), name);
    if (tag.len == 0 || tag.len > TAG_MAX || !is_resource(session, resource))
        return arena_dup(&session->arena, str_from(name));
    return resource;
}

/* XEP-0386 3.2: "the session must begin in that state". */
static void
take_state(struct session *session, const struct element *bind)
{
    session->_private->client_state.inactive = session->worker->server->config->save_traffic &&
                                               element_child(bind, NS_CSI, STR("inactive")) != NULL;
}

void
session_inline_bound(struct session *session)
{
    const struct element *bind = server_stream_bind2(session->stream);
    const struct session_home *home = session->worker->server->session_home;
    struct buffer results;

    buffer_init(&results, RESULTS_MAX);
    if (bind) {
        take_state(session, bind);
        if (home->inlined)
            home->inlined(session, bind, &results);
        session_sm_enable_inline(session, element_child(bind, NS_SM, STR("enable")), &results);
    }
    server_stream_bound(session->stream, session->jid, buffer_str(&results));
    buffer_fini(&results);
}
