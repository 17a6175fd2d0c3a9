/* stanza_error.c - results and errors that answer a stanza (RFC 6120 8.2.3, 8.3); see stanza.h */
#include "base/error.h"
#include "xmpp/ns.h"
#include "xmpp/stanza.h"

#include <assert.h>

/* RFC 6120 8.3.3. */
static const struct {
    const char *condition;
    const char *type;
} CONDITIONS[] = {
    { "bad-request", "modify" },
    { "conflict", "cancel" },
    { "feature-not-implemented", "cancel" },
    { "forbidden", "auth" },
    { "gone", "cancel" },
    { "internal-server-error", "cancel" },
    { "item-not-found", "cancel" },
    { "jid-malformed", "modify" },
    { "not-acceptable", "modify" },
    { "not-allowed", "cancel" },
    { "not-authorized", "auth" },
    { "policy-violation", "modify" },
    { "recipient-unavailable", "wait" },
    { "redirect", "modify" },
    { "registration-required", "auth" },
    { "remote-server-not-found", "cancel" },
    { "remote-server-timeout", "wait" },
    { "resource-constraint", "wait" },
    { "service-unavailable", "cancel" },
    { "subscription-required", "auth" },
    { "undefined-condition", "cancel" },
    { "unexpected-request", "wait" },
};

static const char *
type_for(const char *condition)
{
    size_t i = 0;
    while (i < ARRAY_LEN(CONDITIONS) && strcmp(CONDITIONS[i].condition, condition) != 0)
        i++;
    assert(i < ARRAY_LEN(CONDITIONS));
    return CONDITIONS[i].type;
}

/* The same kind of stanza, the other way. */
static struct stanza *
new_answer(const struct stanza *request, const char *type)
{
    static const char *const names[] = {
        [STANZA_MESSAGE] = "message",
        [STANZA_PRESENCE] = "presence",
        [STANZA_IQ] = "iq",
    };
    assert(request->kind != STANZA_OTHER);
    struct stanza *answer = stanza_new(NS_CLIENT, str_from(names[request->kind]));
    if (!answer)
        return NULL;
    stanza_set_type(answer, str_from(type));
    stanza_set_to(answer, request->from);
    stanza_set_from(answer, request->to);
    stanza_set_id(answer, request->id);
    return answer;
}

struct stanza *
stanza_result(const struct stanza *request)
{
    assert(request->kind == STANZA_IQ);
    return new_answer(request, "result");
}

struct stanza *
stanza_error(const struct stanza *request, const char *condition, struct str text)
{
    /* RFC 6120 8.3.1: an error is never answered with an error; 8.2.3: nor is a result. */
    if (request->kind == STANZA_OTHER || request->type == TYPE_ERROR ||
        request->type == TYPE_RESULT)
        return NULL;
    struct stanza *answer = new_answer(request, "error");
    if (!answer)
        return NULL;
    struct arena *arena = &answer->arena;
    struct element *error = element_add(arena, answer->root, STR_EMPTY, STR("error"));
    element_set(arena, error, STR("type"), str_from(type_for(condition)));
    element_add(arena, error, NS_STANZAS, arena_dup(arena, str_from(condition)));
    if (text.len > 0)
        element_add_with_text(arena, error, NS_STANZAS, STR("text"), text);
    return answer;
}

struct stanza *
stanza_error_for(const struct stanza *request, int error)
{
    return stanza_error(request, error_stanza_condition(error), STR_EMPTY);
}

struct str
stanza_error_condition(const struct stanza *stanza)
{
    const struct element *error = stanza_child(stanza, stanza->root->ns, STR("error"));
    const struct element *child = element_first_child(error);
    if (stanza->type != TYPE_ERROR)
        return STR_EMPTY;
    for (; child; child = element_next(child))
        if (str_equal(child->ns, NS_STANZAS) && !str_is(child->name, "text"))
            return child->name;
    return STR_EMPTY;
}
