/* features.c - what the host answers. The order matters only to disco. */
#include "server/host/host_feature.h"

#define HOST_FEATURES(X)                                                                           \
    X(xep0030_disco)                                                                               \
    X(xep0012_uptime)                                                                              \
    X(xep0050_commands)                                                                            \
    X(xep0092_version)                                                                             \
    X(xep0199_ping)                                                                                \
    X(xep0202_time)                                                                                \
    X(xep0215_services)

#define DECLARE(name) extern const struct host_feature host_##name;
HOST_FEATURES(DECLARE)
#undef DECLARE

#define ENTRY(name) &host_##name.feature,
const struct feature *const host_feature_list[] = { HOST_FEATURES(ENTRY) };
#undef ENTRY

const size_t host_feature_count = ARRAY_LEN(host_feature_list);
