/* settlement.c - a counter in the stanza's own arena; its last release is the letter. */
#include "server/core/settlement.h"

#include "base/error.h"
#include "server/core/session.h"

#include <assert.h>
#include <stdatomic.h>

struct settlement {
    struct letter letter;
    struct stanza *stanza; /* a reference while the letter is under way */
    atomic_uint holds;
    uint32_t sequence;
    uint64_t session_number;
    struct worker *home;
    struct stanza *origin; /* owned; of a copy: then the rest is not used */
};

void
settlement_begin(struct stanza *stanza,
                 struct worker *home,
                 uint64_t session_number,
                 uint32_t sequence)
{
    struct settlement *settlement = arena_alloc(&stanza->arena, sizeof(*settlement));

    assert(!stanza->_settlement && jid_is_set(stanza->from));
    if (!settlement)
        return; /* the arena says so: its owner will not route it */
    atomic_init(&settlement->holds, 1);
    settlement->stanza = stanza;
    settlement->home = home;
    settlement->session_number = session_number;
    settlement->sequence = sequence;
    stanza->_settlement = settlement;
}

void
settlement_follow(struct stanza *copy, struct stanza *origin)
{
    struct settlement *settlement;

    assert(!copy->_settlement);
    if (!origin->_settlement)
        return;
    settlement = arena_alloc(&copy->arena, sizeof(*settlement));
    if (!settlement)
        return; /* the arena says so: its owner will not route it */
    atomic_init(&settlement->holds, 1);
    settlement_hold(origin);
    settlement->origin = stanza_ref(origin);
    copy->_settlement = settlement;
}

void
settlement_hold(struct stanza *stanza)
{
    struct settlement *settlement = stanza->_settlement;
    unsigned before;

    if (!settlement)
        return;
    before = atomic_fetch_add_explicit(&settlement->holds, 1, memory_order_relaxed);
    assert(before > 0);
}

static void
tell_session(const struct settlement *settlement, struct worker *worker)
{
    struct session *session = session_find(worker, settlement->stanza->from.full);

    if (session && session->log.number == settlement->session_number)
        session_settled(session, settlement->sequence);
}

static void
letter_opened(struct letter *letter, void *context)
{
    struct settlement *settlement = CONTAINER_OF(letter, struct settlement, letter);
    struct worker *worker = context;

    if (!worker->ended)
        tell_session(settlement, worker);
    stanza_unref(settlement->stanza);
}

void
settlement_release(struct stanza *stanza)
{
    struct settlement *settlement = stanza->_settlement;
    unsigned before;

    if (!settlement)
        return;
    before = atomic_fetch_sub_explicit(&settlement->holds, 1, memory_order_acq_rel);
    assert(before > 0);
    if (before > 1)
        return;
    if (settlement->origin) {
        settlement_release(settlement->origin);
        stanza_unref(settlement->origin);
        return;
    }
    if (worker_current() == settlement->home) {
        tell_session(settlement, settlement->home);
        return;
    }
    stanza_ref(stanza);
    settlement->letter.open = letter_opened;
    worker_post(settlement->home, &settlement->letter);
}
