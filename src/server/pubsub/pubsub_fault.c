/* pubsub_fault.c - see pubsub_fault.h. */
#include "server/pubsub/pubsub_fault.h"

#include "server/pubsub/pubsub_ns.h"
#include "xmpp/ns.h"

#include <assert.h>

static const struct {
    const char *condition, *own, *feature;
} faults[] = {
#define ROW(NAME, condition, own, feature) [PUBSUB_##NAME] = { condition, own, feature },
    PUBSUB_FAULTS(ROW)
#undef ROW
};

struct stanza *
pubsub_error(const struct stanza *request, enum pubsub_fault fault)
{
    struct stanza *reply;
    struct element *error, *own;

    assert(fault > PUBSUB_OK && fault < PUBSUB_FAULT_COUNT);
    reply = stanza_error(request, faults[fault].condition, STR_EMPTY);
    if (!reply || !faults[fault].own)
        return reply;
    error = stanza_child(reply, NS_CLIENT, STR("error"));
    own = element_add(&reply->arena, error, NS_PUBSUB_ERRORS, str_from(faults[fault].own));
    if (faults[fault].feature)
        element_set(&reply->arena, own, STR("feature"), str_from(faults[fault].feature));
    return reply;
}
