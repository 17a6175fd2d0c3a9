/* rfc6121_roster.c - managing the roster (RFC 6121 2): get, set, remove, pushes, versions. */
#include "base/error.h"
#include "base/memory.h"
#include "server/account/account_feature.h"
#include "server/account/iq_text.h"
#include "server/account/subscription.h"
#include "server/core/config.h"
#include "server/core/router.h"
#include "server/core/settlement.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    VERSION_TEXT_BYTES = 24,
    GROUP_COUNT_MAX = 64
};

static const char *const subscription_names[] = {
    [ROSTER_NONE] = "none",
    [ROSTER_TO] = "to",
    [ROSTER_FROM] = "from",
    [ROSTER_BOTH] = "both",
};

/* RFC 6121 2.6.1: clients take it for an opaque word. */
static struct str
version_text(int64_t version, char ret[VERSION_TEXT_BYTES])
{
    snprintf(ret, VERSION_TEXT_BYTES, "%" PRId64, version);
    return str_from(ret);
}

/* ---- pushes ---- */

static void
add_item(struct arena *arena, struct element *query, const struct store_roster_item *row)
{
    struct element *item = element_add(arena, query, NS_ROSTER, STR("item"));

    element_set(arena, item, STR("jid"), row->jid);
    if (row->name.len > 0)
        element_set(arena, item, STR("name"), row->name);
    element_set(arena, item, STR("subscription"), str_from(subscription_names[row->subscription]));
    if (row->ask)
        element_set(arena, item, STR("ask"), STR("subscribe"));
    if (row->approved)
        element_set(arena, item, STR("approved"), STR("true"));
    for (size_t i = 0; i < row->group_count; i++)
        element_add_with_text(arena, item, NS_ROSTER, STR("group"), row->groups[i]);
}

/* RFC 6121 2.1.6. `row` NULL: the item of `jid` is no longer in the roster. */
static void
push(struct account *account, struct str jid, const struct store_roster_item *row)
{
    struct stanza *iq = stanza_new_iq(STR("set"), (struct jid){ 0 });
    struct element *query = element_add(&iq->arena, iq->root, NS_ROSTER, STR("query"));
    char version[VERSION_TEXT_BYTES];
    struct stanza_wire wire;

    element_set(&iq->arena, query, STR("ver"), version_text(account->roster.version, version));
    if (row) {
        add_item(&iq->arena, query, row);
    } else {
        struct element *item = element_add(&iq->arena, query, NS_ROSTER, STR("item"));

        element_set(&iq->arena, item, STR("jid"), jid);
        element_set(&iq->arena, item, STR("subscription"), STR("remove"));
    }
    stanza_seal(iq);
    if (stanza_serialise(iq, &wire) == 0) {
        ACCOUNT_FOREACH_SESSION(account, link)
        {
            struct account_session *state = account_session_at(link);

            if (state->interested)
                session_send_wire(state->session, &wire, state->session->jid.full);
        }
        block_unref(wire.block);
    }
    stanza_unref(iq);
}

/* ---- get ---- */

static void
write_item(struct buffer *out, const struct store_roster_item *row)
{
    buffer_append(out, STR("<item"));
    xml_write_attribute(out, STR("jid"), row->jid);
    if (row->name.len > 0)
        xml_write_attribute(out, STR("name"), row->name);
    xml_write_attribute(out, STR("subscription"), str_from(subscription_names[row->subscription]));
    if (row->ask)
        buffer_append(out, STR(" ask='subscribe'"));
    if (row->approved)
        buffer_append(out, STR(" approved='true'"));
    buffer_append_char(out, '>');
    for (size_t i = 0; i < row->group_count; i++) {
        buffer_append(out, STR("<group>"));
        xml_escape(out, row->groups[i]);
        buffer_append(out, STR("</group>"));
    }
    buffer_append(out, STR("</item>"));
}

static void
write_roster(struct buffer *out, const struct account *account)
{
    char version[VERSION_TEXT_BYTES];
    const struct roster_item *item = NULL;

    buffer_append(out, STR("<query xmlns='jabber:iq:roster'"));
    if (!account->guest)
        xml_write_attribute(out, STR("ver"), version_text(account->roster.version, version));
    buffer_append_char(out, '>');
    while ((item = roster_next(&account->roster, item))) {
        if (item->row.listed)
            write_item(out, &item->row);
    }
    buffer_append(out, STR("</query>"));
}

/* RFC 6121 2.1.4, 2.2, 2.6.2. */
static void
answer_get(struct account *account, struct stanza *request)
{
    struct account_session *state = account_find_session(account, request->from);
    const struct element *query = stanza_payload(request);
    char version[VERSION_TEXT_BYTES];
    struct buffer out;

    if (state)
        state->interested = true;
    iq_text_begin(&out, request);
    if (account->guest || !element_has(query, STR("ver")) ||
        !str_equal(element_get(query, STR("ver")), version_text(account->roster.version, version)))
        write_roster(&out, account);
    iq_text_send(&out, account_worker(account), request);
}

/* A get that has to wait until what it would show is on the disk, so that no client keeps a version
 * that a crash takes back. */
struct waiting_get {
    struct list link;
    struct stanza *request;
};

static void
waiting_get_free(struct waiting_get *get)
{
    stanza_unref(get->request);
    free(get);
}

static void
handle_get(struct account *account, struct stanza *request)
{
    struct waiting_get *get;

    if (account->roster.writes == 0) {
        answer_get(account, request);
        return;
    }
    get = memory_new(1, sizeof(*get));
    get->request = stanza_ref(request);
    list_append(&account->roster.waiting_gets, &get->link);
}

static void
answer_waiting_gets(struct account *account)
{
    LIST_FOREACH (&account->roster.waiting_gets, link) {
        struct waiting_get *get = CONTAINER_OF(link, struct waiting_get, link);

        list_remove(link);
        answer_get(account, get->request);
        waiting_get_free(get);
    }
}

/* ---- changes ---- */

struct commit {
    struct account *account;
    struct roster_change change; /* with a reference to the cause; the row is the store call's */
    size_t *coming;              /* counts it until it is there; NULL when it takes no new place */
};

/* Where an item counts that has no place of its kind yet. */
static size_t *
coming_of(struct roster *roster, const struct roster_change *change)
{
    const struct roster_item *item = roster_find(roster, (struct jid){ .bare = change->row.jid });

    if (change->forgets || (item && (item->row.listed || !change->row.listed)))
        return NULL;
    return change->row.listed ? &roster->listed_coming : &roster->unlisted_coming;
}

/* It is on the disk: now it is true. */
static void
apply(struct account *account, const struct roster_change *change)
{
    struct roster *roster = &account->roster;
    struct roster_item *item = roster_find(roster, (struct jid){ .bare = change->row.jid });

    if (change->effect)
        change->effect(account, item, change->cause);
    if (!change->forgets)
        roster_put(roster, &change->row);
    else if (item)
        roster_remove(roster, item);
    features_contact_changed(account, change->row.jid);
    if (change->push)
        push(account, change->row.jid, change->forgets ? NULL : &change->row);
    if (change->cause->kind == STANZA_IQ)
        router_route(account_worker(account), stanza_result(change->cause));
}

static void
commit_finish(struct commit *commit, int status, int64_t version)
{
    struct account *account = commit->account;
    struct worker *worker = account_worker(account);
    struct stanza *cause = commit->change.cause;

    account->roster.writes--;
    if (commit->coming)
        --*commit->coming;
    if (status < 0)
        log_error(&worker->log, "roster-not-stored", "%.*s: %s", STR_ARG(account->entity.jid.bare),
                  error_text(status));
    if (!account->removed && !worker->ended) {
        if (status < 0) {
            router_reply_error(worker, cause, status);
        } else {
            account->roster.version = version;
            apply(account, &commit->change);
        }
    }
    settlement_release(cause);
    stanza_unref(cause);
    roster_line_end(account, commit->change.row.jid);
    free(commit);
    if (account->roster.writes == 0)
        answer_waiting_gets(account);
    entity_unpin(&account->entity);
}

static void
put_done(struct store_call *call, void *worker)
{
    struct store_roster_put *put = CONTAINER_OF(call, struct store_roster_put, call);

    (void)worker;
    commit_finish(call->owner, call->status, put->ret_version);
    store_call_free(call);
}

static void
remove_done(struct store_call *call, void *worker)
{
    struct store_roster_remove *gone = CONTAINER_OF(call, struct store_roster_remove, call);

    (void)worker;
    commit_finish(call->owner, call->status, gone->ret_version);
    store_call_free(call);
}

/* The row with all its texts in the call's arena. */
static struct store_roster_item
keep_row(struct store_call *call, const struct store_roster_item *row)
{
    struct store_roster_item copy = *row;

    copy.jid = store_keep(call, row->jid);
    copy.name = store_keep(call, row->name);
    copy.request = store_keep(call, row->request);
    copy.groups = arena_alloc(&call->arena, row->group_count * sizeof(struct str));
    for (size_t i = 0; i < row->group_count; i++)
        copy.groups[i] = store_keep(call, row->groups[i]);
    return copy;
}

static void
submit_put(struct commit *commit)
{
    struct account *account = commit->account;
    struct store_roster_put *put =
        STORE_CALL(roster_put, ROSTER_PUT, &account_worker(account)->mailbox, put_done, commit);

    put->name = store_keep(&put->call, account->entity.jid.local);
    put->item = keep_row(&put->call, &commit->change.row);
    commit->change.row = put->item;
    store_submit(account_server(account)->store, &put->call);
}

static void
submit_remove(struct commit *commit)
{
    struct account *account = commit->account;
    struct store_roster_remove *gone = STORE_CALL(
        roster_remove, ROSTER_REMOVE, &account_worker(account)->mailbox, remove_done, commit);

    gone->name = store_keep(&gone->call, account->entity.jid.local);
    gone->jid = store_keep(&gone->call, commit->change.row.jid);
    commit->change.row = (struct store_roster_item){ .jid = gone->jid };
    store_submit(account_server(account)->store, &gone->call);
}

void
roster_commit(struct account *account, const struct roster_change *change)
{
    struct commit *commit = memory_new(1, sizeof(*commit));

    *commit = (struct commit){
        .account = account,
        .change = *change,
        .coming = coming_of(&account->roster, change),
    };
    settlement_hold(stanza_ref(change->cause));
    if (commit->coming)
        ++*commit->coming;
    account->roster.writes++;
    roster_line_begin(account, change->row.jid);
    entity_pin(&account->entity);
    if (change->forgets)
        submit_remove(commit);
    else
        submit_put(commit);
}

/* ---- set ---- */

/* Reads the groups of an <item/> into `row`; E_FORMAT for an empty or doubled one, E_LIMIT for too
 * many (RFC 6121 2.3.3). */
static int
read_groups(const struct element *item,
            struct store_roster_item *row,
            struct str groups[GROUP_COUNT_MAX],
            struct arena *arena)
{
    size_t bytes = 0;

    row->groups = groups;
    row->group_count = 0;
    for (const struct element *child = element_child(item, NS_ROSTER, STR("group")); child;
         child = element_next_named(child, NS_ROSTER, STR("group"))) {
        struct str group = element_text(arena, child);

        bytes += group.len;
        if (row->group_count == GROUP_COUNT_MAX || bytes > ROSTER_GROUPS_MAX)
            return E_LIMIT;
        if (group.len == 0)
            return E_FORMAT;
        for (size_t i = 0; i < row->group_count; i++) {
            if (str_equal(groups[i], group))
                return E_FORMAT;
        }
        groups[row->group_count++] = group;
    }
    return 0;
}

/* RFC 6121 2.3, 2.4. */
static void
set_item(struct account *account,
         struct stanza *request,
         const struct element *item,
         struct jid jid,
         struct arena *arena)
{
    const struct server *server = account_server(account);
    const struct roster_item *old = roster_find(&account->roster, jid);
    struct store_roster_item row = { 0 };
    struct str groups[GROUP_COUNT_MAX];
    size_t max = server->config->limits ? server->config->max_roster_items : SIZE_MAX;

    if (old)
        row = old->row;
    row.jid = jid.bare;
    row.name = element_get(item, STR("name"));
    int r = read_groups(item, &row, groups, arena);
    if (r == E_LIMIT || row.name.len > ROSTER_NAME_MAX) {
        router_reply_condition(account_worker(account), request, "not-acceptable", STR_EMPTY);
        return;
    }
    if (r == 0 && !row.listed && !roster_has_room(&account->roster, true, max))
        r = E_FULL;
    if (r < 0) {
        router_reply_error(account_worker(account), request, r);
        return;
    }
    row.listed = true;
    roster_commit(account, &(struct roster_change){ .row = row, .push = true, .cause = request });
}

static void
removed(struct account *account, const struct roster_item *item, struct stanza *request)
{
    (void)request;
    subscription_cancel(account, item);
}

/* RFC 6121 2.5. */
static void
remove_item(struct account *account, struct stanza *request, struct jid jid)
{
    const struct roster_item *item = roster_find(&account->roster, jid);

    if (!item || !item->row.listed) {
        router_reply_error(account_worker(account), request, E_NOT_FOUND);
        return;
    }
    roster_commit(account, &(struct roster_change){
                               .row = { .jid = jid.bare },
                               .forgets = true,
                               .push = true,
                               .cause = request,
                               .effect = removed,
                           });
}

static void
change_item(struct account *account,
            struct stanza *request,
            const struct element *item,
            struct jid jid,
            struct arena *arena)
{
    if (str_is(element_get(item, STR("subscription")), "remove"))
        remove_item(account, request, jid);
    else
        set_item(account, request, item, jid, arena);
}

/* RFC 6121 2.1.5: exactly one item, and never the user's own. */
static void
handle_set(struct account *account, struct stanza *request)
{
    struct worker *worker = account_worker(account);
    const struct element *item = element_child(stanza_payload(request), NS_ROSTER, STR("item"));
    struct arena arena;
    struct jid jid;

    arena_init(&arena, STANZA_ARENA_DEFAULT);
    if (!item || element_next_named(item, NS_ROSTER, STR("item")))
        router_reply_error(worker, request, E_FORMAT);
    else if (jid_parse(&arena, element_get(item, STR("jid")), &jid) < 0)
        router_reply_error(worker, request, element_has(item, STR("jid")) ? E_JID : E_FORMAT);
    else if (jid_bare_equal(jid, account->entity.jid))
        router_reply_condition(worker, request, "not-allowed", STR_EMPTY);
    else if (!roster_line_takes(account, jid, request, handle_set))
        change_item(account, request, item, jid_bare(jid), &arena);
    arena_fini(&arena);
}

static void
handle(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct account *account = account_of(entity);

    /* RFC 6121 2.1.3, 2.3.3: nobody sees or changes another's roster. */
    if (!account_is_owner(account, request))
        router_reply_error(worker, request, E_FORBIDDEN);
    else if (request->type == TYPE_GET)
        handle_get(account, request);
    else if (account->guest)
        router_reply_condition(worker, request, "not-allowed",
                               STR("A guest has no roster to keep contacts in."));
    else
        handle_set(account, request);
}

static const struct iq_handler iqs[] = {
    { STR_INIT("jabber:iq:roster"), "query", true, true, handle },
    { .name = NULL },
};

static const char *const disco[] = { "jabber:iq:roster", NULL };

static void
account_closed(struct account *account)
{
    LIST_FOREACH (&account->roster.waiting_gets, link) {
        waiting_get_free(CONTAINER_OF(link, struct waiting_get, link));
    }
}

const struct account_feature account_rfc6121_roster = {
    .feature = { .name = "rfc6121_roster", .disco = disco, .iqs = iqs },
    .account_closed = account_closed,
};
