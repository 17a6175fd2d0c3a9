/* xep0490_displayed.c - how far the user has read: one word in a message keeps all his clients
 * informed, and goes no further (XEP-0490 3.3). What he publishes himself is ordinary
 * publish-subscribe. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "server/account/account_feature.h"
#include "server/account/pep.h"
#include "server/core/settlement.h"
#include "server/pubsub/pubsub_profile.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

#include <stdlib.h>

#define NS_DISPLAYED STR("urn:xmpp:mds:displayed:0")

enum {
    TEXT_MAX = 16 * 1024
};

/* Taken out of a message, until it is on its way to the disk. */
struct displayed {
    struct pep_task task;
    struct arena arena;
    struct str with, xml;
    struct stanza *message;
};

/* ---- publishing ---- */

static void
discard(struct pep_task *task)
{
    struct displayed *displayed = CONTAINER_OF(task, struct displayed, task);

    stanza_unref(displayed->message);
    arena_fini(&displayed->arena);
    free(displayed);
}

static void
end(struct displayed *displayed, struct account *account)
{
    settlement_release(displayed->message);
    discard(&displayed->task);
    entity_unpin(&account->entity);
}

static void
run(struct pep *pep, struct pep_task *task, int status)
{
    struct displayed *displayed = CONTAINER_OF(task, struct displayed, task);
    struct pubsub_own_item item = {
        .node = PUBSUB_NODE_DISPLAYED,
        .id = displayed->with,
        .xml = displayed->xml,
        .access = ACCESS_WHITELIST,
    };
    struct pep_job job;

    if (status == 0) {
        pep_begin(pep, &job, NULL);
        if (pubsub_publish_own(&job.job, &item) == PUBSUB_OK)
            pep_commit_beside(pep, &job.out, displayed->message);
        else
            pubsub_outcome_fini(&job.out);
    }
    end(displayed, pep->account);
}

/* ---- from a message ---- */

/* NULL when it is too large to be kept. */
static struct displayed *
displayed_new(struct str with, const struct element *element)
{
    struct displayed *displayed = memory_new(1, sizeof(*displayed));
    struct buffer text;
    bool fits;

    displayed->task.run = run;
    displayed->task.discard = discard;
    arena_init(&displayed->arena, TEXT_MAX * 4);
    buffer_init(&text, TEXT_MAX);
    xml_write(&text, element, STR_EMPTY);
    displayed->with = arena_dup(&displayed->arena, with);
    displayed->xml = arena_dup(&displayed->arena, buffer_str(&text));
    fits = !buffer_failed(&text) && !arena_is_full(&displayed->arena);
    buffer_fini(&text);
    if (fits)
        return displayed;
    discard(&displayed->task);
    return NULL;
}

static void
forget(struct account_session *state)
{
    if (state->displayed)
        discard(&state->displayed->task);
    state->displayed = NULL;
}

/* It is the user's own: taken out before anybody else sees, copies or stores the message. The
 * item's id is the address as it was sent to. */
static void
stanza_stamp(struct account *account, struct account_session *state, struct stanza *stanza)
{
    struct element *element;

    forget(state); /* of a message that was refused */
    if (stanza->kind != STANZA_MESSAGE || stanza->type == TYPE_ERROR)
        return;
    while ((element = stanza_child(stanza, NS_DISPLAYED, STR("displayed")))) {
        element_remove(element);
        if (!state->displayed && !account->guest && jid_is_set(stanza->to))
            state->displayed = displayed_new(stanza->to.full, element);
    }
}

/* The message is not settled before this is. */
static enum flow
stanza_out(struct account *account, struct account_session *state, struct stanza *stanza)
{
    struct displayed *displayed = state->displayed;

    if (!displayed)
        return FLOW_ON;
    state->displayed = NULL;
    displayed->message = stanza_ref(stanza);
    settlement_hold(stanza);
    entity_pin(&account->entity);
    if (pep_when_ready(pep_of(account), &displayed->task) < 0)
        end(displayed, account);
    return FLOW_ON;
}

static void
session_closed(struct account *account, struct account_session *state)
{
    (void)account;
    forget(state);
}

static const char *const disco[] = { "urn:xmpp:mds:server-assist:0", NULL };

const struct account_feature account_xep0490_displayed = {
    .feature = { .name = "xep0490_displayed", .disco = disco },
    .session_closed = session_closed,
    .stanza_stamp = stanza_stamp,
    .stanza_out = stanza_out,
};
