/* feature.h - what every feature of the server has in common: what it announces, which IQs it
 * answers. Owns: constants. Threads: any. Errors: none. Spec: XEP-0030 3, RFC 6120 8.2.3.
 * Tests: tests/unit/server/test_feature.c
 *
 * A feature is one file with one `const struct ..._feature`, and one line in its floor's table. The
 * floors (account, room, host) put `struct feature` at the front of their own descriptor and add
 * the points of their flow. */
#pragma once

#include "server/core/entity.h"

struct iq_handler {
    struct str ns;    /* of the payload */
    const char *name; /* of the payload; NULL = any */
    bool get, set;    /* which types it answers */

    /* Answers with router_route(stanza_result(...)) or an error, now or later. Borrowed stanza.
     * `entity` is NULL on the host floor. */
    void (*handle)(struct worker *worker, struct entity *entity, struct stanza *request);
};

struct feature {
    const char *name;             /* "xep0199_ping": its file */
    const char *const *disco;     /* NULL-terminated features of disco#info; may be NULL */
    const struct iq_handler *iqs; /* terminated by an empty ns; may be NULL */

    /* Does the configuration want it? NULL: always. */
    bool (*is_on)(const struct server *server);

    /* An account's: its handlers also answer people who may not know whether there is such an
     * account, and take care themselves that they do not learn it. */
    bool serves_strangers;
};

static inline bool
feature_is_on(const struct feature *feature, const struct server *server)
{
    return !feature->is_on || feature->is_on(server);
}

/* Is the handler of this request one that answers strangers? */
bool feature_serves_strangers(const struct feature *const *features,
                              size_t count,
                              const struct stanza *request);

/* Finds the handler for an IQ get or set among `count` features and calls it. A known namespace
 * with the wrong type or name, or none at all, is answered <service-unavailable/> (RFC 6121 8.5.1,
 * RFC 6120 8.4); results and errors nobody waits for are dropped. */
void feature_dispatch_iq(const struct feature *const *features,
                         size_t count,
                         struct worker *worker,
                         struct entity *entity,
                         struct stanza *request);
