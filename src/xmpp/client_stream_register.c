/* client_stream_register.c - making an account before signing in. Spec: XEP-0077 3.1, 4, 5. */
#include "xmpp/client_stream_private.h"
#include "xmpp/jid.h"
#include "xmpp/ns.h"

static void
refuse(struct client_stream *stream)
{
    client_stream_end(stream, CLIENT_REGISTRATION_CLOSED, STR_EMPTY, STR_EMPTY);
}

/* An IQ with <query/>, to the host itself. */
static struct stanza *
new_query(const char *type, struct element **ret_query)
{
    struct stanza *iq = stanza_new_iq(str_from(type), (struct jid){ 0 });

    *ret_query = element_add(&iq->arena, iq->root, NS_REGISTER, STR("query"));
    return iq;
}

void
client_stream_register(struct client_stream *stream)
{
    struct stanza *iq;
    struct element *query;

    if (stream->options.name.len == 0 ||
        !element_child(stream->features->root, NS_REGISTER_FEATURE, STR("register"))) {
        refuse(stream);
        return;
    }
    iq = new_query("get", &query);
    client_stream_request(stream, iq, AWAITS_FIELDS);
}

/* Whether a form (XEP-0004) insists on more than a name and a password: a CAPTCHA, say. */
static bool
form_asks_for_more(const struct element *form)
{
    for (const struct element *field = element_child(form, NS_DATA_FORM, STR("field")); field;
         field = element_next_named(field, NS_DATA_FORM, STR("field"))) {
        struct str name = element_get(field, STR("var"));

        if (element_child(field, NS_DATA_FORM, STR("required")) && !str_is(name, "username") &&
            !str_is(name, "password"))
            return true;
    }
    return false;
}

/* XEP-0077 3.1: whatever stands there as a field is required. */
static bool
fields_can_be_filled(const struct element *query)
{
    if (!element_child(query, NS_REGISTER, STR("username")) ||
        !element_child(query, NS_REGISTER, STR("password")))
        return false;
    for (const struct element *field = element_first_child(query); field;
         field = element_next(field)) {
        bool is_known = str_is(field->name, "username") || str_is(field->name, "password") ||
                        str_is(field->name, "instructions");

        if (str_equal(field->ns, NS_REGISTER) && !is_known)
            return false;
    }
    return !form_asks_for_more(element_child(query, NS_DATA_FORM, STR("x")));
}

void
client_stream_take_fields(struct client_stream *stream, struct stanza *stanza)
{
    struct stanza *iq;
    struct element *query;

    if (!client_stream_is_answer(stream, stanza))
        return;
    if (stanza->type == TYPE_ERROR) {
        client_stream_end_by_registration(stream, stanza_child(stanza, NS_CLIENT, STR("error")));
        return;
    }
    if (!fields_can_be_filled(stanza_child(stanza, NS_REGISTER, STR("query")))) {
        refuse(stream);
        return;
    }
    iq = new_query("set", &query);
    element_add_with_text(&iq->arena, query, NS_REGISTER, STR("username"), stream->options.name);
    element_add_with_text(&iq->arena, query, NS_REGISTER, STR("password"),
                          stream->options.password);
    client_stream_request(stream, iq, AWAITS_ACCOUNT);
}

void
client_stream_take_account(struct client_stream *stream, struct stanza *stanza)
{
    if (!client_stream_is_answer(stream, stanza))
        return;
    if (stanza->type == TYPE_ERROR) {
        client_stream_end_by_registration(stream, stanza_child(stanza, NS_CLIENT, STR("error")));
        return;
    }
    stream->is_registered = true;
    client_stream_authenticate(stream);
}
