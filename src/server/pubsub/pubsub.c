/* pubsub.c - see pubsub.h. Which verb a request is, and what each of them needs. */
#include "base/error.h"
#include "server/pubsub/pubsub_private.h"
#include "xmpp/ns.h"

/* What must hold before a verb is called. */
enum need {
    NEED_NOTHING,
    NEED_NAME,     /* a node is named */
    NEED_NODE,     /* ... and exists */
    NEED_OWN_NODE, /* ... and the owner asks; who owns nothing learns nothing */
    NEED_OWNER,
};

struct verb {
    const char *name;
    enum stanza_type type;
    enum need need;
    enum pubsub_fault (*run)(struct pubsub_job *job);
};

static const struct verb verbs[] = {
    { "publish", TYPE_SET, NEED_NAME, pubsub_verb_publish },
    { "retract", TYPE_SET, NEED_NODE, pubsub_verb_retract },
    { "items", TYPE_GET, NEED_NODE, pubsub_verb_items },
    { "subscribe", TYPE_SET, NEED_NODE, pubsub_verb_subscribe },
    { "unsubscribe", TYPE_SET, NEED_NODE, pubsub_verb_unsubscribe },
    { "subscriptions", TYPE_GET, NEED_NOTHING, pubsub_verb_subscriptions },
    { "affiliations", TYPE_GET, NEED_NOTHING, pubsub_verb_affiliations },
    { "create", TYPE_SET, NEED_OWNER, pubsub_verb_create },
};

static const struct verb owner_verbs[] = {
    { "configure", TYPE_GET, NEED_OWN_NODE, pubsub_verb_get_config },
    { "configure", TYPE_SET, NEED_OWN_NODE, pubsub_verb_set_config },
    { "default", TYPE_GET, NEED_OWNER, pubsub_verb_default_config },
    { "delete", TYPE_SET, NEED_OWN_NODE, pubsub_verb_delete },
    { "purge", TYPE_SET, NEED_OWN_NODE, pubsub_verb_purge },
    { "subscriptions", TYPE_GET, NEED_OWN_NODE, pubsub_verb_list_subscriptions },
    { "subscriptions", TYPE_SET, NEED_OWN_NODE, pubsub_verb_edit_subscriptions },
    { "affiliations", TYPE_GET, NEED_OWN_NODE, pubsub_verb_list_affiliations },
    { "affiliations", TYPE_SET, NEED_OWN_NODE, pubsub_verb_edit_affiliations },
};

static enum pubsub_fault
check_need(const struct pubsub_job *job, enum need need)
{
    bool owner_only = need == NEED_OWNER || need == NEED_OWN_NODE;

    if (owner_only && pubsub_may_own(job->service, job->asker) != PUBSUB_OK)
        return PUBSUB_FORBIDDEN;
    if (need == NEED_NOTHING || need == NEED_OWNER)
        return PUBSUB_OK;
    if (job->name.len == 0)
        return PUBSUB_NODE_REQUIRED;
    if (need != NEED_NAME && !job->node)
        return PUBSUB_NOT_FOUND;
    return PUBSUB_OK;
}

static const struct verb *
find_verb(const struct verb *table, size_t count, const struct pubsub_job *job)
{
    for (size_t i = 0; i < count; i++) {
        if (table[i].type == job->request->type && str_is(job->action->name, table[i].name))
            return &table[i];
    }
    return NULL;
}

static enum pubsub_fault
run_verb(struct pubsub_job *job, const struct element *pubsub)
{
    bool owner = str_equal(pubsub->ns, NS_PUBSUB_OWNER);
    const struct verb *verb;
    enum pubsub_fault fault;

    job->action = element_first_child(pubsub);
    if (!job->action || !str_equal(job->action->ns, pubsub->ns))
        return PUBSUB_BAD_REQUEST;
    /* XEP-0060 6.3, 6.4: options of subscriptions are optional, and we have none. */
    if (!owner && (str_is(job->action->name, "options") || str_is(job->action->name, "default")))
        return PUBSUB_NO_OPTIONS;
    verb = owner ? find_verb(owner_verbs, ARRAY_LEN(owner_verbs), job)
                 : find_verb(verbs, ARRAY_LEN(verbs), job);
    if (!verb)
        return PUBSUB_BAD_REQUEST;
    job->name = element_get(job->action, STR("node"));
    job->node = pubsub_find(job->service, job->name);
    fault = check_need(job, verb->need);
    return fault == PUBSUB_OK ? verb->run(job) : fault;
}

static enum pubsub_fault
run(struct pubsub_job *job)
{
    const struct element *payload = stanza_payload(job->request);

    if (str_equal(payload->ns, NS_PUBSUB) || str_equal(payload->ns, NS_PUBSUB_OWNER))
        return run_verb(job, payload);
    job->action = payload;
    job->name = element_get(payload, STR("node"));
    job->node = pubsub_find(job->service, job->name);
    return str_equal(payload->ns, NS_DISCO_INFO) ? pubsub_disco_info(job) : pubsub_disco_items(job);
}

void
pubsub_handle(struct pubsub_job *job)
{
    struct pubsub_outcome *out = job->out;

    pubsub_outcome_init(out);
    out->fault = run(job);
    out->spoiled = arena_is_full(&out->arena);
    if (out->spoiled || (out->reply && arena_is_full(&out->reply->arena)))
        out->fault = PUBSUB_CONSTRAINT;
    if (out->fault != PUBSUB_OK) {
        stanza_unref(out->reply);
        out->reply = pubsub_error(job->request, out->fault);
    } else if (!out->reply && !out->reads) {
        out->reply = stanza_result(job->request);
    }
}
