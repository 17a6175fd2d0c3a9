/* test_write_queue.c - a queue of pieces behaves like one run of bytes. */
#include "server/net/write_queue.h"

#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum {
    MODEL_MAX = 4 * 1024 * 1024,
    PIECE_MAX = 3000,
    SCRATCH = 16 * 1024
};

struct pair {
    struct write_queue queue;
    struct buffer model;
    unsigned seed;
};

static void
fill(struct pair *pair, char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)rand_r(&pair->seed);
}

static void
put(struct pair *pair)
{
    char bytes[PIECE_MAX];
    size_t length = (size_t)rand_r(&pair->seed) % sizeof(bytes);
    size_t offset = length > 0 ? (size_t)rand_r(&pair->seed) % length : 0;
    struct str all = { bytes, length };

    fill(pair, bytes, length);
    if (rand_r(&pair->seed) % 2) {
        struct block *block = block_new(all);

        write_queue_share(&pair->queue, block, offset, length - offset);
        block_unref(block);
        all = str_slice(all, offset, length);
    } else {
        write_queue_copy(&pair->queue, all);
    }
    buffer_append(&pair->model, all);
}

static void
check_front(const struct pair *pair)
{
    struct str model = buffer_str(&pair->model);
    struct iovec iov[5];
    size_t count = write_queue_front(&pair->queue, iov, 5, 7000);
    static char scratch[SCRATCH];
    struct str gathered = write_queue_gather(&pair->queue, scratch, sizeof(scratch));
    size_t offset = 0;

    assert_int_equal(write_queue_bytes(&pair->queue), model.len);
    assert_int_equal(count == 0, model.len == 0);
    for (size_t i = 0; i < count; offset += iov[i++].iov_len) {
        assert_true(offset + iov[i].iov_len <= model.len);
        assert_memory_equal(iov[i].iov_base, model.data + offset, iov[i].iov_len);
    }
    assert_true(offset <= 7000);
    assert_true(gathered.len <= model.len && gathered.len <= sizeof(scratch));
    assert_int_equal(gathered.len == 0, model.len == 0);
    assert_true(str_equal(gathered, str_slice(model, 0, gathered.len)));
}

static void
it_is_one_run_of_bytes(void **state)
{
    struct pair pair = { .seed = 17 };

    (void)state;
    write_queue_init(&pair.queue);
    buffer_init(&pair.model, MODEL_MAX);
    for (int i = 0; i < 3000; i++) {
        size_t max = buffer_len(&pair.model) < 9000 ? buffer_len(&pair.model) : 9000;

        for (int n = rand_r(&pair.seed) % 6; n > 0; n--)
            put(&pair);
        check_front(&pair);
        max = (size_t)rand_r(&pair.seed) % (max + 1);
        write_queue_consume(&pair.queue, max);
        buffer_consume(&pair.model, max);
        check_front(&pair);
    }
    write_queue_fini(&pair.queue);
    buffer_fini(&pair.model);
}

static void
an_empty_queue_holds_no_memory(void **state)
{
    struct write_queue queue;

    (void)state;
    write_queue_init(&queue);
    write_queue_copy(&queue, STR("hello"));
    write_queue_consume(&queue, 5);
    assert_null(queue._pieces);
    assert_null(queue._chunk);
    write_queue_fini(&queue);
}

static void
small_copies_become_one_piece(void **state)
{
    struct write_queue queue;
    struct iovec iov[4];

    (void)state;
    write_queue_init(&queue);
    for (int i = 0; i < 50; i++)
        write_queue_copy(&queue, STR("0123456789"));
    assert_int_equal(write_queue_front(&queue, iov, 4, SIZE_MAX), 1);
    assert_int_equal(iov[0].iov_len, 500);
    write_queue_fini(&queue);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_one_run_of_bytes),
        cmocka_unit_test(an_empty_queue_holds_no_memory),
        cmocka_unit_test(small_copies_become_one_piece),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
