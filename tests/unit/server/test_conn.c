/* test_conn.c - one conn on one end of a socket pair; the other end is read by hand, or by an
 * OpenSSL client in a thread of its own. */
#include "server/net/conn.h"

#include "base/buffer.h"
#include "base/error.h"
#include "tls_fixture.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    RECEIVED_MAX = 16 * 1024 * 1024,
    PATIENCE_S = 20,
    POLL_US = 1000,
    BIG = 3 * 1024 * 1024
};

struct fixture {
    struct loop *loop;
    struct conn *conn;
    int far; /* the other end, blocking */
    struct buffer received;
    size_t drained;
    bool echoes, closed, closes_when_ready;
    int error;
    struct tls_info info;
    bool (*is_done)(void);
    struct timer poll;
    int polls_left;
};

static struct tls_fixture tls;
static struct fixture f;

/* ---- the owner ---- */

static void
received(void *owner, struct str bytes)
{
    assert_ptr_equal(owner, &f);
    buffer_append(&f.received, bytes);
    if (f.echoes)
        conn_write(f.conn, bytes);
}

static void
tls_ready(void *owner, const struct tls_info *info)
{
    assert_ptr_equal(owner, &f);
    assert_ptr_equal(conn_tls(f.conn), info);
    f.info = *info;
    if (f.closes_when_ready)
        conn_close(f.conn, 0);
}

static void
drained(void *owner)
{
    assert_ptr_equal(owner, &f);
    assert_int_equal(conn_queued(f.conn), 0);
    f.drained++;
}

static void
closed(void *owner, int error, const char *reason)
{
    assert_ptr_equal(owner, &f);
    assert_false(f.closed);
    assert_non_null(reason);
    f.closed = true;
    f.error = error;
    f.conn = NULL;
}

static const struct conn_handler handler = { received, tls_ready, drained, closed };

/* ---- waiting ---- */

static void
poll_again(struct timer *timer)
{
    if (f.is_done()) {
        loop_stop(f.loop);
        return;
    }
    assert_true(f.polls_left-- > 0);
    loop_timer_set(f.loop, timer, POLL_US);
}

static void
run_until(bool (*is_done)(void))
{
    f.is_done = is_done;
    f.polls_left = PATIENCE_S * 1000000 / POLL_US;
    loop_timer_set(f.loop, &f.poll, 0);
    loop_run(f.loop);
}

static bool
has_received(void)
{
    return buffer_len(&f.received) > 0;
}

static bool
has_drained(void)
{
    return f.drained > 0;
}

static bool
has_closed(void)
{
    return f.closed;
}

static bool
is_gone(void)
{
    return loop_resident_count(f.loop) == 0;
}

/* Long enough for whatever might happen. */
static bool
is_a_moment_later(void)
{
    static int polls;

    polls = (polls + 1) % 50;
    return polls == 0;
}

/* ---- a conn and its other end ---- */

static int
set_up(void **state)
{
    struct timeval patience = { .tv_sec = PATIENCE_S };
    int fds[2];

    (void)state;
    f = (struct fixture){ .loop = loop_new(), .poll.expired = poll_again };
    buffer_init(&f.received, RECEIVED_MAX);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    f.far = fds[1];
    (void)setsockopt(f.far, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    (void)setsockopt(f.far, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    (void)fcntl(fds[0], F_SETFL, O_NONBLOCK);
    f.conn = conn_new(f.loop, fds[0], "192.0.2.1:40112", &handler, &f);
    return f.conn ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    loop_timer_clear(f.loop, &f.poll);
    loop_free(f.loop); /* and what is left in it */
    if (f.far >= 0)
        close(f.far);
    buffer_fini(&f.received);
    return 0;
}

static void
far_writes(const char *text)
{
    assert_int_equal(write(f.far, text, strlen(text)), (ssize_t)strlen(text));
}

static void
far_reads(const char *text)
{
    char bytes[256];

    assert_int_equal(recv(f.far, bytes, strlen(text), MSG_WAITALL), (ssize_t)strlen(text));
    assert_memory_equal(bytes, text, strlen(text));
}

static void
far_reads_end(void)
{
    char byte;

    assert_int_equal(read(f.far, &byte, 1), 0);
}

/* ---- in the clear ---- */

static void
bytes_go_both_ways(void **state)
{
    struct block *block = block_new(STR("0123456789"));

    (void)state;
    far_writes("hello");
    run_until(has_received);
    assert_true(str_is(buffer_str(&f.received), "hello"));
    conn_write(f.conn, STR("a"));
    conn_write_block(f.conn, block, 3, 4);
    block_unref(block);
    conn_write(f.conn, STR("z"));
    assert_int_equal(conn_queued(f.conn), 6);
    run_until(has_drained);
    far_reads("a3456z");
    assert_int_equal(f.drained, 1);
}

static void
the_peer_has_a_name_and_a_network(void **state)
{
    static const struct {
        const char *peer, *network;
    } cases[] = {
        { "192.0.2.1:40112", "192.0.2.1" },
        { "[2001:db8:1:2:3:4:5:6]:40112", "2001:db8:1:2::" },
        { "[::1]:1", "::" },
    };

    (void)state;
    assert_string_equal(conn_peer(f.conn), "192.0.2.1:40112");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int fds[2];
        struct conn *conn;

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        conn = conn_new(f.loop, fds[0], cases[i].peer, &handler, &f);
        assert_non_null(conn);
        assert_string_equal(conn_peer_network(conn), cases[i].network);
        close(fds[1]);
    }
}

static void
the_peer_closes(void **state)
{
    (void)state;
    far_writes("last words");
    close(f.far);
    f.far = -1;
    run_until(has_closed);
    assert_int_equal(f.error, 0);
    assert_true(str_is(buffer_str(&f.received), "last words"));
}

/* Who closes its own end only still reads what was on its way. */
static void
half_closed_peers_get_what_was_queued(void **state)
{
    (void)state;
    assert_int_equal(shutdown(f.far, SHUT_WR), 0);
    conn_write(f.conn, STR("the rest"));
    run_until(is_gone);
    assert_true(f.closed);
    far_reads("the rest");
    far_reads_end();
}

/* ---- a far end in a thread of its own ---- */

struct far_end {
    pthread_t thread;
    size_t count; /* bytes read until the end */
};

static void *
read_everything(void *context)
{
    struct far_end *far = context;
    char bytes[8192];
    ssize_t got;

    while ((got = read(f.far, bytes, sizeof(bytes))) > 0)
        far->count += (size_t)got;
    (void)shutdown(f.far, SHUT_WR);
    return NULL;
}

static void
write_big(void)
{
    char bytes[1000];
    struct block *block;

    memset(bytes, 'x', sizeof(bytes));
    block = block_new((struct str){ bytes, sizeof(bytes) });
    for (size_t i = 0; i < BIG / sizeof(bytes); i++) {
        if (i % 2)
            conn_write(f.conn, (struct str){ bytes, sizeof(bytes) });
        else
            conn_write_block(f.conn, block, 0, sizeof(bytes));
    }
    block_unref(block);
}

static void
a_slow_reader_gets_everything_before_the_close(void **state)
{
    struct far_end far = { 0 };

    (void)state;
    write_big();
    conn_close(f.conn, PATIENCE_S * INT64_C(1000000));
    conn_write(f.conn, STR("too late"));
    run_until(is_a_moment_later);
    assert_false(is_gone());
    assert_int_equal(pthread_create(&far.thread, NULL, read_everything, &far), 0);
    run_until(is_gone);
    pthread_join(far.thread, NULL);
    assert_int_equal(far.count, BIG / 1000 * 1000);
    assert_false(f.closed);
}

static void
who_does_not_read_is_left_after_the_linger(void **state)
{
    (void)state;
    write_big();
    conn_close(f.conn, 20000);
    run_until(is_gone);
    assert_false(f.closed);
}

static void
a_peer_that_keeps_talking_is_not_heard_after_the_close(void **state)
{
    (void)state;
    conn_write(f.conn, STR("bye"));
    conn_close(f.conn, 50000);
    far_writes("but wait");
    run_until(is_gone);
    assert_int_equal(buffer_len(&f.received), 0);
    far_reads("bye");
    far_reads_end();
}

static void
paused_reading_waits(void **state)
{
    (void)state;
    conn_set_reading(f.conn, false);
    far_writes("later");
    run_until(is_a_moment_later);
    assert_int_equal(buffer_len(&f.received), 0);
    /* Not even a hang-up gets through, and it does not keep the loop busy. */
    close(f.far);
    f.far = -1;
    run_until(is_a_moment_later);
    assert_false(f.closed);
    conn_set_reading(f.conn, true);
    run_until(has_closed);
    assert_true(str_is(buffer_str(&f.received), "later"));
}

static void
a_conn_moves_to_another_loop(void **state)
{
    struct loop *before = f.loop;
    struct loop *after = loop_new();

    (void)state;
    conn_write(f.conn, STR("queued before"));
    conn_detach(f.conn);
    assert_int_equal(loop_resident_count(before), 0);
    far_writes("sent meanwhile");
    f.loop = after;
    assert_int_equal(conn_attach(f.conn, after, &handler, &f), 0);
    loop_free(before);
    run_until(has_received);
    run_until(has_drained);
    assert_true(str_is(buffer_str(&f.received), "sent meanwhile"));
    far_reads("queued before");
}

static void
a_detached_conn_is_freed_at_once(void **state)
{
    (void)state;
    conn_detach(f.conn);
    conn_close(f.conn, 0);
    far_reads_end();
}

/* ---- TLS ---- */

struct client {
    pthread_t thread;
    int version;          /* TLS1_2_VERSION ... */
    const char *protocol; /* ALPN, or NULL */
    size_t sends;         /* bytes, which come back */
    bool shakes_hands;    /* what it found */
    size_t got;
    uint8_t exporter[32];
    bool said_goodbye;
};

static SSL_CTX *
client_context(const struct client *client)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    unsigned char protocols[64];
    size_t length = client->protocol ? strlen(client->protocol) : 0;

    SSL_CTX_set_min_proto_version(context, client->version);
    SSL_CTX_set_max_proto_version(context, client->version);
    if (client->protocol) {
        protocols[0] = (unsigned char)length;
        memcpy(protocols + 1, client->protocol, length);
        SSL_CTX_set_alpn_protos(context, protocols, (unsigned)length + 1);
    }
    return context;
}

static void
echo_round(struct client *client, SSL *ssl)
{
    char bytes[4096];
    size_t sent = 0;

    memset(bytes, 'y', sizeof(bytes));
    while (sent < client->sends && SSL_write(ssl, bytes, sizeof(bytes)) > 0) {
        int got = 0, part;

        sent += sizeof(bytes);
        while (got < (int)sizeof(bytes) && (part = SSL_read(ssl, bytes, sizeof(bytes))) > 0)
            got += part;
        client->got += (size_t)got;
    }
}

static void *
run_client(void *context)
{
    struct client *client = context;
    SSL_CTX *ssl_context = client_context(client);
    SSL *ssl = SSL_new(ssl_context);
    char byte;

    SSL_set_fd(ssl, f.far);
    client->shakes_hands = SSL_connect(ssl) == 1;
    if (client->shakes_hands) {
        SSL_export_keying_material(ssl, client->exporter, sizeof(client->exporter),
                                   "EXPORTER-Channel-Binding", 24, NULL, 0, 0);
        echo_round(client, ssl);
        if (client->sends > 0)
            SSL_shutdown(ssl);
        while (SSL_read(ssl, &byte, 1) > 0)
            client->got++;
        client->said_goodbye = SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN;
    }
    SSL_free(ssl);
    SSL_CTX_free(ssl_context);
    ERR_clear_error();
    (void)shutdown(f.far, SHUT_RDWR);
    return NULL;
}

static void
start_client(struct client *client)
{
    f.echoes = true;
    conn_start_tls(f.conn, tls.context);
    assert_null(conn_tls(f.conn));
    assert_int_equal(pthread_create(&client->thread, NULL, run_client, client), 0);
}

static void
check_echo(int version, const char *name)
{
    struct client client = { .version = version, .protocol = "xmpp-client", .sends = 400 * 4096 };

    start_client(&client);
    run_until(has_closed);
    pthread_join(client.thread, NULL);
    assert_true(client.shakes_hands);
    assert_int_equal(f.error, 0);
    assert_int_equal(client.got, client.sends);
    assert_int_equal(buffer_len(&f.received), client.sends);
    assert_true(f.info.active);
    assert_string_equal(f.info.version, name);
    assert_int_equal(f.info.binding_len[CB_TLS_SERVER_END_POINT], 32);
    if (version == TLS1_3_VERSION) {
        assert_int_equal(f.info.binding_len[CB_TLS_EXPORTER], 32);
        assert_memory_equal(f.info.binding[CB_TLS_EXPORTER], client.exporter, 32);
    } else {
        assert_int_equal(f.info.binding_len[CB_TLS_EXPORTER], 0);
    }
}

static void
tls_1_3_carries_bytes(void **state)
{
    (void)state;
    check_echo(TLS1_3_VERSION, "TLSv1.3");
}

static void
tls_1_2_carries_bytes(void **state)
{
    (void)state;
    check_echo(TLS1_2_VERSION, "TLSv1.2");
}

static void
check_refused(struct client *client)
{
    start_client(client);
    run_until(has_closed);
    pthread_join(client->thread, NULL);
    assert_false(client->shakes_hands);
    assert_int_equal(f.error, E_TLS);
    assert_false(f.info.active);
}

static void
tls_1_1_is_refused(void **state)
{
    struct client client = { .version = TLS1_1_VERSION };

    (void)state;
    check_refused(&client);
}

static void
another_protocol_is_refused(void **state)
{
    struct client client = { .version = TLS1_3_VERSION, .protocol = "http/1.1" };

    (void)state;
    check_refused(&client);
}

static void
what_is_not_tls_is_refused(void **state)
{
    (void)state;
    conn_start_tls(f.conn, tls.context);
    far_writes("GET / HTTP/1.1\r\n\r\n");
    run_until(has_closed);
    assert_int_equal(f.error, E_TLS);
    assert_int_equal(buffer_len(&f.received), 0);
}

/* STARTTLS: what was queued before goes out as it is. */
static void
the_clear_part_goes_first(void **state)
{
    struct client client = { .version = TLS1_3_VERSION, .sends = 4096 };

    (void)state;
    conn_write(f.conn, STR("<proceed/>"));
    conn_start_tls(f.conn, tls.context);
    conn_write(f.conn, STR("!"));
    run_until(is_a_moment_later);
    far_reads("<proceed/>");
    f.echoes = true;
    assert_int_equal(pthread_create(&client.thread, NULL, run_client, &client), 0);
    run_until(has_closed);
    pthread_join(client.thread, NULL);
    assert_true(client.shakes_hands);
    assert_true(client.got >= client.sends);
}

static void
our_close_says_goodbye(void **state)
{
    struct client client = { .version = TLS1_3_VERSION };

    (void)state;
    start_client(&client);
    write_big();
    run_until(has_drained);
    conn_close(f.conn, PATIENCE_S * INT64_C(1000000));
    run_until(is_gone);
    pthread_join(client.thread, NULL);
    assert_true(client.said_goodbye);
}

static void
a_close_inside_tls_ready_is_fine(void **state)
{
    struct client client = { .version = TLS1_3_VERSION };

    (void)state;
    f.closes_when_ready = true;
    start_client(&client);
    run_until(is_gone);
    pthread_join(client.thread, NULL);
    assert_false(f.closed);
}

/* A connection that is cut without goodbye is not a close in good order. */
static void
a_cut_is_an_error(void **state)
{
    (void)state;
    conn_start_tls(f.conn, tls.context);
    close(f.far);
    f.far = -1;
    run_until(has_closed);
    assert_int_equal(f.error, E_CLOSED);
}

static int
make_certificate(void **state)
{
    (void)state;
    tls_fixture_init(&tls);
    return 0;
}

static int
remove_certificate(void **state)
{
    (void)state;
    tls_fixture_fini(&tls);
    return 0;
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(bytes_go_both_ways),
        TEST(the_peer_has_a_name_and_a_network),
        TEST(the_peer_closes),
        TEST(half_closed_peers_get_what_was_queued),
        TEST(a_slow_reader_gets_everything_before_the_close),
        TEST(who_does_not_read_is_left_after_the_linger),
        TEST(a_peer_that_keeps_talking_is_not_heard_after_the_close),
        TEST(paused_reading_waits),
        TEST(a_conn_moves_to_another_loop),
        TEST(a_detached_conn_is_freed_at_once),
        TEST(tls_1_3_carries_bytes),
        TEST(tls_1_2_carries_bytes),
        TEST(tls_1_1_is_refused),
        TEST(another_protocol_is_refused),
        TEST(what_is_not_tls_is_refused),
        TEST(the_clear_part_goes_first),
        TEST(our_close_says_goodbye),
        TEST(a_close_inside_tls_ready_is_fine),
        TEST(a_cut_is_an_error),
    };

    return cmocka_run_group_tests(tests, make_certificate, remove_certificate);
}
