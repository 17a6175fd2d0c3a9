/* test_mailbox.c - letters arrive once each, in order, and wake the owner. */
#include "base/mailbox.h"

#include <poll.h>
#include <pthread.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum {
    SENDERS = 4,
    LETTERS = 5000
};

struct note {
    struct letter letter;
    int sender;
    int number;
};

struct reader {
    struct mailbox *mailbox;
    int next[SENDERS]; /* the number each sender's next letter must have */
    struct note *post_again;
};

static struct note notes[SENDERS][LETTERS];

static void
read_note(struct letter *letter, void *context)
{
    struct note *note = CONTAINER_OF(letter, struct note, letter);
    struct reader *reader = context;

    assert_int_equal(note->number, reader->next[note->sender]);
    reader->next[note->sender]++;
    if (reader->post_again) {
        mailbox_post(reader->mailbox, &reader->post_again->letter);
        reader->post_again = NULL;
    }
}

static struct note *
make_note(int sender, int number)
{
    notes[sender][number] = (struct note){ { .open = read_note }, sender, number };
    return &notes[sender][number];
}

static int
is_readable(const struct mailbox *mailbox, int timeout_ms)
{
    return poll(&(struct pollfd){ .fd = mailbox_fd(mailbox), .events = POLLIN }, 1, timeout_ms);
}

static void
test_opens_in_order(void **state)
{
    struct mailbox mailbox;
    struct reader reader = { .mailbox = &mailbox };

    (void)state;
    assert_int_equal(mailbox_init(&mailbox), 0);
    assert_int_equal(is_readable(&mailbox, 0), 0);
    assert_int_equal(mailbox_open_all(&mailbox, &reader), 0);
    for (int i = 0; i < 3; i++)
        mailbox_post(&mailbox, &make_note(0, i)->letter);
    assert_int_equal(is_readable(&mailbox, 0), 1);
    assert_int_equal(mailbox_open_all(&mailbox, &reader), 3);
    assert_int_equal(reader.next[0], 3);
    assert_int_equal(is_readable(&mailbox, 0), 0);
    mailbox_fini(&mailbox);
}

static void
test_posts_while_opening_wait(void **state)
{
    struct mailbox mailbox;
    struct reader reader = { .mailbox = &mailbox, .post_again = make_note(0, 1) };

    (void)state;
    assert_int_equal(mailbox_init(&mailbox), 0);
    mailbox_post(&mailbox, &make_note(0, 0)->letter);
    assert_int_equal(mailbox_open_all(&mailbox, &reader), 1);
    assert_int_equal(is_readable(&mailbox, 0), 1);
    assert_int_equal(mailbox_open_all(&mailbox, &reader), 1);
    mailbox_fini(&mailbox);
}

struct sender {
    struct mailbox *mailbox;
    int index;
    pthread_t thread;
};

static void *
send_all(void *context)
{
    struct sender *sender = context;

    for (int i = 0; i < LETTERS; i++)
        mailbox_post(sender->mailbox, &make_note(sender->index, i)->letter);
    return NULL;
}

static void
test_many_senders(void **state)
{
    struct mailbox mailbox;
    struct reader reader = { .mailbox = &mailbox };
    struct sender senders[SENDERS];
    size_t opened = 0;

    (void)state;
    assert_int_equal(mailbox_init(&mailbox), 0);
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){ .mailbox = &mailbox, .index = i };
        assert_int_equal(pthread_create(&senders[i].thread, NULL, send_all, &senders[i]), 0);
    }
    /* Sleeping only in poll() proves that no wake-up is lost. */
    while (opened < SENDERS * LETTERS) {
        assert_int_equal(is_readable(&mailbox, 10000), 1);
        opened += mailbox_open_all(&mailbox, &reader);
    }
    for (int i = 0; i < SENDERS; i++) {
        pthread_join(senders[i].thread, NULL);
        assert_int_equal(reader.next[i], LETTERS);
    }
    (void)mailbox_open_all(&mailbox, &reader);
    mailbox_fini(&mailbox);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opens_in_order),
        cmocka_unit_test(test_posts_while_opening_wait),
        cmocka_unit_test(test_many_senders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
