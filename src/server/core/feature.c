/* feature.c - see feature.h. */
#include "server/core/feature.h"

#include "server/core/router.h"

static bool
matches(const struct iq_handler *handler, const struct stanza *request)
{
    const struct element *payload = stanza_payload(request);

    return (request->type == TYPE_GET ? handler->get : handler->set) &&
           element_is(payload, handler->ns,
                      handler->name ? str_from(handler->name) : payload->name);
}

static const struct iq_handler *
find_handler(const struct feature *feature, const struct stanza *request)
{
    const struct iq_handler *handler = feature->iqs;

    for (; handler && handler->ns.len > 0; handler++) {
        if (matches(handler, request))
            return handler;
    }
    return NULL;
}

bool
feature_serves_strangers(const struct feature *const *features,
                         size_t count,
                         const struct stanza *request)
{
    for (size_t i = 0; i < count && stanza_payload(request); i++)
        if (find_handler(features[i], request))
            return features[i]->serves_strangers;
    return false;
}

void
feature_dispatch_iq(const struct feature *const *features,
                    size_t count,
                    struct worker *worker,
                    struct entity *entity,
                    struct stanza *request)
{
    if (request->type != TYPE_GET && request->type != TYPE_SET)
        return;
    for (size_t i = 0; i < count && stanza_payload(request); i++) {
        const struct iq_handler *handler =
            feature_is_on(features[i], worker->server) ? find_handler(features[i], request) : NULL;

        if (handler) {
            handler->handle(worker, entity, request);
            return;
        }
    }
    router_reply_condition(worker, request, "service-unavailable", STR_EMPTY);
}
