/* entity.h - whoever a stanza can be for: an account, a room, or the host itself.
 * Owns: an entity owns its state; the worker's map owns the entity. Threads: the home worker's.
 * Time: the loop's. Errors: none here. Spec: RFC 6120 10. Tests: tests/unit/server/test_router.c
 *
 * An entity is opened when the first stanza for it comes, usually by reading it from the store;
 * stanzas wait in `waiting` meanwhile. When nobody has needed it for a while it is closed again. */
#pragma once

#include "server/core/worker.h"
#include "xmpp/stanza.h"

struct entity {
    struct map_node node; /* by bare JID in worker->entities */
    const struct entity_kind *kind;
    struct worker *worker;
    struct arena arena;   /* for the address */
    struct jid jid;       /* bare */
    bool ready;           /* opened: receives */
    int failed;           /* could not be opened: about to be closed */
    struct list waiting;  /* stanzas, until then */
    size_t waiting_count; /* stanzas */
    int64_t used_us;      /* monotonic: the last stanza or pin */
    struct timer idle;    /* closes it when nobody needs it */
    unsigned pins;        /* > 0: pending store calls, sessions, occupants: stay */
};

struct entity_kind {
    const char *name; /* "account" */

    /* Makes the entity for a bare JID and starts loading it; calls entity_opened() now or later.
     * NULL kind->open: the kind has no state, `receive_direct` is used on the sender's worker. */
    struct entity *(*open)(struct worker *worker, struct jid bare);

    /* Must it stay although nobody pins it? Asked now and then. NULL: never. */
    bool (*is_needed)(struct entity *entity);

    /* Is a stanza for one that does not exist left without an answer? NULL: no. */
    bool (*is_ignored)(const struct stanza *stanza);

    /* One stanza for it, in order, when ready. Borrowed: ref it to keep it. */
    void (*receive)(struct entity *entity, struct stanza *stanza);

    /* Stateless kinds (the host): on whichever worker the sender is. */
    void (*receive_direct)(struct worker *worker, struct stanza *stanza);

    /* Frees it: nobody pins it. It has left the map already; its address is valid until the return
     * and core's to free. */
    void (*close)(struct entity *entity);
};

/* For the kinds' open(): fills the base and puts it into the worker's map. */
void entity_init(struct entity *entity,
                 const struct entity_kind *kind,
                 struct worker *worker,
                 struct jid bare);

/* Loading is over. status 0: it is ready and what waited is received in order. Otherwise what
 * waited is answered with the error (E_NOT_FOUND becomes the right stanza error) and the entity is
 * closed. */
void entity_opened(struct entity *entity, int status);

/* The entity for a bare JID of this worker, opening it when needed. It may still be loading. */
struct entity *entity_get(struct worker *worker, const struct entity_kind *kind, struct jid bare);

/* The entity if it is in memory. */
struct entity *entity_find(struct worker *worker, struct str bare);

/* Keeps it in memory until entity_unpin(); the last unpin starts the idle timer. */
void entity_pin(struct entity *entity);
void entity_unpin(struct entity *entity);

/* Takes it out of the map and closes it now (an account or room that was removed). */
void entity_discard(struct entity *entity);
