/* xep0133_sessions.c - who there is and who is there, told to an administrator; sessions ended; a
 * word to everybody (XEP-0133 4.5, 4.13, 4.15, 4.18, 4.20, 4.23). */
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "server/account/account.h"
#include "server/account/admin_form.h"
#include "xmpp/ns.h"

#include <stdlib.h>

enum {
    AT_A_TIME = 500,    /* names from the store */
    LIST_DEFAULT = 200, /* users in a list that says nothing else */
    LIST_MAX = 2000,
    LIST_BYTES = 2 * 1024 * 1024,
    ANNOUNCEMENT_MAX = 16 * 1024 /* bytes */
};

/* ---- lists and numbers ---- */

static void
form_list(const struct command_call *call, struct arena *arena, struct element *form)
{
    static const char *const choices[] = { "25", "50", "100", "200", "500", "1000", "2000" };
    struct element *field;

    (void)call;
    admin_form_begin(arena, form);
    field = command_field(arena, form, "list-single", "max_items", "How many at most");
    command_field_value(arena, field, STR("200"));
    for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
        struct element *option = element_add(arena, field, NS_DATA_FORM, STR("option"));

        element_set(arena, option, STR("label"), str_from(choices[i]));
        element_add_with_text(arena, option, NS_DATA_FORM, STR("value"), str_from(choices[i]));
    }
}

/* E_FORMAT, E_LIMIT. */
static int
read_max(struct command_call *call, size_t *ret_max)
{
    struct str text = str_trim(command_value(call, "max_items"));
    int64_t max = LIST_DEFAULT;
    int r = 0;

    if (str_is(text, "none"))
        max = LIST_MAX;
    else if (text.len > 0)
        r = str_to_int64(text, 1, LIST_MAX, &max);
    *ret_max = (size_t)max;
    return r;
}

static void
send_number(struct command_call *call, const char *var, size_t number)
{
    struct element *form;
    struct stanza *result = command_result(call, ADMIN_FORM, &form);
    struct arena *arena = &result->arena;

    command_field_value(arena, command_field(arena, form, "text-single", var, NULL),
                        arena_printf(arena, "%zu", number));
    command_send(call, result);
}

/* `lines`: an address a line. */
static void
send_list(struct command_call *call, const char *var, struct str lines)
{
    struct element *form;
    struct stanza *result = command_result(call, ADMIN_FORM, &form);
    struct element *field = command_field(&result->arena, form, "jid-multi", var, NULL);
    struct str line;

    while (str_split(&lines, '\n', &line))
        command_field_value(&result->arena, field, line);
    command_send(call, result);
}

/* ---- registered users ---- */

/* All accounts, a page after the other. */
struct census {
    struct command_call *call;
    bool counts; /* wants their number only */
    size_t count, max;
    struct buffer lines;
};

static void census_ask(struct census *census, struct str after);

static void
census_end(struct census *census, int status)
{
    if (status < 0)
        command_fail_error(census->call, status);
    else if (census->counts)
        send_number(census->call, "registeredusersnum", census->count);
    else
        send_list(census->call, "registereduserjids", buffer_str(&census->lines));
    buffer_fini(&census->lines);
    free(census);
}

static void
census_page(struct store_call *call, void *context)
{
    struct store_account_list *list = CONTAINER_OF(call, struct store_account_list, call);
    struct census *census = call->owner;
    const struct worker *worker = context;
    struct str domain = worker->server->domain;

    for (size_t i = 0; i < list->ret_count && census->count < census->max; i++) {
        census->count++;
        if (!census->counts)
            buffer_printf(&census->lines, "%.*s@%.*s\n", STR_ARG(list->ret_names[i]),
                          STR_ARG(domain));
    }
    if (call->status < 0 || worker->ended || list->ret_count < AT_A_TIME ||
        census->count == census->max)
        census_end(census, call->status);
    else
        census_ask(census, list->ret_names[list->ret_count - 1]);
    store_call_free(call);
}

static void
census_ask(struct census *census, struct str after)
{
    struct worker *worker = census->call->worker;
    struct store_account_list *list =
        STORE_CALL(account_list, ACCOUNT_LIST, &worker->mailbox, census_page, census);

    list->after = store_keep(&list->call, after);
    list->limit = AT_A_TIME;
    store_submit(worker->server->store, &list->call);
}

static void
census_begin(struct command_call *call, bool counts, size_t max)
{
    struct census *census = memory_new(1, sizeof(*census));

    census->call = call;
    census->counts = counts;
    census->max = max;
    buffer_init(&census->lines, LIST_BYTES);
    census_ask(census, STR_EMPTY);
}

static void
run_registered_number(struct command_call *call)
{
    census_begin(call, true, SIZE_MAX);
}

const struct command command_registered_users_number = {
    .node = ADMIN_FORM "#get-registered-users-num",
    .name = "Count the registered users",
    .run = run_registered_number,
};

static void
run_registered_list(struct command_call *call)
{
    size_t max;
    int r = read_max(call, &max);

    if (r < 0)
        command_fail_error(call, r);
    else
        census_begin(call, false, max);
}

const struct command command_registered_users_list = {
    .node = ADMIN_FORM "#get-registered-users-list",
    .name = "List the registered users",
    .write_form = form_list,
    .run = run_registered_list,
};

/* ---- users who are there ---- */

/* A letter that goes from worker to worker, and home again. */
struct roll_call {
    struct letter letter;
    struct command_call *call;
    unsigned at; /* the next to visit */
    bool counts;
    size_t count, max;
    struct buffer lines;
};

/* Each account once: at the first of its sessions. */
static void
note_accounts(struct roll_call *roll, struct worker *worker)
{
    for (struct map_node *node = NULL; (node = map_next(&worker->sessions, node));) {
        struct session *session = CONTAINER_OF(node, struct session, node);
        const struct account *account = account_of(session->account);

        if (account->sessions.next != &session->account_link)
            continue;
        if (roll->count < roll->max && !roll->counts)
            buffer_printf(&roll->lines, "%.*s\n", STR_ARG(session->jid.bare));
        if (roll->count < roll->max)
            roll->count++;
    }
}

static void
roll_end(struct roll_call *roll)
{
    if (roll->counts)
        send_number(roll->call, "onlineusersnum", roll->count);
    else
        send_list(roll->call, "onlineuserjids", buffer_str(&roll->lines));
    buffer_fini(&roll->lines);
    free(roll);
}

static void
roll_arrives(struct letter *letter, void *context)
{
    struct roll_call *roll = CONTAINER_OF(letter, struct roll_call, letter);
    struct worker *worker = context;
    struct server *server = worker->server;

    if (worker->ended || roll->at == server->worker_count) {
        roll_end(roll);
        return;
    }
    note_accounts(roll, worker);
    roll->at++;
    worker_post(roll->at < server->worker_count ? server->workers[roll->at] : roll->call->worker,
                letter);
}

static void
roll_begin(struct command_call *call, bool counts, size_t max)
{
    struct roll_call *roll = memory_new(1, sizeof(*roll));

    roll->letter.open = roll_arrives;
    roll->call = call;
    roll->counts = counts;
    roll->max = max;
    buffer_init(&roll->lines, LIST_BYTES);
    worker_post(call->worker->server->workers[0], &roll->letter);
}

static void
run_online_number(struct command_call *call)
{
    roll_begin(call, true, SIZE_MAX);
}

const struct command command_online_users_number = {
    .node = ADMIN_FORM "#get-online-users-num",
    .name = "Count the users who are online",
    .run = run_online_number,
};

static void
run_online_list(struct command_call *call)
{
    size_t max;
    int r = read_max(call, &max);

    if (r < 0)
        command_fail_error(call, r);
    else
        roll_begin(call, false, max);
}

const struct command command_online_users_list = {
    .node = ADMIN_FORM "#get-online-users-list",
    .name = "List the users who are online",
    .write_form = form_list,
    .run = run_online_list,
};

/* ---- ending sessions ---- */

static void
form_end(const struct command_call *call, struct arena *arena, struct element *form)
{
    (void)call;
    admin_form_begin(arena, form);
    admin_form_required(arena, form, "jid-multi", "accountjids",
                        "The addresses of users (all sessions) or of sessions");
}

/* XEP-0133 4.5: all sessions of a bare address, one of a full one. */
static void
run_end(struct command_call *call)
{
    struct str *values;
    size_t count = command_values(call, "accountjids", &values);
    int r = count == 0 ? E_FORMAT : 0;
    struct jid user;

    for (size_t i = 0; i < count && r == 0; i++)
        r = command_user(call, values[i], &user);
    if (r < 0) {
        command_fail_error(call, r);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (command_user(call, values[i], &user) < 0)
            continue;
        log_notice(&call->worker->server->log, "administered", "%.*s: %s %.*s",
                   STR_ARG(call->request->from.bare), call->command->name, STR_ARG(user.full));
        account_end_sessions(call->worker, user, "an administrator has ended this session");
    }
    command_done(call, "Done.");
}

const struct command command_end_user_session = {
    .node = ADMIN_FORM "#end-user-session",
    .name = "End sessions",
    .write_form = form_end,
    .run = run_end,
};

/* ---- a word to everybody ---- */

struct announcement {
    struct letter letter;
    struct stanza *message; /* with a reference */
};

static void
announce_here(struct letter *letter, void *context)
{
    struct announcement *announcement = CONTAINER_OF(letter, struct announcement, letter);
    struct worker *worker = context;
    struct stanza_wire wire;

    if (!worker->ended && stanza_serialise(announcement->message, &wire) == 0) {
        for (struct map_node *node = NULL; (node = map_next(&worker->sessions, node));) {
            struct session *session = CONTAINER_OF(node, struct session, node);
            const struct account_session *state = session->account_state;

            if (state && state->available)
                session_send_wire(session, &wire, session->jid.full);
        }
        block_unref(wire.block);
    }
    stanza_unref(announcement->message);
    free(announcement);
}

static struct letter *
announcement_copy(void *context)
{
    struct announcement *announcement = memory_new(1, sizeof(*announcement));

    announcement->letter.open = announce_here;
    announcement->message = stanza_ref(context);
    return &announcement->letter;
}

/* Text of several lines comes as several values. */
static struct str
read_text(struct command_call *call)
{
    struct str *lines;
    size_t count = command_values(call, "announcement", &lines);
    struct buffer text;
    struct str whole = STR_EMPTY;

    buffer_init(&text, ANNOUNCEMENT_MAX);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_append_char(&text, '\n');
        buffer_append(&text, lines[i]);
    }
    if (!buffer_failed(&text))
        whole = arena_dup(&call->arena, buffer_str(&text));
    buffer_fini(&text);
    return whole;
}

static void
form_announce(const struct command_call *call, struct arena *arena, struct element *form)
{
    (void)call;
    admin_form_begin(arena, form);
    admin_form_required(arena, form, "text-multi", "announcement", "The announcement");
}

/* XEP-0133 4.23: to those who are there, and no longer worth anything to others. */
static void
run_announce(struct command_call *call)
{
    struct server *server = call->worker->server;
    struct str text = read_text(call);
    struct stanza *message;
    struct jid from;

    if (str_trim(text).len == 0) {
        command_fail(call, "not-acceptable", "There is nothing to announce, or too much.");
        return;
    }
    message = stanza_new_message(STR("headline"), (struct jid){ 0 });
    if (jid_parse(&message->arena, server->domain, &from) == 0)
        stanza_set_from(message, from);
    element_add_with_text(&message->arena, message->root, NS_CLIENT, STR("body"), text);
    stanza_seal(message);
    worker_post_all(server, announcement_copy, message);
    stanza_unref(message);
    log_notice(&server->log, "announced", "%.*s: %.*s", STR_ARG(call->request->from.bare),
               STR_ARG(text));
    command_done(call, "Announced.");
}

const struct command command_announce = {
    .node = ADMIN_FORM "#announce",
    .name = "Announce something to all users who are online",
    .write_form = form_announce,
    .run = run_announce,
};
