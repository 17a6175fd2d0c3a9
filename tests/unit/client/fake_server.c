#include "fake_server.h"
#include "base/buffer.h"
#include "client/text.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

struct fake_session {
    struct fake_server *server;
    GSocketConnection *socket;
    GIOStream *io;
    GCancellable *cancellable;
    struct server_stream *stream;
    GByteArray *queue;
    gboolean writing, reading, over;
    gboolean sm;
    guint handled;
    char *jid;
    char *bare;
    char *nickname; /* in the lobby; NULL = not in */
    guint refs;
};

static void pump(struct fake_session *session);

/* ---- certificate ---- */

static EVP_PKEY *
make_key(void)
{
    return EVP_EC_gen("P-256");
}

static char *
pem_of(X509 *certificate, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    PEM_write_bio_X509(bio, certificate);
    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    long len = BIO_get_mem_data(bio, &text);
    char *pem = g_strndup(text, (gsize)len);
    BIO_free(bio);
    return pem;
}

static GTlsCertificate *
make_certificate(void)
{
    EVP_PKEY *key = make_key();
    X509 *x509 = X509_new();
    X509_NAME *name = X509_get_subject_name(x509);
    g_autoptr(GError) error = NULL;
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), -60);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)FAKE_DOMAIN, -1,
                               -1, 0);
    X509_set_issuer_name(x509, name);
    X509_set_pubkey(x509, key);
    X509_sign(x509, key, EVP_sha256());
    g_autofree char *pem = pem_of(x509, key);
    X509_free(x509);
    EVP_PKEY_free(key);
    GTlsCertificate *certificate = g_tls_certificate_new_from_pem(pem, -1, &error);
    g_assert_no_error(error);
    return certificate;
}

/* ---- sessions ---- */

static struct fake_session *
session_ref(struct fake_session *session)
{
    session->refs++;
    return session;
}

static void
session_unref(struct fake_session *session)
{
    if (--session->refs > 0)
        return;
    server_stream_free(session->stream);
    g_byte_array_unref(session->queue);
    g_object_unref(session->cancellable);
    g_clear_object(&session->io);
    g_clear_object(&session->socket);
    g_free(session->jid);
    g_free(session->bare);
    g_free(session->nickname);
    g_free(session);
}

static void send_text(struct fake_session *session, const char *text);

static void
leave_lobby(struct fake_session *session)
{
    g_autofree char *nickname = g_steal_pointer(&session->nickname);
    if (nickname == NULL)
        return;
    for (guint i = 0; i < session->server->sessions->len; i++) {
        struct fake_session *other = g_ptr_array_index(session->server->sessions, i);
        g_autofree char *text = g_markup_printf_escaped(
            "<presence from='" FAKE_LOBBY "/%s' to='%s' type='unavailable'><x "
            "xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' "
            "role='none'/></x></presence>",
            nickname, other->jid ? other->jid : "");
        if (other != session && other->nickname)
            send_text(other, text);
    }
}

static void
session_end(struct fake_session *session)
{
    if (session->over)
        return;
    session->over = TRUE;
    g_cancellable_cancel(session->cancellable);
    g_socket_close(g_socket_connection_get_socket(session->socket), NULL);
    session_ref(session);
    g_ptr_array_remove(session->server->sessions, session);
    leave_lobby(session);
    session_unref(session);
}

/* ---- writing ---- */

static void flush(struct fake_session *session);

struct write {
    struct fake_session *session;
    GBytes *bytes;
};

static void
written_cb(GObject *source, GAsyncResult *result, gpointer data)
{
    struct write *write = data;
    struct fake_session *session = write->session;
    g_autoptr(GError) error = NULL;
    g_output_stream_write_all_finish(G_OUTPUT_STREAM(source), result, NULL, &error);
    g_bytes_unref(write->bytes);
    g_free(write);
    session->writing = FALSE;
    if (error)
        session_end(session);
    else
        flush(session);
    session_unref(session);
}

static void
flush(struct fake_session *session)
{
    gsize len = 0;
    if (session->over || session->writing || session->queue->len == 0)
        return;
    struct write *write = g_new0(struct write, 1);
    write->session = session_ref(session);
    write->bytes = g_byte_array_free_to_bytes(session->queue);
    session->queue = g_byte_array_new();
    session->writing = TRUE;
    gconstpointer bytes = g_bytes_get_data(write->bytes, &len);
    g_output_stream_write_all_async(g_io_stream_get_output_stream(session->io), bytes, len,
                                    G_PRIORITY_DEFAULT, session->cancellable, written_cb, write);
}

static void
flush_stream(struct fake_session *session)
{
    struct buffer *output = server_stream_output(session->stream);
    struct str bytes = buffer_str(output);
    g_byte_array_append(session->queue, (const guint8 *)bytes.data, (guint)bytes.len);
    buffer_consume(output, bytes.len);
    flush(session);
}

static void
send_text(struct fake_session *session, const char *text)
{
    if (session->over)
        return;
    flush_stream(session);
    g_byte_array_append(session->queue, (const guint8 *)text, (guint)strlen(text));
    flush(session);
}

static void send_format(struct fake_session *session, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
send_format(struct fake_session *session, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_markup_vprintf_escaped(format, args);
    va_end(args);
    send_text(session, text);
}

/* ---- the lobby ---- */

static void
send_presence(struct fake_session *to, struct fake_session *who, const char *nickname)
{
    send_format(to,
                "<presence from='" FAKE_LOBBY "/%s' to='%s'><x "
                "xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' "
                "role='participant'",
                nickname, to->jid);
    if (!who->server->hides_addresses)
        send_format(to, " jid='%s'", who->jid);
    send_text(to, "/>");
    send_text(to, to == who ? "<status code='110'/></x></presence>" : "</x></presence>");
}

static void
broadcast_presence(struct fake_session *who)
{
    for (guint i = 0; i < who->server->sessions->len; i++) {
        struct fake_session *other = g_ptr_array_index(who->server->sessions, i);
        if (other->nickname && other != who)
            send_presence(other, who, who->nickname);
    }
}

static gboolean
is_taken(struct fake_session *session, const char *nickname)
{
    for (guint i = 0; i < session->server->sessions->len; i++) {
        struct fake_session *other = g_ptr_array_index(session->server->sessions, i);
        if (other != session && g_strcmp0(other->nickname, nickname) == 0)
            return TRUE;
    }
    return session->server->takes_no_names || g_strcmp0(session->server->kept_name, nickname) == 0;
}

static void
refuse_nickname(struct fake_session *session, const char *nickname)
{
    send_format(session,
                "<presence from='" FAKE_LOBBY
                "/%s' to='%s' type='error'><x xmlns='http://jabber.org/protocol/muc'/><error "
                "type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
                "</presence>",
                nickname, session->jid);
}

static void
rename_occupant(struct fake_session *who, const char *nickname)
{
    g_autofree char *old = who->nickname;
    who->nickname = g_strdup(nickname);
    for (guint i = 0; i < who->server->sessions->len; i++) {
        struct fake_session *other = g_ptr_array_index(who->server->sessions, i);
        if (other->nickname == NULL)
            continue;
        send_format(other,
                    "<presence from='" FAKE_LOBBY "/%s' to='%s' type='unavailable'><x "
                    "xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' "
                    "role='participant' nick='%s'/><status code='303'/>",
                    old, other->jid, nickname);
        send_text(other, other == who ? "<status code='110'/></x></presence>" : "</x></presence>");
        send_presence(other, who, nickname);
    }
}

static void
send_history(struct fake_session *session)
{
    for (guint i = 0; i < session->server->history->len; i++) {
        g_autofree char *text =
            g_strdup_printf("%s<delay xmlns='urn:xmpp:delay' from='" FAKE_LOBBY
                            "' stamp='2026-11-21T07:00:%02uZ'/></message>",
                            (const char *)g_ptr_array_index(session->server->history, i), i % 60);
        send_text(session, text);
    }
    send_format(session,
                "<message from='" FAKE_LOBBY "' to='%s' type='groupchat'><subject/></message>",
                session->jid);
}

static void
enter_lobby(struct fake_session *session, const char *nickname)
{
    for (guint i = 0; i < session->server->sessions->len; i++) {
        struct fake_session *other = g_ptr_array_index(session->server->sessions, i);
        if (other->nickname && other != session)
            send_presence(session, other, other->nickname);
    }
    session->nickname = g_strdup(nickname);
    broadcast_presence(session);
    send_presence(session, session, nickname);
    send_history(session);
}

static void
take_lobby_presence(struct fake_session *session, const struct stanza *stanza)
{
    g_autofree char *nickname = g_strndup(stanza->to.resource.data, stanza->to.resource.len);
    if (stanza->type == TYPE_UNAVAILABLE)
        leave_lobby(session);
    else if (is_taken(session, nickname))
        refuse_nickname(session, nickname);
    else if (session->nickname)
        rename_occupant(session, nickname);
    else
        enter_lobby(session, nickname);
}

/* The message's content without its root, "…</message>" left off. */
static char *
inner_text(const struct stanza *stanza)
{
    struct buffer buffer;
    buffer_init(&buffer, 1 << 20);
    for (const struct element *at = element_first_child(stanza->root); at; at = element_next(at))
        xml_write(&buffer, at, NS_CLIENT);
    char *text = g_strndup(buffer_str(&buffer).data, buffer_len(&buffer));
    buffer_fini(&buffer);
    return text;
}

static void
take_lobby_message(struct fake_session *session, const struct stanza *stanza)
{
    struct fake_server *server = session->server;
    if (server->reflects_nothing)
        return;
    g_autofree char *inner = inner_text(stanza);
    g_autofree char *id = text_dup(stanza->id);
    g_autofree char *open = g_markup_printf_escaped(
        "<message from='" FAKE_LOBBY "/%s' type='groupchat' id='%s'>", session->nickname, id);
    g_autofree char *text = g_strconcat(open, inner, NULL);
    g_ptr_array_add(server->history, g_strdup(text));
    for (guint i = 0; i < server->sessions->len; i++) {
        struct fake_session *other = g_ptr_array_index(server->sessions, i);
        if (other->nickname == NULL)
            continue;
        send_text(other, text);
        send_text(other, "</message>");
    }
}

/* ---- the rest of a server ---- */

static void
bounce(struct fake_session *session, const struct stanza *stanza)
{
    struct stanza *error = stanza_error(stanza, "service-unavailable", STR_EMPTY);
    if (error == NULL)
        return;
    server_stream_send(session->stream, error);
    stanza_unref(error);
    flush_stream(session);
}

/* By the address of the account, or through the lobby. */
static gboolean
is_addressed(const struct fake_session *session, struct jid to)
{
    if (str_is(to.bare, FAKE_LOBBY))
        return session->nickname && str_is(to.resource, session->nickname);
    return session->bare && str_is(to.bare, session->bare);
}

static void
take_private_message(struct fake_session *session, const struct stanza *stanza)
{
    gboolean to_occupant = str_is(stanza->to.bare, FAKE_LOBBY);
    for (guint i = 0; i < session->server->sessions->len; i++) {
        struct fake_session *other = g_ptr_array_index(session->server->sessions, i);
        if (!is_addressed(other, stanza->to))
            continue;
        g_autofree char *inner = inner_text(stanza);
        g_autofree char *id = text_dup(stanza->id);
        g_autofree char *from = to_occupant ? g_strconcat(FAKE_LOBBY "/", session->nickname, NULL)
                                            : g_strdup(session->jid);
        send_format(other, "<message from='%s' to='%s' type='chat' id='%s'>", from, other->jid, id);
        send_text(other, inner);
        send_text(other, "</message>");
        return;
    }
    bounce(session, stanza);
}

static void
answer_result(struct fake_session *session, const struct stanza *iq, const char *payload)
{
    g_autofree char *id = text_dup(iq->id);
    g_autofree char *from = text_dup(iq->to.full);
    send_format(session, "<iq type='result' id='%s' to='%s'", id, session->jid);
    if (from[0])
        send_format(session, " from='%s'", from);
    send_text(session, ">");
    send_text(session, payload);
    send_text(session, "</iq>");
}

static void
take_iq(struct fake_session *session, const struct stanza *iq)
{
    const struct fake_server *server = session->server;
    const struct element *payload = stanza_payload(iq);
    if (iq->type != TYPE_GET && iq->type != TYPE_SET)
        return;
    if (server->is_silent_archive && element_is(payload, NS_MAM, STR("query")))
        return;
    if (element_is(payload, STR("jabber:iq:private"), STR("query")))
        answer_result(session, iq,
                      server->has_no_bookmarks
                          ? "<query xmlns='jabber:iq:private'><storage "
                            "xmlns='storage:bookmarks'/></query>"
                          : "<query xmlns='jabber:iq:private'><storage "
                            "xmlns='storage:bookmarks'><conference jid='" FAKE_LOBBY
                            "' name='Lobby' autojoin='true'/></storage></query>");
    else if (element_is(payload, NS_DISCO_ITEMS, STR("query")))
        answer_result(session, iq,
                      server->has_no_rooms
                          ? "<query xmlns='http://jabber.org/protocol/disco#items'/>"
                          : "<query xmlns='http://jabber.org/protocol/disco#items'><item "
                            "jid='upload.chat.example'/><item jid='rooms.chat.example'/></query>");
    else if (element_is(payload, NS_DISCO_INFO, STR("query")) &&
             str_is(iq->to.full, "rooms.chat.example"))
        answer_result(session, iq,
                      "<query xmlns='http://jabber.org/protocol/disco#info'><feature "
                      "var='http://jabber.org/protocol/muc'/></query>");
    else if (element_is(payload, NS_PING, STR("ping")))
        answer_result(session, iq, "");
    else
        bounce(session, iq);
}

static void
take_other(struct fake_session *session, const struct stanza *stanza)
{
    if (str_is(stanza->root->name, "enable") && !session->server->has_no_sm) {
        session->sm = TRUE;
        session->handled = 0;
        send_text(session, "<enabled xmlns='urn:xmpp:sm:3'/>");
    } else if (str_is(stanza->root->name, "enable")) {
        send_text(session, "<failed xmlns='urn:xmpp:sm:3'/>");
    } else if (str_is(stanza->root->name, "r") && !session->server->acknowledges_nothing) {
        send_format(session, "<a xmlns='urn:xmpp:sm:3' h='%u'/>", session->handled);
    }
}

static void
take_stanza(struct fake_session *session, const struct stanza *stanza)
{
    gboolean is_lobby = str_is(stanza->to.bare, FAKE_LOBBY);
    if (stanza->kind != STANZA_OTHER)
        session->handled++;
    switch (stanza->kind) {
    case STANZA_PRESENCE:
        if (is_lobby)
            take_lobby_presence(session, stanza);
        break;
    case STANZA_MESSAGE:
        if (is_lobby && stanza->type == TYPE_GROUPCHAT)
            take_lobby_message(session, stanza);
        else
            take_private_message(session, stanza);
        break;
    case STANZA_IQ:
        take_iq(session, stanza);
        break;
    case STANZA_OTHER:
        take_other(session, stanza);
        break;
    }
}

/* ---- the stream ---- */

static void
log_stanza(struct fake_server *server, const struct stanza *stanza)
{
    struct buffer buffer;
    buffer_init(&buffer, 1 << 20);
    xml_write(&buffer, stanza->root, NS_CLIENT);
    g_ptr_array_add(server->log, g_strndup(buffer_str(&buffer).data, buffer_len(&buffer)));
    buffer_fini(&buffer);
    server->stanzas++;
}

static void
give_verifier(struct fake_session *session)
{
    struct scram_verifier verifier;
    const char *password = session->server->password;
    scram_verifier_make(server_stream_lookup_hash(session->stream), str_from(password), &verifier);
    server_stream_verifier(session->stream, &verifier);
}

static void
bind_session(struct fake_session *session)
{
    static guint counter;
    struct arena arena;
    struct jid full;
    struct str name = server_stream_name(session->stream);
    g_autofree char *local =
        name.len > 0 ? g_strndup(name.data, name.len) : g_strdup_printf("guest-%u", ++counter);
    g_autofree char *resource = g_strdup_printf("r%u", ++counter);
    session->jid = g_strdup_printf("%s@" FAKE_DOMAIN "/%s", local, resource);
    session->bare = g_strdup_printf("%s@" FAKE_DOMAIN, local);
    arena_init(&arena, 65536);
    int result = jid_parse(&arena, str_from(session->jid), &full);
    g_assert(result == 0);
    server_stream_bound(session->stream, full, STR_EMPTY);
    arena_fini(&arena);
    session->server->sign_ins++;
}

static void
handshaken_cb(GObject *source, GAsyncResult *result, gpointer data)
{
    struct fake_session *session = data;
    struct tls_info info = { .active = true, .version = "TLS", .cipher = "" };
    gboolean done = g_tls_connection_handshake_finish(G_TLS_CONNECTION(source), result, NULL);
    if (!done || session->over) {
        session_end(session);
    } else {
        g_autoptr(GByteArray) binding = g_byte_array_new();
        if (g_tls_connection_get_channel_binding_data(
                G_TLS_CONNECTION(source), G_TLS_CHANNEL_BINDING_TLS_EXPORTER, binding, NULL)) {
            memcpy(info.binding[CB_TLS_EXPORTER], binding->data, binding->len);
            info.binding_len[CB_TLS_EXPORTER] = binding->len;
        }
        if (session->stream)
            server_stream_tls_started(session->stream, &info);
        else
            session->stream = server_stream_new(&session->server->config, &info);
        pump(session);
    }
    session_unref(session);
}

static void
start_tls(struct fake_session *session)
{
    g_autoptr(GError) error = NULL;
    GIOStream *tls = g_tls_server_connection_new(G_IO_STREAM(session->socket),
                                                 session->server->certificate, &error);
    g_assert_no_error(error);
    g_object_unref(session->io);
    session->io = tls;
    g_tls_connection_handshake_async(G_TLS_CONNECTION(tls), G_PRIORITY_DEFAULT,
                                     session->cancellable, handshaken_cb, session_ref(session));
}

static void
read_cb(GObject *source, GAsyncResult *result, gpointer data)
{
    struct fake_session *session = data;
    gsize len = 0;
    g_autoptr(GBytes) bytes =
                  g_input_stream_read_bytes_finish(G_INPUT_STREAM(source), result, NULL);
    gconstpointer start = bytes ? g_bytes_get_data(bytes, &len) : NULL;
    session->reading = FALSE;
    if (len == 0 || session->over) {
        session_end(session);
    } else {
        server_stream_feed(session->stream, (struct str){ start, len });
        pump(session);
    }
    session_unref(session);
}

static void
read_more(struct fake_session *session)
{
    if (session->reading)
        return;
    session->reading = TRUE;
    g_input_stream_read_bytes_async(g_io_stream_get_input_stream(session->io), 8192,
                                    G_PRIORITY_DEFAULT, session->cancellable, read_cb,
                                    session_ref(session));
}

/* <proceed/> has to be out before the handshake begins. */
static gboolean
start_tls_cb(gpointer data)
{
    struct fake_session *session = data;
    if (session->writing)
        return G_SOURCE_CONTINUE;
    if (!session->over)
        start_tls(session);
    session_unref(session);
    return G_SOURCE_REMOVE;
}

static gboolean
step(struct fake_session *session)
{
    struct stanza *stanza = NULL;
    enum server_stream_event event = server_stream_next(session->stream);
    flush_stream(session);
    switch (event) {
    case SERVER_STREAM_WAIT:
        read_more(session);
        return FALSE;
    case SERVER_STREAM_START_TLS:
        g_idle_add(start_tls_cb, session_ref(session));
        return FALSE;
    case SERVER_STREAM_REGISTRATION:
        stanza = server_stream_take_stanza(session->stream);
        bounce(session, stanza);
        break;
    case SERVER_STREAM_NEED_VERIFIER:
        give_verifier(session);
        break;
    case SERVER_STREAM_NEED_CHECK:
        server_stream_checked(session->stream, false);
        break;
    case SERVER_STREAM_NEED_TOKENS:
        server_stream_tokens(session->stream, NULL, 0);
        break;
    case SERVER_STREAM_TOKEN:
        server_stream_token(session->stream, STR_EMPTY, STR_EMPTY);
        break;
    case SERVER_STREAM_AUTH_FAILED:
        server_stream_failure_release(session->stream);
        break;
    case SERVER_STREAM_AUTHENTICATED:
        server_stream_success_release(session->stream);
        break;
    case SERVER_STREAM_BIND:
        bind_session(session);
        break;
    case SERVER_STREAM_RESUME:
        server_stream_refuse_resume(session->stream, NULL);
        break;
    case SERVER_STREAM_STANZA:
        stanza = server_stream_take_stanza(session->stream);
        log_stanza(session->server, stanza);
        take_stanza(session, stanza);
        break;
    case SERVER_STREAM_CLOSED:
        session_end(session);
        return FALSE;
    }
    stanza_unref(stanza);
    return !session->over;
}

static void
pump(struct fake_session *session)
{
    session_ref(session);
    while (step(session))
        ;
    if (!session->over)
        flush_stream(session);
    session_unref(session);
}

static gboolean
incoming_cb(GSocketService *service,
            GSocketConnection *socket,
            GObject *source,
            struct fake_server *server)
{
    struct fake_session *session = g_new0(struct fake_session, 1);
    (void)service, (void)source;
    session->refs = 1;
    session->server = server;
    session->socket = g_object_ref(socket);
    session->io = G_IO_STREAM(g_object_ref(socket));
    session->cancellable = g_cancellable_new();
    session->queue = g_byte_array_new();
    server->connections++;
    g_ptr_array_add(server->sessions, session);
    if (server->speaks_http) {
        session->stream = server_stream_new(&server->config, NULL);
        send_text(session, "HTTP/1.1 400 Bad Request\r\n\r\n");
    } else if (server->direct_tls) {
        start_tls(session);
    } else {
        session->stream = server_stream_new(&server->config, NULL);
        pump(session);
    }
    return TRUE;
}

/* ---- the server ---- */

static void
free_session(gpointer data)
{
    session_unref(data);
}

struct fake_server *
fake_server_new(void)
{
    struct fake_server *server = g_new0(struct fake_server, 1);
    g_autoptr(GError) error = NULL;
    server->password = "secret";
    server->config = (struct server_stream_config){
        .domain = STR(FAKE_DOMAIN),
        .require_tls = true,
        .offer_starttls = true,
        .offer_anonymous = true,
        .limits_before = XML_LIMITS_UNAUTHENTICATED,
        .limits_after = XML_LIMITS_DEFAULT,
        .auth_attempts_max = 3,
        .decoy_secret = STR("decoy"),
    };
    server->certificate = make_certificate();
    server->sessions = g_ptr_array_new_with_free_func(free_session);
    server->log = g_ptr_array_new_with_free_func(g_free);
    server->history = g_ptr_array_new_with_free_func(g_free);
    server->service = g_socket_service_new();
    server->port =
        g_socket_listener_add_any_inet_port(G_SOCKET_LISTENER(server->service), NULL, &error);
    g_assert_no_error(error);
    g_signal_connect(server->service, "incoming", G_CALLBACK(incoming_cb), server);
    g_socket_service_start(server->service);
    return server;
}

void
fake_server_cut(struct fake_server *server)
{
    while (server->sessions->len > 0)
        session_end(g_ptr_array_index(server->sessions, 0));
}

void
fake_server_free(struct fake_server *server)
{
    fake_server_pause(server);
    fake_server_cut(server);
    /* What was cancelled still answers once. */
    while (g_main_context_iteration(NULL, FALSE))
        ;
    g_clear_object(&server->service);
    g_object_unref(server->certificate);
    g_ptr_array_unref(server->sessions);
    g_ptr_array_unref(server->log);
    g_ptr_array_unref(server->history);
    g_free(server);
}

void
fake_server_change_certificate(struct fake_server *server)
{
    g_object_unref(server->certificate);
    server->certificate = make_certificate();
}

void
fake_server_pause(struct fake_server *server)
{
    if (server->service == NULL)
        return;
    g_socket_service_stop(server->service);
    g_socket_listener_close(G_SOCKET_LISTENER(server->service));
    g_clear_object(&server->service);
}

void
fake_server_resume(struct fake_server *server)
{
    g_autoptr(GError) error = NULL;
    g_assert(server->service == NULL);
    server->service = g_socket_service_new();
    g_socket_listener_add_inet_port(G_SOCKET_LISTENER(server->service), (guint16)server->port, NULL,
                                    &error);
    g_assert_no_error(error);
    g_signal_connect(server->service, "incoming", G_CALLBACK(incoming_cb), server);
    g_socket_service_start(server->service);
}

void
fake_server_push(struct fake_server *server, const char *xml)
{
    for (guint i = 0; i < server->sessions->len; i++) {
        struct fake_session *session = g_ptr_array_index(server->sessions, i);
        if (session->jid == NULL)
            continue;
        g_auto(GStrv) parts = g_strsplit(xml, "%s", -1);
        g_autofree char *text = g_strjoinv(session->jid, parts);
        send_text(session, text);
    }
}

guint
fake_server_count(struct fake_server *server, const char *part)
{
    guint count = 0;
    for (guint i = 0; i < server->log->len; i++) {
        if (strstr(g_ptr_array_index(server->log, i), part))
            count++;
    }
    return count;
}
