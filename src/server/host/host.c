/* host.c - see host.h. */
#include "server/host/host.h"

#include "server/core/router.h"
#include "server/host/host_feature.h"

#include <assert.h>

enum {
    ANNOUNCED_MAX = 8
};

/* Written by main before the workers run, read by them. */
static struct {
    const struct feature *const *features;
    size_t count;
} announced[ANNOUNCED_MAX];
static size_t announced_count;

void
host_announce(const struct feature *const *features, size_t count)
{
    assert(announced_count < ANNOUNCED_MAX);
    announced[announced_count].features = features;
    announced[announced_count].count = count;
    announced_count++;
}

void
host_for_each_announced(
    void (*tell)(const struct feature *const *features, size_t count, void *context), void *context)
{
    for (size_t i = 0; i < announced_count; i++)
        tell(announced[i].features, announced[i].count, context);
}

enum host_address
host_address_of(const struct server *server, const struct stanza *stanza)
{
    return str_equal(stanza->to.domain, server->rooms_domain) ? HOST_ROOMS : HOST_DOMAIN;
}

/* Nobody reads what is written to a server, and it does not follow who is there. */
static void
receive_direct(struct worker *worker, struct stanza *stanza)
{
    if (stanza->kind == STANZA_IQ)
        feature_dispatch_iq(host_feature_list, host_feature_count, worker, NULL, stanza);
    else if (stanza->kind == STANZA_MESSAGE)
        router_reply_condition(worker, stanza, "service-unavailable", STR_EMPTY);
}

const struct entity_kind host_kind = {
    .name = "host",
    .receive_direct = receive_direct,
};
