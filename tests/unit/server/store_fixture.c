/* store_fixture.c - see store_fixture.h. */
#include "store_fixture.h"

#include "base/error.h"

#include <ftw.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    ANSWER_TIMEOUT_MS = 30000
};

void
store_fixture_init(struct store_fixture *fixture)
{
    *fixture = (struct store_fixture){ .data_dir = "/tmp/test-store-XXXXXX" };
    assert_non_null(mkdtemp(fixture->data_dir));
    assert_int_equal(mailbox_init(&fixture->mailbox), 0);
    fixture->options = (struct store_options){
        .data_dir = fixture->data_dir,
        .readers = 2,
        .queue_max = 100000,
    };
}

static int
remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

void
store_fixture_fini(struct store_fixture *fixture)
{
    store_fixture_close(fixture);
    mailbox_fini(&fixture->mailbox);
    assert_int_equal(nftw(fixture->data_dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

void
store_fixture_open(struct store_fixture *fixture)
{
    fixture->store = store_open(&fixture->options);
    assert_non_null(fixture->store);
}

void
store_fixture_close(struct store_fixture *fixture)
{
    store_close(fixture->store);
    fixture->store = NULL;
}

void
store_fixture_wait(struct store_fixture *fixture, size_t count)
{
    while (fixture->answered < count) {
        struct pollfd ready = { .fd = mailbox_fd(&fixture->mailbox), .events = POLLIN };

        assert_int_equal(poll(&ready, 1, ANSWER_TIMEOUT_MS), 1);
        (void)mailbox_open_all(&fixture->mailbox, fixture);
    }
}

void
store_fixture_done(struct store_call *call, void *fixture)
{
    struct store_fixture *self = fixture;

    assert_ptr_equal(call->owner, self);
    self->answered++;
}

int
store_fixture_run(struct store_fixture *fixture, struct store_call *call)
{
    size_t before = fixture->answered;

    store_submit(fixture->store, call);
    store_fixture_wait(fixture, before + 1);
    return call->status;
}

int
store_fixture_add_account(struct store_fixture *fixture, const char *name)
{
    struct store_account_create *create = FIXTURE_CALL(fixture, account_create, ACCOUNT_CREATE);
    int r;

    create->name = store_keep(&create->call, str_from(name));
    for (size_t i = 0; i < SCRAM_HASHES; i++) {
        create->verifiers[i] = (struct scram_verifier){
            .hash = (enum scram_hash)i,
            .iterations = 10000 + (uint32_t)i,
            .salt = "sixteen bytes...",
            .salt_len = 16,
            .stored_key = "stored",
            .server_key = "server",
        };
    }
    r = store_fixture_run(fixture, &create->call);
    store_call_free(&create->call);
    return r;
}
