/* xep0202_time.c - what time it is here (XEP-0202). */
#include "base/clock.h"
#include "server/core/router.h"
#include "server/host/host_feature.h"
#include "xmpp/ns.h"

#include <stdlib.h>
#include <time.h>

/* XEP-0082 3.1: "+01:00", east of Greenwich. */
static struct str
zone_text(struct arena *arena)
{
    time_t now = time(NULL);
    struct tm local;

    localtime_r(&now, &local);
    long minutes = labs(local.tm_gmtoff) / 60;

    return arena_printf(arena, "%c%02ld:%02ld", local.tm_gmtoff < 0 ? '-' : '+', minutes / 60,
                        minutes % 60);
}

static void
handle(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct stanza *result = stanza_result(request);
    struct arena *arena = &result->arena;
    struct element *query = element_add(arena, result->root, NS_TIME, STR("time"));
    char now[CLOCK_TEXT_BYTES];

    (void)entity;
    clock_format(clock_wall_us(), now);
    element_add_with_text(arena, query, NS_TIME, STR("tzo"), zone_text(arena));
    element_add_with_text(arena, query, NS_TIME, STR("utc"), str_from(now));
    router_route(worker, result);
}

static const struct iq_handler iqs[] = {
    { STR_INIT("urn:xmpp:time"), "time", true, false, handle },
    { .name = NULL },
};

static const char *const disco[] = { "urn:xmpp:time", NULL };

const struct host_feature host_xep0202_time = {
    .feature = { .name = "xep0202_time", .disco = disco, .iqs = iqs },
};
