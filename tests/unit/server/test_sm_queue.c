/* test_sm_queue.c - what waits for an acknowledgement: counts, the wrap at 2^32, and what is sent
 * once more. */
#include "server/core/sm_queue.h"

#include "base/buffer.h"
#include "server/core/parcel.h"
#include "server/core/worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void
push(struct sm_queue *queue, const char *text)
{
    sm_queue_push(queue, (struct sm_entry){ .block = block_new(str_from(text)),
                                            .to_offset = SM_WHOLE,
                                            .sent_us = 1 });
}

static void
push_many(struct sm_queue *queue, unsigned first, unsigned count)
{
    char text[16];

    for (unsigned i = 0; i < count; i++) {
        (void)snprintf(text, sizeof(text), "%u", first + i);
        push(queue, text);
    }
}

static void
assert_oldest(const struct sm_queue *queue, const char *text)
{
    assert_true(str_is(block_str(sm_queue_at(queue, 0)->block), text));
}

static void
test_order(void **state)
{
    struct sm_queue queue;
    struct sm_entry entry;

    (void)state;
    sm_queue_init(&queue);
    /* More than a ring's first size, with its front in the middle. */
    push_many(&queue, 1, 6);
    assert_int_equal(sm_queue_ack(&queue, 4), SM_ACK_OK);
    push_many(&queue, 7, 20);
    assert_int_equal(queue.sent, 26);
    assert_int_equal(queue.count, 22);
    for (unsigned i = 0; i < 22; i++) {
        char text[16];

        (void)snprintf(text, sizeof(text), "%u", 5 + i);
        assert_true(str_is(block_str(sm_queue_at(&queue, i)->block), text));
    }
    assert_true(sm_queue_pop(&queue, &entry));
    assert_true(str_is(block_str(entry.block), "5"));
    block_unref(entry.block);
    sm_queue_fini(&queue);
    assert_false(sm_queue_pop(&queue, &entry));
    assert_null(queue._ring);
}

static void
test_acknowledgements(void **state)
{
    static const struct {
        uint32_t before, sent, acked, h;
        enum sm_ack verdict;
        unsigned left;
    } cases[] = {
        { 0, 5, 0, 0, SM_ACK_OK, 5 },
        { 0, 5, 0, 3, SM_ACK_OK, 2 },
        { 0, 5, 0, 5, SM_ACK_OK, 0 },
        { 0, 5, 0, 6, SM_ACK_TOO_HIGH, 5 },
        { 0, 5, 3, 2, SM_ACK_OLD, 2 },
        { 0, 5, 3, 3, SM_ACK_OK, 2 },
        { 0, 0, 0, 1, SM_ACK_TOO_HIGH, 0 },
        { 0, 0, 0, 0, SM_ACK_OK, 0 },
        /* XEP-0198 4: from 2^32-1 back to zero. */
        { UINT32_MAX - 2, 6, 0, UINT32_MAX, SM_ACK_OK, 4 },
        { UINT32_MAX - 2, 6, 0, 0, SM_ACK_OK, 3 },
        { UINT32_MAX - 2, 6, 0, 3, SM_ACK_OK, 0 },
        { UINT32_MAX - 2, 6, 0, 4, SM_ACK_TOO_HIGH, 6 },
        { UINT32_MAX - 2, 6, 5, UINT32_MAX, SM_ACK_OLD, 1 },
        { UINT32_MAX - 2, 6, 5, UINT32_MAX - 2, SM_ACK_OLD, 1 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sm_queue queue;

        sm_queue_init(&queue);
        queue.sent = cases[i].before;
        push_many(&queue, 0, cases[i].sent);
        assert_int_equal(sm_queue_ack(&queue, cases[i].before + cases[i].acked), SM_ACK_OK);
        assert_int_equal(sm_queue_check(&queue, cases[i].h), cases[i].verdict);
        assert_int_equal(sm_queue_ack(&queue, cases[i].h), cases[i].verdict);
        assert_int_equal(queue.count, cases[i].left);
        sm_queue_fini(&queue);
    }
}

static void
test_weight(void **state)
{
    struct sm_queue queue;

    (void)state;
    sm_queue_init(&queue);
    push(&queue, "0123456789");
    assert_int_equal(queue.bytes, 10 + sizeof(struct sm_entry));
    push(&queue, "");
    assert_oldest(&queue, "0123456789");
    assert_int_equal(sm_queue_ack(&queue, 1), SM_ACK_OK);
    assert_int_equal(queue.bytes, sizeof(struct sm_entry));
    assert_int_equal(sm_queue_ack(&queue, 2), SM_ACK_OK);
    assert_int_equal(queue.bytes, 0);
    sm_queue_fini(&queue);
}

#define STAMP "<delay xmlns='urn:xmpp:delay' stamp='1970-01-01T00:00:01.000000Z' from='a&amp;b'/>"

static void
test_sent_again(void **state)
{
    static const char *const cases[][2] = {
        { "<message><body>x</body></message>", "<message><body>x</body>" STAMP "</message>" },
        { "<message/>", "<message>" STAMP "</message>" },
        { "<presence from='a'/>", "<presence from='a'>" STAMP "</presence>" },
        { "<iq type='get'/>", "<iq type='get'/>" },
        { "<message><delay xmlns='urn:xmpp:delay' stamp='s'/></message>",
          "<message><delay xmlns='urn:xmpp:delay' stamp='s'/></message>" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buffer out;

        buffer_init(&out, 1024);
        sm_write_again(&out, str_from(cases[i][0]), STR("a&b"), 1000000);
        assert_true(str_is(buffer_str(&out), cases[i][1]));
        buffer_fini(&out);
    }
}

/* ---- parcels ---- */

static struct stanza *
new_message(void)
{
    struct stanza *message = stanza_new_message(STR("chat"), (struct jid){ 0 });

    stanza_seal(message);
    return message;
}

/* Given to two: it is lost when both have lost it, and only once. */
static void
test_parcel(void **state)
{
    static const struct {
        bool first_arrives, second_arrives, elsewhere;
        bool lost;
    } cases[] = {
        { false, false, false, true }, { true, false, false, false }, { false, true, false, false },
        { true, true, false, false },  { false, false, true, false },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct worker worker = { 0 };
        struct stanza *message = new_message();
        struct parcel_scope scope;
        struct parcel *first, *second;
        struct block *lost = NULL, *bytes;

        parcel_open(&worker, &scope, message);
        first = parcel_hold(&worker, true);
        if (cases[i].elsewhere)
            assert_null(parcel_hold(&worker, false));
        second = parcel_hold(&worker, true);
        assert_non_null(first);
        assert_ptr_equal(first, second);
        bytes = parcel_bytes(&worker, message);
        assert_ptr_equal(bytes, first->bytes);
        block_unref(bytes);
        parcel_close(&worker, &scope);
        if (cases[i].first_arrives)
            parcel_arrive(first);
        else
            assert_null(parcel_lose(first));
        if (cases[i].second_arrives)
            parcel_arrive(second);
        else
            lost = parcel_lose(second);
        assert_int_equal(lost != NULL, cases[i].lost);
        if (lost)
            assert_true(str_is(block_str(lost), "<message type='chat'/>"));
        block_unref(lost);
        stanza_unref(message);
    }
}

static void
test_parcel_scopes(void **state)
{
    struct worker worker = { 0 };
    struct stanza *message = new_message();
    struct parcel_scope outer, inner;
    struct parcel *parcel;
    struct block *block;

    (void)state;
    /* Outside of a scope nothing is a parcel, and bytes are nobody else's. */
    assert_null(parcel_hold(&worker, true));
    block = parcel_bytes(&worker, message);
    assert_non_null(block);
    block_unref(block);

    /* A session that can only be believed to have it comes first. */
    parcel_open(&worker, &outer, message);
    parcel_open(&worker, &inner, message);
    assert_null(parcel_hold(&worker, false));
    parcel = parcel_hold(&worker, true);
    parcel_close(&worker, &inner);
    assert_null(parcel_lose(parcel));
    parcel = parcel_hold(&worker, true);
    parcel_close(&worker, &outer);
    block = parcel_lose(parcel);
    assert_non_null(block);
    block_unref(block);
    assert_null(parcel_lose(NULL));
    parcel_arrive(NULL);
    stanza_unref(message);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),  cmocka_unit_test(test_acknowledgements),
        cmocka_unit_test(test_weight), cmocka_unit_test(test_sent_again),
        cmocka_unit_test(test_parcel), cmocka_unit_test(test_parcel_scopes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
