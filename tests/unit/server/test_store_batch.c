/* test_store_batch.c - what the store promises about many writes at once: one commit for all who
 * wait, one failure spoils nobody else, and what was answered survives kill -9 and a full disk. */
#include "base/error.h"
#include "store_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    WRITES = 2000
};

static int
set_up(void **state)
{
    struct store_fixture *fixture = malloc(sizeof(*fixture));

    store_fixture_init(fixture);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state)
{
    store_fixture_fini(*state);
    free(*state);
    return 0;
}

/* Submits one message for `name`; `done` gets the answer. */
static void
submit_message(struct store_fixture *fixture,
               const char *name,
               int64_t number,
               void (*done)(struct store_call *call, void *fixture))
{
    struct store_offline_add *add =
        STORE_CALL(offline_add, OFFLINE_ADD, &fixture->mailbox, done, fixture);

    add->name = store_keep(&add->call, str_from(name));
    add->xml = arena_printf(&add->call.arena, "<message id='%lld'/>", (long long)number);
    add->stored_us = number;
    add->limit = INT64_MAX;
    store_submit(fixture->store, &add->call);
}

static size_t
count_messages(struct store_fixture *fixture, const char *name)
{
    struct store_account_load *load = FIXTURE_CALL(fixture, account_load, ACCOUNT_LOAD);
    int64_t count;

    load->name = store_keep(&load->call, str_from(name));
    assert_int_equal(store_fixture_run(fixture, &load->call), 0);
    count = load->ret_offline_count;
    store_call_free(&load->call);
    return (size_t)count;
}

/* Bytes this process has passed to write() so far. */
static long long
bytes_written(void)
{
    FILE *file = fopen("/proc/self/io", "re");
    long long bytes = -1;
    char line[128];

    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        if (strncmp(line, "wchar:", 6) == 0)
            bytes = strtoll(line + 6, NULL, 10);
    }
    fclose(file);
    return bytes;
}

static int64_t last_number;

static void
check_order(struct store_call *call, void *context)
{
    struct store_offline_add *add = CONTAINER_OF(call, struct store_offline_add, call);
    struct store_fixture *fixture = context;

    assert_int_equal(call->status, 0);
    assert_int_equal(add->stored_us, last_number + 1);
    last_number = add->stored_us;
    fixture->answered++;
    store_call_free(call);
}

static void
write_many(struct store_fixture *fixture)
{
    long long before;

    store_fixture_open(fixture);
    assert_int_equal(store_fixture_add_account(fixture, "anna"), 0);
    last_number = 0;
    before = bytes_written();
    for (int64_t i = 1; i <= WRITES; i++)
        submit_message(fixture, "anna", i, check_order);
    store_fixture_wait(fixture, 1 + WRITES);
    /* A commit of its own for each would write three pages or more each time. */
    assert_true(bytes_written() - before < (long long)WRITES * 4096);
    assert_int_equal(count_messages(fixture, "anna"), WRITES);
}

static void
waiting_writes_share_a_commit_and_keep_their_order(void **state)
{
    write_many(*state);
}

static void
relaxed_writes_do_too(void **state)
{
    struct store_fixture *fixture = *state;

    fixture->options.relaxed = true;
    write_many(fixture);
}

static void
count_status(struct store_call *call, void *context)
{
    struct store_fixture *fixture = context;
    bool for_nobody = str_is(CONTAINER_OF(call, struct store_offline_add, call)->name, "nobody");

    assert_int_equal(call->status, for_nobody ? E_NOT_FOUND : 0);
    fixture->answered++;
    store_call_free(call);
}

static void
a_failing_write_does_not_spoil_its_batch(void **state)
{
    struct store_fixture *fixture = *state;

    store_fixture_open(fixture);
    assert_int_equal(store_fixture_add_account(fixture, "anna"), 0);
    for (int64_t i = 0; i < 300; i++)
        submit_message(fixture, i % 3 == 1 ? "nobody" : "anna", i, count_status);
    store_fixture_wait(fixture, 301);
    assert_int_equal(count_messages(fixture, "anna"), 200);
}

static size_t refused;

static void
count_refused(struct store_call *call, void *context)
{
    struct store_fixture *fixture = context;

    assert_true(call->status == 0 || call->status == E_FULL);
    refused += call->status == E_FULL;
    fixture->answered++;
    store_call_free(call);
}

static void
a_full_queue_refuses_at_once(void **state)
{
    struct store_fixture *fixture = *state;

    fixture->options.queue_max = 1;
    store_fixture_open(fixture);
    assert_int_equal(store_fixture_add_account(fixture, "anna"), 0);
    refused = 0;
    for (int64_t i = 0; i < WRITES; i++)
        submit_message(fixture, "anna", i, count_refused);
    store_fixture_wait(fixture, 1 + WRITES);
    assert_true(refused > 0);
    assert_int_equal(count_messages(fixture, "anna"), WRITES - refused);
}

static void
closing_finishes_what_was_submitted(void **state)
{
    struct store_fixture *fixture = *state;

    store_fixture_open(fixture);
    assert_int_equal(store_fixture_add_account(fixture, "anna"), 0);
    last_number = 0;
    for (int64_t i = 1; i <= WRITES; i++)
        submit_message(fixture, "anna", i, check_order);
    store_fixture_close(fixture);
    store_fixture_wait(fixture, 1 + WRITES);
    store_fixture_open(fixture);
    assert_int_equal(count_messages(fixture, "anna"), WRITES);
}

/* ---- a full disk ---- */

static void
limit_file_size(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static size_t lost;

static void
count_lost(struct store_call *call, void *context)
{
    struct store_fixture *fixture = context;

    assert_true(call->status == 0 || call->status == E_STORE);
    lost += call->status == E_STORE;
    fixture->answered++;
    store_call_free(call);
}

static void
a_full_disk_loses_nothing_that_was_promised(void **state)
{
    struct store_fixture *fixture = *state;
    size_t kept;

    (void)signal(SIGXFSZ, SIG_IGN);
    store_fixture_open(fixture);
    assert_int_equal(store_fixture_add_account(fixture, "anna"), 0);
    lost = 0;
    limit_file_size(256 * 1024);
    for (int64_t i = 1; i <= 4 * WRITES; i++)
        submit_message(fixture, "anna", i, count_lost);
    store_fixture_wait(fixture, 1 + 4 * WRITES);
    limit_file_size(RLIM_INFINITY);
    assert_true(lost > 0);
    kept = 4 * WRITES - lost;
    assert_int_equal(count_messages(fixture, "anna"), kept);

    /* And it goes on when there is room again. */
    last_number = 0;
    submit_message(fixture, "anna", 1, check_order);
    store_fixture_wait(fixture, 1 + 4 * WRITES + 1 + 1);
    store_fixture_close(fixture);
    store_fixture_open(fixture);
    assert_int_equal(count_messages(fixture, "anna"), kept + 1);
}

/* ---- kill -9 ---- */

static int report_fd;

static void
report(struct store_call *call, void *context)
{
    struct store_offline_add *add = CONTAINER_OF(call, struct store_offline_add, call);
    struct store_fixture *fixture = context;

    if (call->status != 0 || write(report_fd, &add->ret_id, sizeof(add->ret_id)) < 0)
        _exit(1);
    fixture->answered++;
    store_call_free(call);
}

/* Stores without end, some dozens at a time, and reports every id that the store has answered. */
static void
store_and_report(struct store_fixture *fixture)
{
    size_t submitted = 0;

    fixture->store = store_open(&fixture->options);
    if (!fixture->store || store_fixture_add_account(fixture, "anna") < 0)
        _exit(1);
    for (;;) {
        for (int i = 0; i < 50; i++)
            submit_message(fixture, "anna", (int64_t)++submitted, report);
        store_fixture_wait(fixture, 1 + submitted - 25);
    }
}

static void
check_reported(struct store_fixture *fixture, const int64_t *ids, size_t count)
{
    struct store_offline_load *load;
    int64_t after = 0;
    size_t found = 0;

    for (;; store_call_free(&load->call)) {
        load = FIXTURE_CALL(fixture, offline_load, OFFLINE_LOAD);
        load->name = STR("anna");
        load->after = after;
        load->limit = 1000;
        assert_int_equal(store_fixture_run(fixture, &load->call), 0);
        if (load->ret_count == 0)
            break;
        after = load->ret_messages[load->ret_count - 1].id;
        for (size_t i = 0; i < load->ret_count; i++)
            found += found < count && load->ret_messages[i].id == ids[found];
    }
    store_call_free(&load->call);
    assert_int_equal(found, count);
}

static void
kill_9_loses_nothing_that_was_reported(void **state)
{
    static int64_t ids[1000000];
    struct store_fixture *fixture = *state;
    size_t count = 0;
    int ends[2];
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        report_fd = ends[1];
        store_and_report(fixture);
    }
    close(ends[1]);
    while (read(ends[0], &ids[count], sizeof(ids[0])) == sizeof(ids[0])) {
        if (++count == 700)
            assert_int_equal(kill(child, SIGKILL), 0);
    }
    close(ends[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(count >= 700);
    store_fixture_open(fixture);
    check_reported(fixture, ids, count);
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        STORE_TEST(waiting_writes_share_a_commit_and_keep_their_order),
        STORE_TEST(relaxed_writes_do_too),
        STORE_TEST(a_failing_write_does_not_spoil_its_batch),
        STORE_TEST(a_full_queue_refuses_at_once),
        STORE_TEST(closing_finishes_what_was_submitted),
        STORE_TEST(a_full_disk_loses_nothing_that_was_promised),
        STORE_TEST(kill_9_loses_nothing_that_was_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
