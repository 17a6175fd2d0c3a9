/* server_fixture.h - a server of workers without the upper floors, and a client at a socket pair.
 * Owns: its workers, store and hashing pool. Threads: the workers', and the test's.
 * Errors: as failed assertions. */
#pragma once

#include "server/core/config.h"
#include "server/core/router.h"
#include "server/core/session.h"
#include "server/core/worker.h"

struct server_fixture {
    struct config config;
    struct server server;
    char data_dir[64]; /* of the store; empty = no store */
};

/* "chat.example" with `workers` workers that do not run yet; no TLS, guests, no limits. */
void server_fixture_init(struct server_fixture *fixture, unsigned workers);

/* Adds a store with the account "anna", whose password is "secret", and a hashing pool. */
void server_fixture_add_store(struct server_fixture *fixture);

/* Stops what was started. */
void server_fixture_fini(struct server_fixture *fixture);

/* Runs `run` on the worker and waits for its end. */
void server_fixture_call(struct worker *worker,
                         void (*run)(struct worker *worker, void *context),
                         void *context);

/* A connection to the worker, which must run; the other end, blocking for some seconds at most. */
int server_fixture_connect(struct worker *worker, const char *peer);

/* The client's side: what was read and not yet expected stays in `text`. */
struct test_client {
    int fd;
    char bare[64]; /* its address, after test_client_sign_in() */
    size_t length;
    char text[64 * 1024];
};

struct test_client *test_client_new(struct worker *worker, const char *peer);
void test_client_free(struct test_client *client);
void test_client_send(struct test_client *client, const char *format, ...) PRINTF_LIKE(2, 3);

/* Reads until `text` has come. */
void test_client_read(struct test_client *client, const char *text);

/* The same, and forgets everything up to its end. */
void test_client_expect(struct test_client *client, const char *text);

/* Reads until the end; `text` is somewhere in what came. */
void test_client_expect_end(struct test_client *client, const char *text);

/* What came within the time does not contain `text`. */
void test_client_expect_not(struct test_client *client, const char *text, int milliseconds);

/* Opens a stream, signs in as a guest and binds the resource. */
void test_client_sign_in(struct test_client *client, const char *resource);

#define TEST_STREAM_HEADER                                                                         \
    "<stream:stream to='chat.example' version='1.0' xmlns='jabber:client' "                        \
    "xmlns:stream='http://etherx.jabber.org/streams'>"
