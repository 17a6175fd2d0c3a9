/* xep0049_private.c - XML that a user's clients keep here for themselves (XEP-0049). Bookmarks
 * (XEP-0048) are kept elsewhere: xep0402_bookmarks.h. */
#include "base/error.h"
#include "base/memory.h"
#include "server/account/account_feature.h"
#include "server/account/iq_text.h"
#include "server/account/private_limits.h"
#include "server/account/xep0402_bookmarks.h"
#include "server/core/router.h"
#include "server/core/settlement.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

#include <stdlib.h>

#define NS_PRIVATE STR("jabber:iq:private")

enum {
    KEY_MAX = 1024,       /* namespace and name of what is stored */
    TEXT_MAX = 512 * 1024 /* of what is stored */
};

/* One call about one element: get, or the set of several, which is answered when all are stored. */
struct private_call {
    struct account *account;
    struct stanza *request;
    unsigned pending;
    int status; /* the first failure */
};

static struct private_call *
call_new(struct account *account, struct stanza *request)
{
    struct private_call *call = memory_new(1, sizeof(*call));

    *call = (struct private_call){ .account = account, .request = stanza_ref(request) };
    settlement_hold(request);
    entity_pin(&account->entity);
    return call;
}

static void
call_free(struct private_call *call)
{
    struct account *account = call->account;

    settlement_release(call->request);
    stanza_unref(call->request);
    free(call);
    entity_unpin(&account->entity);
}

/* "namespace name": neither can hold a space. */
static struct str
key_of(struct arena *arena, const struct element *element)
{
    return arena_printf(arena, "%.*s %.*s", STR_ARG(element->ns), STR_ARG(element->name));
}

/* ---- get ---- */

/* `stored` empty: what there is instead (XEP-0049 2.3: the empty element). */
static void
answer_get(struct account *account, const struct stanza *request, struct str stored)
{
    const struct element *asked = element_first_child(stanza_payload(request));
    struct buffer out;

    iq_text_begin(&out, request);
    buffer_append(&out, STR("<query xmlns='jabber:iq:private'>"));
    if (stored.len > 0) {
        buffer_append(&out, stored);
    } else {
        buffer_append_char(&out, '<');
        buffer_append(&out, asked->name);
        xml_write_attribute(&out, STR("xmlns"), asked->ns);
        buffer_append(&out, STR("/>"));
    }
    buffer_append(&out, STR("</query>"));
    iq_text_send(&out, account_worker(account), request);
}

static void
load_done(struct store_call *store_call, void *worker)
{
    struct store_private_load *load = CONTAINER_OF(store_call, struct store_private_load, call);
    struct private_call *call = store_call->owner;

    if (store_call->status < 0 && store_call->status != E_NOT_FOUND)
        router_reply_error(worker, call->request, store_call->status);
    else
        answer_get(call->account, call->request,
                   store_call->status == 0 ? load->ret_xml : STR_EMPTY);
    store_call_free(store_call);
    call_free(call);
}

static void
handle_get(struct account *account, struct stanza *request, const struct element *asked)
{
    struct store_private_load *load;

    if (element_next(asked)) {
        router_reply_error(account_worker(account), request, E_FORMAT);
        return;
    }
    if (account->guest) {
        answer_get(account, request, STR_EMPTY);
        return;
    }
    load = STORE_CALL(private_load, PRIVATE_LOAD, &account_worker(account)->mailbox, load_done,
                      call_new(account, request));
    load->name = store_keep(&load->call, account->entity.jid.local);
    load->key = key_of(&load->call.arena, asked);
    store_submit(account_server(account)->store, &load->call);
}

/* ---- set ---- */

static void
put_done(struct store_call *store_call, void *worker)
{
    struct private_call *call = store_call->owner;

    if (store_call->status < 0 && call->status == 0)
        call->status = store_call->status;
    store_call_free(store_call);
    if (--call->pending > 0)
        return;
    if (call->status < 0)
        router_reply_error(worker, call->request, call->status);
    else
        router_route(worker, stanza_result(call->request));
    call_free(call);
}

static void
put(struct private_call *call, const struct element *element)
{
    struct account *account = call->account;
    struct store_private_put *store_call =
        STORE_CALL(private_put, PRIVATE_PUT, &account_worker(account)->mailbox, put_done, call);
    struct buffer text;

    buffer_init(&text, TEXT_MAX);
    xml_write(&text, element, NS_PRIVATE);
    store_call->name = store_keep(&store_call->call, account->entity.jid.local);
    store_call->key = key_of(&store_call->call.arena, element);
    store_call->xml = store_keep(&store_call->call, buffer_str(&text));
    private_put_limit(store_call, account_server(account)->config);
    call->pending++;
    store_submit(account_server(account)->store, &store_call->call);
    buffer_fini(&text);
}

/* XEP-0049 2.3: each with a namespace of its own. */
static bool
may_be_stored(const struct element *element)
{
    return !str_equal(element->ns, NS_PRIVATE) && !str_equal(element->ns, NS_CLIENT) &&
           element->ns.len + element->name.len < KEY_MAX;
}

static void
handle_set(struct account *account, struct stanza *request, const struct element *first)
{
    struct private_call *call;

    for (const struct element *element = first; element; element = element_next(element)) {
        if (may_be_stored(element))
            continue;
        router_reply_condition(account_worker(account), request, "not-acceptable", STR_EMPTY);
        return;
    }
    call = call_new(account, request);
    for (const struct element *element = first; element; element = element_next(element))
        put(call, element);
}

static void
handle(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct account *account = account_of(entity);
    const struct element *first = element_first_child(stanza_payload(request));

    if (!account_is_owner(account, request))
        router_reply_error(worker, request, E_FORBIDDEN);
    else if (!first)
        router_reply_error(worker, request, E_FORMAT);
    else if (bookmarks_are_meant(request) && (request->type == TYPE_GET || !account->guest))
        bookmarks_handle_private(account, request);
    else if (request->type == TYPE_GET)
        handle_get(account, request, first);
    else if (account->guest)
        router_reply_condition(worker, request, "not-allowed",
                               STR("Nothing is stored for a guest."));
    else
        handle_set(account, request, first);
}

static const struct iq_handler iqs[] = {
    { STR_INIT("jabber:iq:private"), "query", true, true, handle },
    { .name = NULL },
};

static const char *const disco[] = { "jabber:iq:private", NULL };

const struct account_feature account_xep0049_private = {
    .feature = { .name = "xep0049_private", .disco = disco, .iqs = iqs },
};
