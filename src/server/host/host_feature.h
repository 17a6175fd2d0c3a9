/* host_feature.h - the features of the server's own addresses.
 * Owns: constants. Threads: any. Errors: none. Spec: none. Tests: none; the features' own. */
#pragma once

#include "server/core/feature.h"

/* Which address a stanza is for. */
enum host_address {
    HOST_DOMAIN, /* chat.example */
    HOST_ROOMS   /* rooms.chat.example */
};

enum host_address host_address_of(const struct server *server, const struct stanza *stanza);

/* There is no more to a feature of the host than to any: it answers IQs. */
struct host_feature {
    struct feature feature; /* at the front */
};

/* The host's own, in order. */
extern const struct feature *const host_feature_list[];
extern const size_t host_feature_count;

/* What other floors have announced with host_announce(): calls `tell` for each list. */
void host_for_each_announced(void (*tell)(const struct feature *const *features,
                                          size_t count,
                                          void *context),
                             void *context);
