/* xep0441_preferences.c - users say whose messages are archived (XEP-0441). */
#include "base/error.h"
#include "base/memory.h"
#include "server/account/account_feature.h"
#include "server/core/config.h"
#include "server/core/router.h"
#include "server/store/store_archive.h"
#include "xmpp/ns.h"

#include <stdlib.h>

enum {
    TEXT_MAX = 16 * 1024 * 1024
};

static bool
is_on(const struct server *server)
{
    return server->config->archive;
}

/* New ones on their way to the disk. */
struct change {
    struct account *account; /* pinned */
    struct stanza *request;  /* owned */
    struct archive_preferences preferences;
};

static void
send_preferences(const struct account *account, const struct stanza *request)
{
    struct stanza *result = stanza_result(request);

    archive_preferences_show(&account->archive.preferences, &result->arena, result->root);
    if (arena_is_full(&result->arena)) {
        stanza_unref(result);
        router_reply_error(account_worker(account), request, E_FULL);
        return;
    }
    router_route(account_worker(account), result);
}

static void
change_done(struct store_call *call, void *context)
{
    struct change *change = call->owner;
    struct account *account = change->account;
    struct worker *worker = context;

    if (call->status < 0) {
        router_reply_error(worker, change->request, call->status);
        archive_preferences_fini(&change->preferences);
    } else {
        archive_preferences_fini(&account->archive.preferences);
        account->archive.preferences = change->preferences;
        if (!worker->ended)
            send_preferences(account, change->request);
    }
    stanza_unref(change->request);
    free(change);
    store_call_free(call);
    entity_unpin(&account->entity);
}

static void
save(struct change *change)
{
    struct account *account = change->account;
    struct store_archive_set_preferences *set =
        STORE_CALL(archive_set_preferences, ARCHIVE_SET_PREFERENCES,
                   &account_worker(account)->mailbox, change_done, change);
    struct buffer text;

    buffer_init(&text, TEXT_MAX);
    archive_preferences_write(&change->preferences, &text);
    set->name = store_keep(&set->call, account->entity.jid.local);
    set->preferences = store_keep(&set->call, buffer_str(&text));
    buffer_fini(&text);
    entity_pin(&account->entity);
    store_submit(account_server(account)->store, &set->call);
}

static void
handle_set(struct account *account, struct stanza *request)
{
    struct change *change = memory_new(1, sizeof(*change));
    int r;

    change->account = account;
    archive_preferences_init(&change->preferences);
    r = archive_preferences_set(&change->preferences, stanza_payload(request));
    if (r < 0) {
        archive_preferences_fini(&change->preferences);
        free(change);
        router_reply_error(account_worker(account), request, r);
        return;
    }
    change->request = stanza_ref(request);
    save(change);
}

static void
handle(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct account *account = account_of(entity);

    if (!account_is_owner(account, request))
        router_reply_error(worker, request, E_FORBIDDEN);
    else if (request->type == TYPE_GET)
        send_preferences(account, request);
    else if (account->guest)
        router_reply_condition(worker, request, "not-allowed",
                               STR("Nothing is stored for a guest."));
    else
        handle_set(account, request);
}

static const struct iq_handler iqs[] = {
    { STR_INIT("urn:xmpp:mam:2"), "prefs", true, true, handle },
    { .name = NULL },
};

const struct account_feature account_xep0441_preferences = {
    .feature = { .name = "xep0441_preferences", .iqs = iqs, .is_on = is_on },
};
