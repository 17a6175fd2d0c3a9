/* pubsub_people.c - the owner's lists of subscriptions and affiliations (XEP-0060 8.8, 8.9). */
#include "base/error.h"
#include "server/pubsub/pubsub_private.h"

/* ---- 8.8.1, 8.9.1: read ---- */

static struct element *
begin_list(struct pubsub_job *job, struct str name)
{
    struct element *reply = pubsub_reply(job, NS_PUBSUB_OWNER);
    struct arena *arena = &job->out->reply->arena;
    struct element *list = element_add(arena, reply, NS_PUBSUB_OWNER, name);

    element_set(arena, list, STR("node"), job->name);
    return list;
}

static void
add_entry(
    struct pubsub_job *job, struct element *list, struct str name, struct jid jid, struct str value)
{
    struct arena *arena = &job->out->reply->arena;
    struct element *entry = element_add(arena, list, NS_PUBSUB_OWNER, name);

    element_set(arena, entry, STR("jid"), jid.full);
    element_set(arena, entry, name, value);
}

/* 8.8.1.2: not those that wait. */
enum pubsub_fault
pubsub_verb_list_subscriptions(struct pubsub_job *job)
{
    struct element *list = begin_list(job, STR("subscriptions"));
    const struct pubsub_relation *relation = NULL;

    while ((relation = pubsub_relation_next(&job->node->subscriptions, relation))) {
        if (relation->value == SUBSCRIPTION_SUBSCRIBED)
            add_entry(job, list, STR("subscription"), relation->jid, STR("subscribed"));
    }
    return PUBSUB_OK;
}

enum pubsub_fault
pubsub_verb_list_affiliations(struct pubsub_job *job)
{
    struct element *list = begin_list(job, STR("affiliations"));
    const struct pubsub_relation *relation = NULL;

    add_entry(job, list, STR("affiliation"), job->service->owner, STR("owner"));
    while ((relation = pubsub_relation_next(&job->node->affiliations, relation)))
        add_entry(job, list, STR("affiliation"), relation->jid,
                  pubsub_affiliation_name((enum pubsub_affiliation)relation->value));
    return PUBSUB_OK;
}

/* ---- 8.8.2, 8.9.2: changed ---- */

/* One change that is asked for. */
struct edit {
    struct jid jid;
    int value;
    bool is_change; /* a value was given */
};

/* What differs between the two lists. */
struct editor {
    struct str entry; /* "affiliation": the element and its attribute */
    bool (*parse)(struct str text, int *ret);
    bool (*may)(const struct pubsub_job *job, const struct edit *edit);
    void (*apply)(struct pubsub_job *job, const struct edit *edit);
    struct str (*current)(const struct pubsub_job *job, struct jid jid);
};

static enum pubsub_fault
read_edit(struct pubsub_job *job,
          const struct editor *editor,
          const struct element *entry,
          struct edit *ret)
{
    struct str value = element_get(entry, editor->entry);

    *ret = (struct edit){ .is_change = value.len > 0 };
    if (!element_is(entry, NS_PUBSUB_OWNER, editor->entry))
        return PUBSUB_BAD_REQUEST;
    if (jid_parse(&job->out->arena, element_get(entry, STR("jid")), &ret->jid) < 0)
        return PUBSUB_BAD_REQUEST;
    if (ret->is_change && !editor->parse(value, &ret->value))
        return PUBSUB_NOT_ACCEPTABLE;
    return PUBSUB_OK;
}

/* 8.9.2.4: the same address twice is no request. */
static bool
is_repeated(const struct edit *edits, size_t count)
{
    for (size_t i = 0; i + 1 < count; i++) {
        if (jid_equal(edits[i].jid, edits[count - 1].jid))
            return true;
    }
    return false;
}

/* 8.9.2.4: what could not be changed comes back as it is. */
static void
refuse(struct pubsub_job *job, const struct editor *editor, const struct edit *edit)
{
    struct stanza **reply = &job->out->reply;
    struct element *list, *entry;

    if (!*reply) {
        *reply = pubsub_error(job->request, PUBSUB_NOT_ACCEPTABLE);
        list = element_add(&(*reply)->arena, (*reply)->root, NS_PUBSUB_OWNER, STR("pubsub"));
        list = element_add(&(*reply)->arena, list, NS_PUBSUB_OWNER,
                           str_is(editor->entry, "affiliation") ? STR("affiliations")
                                                                : STR("subscriptions"));
        element_set(&(*reply)->arena, list, STR("node"), job->name);
    }
    list = element_child((*reply)->root, NS_PUBSUB_OWNER, STR("pubsub"));
    entry =
        element_add(&(*reply)->arena, element_first_child(list), NS_PUBSUB_OWNER, editor->entry);
    element_set(&(*reply)->arena, entry, STR("jid"), edit->jid.full);
    element_set(&(*reply)->arena, entry, editor->entry, editor->current(job, edit->jid));
}

enum {
    EDITS_MAX = 100 /* of one request */
};

static enum pubsub_fault
edit_list(struct pubsub_job *job, const struct editor *editor)
{
    struct edit *edits = arena_alloc(&job->out->arena, EDITS_MAX * sizeof(*edits));
    const struct element *entry = element_first_child(job->action);
    enum pubsub_fault fault = entry && edits ? PUBSUB_OK : PUBSUB_BAD_REQUEST;
    size_t count = 0;

    for (; entry && fault == PUBSUB_OK; entry = element_next(entry)) {
        if (count == EDITS_MAX)
            return PUBSUB_NOT_ACCEPTABLE;
        fault = read_edit(job, editor, entry, &edits[count++]);
        if (fault == PUBSUB_OK && is_repeated(edits, count))
            fault = PUBSUB_BAD_REQUEST;
    }
    if (fault != PUBSUB_OK)
        return fault;
    for (size_t i = 0; i < count; i++) {
        if (!edits[i].is_change)
            continue;
        if (editor->may(job, &edits[i]))
            editor->apply(job, &edits[i]);
        else
            refuse(job, editor, &edits[i]);
    }
    return PUBSUB_OK;
}

/* ---- affiliations ---- */

static bool
parse_affiliation(struct str text, int *ret)
{
    enum pubsub_affiliation affiliation;
    bool known = pubsub_affiliation_parse(text, &affiliation);

    if (known)
        *ret = (int)affiliation;
    return known;
}

/* 4.1: a publisher does not become a member again; the one owner stays, and stays the only one. */
static bool
may_affiliate(const struct pubsub_job *job, const struct edit *edit)
{
    enum pubsub_affiliation now = pubsub_affiliation_of(job->service, job->node, edit->jid);

    if (now == AFFILIATION_OWNER || edit->value == AFFILIATION_OWNER)
        return (int)now == edit->value;
    if (now == AFFILIATION_PUBLISHER && edit->value == AFFILIATION_MEMBER)
        return false;
    return now != AFFILIATION_NONE ||
           map_count(&job->node->affiliations) < job->limits->max_relations;
}

static void
affiliate(struct pubsub_job *job, const struct edit *edit)
{
    struct pubsub_change *change;

    if (edit->value == AFFILIATION_OWNER)
        return;
    change = pubsub_add_change(job, CHANGE_AFFILIATION, job->name);
    if (!change)
        return;
    change->jid = arena_dup(&job->out->arena, edit->jid.bare);
    change->value = edit->value;
    pubsub_relation_set(&job->node->affiliations, jid_bare(edit->jid), edit->value);
}

static struct str
current_affiliation(const struct pubsub_job *job, struct jid jid)
{
    return pubsub_affiliation_name(pubsub_affiliation_of(job->service, job->node, jid));
}

enum pubsub_fault
pubsub_verb_edit_affiliations(struct pubsub_job *job)
{
    static const struct editor editor = {
        .entry = STR_INIT("affiliation"),
        .parse = parse_affiliation,
        .may = may_affiliate,
        .apply = affiliate,
        .current = current_affiliation,
    };

    return edit_list(job, &editor);
}

/* ---- subscriptions ---- */

static bool
parse_subscription(struct str text, int *ret)
{
    enum pubsub_subscription state;
    bool known = pubsub_subscription_parse(text, &state);

    if (known)
        *ret = (int)state;
    return known;
}

/* Nobody is made a subscriber who has not asked for it: else the server would write to strangers in
 * the owner's name. */
static bool
may_subscribe(const struct pubsub_job *job, const struct edit *edit)
{
    const struct pubsub_relation *held =
        pubsub_relation_find(&job->node->subscriptions, edit->jid.full);

    if (!held)
        return edit->value == SUBSCRIPTION_NOT;
    return edit->value != SUBSCRIPTION_PENDING || held->value == SUBSCRIPTION_PENDING;
}

static void
subscribe(struct pubsub_job *job, const struct edit *edit)
{
    const struct pubsub_relation *held =
        pubsub_relation_find(&job->node->subscriptions, edit->jid.full);

    if (held && held->value != edit->value)
        pubsub_set_subscription(job, job->node, edit->jid, (enum pubsub_subscription)edit->value,
                                true);
}

static struct str
current_subscription(const struct pubsub_job *job, struct jid jid)
{
    const struct pubsub_relation *held = pubsub_relation_find(&job->node->subscriptions, jid.full);

    return pubsub_subscription_name(held ? (enum pubsub_subscription)held->value
                                         : SUBSCRIPTION_NOT);
}

enum pubsub_fault
pubsub_verb_edit_subscriptions(struct pubsub_job *job)
{
    static const struct editor editor = {
        .entry = STR_INIT("subscription"),
        .parse = parse_subscription,
        .may = may_subscribe,
        .apply = subscribe,
        .current = current_subscription,
    };

    return edit_list(job, &editor);
}
