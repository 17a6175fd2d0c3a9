#include "base/buffer.h"
#include "base/error.h"
#include "client/connection_struct.h"
#include "client/key_job.h"
#include "client/text.h"

#define GOODBYE_SECONDS 2
#define READ_BYTES      (16 * 1024)
#define QUEUE_BYTES_MAX (8 * 1024 * 1024) /* unsent; past it the server is not listening */
#define DIRECT_TLS_PORT 5223

G_DEFINE_FINAL_TYPE(JdConnection, jd_connection, G_TYPE_OBJECT)

static void attempt(JdConnection *self);
static void flush(JdConnection *self);

/* ---- life and death ---- */

static void
close_attempt(JdConnection *self)
{
    g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->cancellable);
    g_clear_object(&self->io);
    /* Closing the socket itself cannot block, unlike TLS's goodbye. */
    if (self->socket)
        g_socket_close(g_socket_connection_get_socket(self->socket), NULL);
    g_clear_object(&self->socket);
    g_clear_pointer(&self->stream, client_stream_free);
    g_byte_array_set_size(self->queue, 0);
    self->reading = self->writing = FALSE;
}

static void
jd_connection_finalize(GObject *object)
{
    JdConnection *self = JD_CONNECTION(object);
    g_clear_handle_id(&self->deadline, g_source_remove);
    close_attempt(self);
    g_clear_object(&self->refused);
    g_byte_array_unref(self->queue);
    g_free(self->host);
    g_free(self->domain);
    g_free(self->name);
    if (self->password)
        explicit_bzero(self->password, strlen(self->password));
    g_free(self->password);
    G_OBJECT_CLASS(jd_connection_parent_class)->finalize(object);
}

static void
jd_connection_class_init(JdConnectionClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = jd_connection_finalize;
}

static void
jd_connection_init(JdConnection *self)
{
    self->queue = g_byte_array_new();
}

/* The one way out: tells the owner, once, and lets go of everything. */
void
connection_end(JdConnection *self, struct connection_end *ret_end)
{
    if (self->over)
        return;
    G_GNUC_UNUSED g_autoptr(JdConnection) alive = g_object_ref(self);
    const struct connection_callbacks *callbacks = self->callbacks;

    self->over = TRUE;
    self->callbacks = NULL;
    g_clear_handle_id(&self->deadline, g_source_remove);
    ret_end->refused = self->refused;
    ret_end->problems = self->problems;
    if (callbacks)
        callbacks->closed(ret_end, self->owner);
    close_attempt(self);
}

void
connection_fail(JdConnection *self, GError *error)
{
    struct connection_end ending = { .error = error };
    connection_end(self, &ending);
    g_error_free(error);
}

/* Calls the same server the other way: STARTTLS or direct TLS. FALSE when both were tried. */
gboolean
connection_try_the_other_way(JdConnection *self)
{
    if (self->tried_both_ways)
        return FALSE;
    self->tried_both_ways = TRUE;
    self->direct_tls = !self->direct_tls;
    close_attempt(self);
    attempt(self);
    return TRUE;
}

static gboolean
deadline_cb(gpointer data)
{
    JdConnection *self = JD_CONNECTION(data);
    self->deadline = 0;
    connection_fail(self,
                    g_error_new(G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "%s did not answer", self->host));
    return G_SOURCE_REMOVE;
}

/* ---- what an asynchronous call carries ---- */

struct connection_call {
    JdConnection *self;
    GCancellable *attempt;
    GBytes *bytes; /* being written, or NULL */
};

struct connection_call *
connection_call_new(JdConnection *self, GBytes *bytes)
{
    struct connection_call *call = g_new0(struct connection_call, 1);
    call->self = g_object_ref(self);
    call->attempt = g_object_ref(self->cancellable);
    call->bytes = bytes;
    return call;
}

/* The connection (a reference), or NULL when the answer comes too late. */
JdConnection *
connection_call_end(struct connection_call *call)
{
    g_autoptr(JdConnection) self = call->self;
    gboolean late = call->attempt != self->cancellable;
    g_object_unref(call->attempt);
    g_clear_pointer(&call->bytes, g_bytes_unref);
    g_free(call);
    return late ? NULL : g_steal_pointer(&self);
}

/* ---- writing ---- */

static void
written_cb(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GError) error = NULL;
    g_output_stream_write_all_finish(G_OUTPUT_STREAM(source), result, NULL, &error);
    g_autoptr(JdConnection) self = connection_call_end(data);
    if (self == NULL)
        return;
    self->writing = FALSE;
    if (error)
        connection_fail(self, g_steal_pointer(&error));
    else
        flush(self);
}

static void
write_queue(JdConnection *self)
{
    gsize len = 0;
    GBytes *bytes = g_byte_array_free_to_bytes(self->queue);
    gconstpointer data = g_bytes_get_data(bytes, &len);

    self->queue = g_byte_array_new();
    self->writing = TRUE;
    g_output_stream_write_all_async(g_io_stream_get_output_stream(self->io), data, len,
                                    G_PRIORITY_DEFAULT, self->cancellable, written_cb,
                                    connection_call_new(self, bytes));
}

/* Moves what the stream wants to say into the queue, and the queue on its way. */
static void
flush(JdConnection *self)
{
    if (self->stream) {
        struct buffer *output = client_stream_output(self->stream);
        struct str bytes = buffer_str(output);
        g_byte_array_append(self->queue, (const guint8 *)bytes.data, (guint)bytes.len);
        buffer_consume(output, bytes.len);
    }
    if (self->queue->len > QUEUE_BYTES_MAX) {
        connection_fail(self, g_error_new(G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "takes no more"));
        return;
    }
    if (self->io && !self->writing && self->queue->len > 0)
        write_queue(self);
}

/* ---- reading ---- */

/* RFC 6120 4.2: a stream begins with '<', after white space at most. A TLS alert does not. */
static gboolean
begins_like_xml(struct str bytes)
{
    struct str rest = str_trim(bytes);
    return rest.len == 0 || rest.data[0] == '<';
}

static void
end_of_file(JdConnection *self)
{
    if (!self->heard && connection_try_the_other_way(self))
        return;
    connection_fail(self,
                    g_error_new(G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "closed by the server"));
}

static void
take_bytes(JdConnection *self, struct str bytes)
{
    self->last_heard = g_get_monotonic_time();
    if (!self->heard && !begins_like_xml(bytes)) {
        if (connection_try_the_other_way(self))
            return;
        struct connection_end ending = { .not_xmpp = TRUE };
        connection_end(self, &ending);
        return;
    }
    self->heard = TRUE;
    client_stream_feed(self->stream, bytes);
    connection_pump(self);
}

static void
read_cb(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes =
                  g_input_stream_read_bytes_finish(G_INPUT_STREAM(source), result, &error);
    g_autoptr(JdConnection) self = connection_call_end(data);
    gsize len = 0;
    if (self == NULL)
        return;
    self->reading = FALSE;
    gconstpointer start = bytes ? g_bytes_get_data(bytes, &len) : NULL;
    if (len > 0)
        take_bytes(self, (struct str){ start, len });
    else if (error && (self->heard || !connection_try_the_other_way(self)))
        connection_fail(self, g_steal_pointer(&error));
    else if (error == NULL)
        end_of_file(self);
}

static void
read_more(JdConnection *self)
{
    if (self->reading)
        return;
    self->reading = TRUE;
    g_input_stream_read_bytes_async(g_io_stream_get_input_stream(self->io), READ_BYTES,
                                    G_PRIORITY_DEFAULT, self->cancellable, read_cb,
                                    connection_call_new(self, NULL));
}

/* ---- the stream ---- */

void
connection_open_stream(JdConnection *self, const struct tls_info *tls)
{
    const struct client_stream_options options = {
        .domain = str_from(self->domain),
        .name = str_from(self->name),
        .password = str_from(self->password),
        .lang = str_from("en"),
        .registers = self->registers,
        .tls_required = true,
        .direct_tls = self->direct_tls,
        .tag = STR("Jackdaw"),
    };
    self->stream = client_stream_new(&options, tls);
    connection_pump(self);
}

static void
key_cb(GObject *owner, const uint8_t *key)
{
    JdConnection *self = JD_CONNECTION(owner);
    if (key == NULL || self->stream == NULL)
        return;
    client_stream_key(self->stream, key);
    connection_pump(self);
}

static void
derive_key(JdConnection *self)
{
    struct client_stream_key_question question = client_stream_key_question(self->stream);
    key_job_start(G_OBJECT(self), &question, self->cancellable, key_cb);
}

static gboolean
is_domain(struct str text)
{
    struct arena arena;
    struct jid jid;
    arena_init(&arena, 64 * 1024);
    gboolean is = jid_parse(&arena, text, &jid) == 0 && jid.domain.len == jid.full.len;
    arena_fini(&arena);
    return is;
}

/* RFC 6120 4.7.1: the server names itself in `from`, also when it refuses our name for it. */
static gboolean
try_its_name(JdConnection *self)
{
    struct str its_name = client_stream_server_from(self->stream);
    if (self->domain_is_given || self->tried_its_name || !is_domain(its_name) ||
        str_is(its_name, self->domain))
        return FALSE;
    self->tried_its_name = TRUE;
    g_free(self->domain);
    self->domain = text_dup(its_name);
    close_attempt(self);
    attempt(self);
    return TRUE;
}

static void
stream_closed(JdConnection *self)
{
    struct client_stream_failure failure = client_stream_failure(self->stream);
    struct connection_end ending = { .failure = &failure };
    gboolean is_other_host = failure.kind == CLIENT_HOST_UNKNOWN ||
                             (failure.kind == CLIENT_PROTOCOL_ERROR && failure.error == E_FROM);
    if (is_other_host && try_its_name(self))
        return;
    connection_end(self, &ending);
}

static void
stream_bound(JdConnection *self)
{
    self->bound = TRUE;
    g_clear_handle_id(&self->deadline, g_source_remove);
    if (self->callbacks)
        self->callbacks->bound(self->owner);
}

static void
stream_stanza(JdConnection *self)
{
    struct stanza *stanza = client_stream_take_stanza(self->stream);
    if (self->callbacks)
        self->callbacks->stanza(stanza, self->owner);
    stanza_unref(stanza);
}

/* Takes one event; FALSE when the stream waits for something or is over. */
static gboolean
step(JdConnection *self)
{
    enum client_stream_event event = client_stream_next(self->stream);
    flush(self);
    if (self->over)
        return FALSE;
    switch (event) {
    case CLIENT_STREAM_WAIT:
        read_more(self);
        return FALSE;
    case CLIENT_STREAM_START_TLS:
        connection_start_tls(self);
        return FALSE;
    case CLIENT_STREAM_NEED_KEY:
        derive_key(self);
        return FALSE;
    case CLIENT_STREAM_BOUND:
        stream_bound(self);
        break;
    case CLIENT_STREAM_STANZA:
        stream_stanza(self);
        break;
    case CLIENT_STREAM_CLOSED:
        stream_closed(self);
        return FALSE;
    }
    return self->stream != NULL && !self->over;
}

void
connection_pump(JdConnection *self)
{
    G_GNUC_UNUSED g_autoptr(JdConnection) alive = g_object_ref(self);
    while (step(alive))
        ;
}

/* ---- connecting ---- */

static void
connected_cb(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocketConnection) socket =
                  g_socket_client_connect_finish(G_SOCKET_CLIENT(source), result, &error);
    g_autoptr(JdConnection) self = connection_call_end(data);
    if (self == NULL)
        return;
    if (socket == NULL) {
        connection_fail(self, g_steal_pointer(&error));
        return;
    }
    g_socket_set_keepalive(g_socket_connection_get_socket(socket), TRUE);
    self->socket = g_steal_pointer(&socket);
    self->io = G_IO_STREAM(g_object_ref(self->socket));
    if (self->direct_tls)
        connection_start_tls(self);
    else
        connection_open_stream(self, NULL);
}

/* GSocketClient tries all addresses of a name, IPv6 and IPv4 side by side (RFC 8305). */
static void
attempt(JdConnection *self)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketConnectable) address = g_network_address_new(self->host, (guint16)self->port);

    self->heard = FALSE;
    self->cancellable = g_cancellable_new();
    g_socket_client_connect_async(client, address, self->cancellable, connected_cb,
                                  connection_call_new(self, NULL));
}

/* RFC 7622 3.2: an IPv6 address as a domainpart stands in brackets. */
static char *
domain_from_host(const char *host)
{
    return strchr(host, ':') ? g_strdup_printf("[%s]", host) : g_strdup(host);
}

JdConnection *
connection_new(const struct connection_options *options,
               const struct connection_callbacks *callbacks,
               gpointer owner)
{
    g_assert(options->host && options->patience > 0 && options->port > 0 &&
             options->port <= G_MAXUINT16);
    JdConnection *self = g_object_new(JD_TYPE_CONNECTION, NULL);
    self->callbacks = callbacks;
    self->owner = owner;
    self->host = g_strdup(options->host);
    self->port = options->port;
    self->domain_is_given = options->domain != NULL;
    if (options->domain)
        self->domain = g_strdup(options->domain);
    else
        self->domain =
            options->called ? g_strdup(options->called) : domain_from_host(options->host);
    self->name = g_strdup(options->name);
    self->password = g_strdup(options->password);
    self->registers = options->registers;
    self->trust = options->trust;
    self->patience = options->patience;
    self->direct_tls = options->port == DIRECT_TLS_PORT;
    return self;
}

void
connection_start(JdConnection *self)
{
    g_assert(self->cancellable == NULL && !self->over);
    self->deadline = g_timeout_add_seconds(self->patience, deadline_cb, self);
    attempt(self);
}

void
connection_send(JdConnection *self, const struct stanza *stanza)
{
    if (self->over || !self->bound)
        return;
    client_stream_send(self->stream, stanza);
    flush(self);
}

void
connection_drop(JdConnection *self)
{
    if (self->over)
        return;
    self->over = TRUE;
    self->callbacks = NULL;
    g_clear_handle_id(&self->deadline, g_source_remove);
    close_attempt(self);
}

/* Holds the last reference until the server has said goodbye too, or two seconds have gone. */
static gboolean
goodbye_cb(gpointer data)
{
    JdConnection *self = JD_CONNECTION(data);
    self->deadline = 0;
    connection_drop(self);
    return G_SOURCE_REMOVE;
}

void
connection_close(JdConnection *self)
{
    if (self->over)
        return;
    if (!self->bound) {
        connection_drop(self);
        return;
    }
    self->callbacks = NULL;
    g_clear_handle_id(&self->deadline, g_source_remove);
    self->deadline = g_timeout_add_seconds_full(G_PRIORITY_DEFAULT, GOODBYE_SECONDS, goodbye_cb,
                                                g_object_ref(self), g_object_unref);
    client_stream_close(self->stream);
    flush(self);
}

struct jid
connection_jid(JdConnection *self)
{
    g_assert(self->bound);
    return client_stream_jid(self->stream);
}

const struct element *
connection_features(JdConnection *self)
{
    return self->stream ? client_stream_features(self->stream) : NULL;
}

const char *
connection_tls_version(JdConnection *self)
{
    return self->tls.active ? self->tls.version : NULL;
}

const char *
connection_domain(JdConnection *self)
{
    return self->domain;
}

gint64
connection_last_heard(JdConnection *self)
{
    return self->last_heard;
}
