/* parcel.c - see parcel.h. */
#include "server/core/parcel.h"

#include "base/memory.h"
#include "server/core/worker.h"

#include <assert.h>
#include <stdlib.h>

void
parcel_open(struct worker *worker, struct parcel_scope *scope, const struct stanza *stanza)
{
    *scope = (struct parcel_scope){ .stanza = stanza, .outer = worker->_parcels };
    worker->_parcels = scope;
}

static struct block *
let_go(struct parcel *parcel)
{
    struct block *bytes = NULL;

    if (!parcel)
        return NULL;
    assert(parcel->holders > 0);
    if (--parcel->holders > 0)
        return NULL;
    if (parcel->arrived)
        block_unref(parcel->bytes);
    else
        bytes = parcel->bytes;
    free(parcel);
    return bytes;
}

void
parcel_close(struct worker *worker, struct parcel_scope *scope)
{
    assert(worker->_parcels == scope);
    worker->_parcels = scope->outer;
    block_unref(scope->bytes);
    block_unref(let_go(scope->parcel));
}

static struct block *
scope_bytes(struct parcel_scope *scope)
{
    if (!scope->bytes)
        scope->bytes = stanza_to_block(scope->stanza);
    return scope->bytes ? block_ref(scope->bytes) : NULL;
}

struct block *
parcel_bytes(struct worker *worker, const struct stanza *stanza)
{
    struct parcel_scope *scope = worker->_parcels;

    return scope && scope->stanza == stanza ? scope_bytes(scope) : stanza_to_block(stanza);
}

/* The scope is a holder itself, so that it sees who comes first. */
static struct parcel *
make(struct parcel_scope *scope)
{
    struct block *bytes = scope_bytes(scope);

    if (!bytes)
        return NULL;
    scope->parcel = memory_new(1, sizeof(*scope->parcel));
    *scope->parcel = (struct parcel){ .bytes = bytes, .holders = 1, .arrived = scope->arrived };
    return scope->parcel;
}

struct parcel *
parcel_hold(struct worker *worker, bool acknowledges)
{
    struct parcel_scope *scope = worker->_parcels;
    struct parcel *parcel;

    if (!scope)
        return NULL;
    if (!acknowledges) {
        scope->arrived = true;
        if (scope->parcel)
            scope->parcel->arrived = true;
        return NULL;
    }
    parcel = scope->parcel ? scope->parcel : make(scope);
    if (parcel)
        parcel->holders++;
    return parcel;
}

void
parcel_arrive(struct parcel *parcel)
{
    if (!parcel)
        return;
    parcel->arrived = true;
    block_unref(let_go(parcel));
}

struct block *
parcel_lose(struct parcel *parcel)
{
    return let_go(parcel);
}
