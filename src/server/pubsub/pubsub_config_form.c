/* pubsub_config_form.c - a node's configuration as a form (XEP-0004): shown, filled in, and taken
 * as a precondition. */
#include "server/pubsub/pubsub_config_private.h"
#include "server/pubsub/pubsub_ns.h"
#include "xmpp/ns.h"

#include <assert.h>

enum {
    FORM_ARENA_BYTES = 256 * 1024
};

static const char *const field_types[] = {
    [OPTION_BOOL] = "boolean",     [OPTION_CHOICE] = "list-single", [OPTION_NUMBER] = "text-single",
    [OPTION_TEXT] = "text-single", [OPTION_TEXTS] = "text-multi",   [OPTION_FIXED] = "list-single",
};

/* ---- shown ---- */

static void
add_choices(const struct pubsub_option *option, struct arena *arena, struct element *field)
{
    for (const struct pubsub_choice *choice = option->choices; choice && choice->value; choice++) {
        struct element *node = element_add(arena, field, NS_DATA_FORM, STR("option"));

        element_set(arena, node, STR("label"), str_from(choice->label));
        element_add_with_text(arena, node, NS_DATA_FORM, STR("value"), str_from(choice->value));
    }
    if (!option->only)
        return;
    element_add_with_text(arena, element_add(arena, field, NS_DATA_FORM, STR("option")),
                          NS_DATA_FORM, STR("value"), str_from(option->only));
}

static struct element *
add_field(const struct pubsub_option *option,
          const struct pubsub_config *config,
          struct arena *arena,
          struct element *form)
{
    struct element *field = element_add(arena, form, NS_DATA_FORM, STR("field"));
    char scratch[PUBSUB_NUMBER_BYTES];

    element_set(arena, field, STR("var"), str_from(option->var));
    element_set(arena, field, STR("type"), str_from(field_types[option->type]));
    element_set(arena, field, STR("label"), str_from(option->label));
    for (size_t i = 0; i < pubsub_option_values(option, config); i++)
        element_add_with_text(arena, field, NS_DATA_FORM, STR("value"),
                              pubsub_option_get(option, config, i, scratch));
    return field;
}

void
pubsub_config_form(const struct pubsub_config *config,
                   struct arena *arena,
                   struct element *parent,
                   struct str type)
{
    struct element *form = element_add(arena, parent, NS_DATA_FORM, STR("x"));
    struct element *field = element_add(arena, form, NS_DATA_FORM, STR("field"));

    element_set(arena, form, STR("type"), type);
    element_set(arena, field, STR("var"), STR("FORM_TYPE"));
    element_set(arena, field, STR("type"), STR("hidden"));
    element_add_with_text(arena, field, NS_DATA_FORM, STR("value"), PUBSUB_NODE_CONFIG);
    for (size_t i = 0; i < pubsub_option_count; i++)
        add_choices(&pubsub_options[i], arena, add_field(&pubsub_options[i], config, arena, form));
}

void
pubsub_config_describe(const struct pubsub_config *config,
                       struct arena *arena,
                       struct element *form)
{
    for (size_t i = 0; i < pubsub_option_count; i++) {
        if (pubsub_options[i].is_public)
            (void)add_field(&pubsub_options[i], config, arena, form);
    }
}

/* ---- filled in ---- */

static const struct pubsub_option *
find_by_var(struct str var)
{
    for (size_t i = 0; i < pubsub_option_count; i++) {
        if (str_is(var, pubsub_options[i].var))
            return &pubsub_options[i];
    }
    return NULL;
}

/* Several values are only possible where an option has several; none leaves it as it is, or makes
 * the text empty. */
static int
read_field(const struct pubsub_option *option,
           struct pubsub_config *config,
           struct arena *arena,
           const struct element *field)
{
    const struct element *value = element_child(field, NS_DATA_FORM, STR("value"));
    int r = 0;

    if (option->type == OPTION_TEXTS)
        config->group_count = 0;
    else if (!value)
        return option->type == OPTION_TEXT ? pubsub_option_set(option, config, STR_EMPTY) : 0;
    for (; value && r == 0; value = element_next_named(value, NS_DATA_FORM, STR("value"))) {
        struct str text = element_text(arena, value);

        if (option->type != OPTION_TEXT && option->type != OPTION_TEXTS)
            text = str_trim(text);
        r = pubsub_option_set(option, config, text);
        if (option->type != OPTION_TEXTS)
            break;
    }
    return r;
}

static enum pubsub_fault
fault_of(const struct pubsub_option *option)
{
    if (str_is(str_from(option->var), "pubsub#access_model"))
        return PUBSUB_ACCESS_MODEL;
    if (str_is(str_from(option->var), "pubsub#node_type"))
        return PUBSUB_NO_COLLECTIONS;
    return PUBSUB_NOT_ACCEPTABLE;
}

/* How a form is read. */
struct reading {
    struct str form_type;
    bool strict; /* every field must be known */
};

static enum pubsub_fault
read_fields(struct pubsub_config *wanted,
            struct arena *arena,
            const struct element *form,
            const struct reading *reading)
{
    const struct element *field = element_child(form, NS_DATA_FORM, STR("field"));

    for (; field; field = element_next_named(field, NS_DATA_FORM, STR("field"))) {
        struct str var = element_get(field, STR("var"));
        const struct pubsub_option *option = find_by_var(var);

        if (str_is(var, "FORM_TYPE")) {
            struct str type = element_child_text(arena, field, NS_DATA_FORM, STR("value"));

            if (!str_equal(str_trim(type), reading->form_type))
                return PUBSUB_BAD_REQUEST;
        } else if (!option) {
            if (reading->strict)
                return PUBSUB_PRECONDITION;
        } else if (read_field(option, wanted, arena, field) < 0) {
            return fault_of(option);
        }
    }
    return arena_is_full(arena) ? PUBSUB_CONSTRAINT : PUBSUB_OK;
}

/* Reads the form over a copy; only a good one takes the place of `config`. */
static enum pubsub_fault
submit(struct pubsub_config *config, const struct element *form, const struct reading *reading)
{
    struct str groups[PUBSUB_GROUPS_MAX];
    struct pubsub_config wanted = *config;
    struct arena arena;
    enum pubsub_fault fault;

    assert(wanted.group_count <= PUBSUB_GROUPS_MAX);
    arena_init(&arena, FORM_ARENA_BYTES);
    for (size_t i = 0; i < wanted.group_count; i++)
        groups[i] = wanted.groups[i];
    wanted.groups = groups;
    fault = read_fields(&wanted, &arena, form, reading);
    if (fault == PUBSUB_OK) {
        pubsub_config_own_texts(&wanted);
        pubsub_config_fini(config);
        *config = wanted;
    }
    arena_fini(&arena);
    return fault;
}

enum pubsub_fault
pubsub_config_submit(struct pubsub_config *config, const struct element *form)
{
    return submit(config, form, &(struct reading){ .form_type = PUBSUB_NODE_CONFIG });
}

enum pubsub_fault
pubsub_config_submit_options(struct pubsub_config *config, const struct element *form)
{
    return submit(config, form,
                  &(struct reading){ .form_type = PUBSUB_PUBLISH_OPTIONS, .strict = true });
}

/* ---- taken as a precondition ---- */

static bool
is_same(const struct pubsub_config *a, const struct pubsub_config *b)
{
    char scratch_a[PUBSUB_NUMBER_BYTES], scratch_b[PUBSUB_NUMBER_BYTES];

    for (size_t i = 0; i < pubsub_option_count; i++) {
        const struct pubsub_option *option = &pubsub_options[i];
        size_t count = pubsub_option_values(option, a);

        if (count != pubsub_option_values(option, b))
            return false;
        for (size_t value = 0; value < count; value++) {
            if (!str_equal(pubsub_option_get(option, a, value, scratch_a),
                           pubsub_option_get(option, b, value, scratch_b)))
                return false;
        }
    }
    return true;
}

enum pubsub_fault
pubsub_config_check_options(const struct pubsub_config *config, const struct element *form)
{
    struct pubsub_config wanted;
    enum pubsub_fault fault;

    pubsub_config_init(&wanted);
    pubsub_config_copy(&wanted, config);
    fault = pubsub_config_submit_options(&wanted, form);
    /* A value that cannot be is not what the node has. */
    if (fault == PUBSUB_NOT_ACCEPTABLE || fault == PUBSUB_ACCESS_MODEL ||
        fault == PUBSUB_NO_COLLECTIONS)
        fault = PUBSUB_PRECONDITION;
    if (fault == PUBSUB_OK && !is_same(&wanted, config))
        fault = PUBSUB_PRECONDITION;
    pubsub_config_fini(&wanted);
    return fault;
}
