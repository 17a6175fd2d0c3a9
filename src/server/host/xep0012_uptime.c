/* xep0012_uptime.c - since when the server runs (XEP-0012 5). */
#include "base/clock.h"
#include "server/core/router.h"
#include "server/host/host_feature.h"

#define NS_LAST   STR("jabber:iq:last")
#define SECOND_US INT64_C(1000000)

static void
handle(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct stanza *result = stanza_result(request);
    struct arena *arena = &result->arena;
    struct element *query = element_add(arena, result->root, NS_LAST, STR("query"));
    int64_t seconds = (clock_wall_us() - worker->server->started_us) / SECOND_US;

    (void)entity;
    /* The wall clock may have been set back. */
    element_set(arena, query, STR("seconds"),
                arena_printf(arena, "%lld", seconds > 0 ? (long long)seconds : 0));
    router_route(worker, result);
}

static const struct iq_handler iqs[] = {
    { STR_INIT("jabber:iq:last"), "query", true, false, handle },
    { .name = NULL },
};

static const char *const disco[] = { "jabber:iq:last", NULL };

const struct host_feature host_xep0012_uptime = {
    .feature = { .name = "xep0012_uptime", .disco = disco, .iqs = iqs },
};
