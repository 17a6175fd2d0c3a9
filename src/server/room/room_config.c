/* room_config.c - see room_config.h */
#include "server/room/room_config.h"

#include "base/encoding.h"
#include "base/error.h"
#include "base/random.h"
#include "xmpp/ns.h"

#include <assert.h>
#include <stdio.h>

enum option_type {
    OPTION_BOOL,
    OPTION_TEXT,   /* char[size] */
    OPTION_SECRET, /* char[size], not shown as it is typed */
    OPTION_CHOICE, /* an index of `choices` */
    OPTION_NUMBER, /* up to `max` */
};

struct choice {
    const char *value, *label;
};

struct option {
    const char *name; /* in the store */
    const char *var;  /* in the form; NULL = not shown */
    const char *label;
    enum option_type type;
    size_t offset, size;
    unsigned max;
    const struct choice *choices; /* ended by a NULL value */
};

static const struct choice WHOIS_CHOICES[] = {
    { "moderators", "Moderators only" },
    { "anyone", "Anyone" },
    { NULL, NULL },
};

static const struct choice PM_CHOICES[] = {
    { "anyone", "Anyone" },
    { "participants", "Anyone with voice" },
    { "moderators", "Moderators only" },
    { "none", "Nobody" },
    { NULL, NULL },
};

#define MEMBER(member)                                                                             \
    .offset = offsetof(struct room_config, member),                                                \
    .size = sizeof(((struct room_config *)NULL)->member)

static const struct option OPTIONS[] = {
    { "title", "muc#roomconfig_roomname", "Name", OPTION_TEXT, MEMBER(title) },
    { "description", "muc#roomconfig_roomdesc", "Description", OPTION_TEXT, MEMBER(description) },
    { "persistent", "muc#roomconfig_persistentroom", "Keep the room when everybody has left",
      OPTION_BOOL, MEMBER(persistent) },
    { "listed", "muc#roomconfig_publicroom", "Show the room in the public list", OPTION_BOOL,
      MEMBER(listed) },
    { "members_only", "muc#roomconfig_membersonly", "Only members may enter", OPTION_BOOL,
      MEMBER(members_only) },
    { "moderated", "muc#roomconfig_moderatedroom", "Newcomers need a moderator's leave to speak",
      OPTION_BOOL, MEMBER(moderated) },
    { "password_protected", "muc#roomconfig_passwordprotectedroom", "Ask for a password",
      OPTION_BOOL, MEMBER(password_protected) },
    { "password", "muc#roomconfig_roomsecret", "Password", OPTION_SECRET, MEMBER(password) },
    { "whois", "muc#roomconfig_whois", "Who sees the real addresses", OPTION_CHOICE, MEMBER(whois),
      .choices = WHOIS_CHOICES },
    { "allow_pm", "muc#roomconfig_allowpm", "Who may send private messages", OPTION_CHOICE,
      MEMBER(allow_pm), .choices = PM_CHOICES },
    { "change_subject", "muc#roomconfig_changesubject", "Everybody may change the subject",
      OPTION_BOOL, MEMBER(change_subject) },
    { "allow_invites", "muc#roomconfig_allowinvites", "Members may invite others", OPTION_BOOL,
      MEMBER(allow_invites) },
    { "max_users", "muc#roomconfig_maxusers", "Most people at once (0: as the server allows)",
      OPTION_NUMBER, MEMBER(max_users), .max = 100000 },
    { "history", "muc#maxhistoryfetch", "Messages shown to those who enter", OPTION_NUMBER,
      MEMBER(history), .max = 1000 },
    { "creator", NULL, NULL, OPTION_TEXT, MEMBER(creator) },
    { "secret", NULL, NULL, OPTION_SECRET, MEMBER(secret) },
    { "subject_occupant_id", NULL, NULL, OPTION_TEXT, MEMBER(subject_occupant_id) },
};

static const char *const FIELD_TYPES[] = {
    [OPTION_BOOL] = "boolean",        [OPTION_TEXT] = "text-single",
    [OPTION_SECRET] = "text-private", [OPTION_CHOICE] = "list-single",
    [OPTION_NUMBER] = "text-single",
};

#define FORM_TYPE STR("http://jabber.org/protocol/muc#roomconfig")

void
room_config_init(struct room_config *config, unsigned history)
{
    uint8_t bytes[(ROOM_SECRET_BYTES - 1) / 2];
    struct buffer hex;

    *config = (struct room_config){
        .listed = true,
        .whois = WHOIS_MODERATORS,
        .allow_pm = PM_ANYONE,
        .history = history,
    };
    random_bytes(bytes, sizeof(bytes));
    buffer_init(&hex, ROOM_SECRET_BYTES);
    hex_encode(&hex, (struct str){ (const char *)bytes, sizeof(bytes) });
    memcpy(config->secret, buffer_str(&hex).data, buffer_len(&hex));
    buffer_fini(&hex);
}

/* ---- one value, as text ---- */

static unsigned
number_at(const struct room_config *config, const struct option *option)
{
    unsigned value;

    assert(option->size == sizeof(value));
    memcpy(&value, (const char *)config + option->offset, sizeof(value));
    return value;
}

static bool
bool_at(const struct room_config *config, const struct option *option)
{
    bool value;

    memcpy(&value, (const char *)config + option->offset, sizeof(value));
    return value;
}

/* The value as the form and the store write it; `scratch` is for numbers. */
static struct str
value_text(const struct room_config *config, const struct option *option, char scratch[16])
{
    switch (option->type) {
    case OPTION_BOOL:
        return bool_at(config, option) ? STR("1") : STR("0");
    case OPTION_CHOICE:
        return str_from(option->choices[number_at(config, option)].value);
    case OPTION_NUMBER:
        snprintf(scratch, 16, "%u", number_at(config, option));
        return str_from(scratch);
    case OPTION_TEXT:
    case OPTION_SECRET:
        break;
    }
    return str_from((const char *)config + option->offset);
}

static int
set_bool(char *member, struct str text)
{
    const bool is_true = str_is(text, "1") || str_is(text, "true");

    if (!is_true && !str_is(text, "0") && !str_is(text, "false"))
        return E_FORMAT;
    memcpy(member, &is_true, sizeof(is_true));
    return 0;
}

static int
set_choice(char *member, const struct option *option, struct str text)
{
    for (unsigned i = 0; option->choices[i].value; i++) {
        if (!str_is(text, option->choices[i].value))
            continue;
        memcpy(member, &i, sizeof(i));
        return 0;
    }
    return E_FORMAT;
}

static int
set_number(char *member, const struct option *option, struct str text)
{
    int64_t value = 0;

    /* XEP-0045 10.1.3 writes "none" for no maximum, and so do clients. */
    if (text.len > 0 && !str_is(text, "none") &&
        str_to_int64(text, 0, (int64_t)option->max, &value) < 0)
        return E_FORMAT;
    const unsigned number = (unsigned)value;
    memcpy(member, &number, sizeof(number));
    return 0;
}

static int
set_text(char *member, const struct option *option, struct str text)
{
    if (text.len >= option->size || memchr(text.data ? text.data : "", '\0', text.len))
        return E_FORMAT;
    memset(member, 0, option->size);
    if (text.len > 0)
        memcpy(member, text.data, text.len);
    return 0;
}

static int
set_value(struct room_config *config, const struct option *option, struct str text)
{
    char *member = (char *)config + option->offset;

    switch (option->type) {
    case OPTION_BOOL:
        return set_bool(member, str_trim(text));
    case OPTION_CHOICE:
        return set_choice(member, option, str_trim(text));
    case OPTION_NUMBER:
        return set_number(member, option, str_trim(text));
    case OPTION_TEXT:
    case OPTION_SECRET:
        break;
    }
    return set_text(member, option, text);
}

/* ---- the store's text ---- */

/* Line breaks and backslashes inside a value. */
static void
append_escaped(struct buffer *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\n')
            buffer_append(out, STR("\\n"));
        else if (text.data[i] == '\\')
            buffer_append(out, STR("\\\\"));
        else
            buffer_append_char(out, text.data[i]);
    }
}

static void
append_unescaped(struct buffer *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '\\' || i + 1 == text.len) {
            buffer_append_char(out, text.data[i]);
            continue;
        }
        i++;
        buffer_append_char(out, text.data[i] == 'n' ? '\n' : text.data[i]);
    }
}

void
room_config_print(const struct room_config *config, struct buffer *out)
{
    for (size_t i = 0; i < ARRAY_LEN(OPTIONS); i++) {
        char scratch[16];

        buffer_append(out, str_from(OPTIONS[i].name));
        buffer_append(out, STR(" = "));
        append_escaped(out, value_text(config, &OPTIONS[i], scratch));
        buffer_append_char(out, '\n');
    }
}

static const struct option *
option_named(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(OPTIONS); i++)
        if (str_is(name, OPTIONS[i].name))
            return &OPTIONS[i];
    return NULL;
}

static int
parse_line(struct room_config *config, struct str line, struct buffer *scratch)
{
    const struct str separator = STR(" = ");
    const ptrdiff_t space = str_find_char(line, ' ', 0);

    if (space < 0 || !str_starts_with(str_slice(line, (size_t)space, line.len), separator))
        return E_FORMAT;
    const struct option *option = option_named(str_slice(line, 0, (size_t)space));
    if (!option)
        return 0;
    buffer_clear(scratch);
    append_unescaped(scratch, str_slice(line, (size_t)space + separator.len, line.len));
    return buffer_failed(scratch) ? E_FORMAT : set_value(config, option, buffer_str(scratch));
}

int
room_config_parse(struct room_config *config, struct str text)
{
    struct room_config parsed = *config;
    struct buffer scratch;
    struct str line;
    int r = 0;

    buffer_init(&scratch, ROOM_CREATOR_BYTES * 2);
    while (r == 0 && str_split(&text, '\n', &line))
        if (line.len > 0)
            r = parse_line(&parsed, line, &scratch);
    buffer_fini(&scratch);
    if (r == 0)
        *config = parsed;
    return r;
}

/* ---- the owner's form ---- */

static void
add_value(struct arena *arena, struct element *parent, struct str value)
{
    element_add_with_text(arena, parent, NS_DATA_FORM, STR("value"), value);
}

static void
add_field(const struct room_config *config,
          const struct option *option,
          struct arena *arena,
          struct element *form)
{
    struct element *field = element_add(arena, form, NS_DATA_FORM, STR("field"));
    char scratch[16];

    if (!field)
        return;
    element_set(arena, field, STR("var"), str_from(option->var));
    element_set(arena, field, STR("type"), str_from(FIELD_TYPES[option->type]));
    element_set(arena, field, STR("label"), str_from(option->label));
    add_value(arena, field, value_text(config, option, scratch));
    for (const struct choice *choice = option->choices; choice && choice->value; choice++) {
        struct element *node = element_add(arena, field, NS_DATA_FORM, STR("option"));
        if (!node)
            return;
        element_set(arena, node, STR("label"), str_from(choice->label));
        add_value(arena, node, str_from(choice->value));
    }
}

void
room_config_form(const struct room_config *config,
                 struct arena *arena,
                 struct element *parent,
                 struct str room)
{
    struct element *form = element_add(arena, parent, NS_DATA_FORM, STR("x"));

    if (!form)
        return;
    element_set(arena, form, STR("type"), STR("form"));
    element_add_with_text(arena, form, NS_DATA_FORM, STR("title"),
                          arena_printf(arena, "Settings of %.*s", STR_ARG(room)));
    struct element *field = element_add(arena, form, NS_DATA_FORM, STR("field"));
    if (!field)
        return;
    element_set(arena, field, STR("var"), STR("FORM_TYPE"));
    element_set(arena, field, STR("type"), STR("hidden"));
    add_value(arena, field, FORM_TYPE);
    for (size_t i = 0; i < ARRAY_LEN(OPTIONS); i++)
        if (OPTIONS[i].var)
            add_field(config, &OPTIONS[i], arena, form);
}

static const struct option *
option_of_field(struct str var)
{
    for (size_t i = 0; i < ARRAY_LEN(OPTIONS); i++)
        if (OPTIONS[i].var && str_is(var, OPTIONS[i].var))
            return &OPTIONS[i];
    return NULL;
}

int
room_config_submit(struct room_config *config, struct arena *arena, const struct element *form)
{
    struct room_config wanted = *config;
    const struct element *field = element_child(form, NS_DATA_FORM, STR("field"));

    for (; field; field = element_next_named(field, NS_DATA_FORM, STR("field"))) {
        const struct str var = element_get(field, STR("var"));
        const struct option *option = option_of_field(var);
        const struct str value = element_child_text(arena, field, NS_DATA_FORM, STR("value"));

        if (str_is(var, "FORM_TYPE") && !str_equal(value, FORM_TYPE))
            return E_FORMAT;
        if (option && set_value(&wanted, option, value) < 0)
            return E_FORMAT;
    }
    /* XEP-0045 10.1.3: a protected room with a blank password is refused. */
    if (wanted.password_protected && wanted.password[0] == '\0')
        return E_FORMAT;
    *config = wanted;
    return 0;
}
