/* roster_line.c - see roster_line.h. */
#include "server/account/roster_line.h"

#include "base/error.h"
#include "base/memory.h"
#include "server/account/account.h"
#include "server/core/router.h"
#include "server/core/settlement.h"

#include <assert.h>
#include <stdlib.h>

enum {
    WAITING_MAX = 1000
};

struct line_contact {
    struct map_node node;
    bool busy;
    struct list waiting; /* struct line_stanza, the oldest first */
    char jid[];
};

struct line_stanza {
    struct list link;
    struct stanza *stanza;
    void (*again)(struct account *account, struct stanza *stanza);
};

static struct line_contact *
find_contact(const struct roster_line *line, struct str jid)
{
    struct map_node *node = map_get(&line->contacts, jid);

    return node ? CONTAINER_OF(node, struct line_contact, node) : NULL;
}

static struct line_contact *
add_contact(struct roster_line *line, struct str jid)
{
    struct line_contact *contact = memory_new(1, sizeof(*contact) + jid.len);

    memcpy(contact->jid, jid.data, jid.len);
    list_init(&contact->waiting);
    map_put(&line->contacts, (struct str){ contact->jid, jid.len }, &contact->node);
    return contact;
}

static void
stanza_done(struct roster_line *line, struct line_stanza *waits)
{
    list_remove(&waits->link);
    line->waiting--;
    settlement_release(waits->stanza);
    stanza_unref(waits->stanza);
    free(waits);
}

static void
remove_contact(struct roster_line *line, struct line_contact *contact)
{
    LIST_FOREACH (&contact->waiting, link) {
        stanza_done(line, CONTAINER_OF(link, struct line_stanza, link));
    }
    map_remove(&line->contacts, &contact->node);
    free(contact);
}

void
roster_line_init(struct roster_line *line)
{
    *line = (struct roster_line){ 0 };
    map_init(&line->contacts);
}

void
roster_line_fini(struct roster_line *line)
{
    struct map_node *node;

    while ((node = map_next(&line->contacts, NULL)))
        remove_contact(line, CONTAINER_OF(node, struct line_contact, node));
    map_fini(&line->contacts);
}

bool
roster_line_takes(struct account *account,
                  struct jid jid,
                  struct stanza *stanza,
                  void (*again)(struct account *account, struct stanza *stanza))
{
    struct roster_line *line = &account->roster.line;
    struct line_contact *contact = find_contact(line, jid.bare);
    struct line_stanza *waits;

    if (!contact || !contact->busy)
        return false;
    if (line->waiting >= WAITING_MAX) {
        router_reply_error(account_worker(account), stanza, E_FULL);
        return true;
    }
    waits = memory_new(1, sizeof(*waits));
    waits->stanza = stanza_ref(stanza);
    waits->again = again;
    settlement_hold(stanza);
    list_append(&contact->waiting, &waits->link);
    line->waiting++;
    return true;
}

void
roster_line_begin(struct account *account, struct str jid)
{
    struct line_contact *contact = find_contact(&account->roster.line, jid);

    if (!contact)
        contact = add_contact(&account->roster.line, jid);
    assert(!contact->busy);
    contact->busy = true;
}

static void
go_on(struct account *account, const struct line_stanza *waits)
{
    struct worker *worker = account_worker(account);

    if (!worker->ended && !account->removed)
        waits->again(account, waits->stanza);
    else if (!worker->ended && waits->stanza->kind == STANZA_IQ)
        router_reply_condition(worker, waits->stanza, "service-unavailable", STR_EMPTY);
}

void
roster_line_end(struct account *account, struct str jid)
{
    struct roster_line *line = &account->roster.line;
    struct line_contact *contact = find_contact(line, jid);

    contact->busy = false;
    while (!contact->busy && !list_is_empty(&contact->waiting)) {
        struct line_stanza *waits = CONTAINER_OF(contact->waiting.next, struct line_stanza, link);

        go_on(account, waits);
        stanza_done(line, waits);
    }
    if (!contact->busy)
        remove_contact(line, contact);
}
