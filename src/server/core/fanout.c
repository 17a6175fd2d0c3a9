/* fanout.c - one message to many sessions: one letter per worker, whatever their number. */
#include "base/memory.h"
#include "server/core/router.h"
#include "server/core/router_private.h"
#include "server/core/session.h"

#include <assert.h>
#include <stdlib.h>

struct fanout {
    struct arrival arrival;
    struct stanza_wire wire; /* owns a reference */
    enum stanza_kind kind;
    size_t used;   /* bytes of `packed` */
    char packed[]; /* for each recipient its full JID's length (two bytes) and text */
};

static void
discard(struct arrival *arrival)
{
    struct fanout *fanout = CONTAINER_OF(arrival, struct fanout, arrival);

    block_unref(fanout->wire.block);
    free(fanout);
}

/* Cuts the next recipient off the front. */
static struct str
unpack(struct str *rest)
{
    uint16_t length;
    struct str full;

    memcpy(&length, rest->data, sizeof(length));
    full = str_slice(*rest, sizeof(length), sizeof(length) + length);
    *rest = str_slice(*rest, sizeof(length) + length, rest->len);
    return full;
}

static bool
is_admitted(struct session *session, const struct fanout *fanout)
{
    const struct session_home *home = session->worker->server->session_home;

    return !session->sifts || !home->admits || home->admits(session, block_str(fanout->wire.block));
}

static void
deliver(struct arrival *arrival, struct worker *worker)
{
    struct fanout *fanout = CONTAINER_OF(arrival, struct fanout, arrival);
    struct str rest = { fanout->packed, fanout->used };

    while (rest.len > 0) {
        struct str full = unpack(&rest);
        struct session *session = session_find(worker, full);

        if (session && is_admitted(session, fanout))
            session_send_wire(session, &fanout->wire, full);
    }
    discard(arrival);
}

static size_t
packed_bytes(struct jid to)
{
    assert(to.full.len <= JID_TEXT_MAX);
    return sizeof(uint16_t) + to.full.len;
}

static void
pack(struct fanout *fanout, struct jid to)
{
    uint16_t length = (uint16_t)to.full.len;

    memcpy(fanout->packed + fanout->used, &length, sizeof(length));
    memcpy(fanout->packed + fanout->used + sizeof(length), to.full.data, length);
    fanout->used += packed_bytes(to);
}

static struct fanout *
fanout_new(const struct stanza_wire *wire, enum stanza_kind kind, size_t bytes)
{
    struct fanout *fanout = memory_new(1, sizeof(*fanout) + bytes);

    list_init(&fanout->arrival.link);
    fanout->arrival.deliver = deliver;
    fanout->arrival.discard = discard;
    fanout->wire = *wire;
    fanout->wire.block = block_ref(wire->block);
    fanout->kind = kind;
    return fanout;
}

/* Those of `recipients` whose home is `index`. */
static void
send_to_worker(struct worker *from,
               unsigned index,
               struct fanout *fanout,
               const struct fanout_recipient *recipients,
               const uint16_t *homes,
               size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (homes[i] == index)
            pack(fanout, recipients[i].to);
    }
    arrival_send(from, from->server->workers[index], &fanout->arrival);
}

void
router_fanout(struct worker *from,
              const struct stanza_wire *wire,
              enum stanza_kind kind,
              const struct fanout_recipient *recipients,
              size_t count)
{
    unsigned worker_count = from->server->worker_count;
    uint16_t *homes = memory_new(count, sizeof(*homes));
    size_t *bytes = memory_new(worker_count, sizeof(*bytes));

    for (size_t i = 0; i < count; i++) {
        homes[i] = (uint16_t)worker_of(from->server, recipients[i].to.bare)->index;
        bytes[homes[i]] += packed_bytes(recipients[i].to);
    }
    for (unsigned i = 0; i < worker_count; i++) {
        if (bytes[i] > 0)
            send_to_worker(from, i, fanout_new(wire, kind, bytes[i]), recipients, homes, count);
    }
    free(homes);
    free(bytes);
}
