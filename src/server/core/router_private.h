/* router_private.h - what is under way to something on a worker; shared by core's own files.
 * Owns: an arrival owns what it carries. Threads: posted from any, delivered on its worker.
 * Errors: none. Tests: as router.h */
#pragma once

#include "server/core/entity.h"

/* Waits in worker->arrivals, the only way to be delivered, so that order is kept whether it came
 * from this worker or another. */
struct arrival {
    struct letter letter; /* across workers */
    struct list link;     /* in worker->arrivals */

    /* Both end it. */
    void (*deliver)(struct arrival *arrival, struct worker *worker);
    void (*discard)(struct arrival *arrival);
};

/* Sends it to `to`: into the list there, by letter when that is not the worker `from`. */
void arrival_send(struct worker *from, struct worker *to, struct arrival *arrival);

struct stanza_arrival {
    struct arrival arrival;
    const struct entity_kind *kind;
    struct stanza *stanza; /* a reference, and a hold on its settlement */
};

/* Lets go of the stanza and frees. */
void stanza_arrival_free(struct stanza_arrival *arrival);

/* Gives the stanza to the entity, now or when it is ready; takes the arrival. */
void entity_accept(struct entity *entity, struct stanza_arrival *arrival);

/* Ends what is still in the worker's list. */
void router_discard_arrivals(struct worker *worker);
