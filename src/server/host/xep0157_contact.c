/* xep0157_contact.c - see xep0157_contact.h. */
#include "server/host/xep0157_contact.h"

#include "server/core/config.h"
#include "xmpp/ns.h"

static struct element *
add_field(struct arena *arena, struct element *form, struct str var)
{
    struct element *field = element_add(arena, form, NS_DATA_FORM, STR("field"));

    element_set(arena, field, STR("var"), var);
    return field;
}

static void
add_value(struct arena *arena, struct element *field, struct str value)
{
    element_add_with_text(arena, field, NS_DATA_FORM, STR("value"), value);
}

void
contact_add_form(const struct server *server, struct arena *arena, struct element *query)
{
    struct str rest = str_from(server->config->admins);
    struct str admin;
    struct element *form, *field;

    if (str_trim(rest).len == 0)
        return;
    form = element_add(arena, query, NS_DATA_FORM, STR("x"));
    element_set(arena, form, STR("type"), STR("result"));
    field = add_field(arena, form, STR("FORM_TYPE"));
    element_set(arena, field, STR("type"), STR("hidden"));
    add_value(arena, field, STR("http://jabber.org/network/serverinfo"));
    field = add_field(arena, form, STR("admin-addresses"));
    element_set(arena, field, STR("type"), STR("list-multi"));
    while (str_split(&rest, ',', &admin)) {
        admin = str_trim(admin);
        if (admin.len > 0)
            add_value(arena, field, arena_printf(arena, "xmpp:%.*s", STR_ARG(admin)));
    }
}
