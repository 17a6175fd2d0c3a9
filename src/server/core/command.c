/* command.c - see command.h. */
#include "server/core/command.h"

#include "base/error.h"
#include "base/memory.h"
#include "server/core/config.h"
#include "server/core/router.h"
#include "server/core/settlement.h"
#include "xmpp/ns.h"

#include <stdlib.h>

bool
command_is_admin(const struct server *server, struct str bare)
{
    struct str rest = str_from(server->config->admins);
    struct str admin;
    bool found = false;

    while (!found && str_split(&rest, ',', &admin)) {
        struct arena arena;
        struct jid known;

        arena_init(&arena, STANZA_ARENA_DEFAULT);
        found = jid_parse(&arena, str_trim(admin), &known) == 0 && str_equal(known.bare, bare);
        arena_fini(&arena);
    }
    return found;
}

struct command_call *
command_begin(struct worker *worker,
              const struct command *command,
              struct stanza *request,
              struct str session)
{
    struct command_call *call = memory_new(1, sizeof(*call));

    call->worker = worker;
    call->command = command;
    call->request = stanza_ref(request);
    settlement_hold(request);
    arena_init(&call->arena, STANZA_ARENA_DEFAULT);
    call->session = arena_dup(&call->arena, session);
    call->form = element_child(stanza_payload(request), NS_DATA_FORM, STR("x"));
    return call;
}

void
command_free(struct command_call *call)
{
    settlement_release(call->request);
    stanza_unref(call->request);
    arena_fini(&call->arena);
    free(call);
}

/* ---- forms ---- */

struct element *
command_field(
    struct arena *arena, struct element *form, const char *type, const char *var, const char *label)
{
    struct element *field = element_add(arena, form, NS_DATA_FORM, STR("field"));

    element_set(arena, field, STR("type"), str_from(type));
    element_set(arena, field, STR("var"), str_from(var));
    if (label)
        element_set(arena, field, STR("label"), str_from(label));
    return field;
}

void
command_field_value(struct arena *arena, struct element *field, struct str value)
{
    element_add_with_text(arena, field, NS_DATA_FORM, STR("value"), value);
}

static const struct element *
find_field(const struct command_call *call, const char *var)
{
    const struct element *field = element_child(call->form, NS_DATA_FORM, STR("field"));

    while (field && !str_is(element_get(field, STR("var")), var))
        field = element_next_named(field, NS_DATA_FORM, STR("field"));
    return field;
}

struct str
command_value(struct command_call *call, const char *var)
{
    return element_child_text(&call->arena, find_field(call, var), NS_DATA_FORM, STR("value"));
}

size_t
command_values(struct command_call *call, const char *var, struct str **ret_values)
{
    const struct element *first = element_child(find_field(call, var), NS_DATA_FORM, STR("value"));
    size_t count = 0;

    for (const struct element *at = first; at;
         at = element_next_named(at, NS_DATA_FORM, STR("value")))
        count++;
    *ret_values = arena_alloc(&call->arena, count * sizeof(**ret_values));
    if (!*ret_values)
        return 0;
    count = 0;
    for (const struct element *at = first; at;
         at = element_next_named(at, NS_DATA_FORM, STR("value")))
        (*ret_values)[count++] = element_text(&call->arena, at);
    return count;
}

int
command_user(struct command_call *call, struct str address, struct jid *ret_jid)
{
    int r = jid_parse(&call->arena, str_trim(address), ret_jid);

    if (r < 0)
        return r;
    return ret_jid->local.len > 0 && str_equal(ret_jid->domain, call->worker->server->domain)
               ? 0
               : E_NOT_FOUND;
}

/* ---- answers ---- */

struct element *
command_element(const struct command_call *call, struct stanza *result, const char *status)
{
    struct arena *arena = &result->arena;
    struct element *element = element_add(arena, result->root, NS_COMMANDS, STR("command"));

    element_set(arena, element, STR("node"), str_from(call->command->node));
    element_set(arena, element, STR("sessionid"), call->session);
    element_set(arena, element, STR("status"), str_from(status));
    return element;
}

void
command_done(struct command_call *call, const char *sentence)
{
    struct stanza *result = stanza_result(call->request);
    struct element *element = command_element(call, result, "completed");
    struct element *note = element_add_with_text(&result->arena, element, NS_COMMANDS, STR("note"),
                                                 str_from(sentence));

    element_set(&result->arena, note, STR("type"), STR("info"));
    command_send(call, result);
}

struct stanza *
command_result(struct command_call *call, const char *form_type, struct element **ret_form)
{
    struct stanza *result = stanza_result(call->request);
    struct arena *arena = &result->arena;
    struct element *element = command_element(call, result, "completed");

    *ret_form = element_add(arena, element, NS_DATA_FORM, STR("x"));
    element_set(arena, *ret_form, STR("type"), STR("result"));
    command_field_value(arena, command_field(arena, *ret_form, "hidden", "FORM_TYPE", NULL),
                        str_from(form_type));
    return result;
}

void
command_send(struct command_call *call, struct stanza *result)
{
    if (arena_is_full(&result->arena)) {
        stanza_unref(result);
        router_reply_error(call->worker, call->request, E_FULL);
    } else {
        router_route(call->worker, result);
    }
    command_free(call);
}

void
command_fail(struct command_call *call, const char *condition, const char *sentence)
{
    router_reply_condition(call->worker, call->request, condition, str_from(sentence));
    command_free(call);
}

void
command_fail_error(struct command_call *call, int error)
{
    router_reply_error(call->worker, call->request, error);
    command_free(call);
}
