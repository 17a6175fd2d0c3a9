/* server_fixture.c - see server_fixture.h. */
#include "server_fixture.h"

#include "base/error.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    PATIENCE_S = 10
};

void
server_fixture_init(struct server_fixture *fixture, unsigned workers)
{
    struct server *server = &fixture->server;

    *fixture = (struct server_fixture){ 0 };
    fixture->config.max_session_queue_bytes = 256 * 1024;
    fixture->config.max_stanza_bytes = 64 * 1024;
    fixture->config.login_seconds = PATIENCE_S;
    server->config = &fixture->config;
    server->domain = STR("chat.example");
    server->rooms_domain = STR("rooms.chat.example");
    server->stream_config = (struct server_stream_config){
        .domain = server->domain,
        .allow_plain_without_tls = true,
        .offer_anonymous = true,
        .offer_registration = true,
        .limits_before = XML_LIMITS_UNAUTHENTICATED,
        .limits_after = XML_LIMITS_DEFAULT,
        .auth_attempts_max = 5,
        .decoy_secret = STR("decoy"),
    };
    assert_int_equal(workers_new(server, workers), 0);
}

static void
account_created(struct store_call *call, void *fixture)
{
    (void)fixture;
    assert_int_equal(call->status, 0);
    store_call_free(call);
}

void
server_fixture_add_store(struct server_fixture *fixture)
{
    struct server *server = &fixture->server;
    struct store_options options = {
        .data_dir = fixture->data_dir, .relaxed = true, .readers = 1, .queue_max = 1000
    };
    struct mailbox mailbox;
    struct store_account_create *create;

    (void)snprintf(fixture->data_dir, sizeof(fixture->data_dir), "/tmp/jackdaw-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->data_dir));
    server->store = store_open(&options);
    assert_non_null(server->store);
    server->hashing = thread_pool_new("hashing", 1, 100, NULL, NULL, NULL);
    assert_non_null(server->hashing);
    assert_int_equal(mailbox_init(&mailbox), 0);
    create = STORE_CALL(account_create, ACCOUNT_CREATE, &mailbox, account_created, NULL);
    create->name = store_keep(&create->call, STR("anna"));
    for (int i = 0; i < SCRAM_HASHES; i++)
        scram_verifier_make((enum scram_hash)i, STR("secret"), &create->verifiers[i]);
    store_submit(server->store, &create->call);
    while (mailbox_open_all(&mailbox, fixture) == 0)
        (void)usleep(1000);
    mailbox_fini(&mailbox);
}

static void
remove_folder(const char *path)
{
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf '%s'", path);
    assert_int_equal(system(command), 0);
}

void
server_fixture_fini(struct server_fixture *fixture)
{
    struct server *server = &fixture->server;

    workers_stop(server);
    thread_pool_free(server->hashing);
    if (server->store)
        store_close(server->store);
    workers_free(server);
    if (fixture->data_dir[0])
        remove_folder(fixture->data_dir);
}

struct call {
    struct letter letter;
    void (*run)(struct worker *worker, void *context);
    void *context;
    sem_t done;
};

static void
open_call(struct letter *letter, void *context)
{
    struct call *call = CONTAINER_OF(letter, struct call, letter);

    call->run(context, call->context);
    sem_post(&call->done);
}

void
server_fixture_call(struct worker *worker,
                    void (*run)(struct worker *worker, void *context),
                    void *context)
{
    struct call call = { .letter.open = open_call, .run = run, .context = context };

    sem_init(&call.done, 0, 0);
    worker_post(worker, &call.letter);
    while (sem_wait(&call.done) < 0)
        assert_int_equal(errno, EINTR);
    sem_destroy(&call.done);
}

/* ---- clients ---- */

struct connection {
    int fd;
    const char *peer;
};

static void
accept_here(struct worker *worker, void *context)
{
    struct connection *connection = context;

    session_accept(worker, connection->fd, connection->peer, false);
}

int
server_fixture_connect(struct worker *worker, const char *peer)
{
    struct timeval patience = { .tv_sec = PATIENCE_S };
    struct connection connection = { .peer = peer };
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    (void)setsockopt(fds[1], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    (void)setsockopt(fds[1], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    (void)fcntl(fds[0], F_SETFL, O_NONBLOCK);
    connection.fd = fds[0];
    server_fixture_call(worker, accept_here, &connection);
    return fds[1];
}

struct test_client *
test_client_new(struct worker *worker, const char *peer)
{
    struct test_client *client = memory_new(1, sizeof(*client));

    client->fd = server_fixture_connect(worker, peer);
    return client;
}

void
test_client_free(struct test_client *client)
{
    close(client->fd);
    free(client);
}

void
test_client_send(struct test_client *client, const char *format, ...)
{
    char *text;
    va_list args;
    int length, sent = 0;

    va_start(args, format);
    length = vasprintf(&text, format, args);
    va_end(args);
    while (sent < length) {
        ssize_t part = send(client->fd, text + sent, (size_t)(length - sent), MSG_NOSIGNAL);

        if (part <= 0)
            break; /* the server has had enough: what it said shows up when it is read */
        sent += (int)part;
    }
    free(text);
}

/* Reads some more; 0 at the end. */
static ssize_t
read_more(struct test_client *client)
{
    ssize_t got = recv(client->fd, client->text + client->length,
                       sizeof(client->text) - 1 - client->length, 0);

    if (got > 0)
        client->length += (size_t)got;
    client->text[client->length] = '\0';
    return got;
}

void
test_client_read(struct test_client *client, const char *text)
{
    while (!strstr(client->text, text)) {
        ssize_t got = read_more(client);

        if (got <= 0)
            fail_msg("\"%s\" did not come (%zd), but \"%s\"", text, got, client->text);
    }
}

void
test_client_expect(struct test_client *client, const char *text)
{
    char *found;

    test_client_read(client, text);
    found = strstr(client->text, text) + strlen(text);
    client->length -= (size_t)(found - client->text);
    memmove(client->text, found, client->length + 1);
}

void
test_client_expect_end(struct test_client *client, const char *text)
{
    ssize_t got;

    while ((got = read_more(client)) > 0)
        ;
    assert_true(got == 0 || errno == ECONNRESET);
    if (!strstr(client->text, text))
        fail_msg("\"%s\" did not come before the end, but \"%s\"", text, client->text);
}

void
test_client_expect_not(struct test_client *client, const char *text, int milliseconds)
{
    struct pollfd poll_fd = { .fd = client->fd, .events = POLLIN };

    while (poll(&poll_fd, 1, milliseconds) > 0 && read_more(client) > 0)
        ;
    if (strstr(client->text, text))
        fail_msg("\"%s\" came", text);
}

void
test_client_sign_in(struct test_client *client, const char *resource)
{
    test_client_send(client, TEST_STREAM_HEADER);
    test_client_expect(client, "</stream:features>");
    test_client_send(
        client, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'>=</auth>");
    test_client_expect(client, "<success");
    test_client_send(client, TEST_STREAM_HEADER);
    test_client_expect(client, "</stream:features>");
    test_client_send(client,
                     "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                     "<resource>%s</resource></bind></iq>",
                     resource);
    test_client_read(client, "</iq>");
    if (strstr(client->text, "<jid>")) {
        test_client_expect(client, "<jid>");
        (void)snprintf(client->bare, sizeof(client->bare), "%.*s", (int)strcspn(client->text, "/"),
                       client->text);
    }
    test_client_expect(client, "</iq>");
}
