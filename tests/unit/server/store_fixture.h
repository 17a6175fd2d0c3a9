/* store_fixture.h - a store in a folder of its own, and a caller that waits for its answers.
 * Owns: the folder. Threads: the test's. Errors: as failed assertions. */
#pragma once

#include "server/store/store.h"

struct store_fixture {
    struct store *store;
    struct store_options options;
    struct mailbox mailbox;
    char data_dir[64];
    size_t answered;
};

void store_fixture_init(struct store_fixture *fixture);
void store_fixture_fini(struct store_fixture *fixture); /* removes the folder */
void store_fixture_open(struct store_fixture *fixture);
void store_fixture_close(struct store_fixture *fixture);

/* Opens letters until `count` answers have come in all. */
void store_fixture_wait(struct store_fixture *fixture, size_t count);

/* Submits, waits, and returns the status; the call stays the caller's. */
int store_fixture_run(struct store_fixture *fixture, struct store_call *call);

/* The `done` of calls that store_fixture_run() waits for; the letter is opened with the fixture. */
void store_fixture_done(struct store_call *call, void *fixture);

/* A call for store_fixture_run(). */
#define FIXTURE_CALL(fixture, name, NAME)                                                          \
    STORE_CALL(name, NAME, &(fixture)->mailbox, store_fixture_done, (fixture))

/* An account without much behind it. */
int store_fixture_add_account(struct store_fixture *fixture, const char *name);
