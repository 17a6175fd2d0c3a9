/* admin_form.h - what all forms of XEP-0133 have.
 * Owns: nothing. Threads: any. Errors: none. Spec: XEP-0133 4. Tests:
 * tests/interop/test_commands.py
 */
#pragma once

#include "server/core/command.h"

#define ADMIN_FORM "http://jabber.org/protocol/admin"

static inline void
admin_form_begin(struct arena *arena, struct element *form)
{
    command_field_value(arena, command_field(arena, form, "hidden", "FORM_TYPE", NULL),
                        STR(ADMIN_FORM));
}

static inline void
admin_form_required(
    struct arena *arena, struct element *form, const char *type, const char *var, const char *label)
{
    struct element *field = command_field(arena, form, type, var, label);

    element_add(arena, field, STR("jabber:x:data"), STR("required"));
}
