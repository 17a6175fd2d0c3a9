/* session.c - the life of a sign-in: connect, ask about the certificate, be online, come back.
 * Owns: JdAccount's connection, question and details. Threads, errors: as account.h. */
#include "client/account_private.h"
#include "client/failure.h"
#include "client/feature.h"
#include "client/iq.h"
#include "client/router.h"
#include "client/text.h"
#include "client/words.h"

static void connect_to_server(JdAccount *self);

/* ---- the end of a stream ---- */

static void
let_go_of_stream(JdAccount *self)
{
    if (!self->bound)
        return;
    self->bound = FALSE;
    iq_forget_all(self);
    features_lost(self);
    self->jid = (struct jid){ 0 };
    arena_reset(&self->arena);
    account_set_tls_version(self, NULL);
}

static void
forget_question(JdAccount *self)
{
    self->asks = FALSE;
    g_free((char *)(guintptr)self->question.host);
    g_free((char *)(guintptr)self->question.fingerprint);
    g_free((char *)(guintptr)self->question.pinned_fingerprint);
    g_free((char *)(guintptr)self->question.subject);
    g_free((char *)(guintptr)self->question.problem);
    self->question = (JdCertificate){ 0 };
}

/* The first sign-in did not work: signed out again, and the face is told why. */
static void
fail_sign_in(JdAccount *self, const GError *error)
{
    session_stop(self);
    account_set_last_error(self, error);
    account_emit_sign_in_failed(self, error);
}

static void
wait_and_retry(JdAccount *self, const GError *error)
{
    account_set_last_error(self, error);
    reconnect_start(self->reconnect);
    account_set_state(self, JD_CONNECTION_WAITING);
}

/* Takes the error. */
static void
connection_is_over(JdAccount *self, GError *error)
{
    G_GNUC_UNUSED g_autoptr(JdAccount) alive = g_object_ref(self);
    G_GNUC_UNUSED g_autoptr(GError) owned = error;

    g_clear_object(&self->connection);
    let_go_of_stream(self);
    if (!self->signed_in) {
        fail_sign_in(self, error);
    } else if (failure_is_passing(error)) {
        wait_and_retry(self, error);
    } else {
        account_set_last_error(self, error);
        account_set_state(self, JD_CONNECTION_OFFLINE);
    }
}

void
session_break(JdAccount *self, GError *error)
{
    if (self->connection)
        connection_fail(self->connection, error);
    else
        g_error_free(error);
}

/* ---- the certificate ---- */

/* The connection is closed while the person thinks: nothing times out and nothing hangs. */
static void
ask_about_certificate(JdAccount *self, const struct connection_end *end)
{
    const struct sign_in *sign_in = self->sign_in;
    g_autofree char *fingerprint = trust_fingerprint(end->refused);

    g_free(self->domain);
    self->domain = g_strdup(connection_domain(self->connection));
    forget_question(self);
    self->asks = TRUE;
    self->question = (JdCertificate){
        .host = g_strdup(sign_in->server),
        .pinned_fingerprint = g_strdup(trust_pinned(self->trust, sign_in->server, sign_in->port)),
        .subject = g_tls_certificate_get_subject_name(end->refused),
        .problem = trust_describe_problem(end->refused, end->problems),
        .fingerprint = g_steal_pointer(&fingerprint),
    };
    g_clear_object(&self->connection);
    let_go_of_stream(self);
    account_emit_certificate_question(self);
}

void
session_answer_certificate(JdAccount *self, gboolean trust)
{
    if (!self->asks || self->sign_in == NULL)
        return;
    const struct sign_in *sign_in = self->sign_in;
    if (trust) {
        trust_pin(self->trust, sign_in->server, sign_in->port, self->question.fingerprint);
        forget_question(self);
        connect_to_server(self);
        return;
    }
    forget_question(self);
    connection_is_over(self,
                       g_error_new(JD_CLIENT_ERROR, JD_CLIENT_ERROR_CERTIFICATE,
                                   _("The certificate of %s is not trusted."), sign_in->server));
}

/* ---- what the connection says ---- */

static void
bound_cb(gpointer owner)
{
    JdAccount *self = JD_ACCOUNT(owner);
    G_GNUC_UNUSED g_autoptr(JdAccount) alive = g_object_ref(self);

    self->jid = jid_dup(&self->arena, connection_jid(self->connection));
    self->bound = TRUE;
    self->fell_back = FALSE;
    self->sign_in->registers = FALSE; /* the account is there now */
    g_free(self->domain);
    self->domain = g_strdup(connection_domain(self->connection));

    g_autofree char *bare = text_dup(self->jid.bare);
    account_set_jid(self, bare);
    account_set_tls_version(self, connection_tls_version(self->connection));
    reconnect_reset(self->reconnect);
    if (self->signed_in) {
        account_set_last_error(self, NULL);
        account_set_state(self, JD_CONNECTION_ONLINE);
    }
    features_bound(self);
}

static void
stanza_cb(const struct stanza *stanza, gpointer owner)
{
    G_GNUC_UNUSED g_autoptr(JdAccount) alive = g_object_ref(JD_ACCOUNT(owner));
    if (alive->bound)
        router_take(alive, stanza);
}

/* Asked to make an account that is there already, we see first whether it is this person's own. */
static gboolean
is_perhaps_our_own(JdAccount *self, const struct connection_end *end)
{
    return end->failure && end->failure->kind == CLIENT_NAME_TAKEN && self->sign_in->registers;
}

static gboolean
is_not_our_own(JdAccount *self, const struct connection_end *end)
{
    return end->failure && end->failure->kind == CLIENT_WRONG_PASSWORD && self->fell_back;
}

static void
closed_cb(const struct connection_end *end, gpointer owner)
{
    JdAccount *self = JD_ACCOUNT(owner);
    G_GNUC_UNUSED g_autoptr(JdAccount) alive = g_object_ref(self);
    struct client_stream_failure taken = { .kind = CLIENT_NAME_TAKEN };
    const struct connection_end taken_end = { .failure = &taken };

    if (end->refused) {
        ask_about_certificate(self, end);
        return;
    }
    if (is_perhaps_our_own(self, end)) {
        self->sign_in->registers = FALSE;
        self->fell_back = TRUE;
        g_clear_object(&self->connection);
        connect_to_server(self);
        return;
    }
    if (is_not_our_own(self, end))
        end = &taken_end;
    connection_is_over(self, failure_from_end(end, self->sign_in));
}

static const struct connection_callbacks CONNECTION_CALLBACKS = {
    .bound = bound_cb,
    .stanza = stanza_cb,
    .closed = closed_cb,
};

/* ---- coming and going ---- */

static void
connect_to_server(JdAccount *self)
{
    const struct sign_in *sign_in = self->sign_in;
    const struct connection_options options = {
        .host = sign_in->server,
        .port = sign_in->port,
        .domain = sign_in->domain,
        .called = self->domain,
        .name = sign_in->name,
        .password = sign_in->password,
        .registers = sign_in->registers,
        .trust = self->trust,
        .patience = self->patience,
    };

    g_assert(self->connection == NULL);
    self->connection = connection_new(&options, &CONNECTION_CALLBACKS, self);
    account_set_retry_in(self, 0);
    account_set_state(self, JD_CONNECTION_CONNECTING);
    connection_start(self->connection);
}

static void
reconnect_tick_cb(guint seconds_left, gpointer data)
{
    account_set_retry_in(JD_ACCOUNT(data), seconds_left);
}

static void
reconnect_fire_cb(gpointer data)
{
    connect_to_server(JD_ACCOUNT(data));
}

const struct reconnect_callbacks SESSION_RECONNECT = {
    .tick = reconnect_tick_cb,
    .fire = reconnect_fire_cb,
};

void
session_start(JdAccount *self, struct sign_in *sign_in)
{
    self->sign_in = sign_in;
    self->fell_back = FALSE;
    account_set_last_error(self, NULL);
    account_set_form(self, sign_in);
    connect_to_server(self);
}

void
session_stop(JdAccount *self)
{
    g_clear_handle_id(&self->idle, g_source_remove);
    reconnect_reset(self->reconnect);
    forget_question(self);
    if (self->connection) {
        connection_close(self->connection);
        g_clear_object(&self->connection);
    }
    let_go_of_stream(self);
    features_forget(self);
    account_clear_conversations(self);
    g_clear_pointer(&self->domain, g_free);
    self->signed_in = FALSE;
    self->fell_back = FALSE;
    g_clear_pointer(&self->sign_in, sign_in_free);
    account_set_retry_in(self, 0);
    account_set_jid(self, NULL);
    account_set_state(self, JD_CONNECTION_OFFLINE);
}

void
session_reconnect_now(JdAccount *self)
{
    gboolean gave_up = self->state == JD_CONNECTION_OFFLINE && self->sign_in && self->signed_in;
    if (gave_up)
        connect_to_server(self);
    else
        (void)reconnect_now(self->reconnect);
}

void
account_signed_in(JdAccount *self)
{
    if (self->signed_in)
        return;
    self->signed_in = TRUE;
    account_set_last_error(self, NULL);
    account_set_state(self, JD_CONNECTION_ONLINE);
    account_emit_signed_in(self);
}

void
account_refuse_sign_in(JdAccount *self, GError *error)
{
    G_GNUC_UNUSED g_autoptr(JdAccount) alive = g_object_ref(self);
    fail_sign_in(self, error);
    g_error_free(error);
}
