/* xep0050_commands.c - commands with forms for administrators and users (XEP-0050): who may, the
 * form out, the form in. What they do stands on other floors. */
#include "server/host/xep0050_commands.h"

#include "base/error.h"
#include "base/random.h"
#include "server/core/router.h"
#include "server/core/session.h"
#include "server/host/command_sessions.h"
#include "server/host/host.h"
#include "server/host/host_feature.h"
#include "xmpp/ns.h"

static struct command_sessions sessions = COMMAND_SESSIONS_INIT;

/* Written by main before the workers run, read by them. */
static const struct command *const *commands;
static size_t command_count;

void
host_offer_commands(const struct command *const *offered, size_t count)
{
    commands = offered;
    command_count = count;
}

/* Only the domain has commands. */
static const struct command *
find(const struct worker *worker, const struct stanza *request)
{
    struct str node = element_get(stanza_payload(request), STR("node"));

    if (host_address_of(worker->server, request) != HOST_DOMAIN)
        return NULL;
    for (size_t i = 0; i < command_count; i++) {
        if (str_is(node, commands[i]->node))
            return commands[i];
    }
    return NULL;
}

/* Users are those with an account here. */
static bool
may_run(const struct server *server, const struct command *command, struct jid who)
{
    if (command_is_admin(server, who.bare))
        return true;
    return command->for_users && str_equal(who.domain, server->domain) && who.local.len > 0 &&
           !str_starts_with(who.local, STR(SESSION_GUEST_PREFIX));
}

/* ---- discovery ---- */

static bool
is_list(const struct worker *worker, const struct stanza *request)
{
    return host_address_of(worker->server, request) == HOST_DOMAIN &&
           str_equal(element_get(stanza_payload(request), STR("node")), NS_COMMANDS);
}

static void
answer_node(struct worker *worker,
            const struct stanza *request,
            struct str node,
            const char *type,
            const char *name)
{
    struct stanza *result = stanza_result(request);
    struct arena *arena = &result->arena;
    struct element *query = element_add(arena, result->root, NS_DISCO_INFO, STR("query"));
    struct element *child = element_add(arena, query, NS_DISCO_INFO, STR("identity"));

    element_set(arena, query, STR("node"), node);
    element_set(arena, child, STR("category"), STR("automation"));
    element_set(arena, child, STR("type"), str_from(type));
    element_set(arena, child, STR("name"), str_from(name));
    child = element_add(arena, query, NS_DISCO_INFO, STR("feature"));
    element_set(arena, child, STR("var"), NS_COMMANDS);
    child = element_add(arena, query, NS_DISCO_INFO, STR("feature"));
    element_set(arena, child, STR("var"), NS_DATA_FORM);
    router_route(worker, result);
}

void
commands_answer_info(struct worker *worker, struct stanza *request)
{
    struct str node = element_get(stanza_payload(request), STR("node"));
    const struct command *command = find(worker, request);

    if (is_list(worker, request))
        answer_node(worker, request, node, "command-list", "Commands");
    else if (!command)
        router_reply_error(worker, request, E_NOT_FOUND);
    else if (!may_run(worker->server, command, request->from))
        router_reply_error(worker, request, E_FORBIDDEN);
    else
        answer_node(worker, request, node, "command-node", command->name);
}

void
commands_answer_items(struct worker *worker, struct stanza *request)
{
    struct str node = element_get(stanza_payload(request), STR("node"));
    struct stanza *result;
    struct element *query;

    if (!is_list(worker, request) && !find(worker, request)) {
        router_reply_error(worker, request, E_NOT_FOUND);
        return;
    }
    result = stanza_result(request);
    query = element_add(&result->arena, result->root, NS_DISCO_ITEMS, STR("query"));
    element_set(&result->arena, query, STR("node"), node);
    for (size_t i = 0; i < command_count && is_list(worker, request); i++) {
        struct element *item;

        if (!may_run(worker->server, commands[i], request->from))
            continue;
        item = element_add(&result->arena, query, NS_DISCO_ITEMS, STR("item"));
        element_set(&result->arena, item, STR("jid"), worker->server->domain);
        element_set(&result->arena, item, STR("node"), str_from(commands[i]->node));
        element_set(&result->arena, item, STR("name"), str_from(commands[i]->name));
    }
    router_route(worker, result);
}

/* ---- running ---- */

/* XEP-0050 3.4: an error with a condition of its own. */
static void
refuse(struct worker *worker,
       const struct stanza *request,
       const char *condition,
       const char *specific)
{
    struct stanza *error = stanza_error(request, condition, STR_EMPTY);

    if (!error)
        return;
    element_add(&error->arena, element_child(error->root, NS_CLIENT, STR("error")), NS_COMMANDS,
                str_from(specific));
    router_route(worker, error);
}

/* XEP-0050 3.2.2. */
static void
hand_out(struct worker *worker, const struct command *command, struct stanza *request)
{
    char id[COMMAND_SESSION_ID_BYTES];
    struct stanza *result = stanza_result(request);
    struct arena *arena = &result->arena;
    struct element *element, *actions, *form;
    struct command_call *call;

    command_sessions_open(&sessions, request->from.full, command, loop_now_us(worker->loop), id);
    call = command_begin(worker, command, request, str_from(id));
    element = command_element(call, result, "executing");
    actions = element_add(arena, element, NS_COMMANDS, STR("actions"));
    element_set(arena, actions, STR("execute"), STR("complete"));
    element_add(arena, actions, NS_COMMANDS, STR("complete"));
    form = element_add(arena, element, NS_DATA_FORM, STR("x"));
    element_set(arena, form, STR("type"), STR("form"));
    element_add_with_text(arena, form, NS_DATA_FORM, STR("title"), str_from(command->name));
    command->write_form(call, arena, form);
    command_send(call, result);
}

static void
cancel(struct worker *worker,
       const struct command *command,
       struct stanza *request,
       struct str session)
{
    struct command_call *call = command_begin(worker, command, request, session);
    struct stanza *result = stanza_result(request);

    (void)command_element(call, result, "canceled");
    command_send(call, result);
}

static void
begin(struct worker *worker, const struct command *command, struct stanza *request, bool completes)
{
    char id[COMMAND_SESSION_ID_BYTES];

    if (completes) {
        refuse(worker, request, "bad-request", "bad-action");
    } else if (command->write_form) {
        hand_out(worker, command, request);
    } else {
        random_token(id, sizeof(id));
        command->run(command_begin(worker, command, request, str_from(id)));
    }
}

static void
go_on(struct worker *worker,
      const struct command *command,
      struct stanza *request,
      struct str session,
      bool cancels)
{
    const struct element *form = element_child(stanza_payload(request), NS_DATA_FORM, STR("x"));
    bool is_submitted = str_is(element_get(form, STR("type")), "submit");
    int r;

    if (!cancels && !is_submitted) {
        refuse(worker, request, "bad-request", "bad-payload");
        return;
    }
    r = command_sessions_close(&sessions, session, request->from.full, command,
                               loop_now_us(worker->loop));
    if (r == E_TIMEOUT)
        refuse(worker, request, "not-allowed", "session-expired");
    else if (r < 0)
        refuse(worker, request, "bad-request", "bad-sessionid");
    else if (cancels)
        cancel(worker, command, request, session);
    else
        command->run(command_begin(worker, command, request, session));
}

static bool
is_known_action(struct str action)
{
    return action.len == 0 || str_is(action, "execute") || str_is(action, "complete") ||
           str_is(action, "cancel") || str_is(action, "next") || str_is(action, "prev");
}

static void
execute(struct worker *worker, const struct command *command, struct stanza *request)
{
    const struct element *payload = stanza_payload(request);
    struct str action = element_get(payload, STR("action"));
    struct str session = element_get(payload, STR("sessionid"));
    const struct element *form = element_child(payload, NS_DATA_FORM, STR("x"));
    bool cancels = str_is(action, "cancel") || str_is(element_get(form, STR("type")), "cancel");

    if (!is_known_action(action))
        refuse(worker, request, "bad-request", "malformed-action");
    else if (str_is(action, "next") || str_is(action, "prev"))
        refuse(worker, request, "bad-request", "bad-action");
    else if (element_has(payload, STR("sessionid")))
        go_on(worker, command, request, session, cancels);
    else
        begin(worker, command, request, cancels || str_is(action, "complete"));
}

static void
handle(struct worker *worker, struct entity *entity, struct stanza *request)
{
    const struct command *command = find(worker, request);

    (void)entity;
    if (!command)
        router_reply_error(worker, request, E_NOT_FOUND);
    else if (!may_run(worker->server, command, request->from))
        router_reply_error(worker, request, E_FORBIDDEN);
    else
        execute(worker, command, request);
}

static const struct iq_handler iqs[] = {
    { STR_INIT("http://jabber.org/protocol/commands"), "command", false, true, handle },
    { .name = NULL },
};

static const char *const disco[] = { "http://jabber.org/protocol/commands", NULL };

const struct host_feature host_xep0050_commands = {
    .feature = { .name = "xep0050_commands", .disco = disco, .iqs = iqs },
};
