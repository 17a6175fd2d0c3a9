/* session_negotiation.c - STARTTLS, registration, sign-in and bind: what the stream asks before the
 * first stanza, and who answers. */
#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "server/core/config.h"
#include "server/core/session_private.h"
#include "server/core/sign_in_guard.h"

#include <assert.h>
#include <stdlib.h>

enum {
    GUEST_TOKEN_BYTES = 17,
    GUEST_NAME_BYTES = sizeof(SESSION_GUEST_PREFIX) + GUEST_TOKEN_BYTES
};

/* ---- TLS and registration ---- */

void
session_starts_tls(struct session *session)
{
    conn_start_tls(session->conn, session->worker->server->tls);
}

void
session_registers(struct session *session)
{
    struct session_private *own = session->_private;
    struct stanza *request = server_stream_take_stanza(session->stream);

    session_hold(session, HOLD_QUESTION);
    own->answer_pending = own->registering = true;
    session->worker->server->session_home->registration(session, request);
}

/* ---- the verifier ---- */

static void
verifier_found(struct store_call *call, void *context)
{
    struct store_account_verifier *found = CONTAINER_OF(call, struct store_account_verifier, call);
    struct session *session = call->owner;

    (void)context;
    if (session_answered(session)) {
        if (call->status == 0)
            server_stream_verifier(session->stream, &found->ret_verifier);
        else if (call->status == E_NOT_FOUND)
            server_stream_verifier(session->stream, NULL);
        else
            session_close(session, call->status, "accounts cannot be read at the moment");
        session_release(session, HOLD_QUESTION);
    }
    explicit_bzero(&found->ret_verifier, sizeof(found->ret_verifier));
    store_call_free(call);
}

static void
look_up_verifier(struct session *session)
{
    struct store_account_verifier *question = STORE_CALL(
        account_verifier, ACCOUNT_VERIFIER, &session->worker->mailbox, verifier_found, session);

    question->name = store_keep(&question->call, server_stream_lookup_name(session->stream));
    question->hash = server_stream_lookup_hash(session->stream);
    session->_private->answer_pending = true;
    store_submit(session->worker->server->store, &question->call);
}

void
session_needs_verifier(struct session *session)
{
    session_hold(session, HOLD_QUESTION);
    look_up_verifier(session);
}

/* ---- the password of PLAIN ---- */

struct password_check {
    struct job job;
    struct session *session;
    struct scram_verifier verifier;
    bool matches;
    size_t length;
    char password[]; /* a copy: the stream may end meanwhile */
};

static void
check_password(struct job *job, void *thread_state)
{
    struct password_check *check = CONTAINER_OF(job, struct password_check, job);

    (void)thread_state;
    check->matches =
        scram_verifier_matches(&check->verifier, (struct str){ check->password, check->length });
}

static void
password_check_free(struct password_check *check)
{
    explicit_bzero(check, sizeof(*check) + check->length);
    free(check);
}

static void
password_checked(struct letter *letter, void *context)
{
    struct password_check *check = CONTAINER_OF(letter, struct password_check, job.letter);
    struct session *session = check->session;

    (void)context;
    if (session_answered(session)) {
        server_stream_checked(session->stream, check->matches);
        session_release(session, HOLD_QUESTION);
    }
    password_check_free(check);
}

static void
submit_check(struct session *session)
{
    struct worker *worker = session->worker;
    struct str password = server_stream_check_password(session->stream);
    struct password_check *check = memory_new(1, sizeof(*check) + password.len);

    check->session = session;
    check->verifier = *server_stream_check_verifier(session->stream);
    check->length = password.len;
    if (password.len > 0)
        memcpy(check->password, password.data, password.len);
    check->job.run = check_password;
    check->job.reply_to = &worker->mailbox;
    check->job.letter.open = password_checked;
    session_hold(session, HOLD_QUESTION);
    session->_private->answer_pending = true;
    if (thread_pool_submit(worker->server->hashing, &check->job) == 0)
        return;
    session->_private->answer_pending = false;
    password_check_free(check);
    session_close(session, E_FULL, "too many people are signing in");
}

/* There is no place in the line: hashing would be work for nothing. */
static bool
is_refused_unseen(const struct session *session)
{
    const struct server *server = session->worker->server;

    return server->config->limits &&
           sign_in_guard_is_full(server->sign_in_guard, str_from(session->network),
                                 server_stream_name(session->stream),
                                 loop_now_us(session->worker->loop));
}

static void
refuse(struct session *session)
{
    log_notice(&session->log, "sign-in-refused", "%.*s from %s: too many guesses of late",
               STR_ARG(server_stream_name(session->stream)), conn_peer(session->conn));
    server_stream_refuse(session->stream);
}

void
session_needs_check(struct session *session)
{
    if (is_refused_unseen(session))
        refuse(session);
    else
        submit_check(session);
}

/* ---- the outcome ---- */

static void
release_failure(struct session *session)
{
    server_stream_failure_release(session->stream);
    session_release(session, HOLD_QUESTION);
}

typedef int guard_verdict(struct sign_in_guard *guard,
                          struct str network,
                          struct str account,
                          int64_t now_us,
                          int64_t *ret_wait_us);

/* How long the answer is held back, or E_LIMIT: there is none. Guests, and an exchange that failed
 * before it named an account, guessed nothing: a client that tries one mechanism after the other is
 * not slowed by those it lacks. */
static int
ask_guard(struct session *session, guard_verdict *verdict, int64_t *ret_wait_us)
{
    struct server *server = session->worker->server;
    const struct str name = server_stream_name(session->stream);

    *ret_wait_us = 0;
    if (name.len == 0 || !server->config->limits)
        return 0;
    return verdict(server->sign_in_guard, str_from(session->network), name,
                   loop_now_us(session->worker->loop), ret_wait_us);
}

/* Gives the answer by `give`, when its time has come. */
static void
answer_in_time(struct session *session, int64_t wait_us, void (*give)(struct session *session))
{
    if (wait_us > 0)
        session_hold_for(session, HOLD_QUESTION, wait_us, give);
    else
        give(session);
}

void
session_auth_failed(struct session *session)
{
    struct str name = server_stream_name(session->stream);
    const char *mechanism = server_stream_mechanism(session->stream);
    int64_t wait_us;

    log_notice(&session->log, "sign-in-failed", "%.*s from %s (%s)",
               STR_ARG(name.len > 0 ? name : STR("nobody by name")), conn_peer(session->conn),
               mechanism && mechanism[0] ? mechanism : "no mechanism");
    if (ask_guard(session, sign_in_guard_wrong, &wait_us) < 0)
        server_stream_refuse(session->stream);
    else
        answer_in_time(session, wait_us, release_failure);
}

/* Guests get a name nobody can guess, so nobody else ever had it. */
static int
make_address(struct session *session)
{
    struct str name = server_stream_name(session->stream);
    char guest[GUEST_NAME_BYTES] = SESSION_GUEST_PREFIX;

    session->guest = name.len == 0;
    if (session->guest) {
        random_token(guest + strlen(guest), GUEST_TOKEN_BYTES);
        name = str_from(guest);
        server_stream_name_guest(session->stream, name);
    }
    return jid_make(&session->arena, name, session->worker->server->domain, STR_EMPTY,
                    &session->jid);
}

static void
come_in(struct session *session)
{
    struct worker *worker = session->worker;
    int r = make_address(session);

    server_stream_success_release(session->stream);
    if (r < 0) {
        session_close(session, r, "the name makes no address");
        return;
    }
    session_flush(session);
    log_info(&session->log, "signed-in", "%.*s (%s)", STR_ARG(session->jid.full),
             server_stream_mechanism(session->stream));
    if (worker_of(worker->server, session->jid.bare) != worker) {
        session_hold(session, HOLD_MOVE);
        loop_at_turn_end(worker->loop, &session->_private->task);
    }
    session_release(session, HOLD_QUESTION);
}

void
session_authenticated(struct session *session)
{
    int64_t wait_us;

    if (ask_guard(session, sign_in_guard_right, &wait_us) < 0)
        refuse(session);
    else
        answer_in_time(session, wait_us, come_in);
}

/* ---- the resource ---- */

void
session_binds(struct session *session)
{
    const struct server *server = session->worker->server;
    struct session_private *own = session->_private;

    if (!session->account) {
        session->account = entity_get(session->worker, server->account_kind, session->jid);
        entity_pin(session->account);
    }
    session_hold(session, HOLD_QUESTION);
    own->bind_asked = true;
    server->session_home->bind(session, session->account,
                               server_stream_bind2(session->stream)
                                   ? session_inline_resource(session)
                                   : server_stream_wanted_resource(session->stream));
}

void
session_bound(struct session *session, struct jid full)
{
    struct session_private *own = session->_private;
    struct session *before = session_find(session->worker, full.full);

    if (own->over)
        return;
    assert(!own->bound && before != session && !jid_is_bare(full));
    if (before)
        session_replace(before); /* RFC 6120 7.7.2.2 */
    session->jid = jid_dup(&session->arena, full);
    assert(jid_is_set(session->jid));
    map_put(&session->worker->sessions, session->jid.full, &session->node);
    own->bound = true;
    session_inline_bound(session);
    session_flush(session);
    log_info(&session->log, "bound", "%.*s", STR_ARG(session->jid.full));
    session_set_timer(session);
    session_release(session, HOLD_QUESTION);
}

void
session_refuse_bind(struct session *session, int error)
{
    if (session->_private->over)
        return;
    server_stream_refuse_bind(session->stream, error);
    session_flush(session);
    session_release(session, HOLD_QUESTION);
}
