/* pubsub_config.c - see pubsub_config.h. */
#include "server/pubsub/pubsub_config.h"

#include "base/memory.h"
#include "server/pubsub/pubsub_config_private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static const struct pubsub_choice access_models[] = {
    [ACCESS_OPEN] = { "open", "Anybody" },
    [ACCESS_PRESENCE] = { "presence", "Who may see my presence" },
    [ACCESS_ROSTER] = { "roster", "Contacts in the named groups" },
    [ACCESS_AUTHORIZE] = { "authorize", "Whose request I have granted" },
    [ACCESS_WHITELIST] = { "whitelist", "Only those I name" },
    { NULL, NULL },
};

static const struct pubsub_choice publish_models[] = {
    [PUBLISH_PUBLISHERS] = { "publishers", "Only those I name" },
    [PUBLISH_SUBSCRIBERS] = { "subscribers", "Subscribers" },
    [PUBLISH_OPEN] = { "open", "Anybody" },
    { NULL, NULL },
};

static const struct pubsub_choice send_last[] = {
    [LAST_NEVER] = { "never", "Never" },
    [LAST_ON_SUB] = { "on_sub", "To new subscribers" },
    [LAST_ON_SUB_AND_PRESENCE] = { "on_sub_and_presence",
                                   "To new subscribers and whenever they come online" },
    { NULL, NULL },
};

static const struct pubsub_choice when_full[] = {
    [FULL_RETRACT_OLDEST] = { "retract-oldest", "Retract the oldest item" },
    [FULL_DISCARD_OLDEST] = { "discard-oldest", "Drop the oldest item without a word" },
    [FULL_REJECT] = { "reject", "Refuse the new item" },
    { NULL, NULL },
};

static const struct pubsub_choice message_types[] = {
    [MESSAGE_HEADLINE] = { "headline", "Headline" },
    [MESSAGE_NORMAL] = { "normal", "Normal" },
    { NULL, NULL },
};

#define MEMBER(member) .offset = offsetof(struct pubsub_config, member)

/* XEP-0060 16.4.4. What we do not do is said by the one value that is possible. */
const struct pubsub_option pubsub_options[] = {
    { "title", "pubsub#title", "Name", OPTION_TEXT, MEMBER(title), .is_public = true },
    { "description", "pubsub#description", "Description", OPTION_TEXT, MEMBER(description),
      .is_public = true },
    { "type", "pubsub#type", "Namespace of the payload", OPTION_TEXT, MEMBER(type),
      .is_public = true },
    { "access_model", "pubsub#access_model", "Who may subscribe and read", OPTION_CHOICE,
      MEMBER(access), .choices = access_models, .is_public = true },
    { "roster_groups_allowed", "pubsub#roster_groups_allowed", "Groups that may subscribe and read",
      OPTION_TEXTS, MEMBER(groups) },
    { "publish_model", "pubsub#publish_model", "Who may publish", OPTION_CHOICE,
      MEMBER(publish_model), .choices = publish_models, .is_public = true },
    { "persist_items", "pubsub#persist_items", "Keep what is published", OPTION_BOOL,
      MEMBER(persist_items), .is_public = true },
    { "max_items", "pubsub#max_items", "Items to keep (max: as many as the server allows)",
      OPTION_NUMBER, MEMBER(max_items), .is_public = true },
    { "max_payload_size", "pubsub#max_payload_size", "Largest item, in bytes", OPTION_NUMBER,
      MEMBER(max_payload) },
    { "publish_node_full", "pubsub#publish_node_full", "When there is no room for a new item",
      OPTION_CHOICE, MEMBER(when_full), .choices = when_full },
    { "send_last_published_item", "pubsub#send_last_published_item", "Send the newest item",
      OPTION_CHOICE, MEMBER(send_last), .choices = send_last },
    { "deliver_notifications", "pubsub#deliver_notifications", "Tell subscribers of new items",
      OPTION_BOOL, MEMBER(deliver_notifications) },
    { "deliver_payloads", "pubsub#deliver_payloads", "Send them the whole item", OPTION_BOOL,
      MEMBER(deliver_payloads) },
    { "notification_type", "pubsub#notification_type", "Messages that tell them", OPTION_CHOICE,
      MEMBER(message_type), .choices = message_types },
    { "notify_config", "pubsub#notify_config", "Tell them of changed settings", OPTION_BOOL,
      MEMBER(notify_config) },
    { "notify_delete", "pubsub#notify_delete", "Tell them when the node is deleted", OPTION_BOOL,
      MEMBER(notify_delete) },
    { "notify_retract", "pubsub#notify_retract", "Tell them of removed items", OPTION_BOOL,
      MEMBER(notify_retract) },
    { "notify_sub", "pubsub#notify_sub", "Tell the owner of new subscribers", OPTION_BOOL,
      MEMBER(notify_sub) },
    { "subscribe", "pubsub#subscribe", "Allow subscriptions", OPTION_BOOL, MEMBER(subscribe) },
    { NULL, "pubsub#node_type", "Kind of node", OPTION_FIXED, .only = "leaf" },
    { NULL, "pubsub#item_expire", "Seconds an item is kept", OPTION_FIXED, .only = "max" },
    { NULL, "pubsub#purge_offline", "Purge the node when its publisher leaves", OPTION_FIXED,
      .only = "0" },
    { NULL, "pubsub#tempsub", "Subscriptions end with the subscriber's presence", OPTION_FIXED,
      .only = "0" },
    { NULL, "pubsub#presence_based_delivery", "Notify only those who are online", OPTION_FIXED,
      .only = "0" },
};
const size_t pubsub_option_count = ARRAY_LEN(pubsub_options);

void
pubsub_config_init(struct pubsub_config *config)
{
    *config = (struct pubsub_config){
        .access = ACCESS_PRESENCE,
        .publish_model = PUBLISH_PUBLISHERS,
        .send_last = LAST_ON_SUB_AND_PRESENCE,
        .when_full = FULL_RETRACT_OLDEST,
        .message_type = MESSAGE_HEADLINE,
        .max_items = 1,
        .max_payload = PUBSUB_MAX,
        .persist_items = true,
        .deliver_notifications = true,
        .deliver_payloads = true,
        .subscribe = true,
        .notify_delete = true,
    };
}

void
pubsub_config_fini(struct pubsub_config *config)
{
    free(config->_texts);
    *config = (struct pubsub_config){ 0 };
}

/* ---- values ---- */

static struct str
move_text(char **at, struct str text)
{
    struct str moved = { *at, text.len };

    if (text.len == 0)
        return STR_EMPTY;
    memcpy(*at, text.data, text.len);
    *at += text.len;
    return moved;
}

/* All texts go into one piece; the groups' array is in front. */
void
pubsub_config_own_texts(struct pubsub_config *config)
{
    struct str *groups;
    char *at;
    size_t bytes = config->title.len + config->description.len + config->type.len;

    for (size_t i = 0; i < config->group_count; i++)
        bytes += config->groups[i].len;
    config->_texts = NULL;
    if (bytes == 0 && config->group_count == 0)
        return;
    config->_texts = memory_new(1, config->group_count * sizeof(*groups) + bytes);
    groups = config->_texts;
    at = (char *)(groups + config->group_count);
    for (size_t i = 0; i < config->group_count; i++)
        groups[i] = move_text(&at, config->groups[i]);
    config->groups = groups;
    config->title = move_text(&at, config->title);
    config->description = move_text(&at, config->description);
    config->type = move_text(&at, config->type);
}

void
pubsub_config_copy(struct pubsub_config *config, const struct pubsub_config *from)
{
    struct pubsub_config copy = *from;

    pubsub_config_own_texts(&copy);
    pubsub_config_fini(config);
    *config = copy;
}

uint32_t *
pubsub_option_number(const struct pubsub_option *option, struct pubsub_config *config)
{
    return (void *)((char *)config + option->offset);
}

bool *
pubsub_option_bool(const struct pubsub_option *option, struct pubsub_config *config)
{
    return (void *)((char *)config + option->offset);
}

struct str *
pubsub_option_text(const struct pubsub_option *option, struct pubsub_config *config)
{
    return (void *)((char *)config + option->offset);
}

static int
set_choice(const struct pubsub_option *option, struct pubsub_config *config, struct str value)
{
    for (uint32_t i = 0; option->choices[i].value; i++) {
        if (str_is(value, option->choices[i].value)) {
            *pubsub_option_number(option, config) = i;
            return 0;
        }
    }
    return E_FORMAT;
}

/* XEP-0004 3.3: 0, 1, true, false. */
static int
read_bool(struct str value, bool *ret)
{
    *ret = str_is(value, "1") || str_is(value, "true");
    return *ret || str_is(value, "0") || str_is(value, "false") ? 0 : E_FORMAT;
}

static int
set_number(const struct pubsub_option *option, struct pubsub_config *config, struct str value)
{
    int64_t number = PUBSUB_MAX;

    if (!str_is(value, "max") && str_to_int64(value, 1, PUBSUB_MAX, &number) < 0)
        return E_FORMAT;
    *pubsub_option_number(option, config) = (uint32_t)number;
    return 0;
}

static int
check_fixed(const struct pubsub_option *option, struct str value)
{
    bool is_bool = str_is(str_from(option->only), "0");
    bool on;

    if (is_bool)
        return read_bool(value, &on) == 0 && !on ? 0 : E_FORMAT;
    return str_is(value, option->only) ? 0 : E_FORMAT;
}

int
pubsub_option_set(const struct pubsub_option *option,
                  struct pubsub_config *config,
                  struct str value)
{
    switch (option->type) {
    case OPTION_BOOL:
        return read_bool(value, pubsub_option_bool(option, config));
    case OPTION_CHOICE:
        return set_choice(option, config, value);
    case OPTION_NUMBER:
        return set_number(option, config, value);
    case OPTION_TEXT:
        *pubsub_option_text(option, config) = value;
        return value.len <= PUBSUB_TEXT_MAX ? 0 : E_FORMAT;
    case OPTION_TEXTS:
        assert(config->groups);
        if (config->group_count == PUBSUB_GROUPS_MAX || value.len > PUBSUB_TEXT_MAX)
            return E_FORMAT;
        config->groups[config->group_count++] = value;
        return 0;
    case OPTION_FIXED:
        return check_fixed(option, value);
    }
    return E_FORMAT;
}

struct str
pubsub_option_get(const struct pubsub_option *option,
                  const struct pubsub_config *config,
                  size_t index,
                  char scratch[PUBSUB_NUMBER_BYTES])
{
    struct pubsub_config copy = *config;
    uint32_t number;

    switch (option->type) {
    case OPTION_BOOL:
        return *pubsub_option_bool(option, &copy) ? STR("1") : STR("0");
    case OPTION_CHOICE:
        return str_from(option->choices[*pubsub_option_number(option, &copy)].value);
    case OPTION_NUMBER:
        number = *pubsub_option_number(option, &copy);
        if (number == PUBSUB_MAX)
            return STR("max");
        (void)snprintf(scratch, PUBSUB_NUMBER_BYTES, "%u", number);
        return str_from(scratch);
    case OPTION_TEXT:
        return *pubsub_option_text(option, &copy);
    case OPTION_TEXTS:
        return config->groups[index];
    case OPTION_FIXED:
        return str_from(option->only);
    }
    return STR_EMPTY;
}

size_t
pubsub_option_values(const struct pubsub_option *option, const struct pubsub_config *config)
{
    return option->type == OPTION_TEXTS ? config->group_count : 1;
}

/* ---- the text that the store keeps ---- */

static void
print_value(struct buffer *out, struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.data[i];

        if (c == '\n')
            buffer_append(out, STR("\\n"));
        else if (c == '\\')
            buffer_append(out, STR("\\\\"));
        else
            buffer_append_char(out, c);
    }
}

void
pubsub_config_print(const struct pubsub_config *config, struct buffer *out)
{
    char scratch[PUBSUB_NUMBER_BYTES];

    for (size_t i = 0; i < pubsub_option_count; i++) {
        const struct pubsub_option *option = &pubsub_options[i];

        if (!option->name)
            continue;
        for (size_t value = 0; value < pubsub_option_values(option, config); value++) {
            buffer_append(out, str_from(option->name));
            buffer_append_char(out, '=');
            print_value(out, pubsub_option_get(option, config, value, scratch));
            buffer_append_char(out, '\n');
        }
    }
}

static struct str
parse_value(struct arena *arena, struct str text)
{
    char *value = arena_alloc(arena, text.len);
    size_t len = 0;

    if (!value)
        return STR_EMPTY;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (c == '\\' && i + 1 < text.len)
            c = text.data[++i] == 'n' ? '\n' : '\\';
        value[len++] = c;
    }
    return (struct str){ value, len };
}

static const struct pubsub_option *
find_by_name(struct str name)
{
    for (size_t i = 0; i < pubsub_option_count; i++) {
        if (pubsub_options[i].name && str_is(name, pubsub_options[i].name))
            return &pubsub_options[i];
    }
    return NULL;
}

void
pubsub_config_parse(struct pubsub_config *config, struct str text)
{
    struct str groups[PUBSUB_GROUPS_MAX];
    struct pubsub_config wanted = *config;
    struct arena arena;
    struct str line, name;

    arena_init(&arena, text.len * 2 + 64 * 1024);
    wanted.groups = groups;
    wanted.group_count = 0;
    while (str_split(&text, '\n', &line)) {
        const struct pubsub_option *option;

        if (!str_split(&line, '=', &name))
            continue;
        option = find_by_name(name);
        /* A value that cannot be is one of a newer server: the default stays. */
        if (option && pubsub_option_set(option, &wanted, parse_value(&arena, line)) < 0)
            continue;
    }
    pubsub_config_own_texts(&wanted);
    pubsub_config_fini(config);
    *config = wanted;
    arena_fini(&arena);
}
