/* test_subscription.c - RFC 6121 appendix A, row by row, written out a second time. */
#include "server/account/subscription.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char *const states[] = {
    [SUBSCRIPTION_NONE] = "None",
    [SUBSCRIPTION_NONE_OUT] = "None + Pending Out",
    [SUBSCRIPTION_NONE_IN] = "None + Pending In",
    [SUBSCRIPTION_NONE_OUT_IN] = "None + Pending Out+In",
    [SUBSCRIPTION_TO] = "To",
    [SUBSCRIPTION_TO_IN] = "To + Pending In",
    [SUBSCRIPTION_FROM] = "From",
    [SUBSCRIPTION_FROM_OUT] = "From + Pending Out",
    [SUBSCRIPTION_BOTH] = "Both",
};

/* One line of a table: `next` NULL is "no state change". */
struct row {
    const char *state;
    bool passes;
    const char *next;
};

struct table {
    const char *name;
    enum subscription_verb verb;
    bool outbound;
    struct row rows[SUBSCRIPTION_STATES];
};

/* clang-format off */
static const struct table tables[] = {
    { "A.2.1 outbound subscribe", VERB_SUBSCRIBE, true, {
        { "None", true, "None + Pending Out" },
        { "None + Pending Out", true, NULL },
        { "None + Pending In", true, "None + Pending Out+In" },
        { "None + Pending Out+In", true, NULL },
        { "To", true, NULL },
        { "To + Pending In", true, NULL },
        { "From", true, "From + Pending Out" },
        { "From + Pending Out", true, NULL },
        { "Both", true, NULL } } },
    { "A.2.2 outbound unsubscribe", VERB_UNSUBSCRIBE, true, {
        { "None", true, NULL },
        { "None + Pending Out", true, "None" },
        { "None + Pending In", true, NULL },
        { "None + Pending Out+In", true, "None + Pending In" },
        { "To", true, "None" },
        { "To + Pending In", true, "None + Pending In" },
        { "From", true, NULL },
        { "From + Pending Out", true, "From" },
        { "Both", true, "From" } } },
    { "A.2.3 outbound subscribed", VERB_SUBSCRIBED, true, {
        { "None", false, NULL },
        { "None + Pending Out", false, NULL },
        { "None + Pending In", true, "From" },
        { "None + Pending Out+In", true, "From + Pending Out" },
        { "To", false, NULL },
        { "To + Pending In", true, "Both" },
        { "From", false, NULL },
        { "From + Pending Out", false, NULL },
        { "Both", false, NULL } } },
    { "A.2.4 outbound unsubscribed", VERB_UNSUBSCRIBED, true, {
        { "None", false, NULL },
        { "None + Pending Out", false, NULL },
        { "None + Pending In", true, "None" },
        { "None + Pending Out+In", true, "None + Pending Out" },
        { "To", false, NULL },
        { "To + Pending In", true, "To" },
        { "From", true, "None" },
        { "From + Pending Out", true, "None + Pending Out" },
        { "Both", true, "To" } } },
    { "A.3.1 inbound subscribe", VERB_SUBSCRIBE, false, {
        { "None", true, "None + Pending In" },
        { "None + Pending Out", true, "None + Pending Out+In" },
        { "None + Pending In", false, NULL },
        { "None + Pending Out+In", false, NULL },
        { "To", true, "To + Pending In" },
        { "To + Pending In", false, NULL },
        { "From", false, NULL },
        { "From + Pending Out", false, NULL },
        { "Both", false, NULL } } },
    { "A.3.2 inbound unsubscribe", VERB_UNSUBSCRIBE, false, {
        { "None", false, NULL },
        { "None + Pending Out", false, NULL },
        { "None + Pending In", true, "None" },
        { "None + Pending Out+In", true, "None + Pending Out" },
        { "To", false, NULL },
        { "To + Pending In", true, "To" },
        { "From", true, "None" },
        { "From + Pending Out", true, "None + Pending Out" },
        { "Both", true, "To" } } },
    { "A.3.3 inbound subscribed", VERB_SUBSCRIBED, false, {
        { "None", false, NULL },
        { "None + Pending Out", true, "To" },
        { "None + Pending In", false, NULL },
        { "None + Pending Out+In", true, "To + Pending In" },
        { "To", false, NULL },
        { "To + Pending In", false, NULL },
        { "From", false, NULL },
        { "From + Pending Out", true, "Both" },
        { "Both", false, NULL } } },
    { "A.3.4 inbound unsubscribed", VERB_UNSUBSCRIBED, false, {
        { "None", false, NULL },
        { "None + Pending Out", true, "None" },
        { "None + Pending In", false, NULL },
        { "None + Pending Out+In", true, "None + Pending In" },
        { "To", true, "None" },
        { "To + Pending In", true, "None + Pending In" },
        { "From", false, NULL },
        { "From + Pending Out", true, "From" },
        { "Both", true, "From" } } },
};
/* clang-format on */

static enum subscription_state
state_named(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        if (strcmp(states[i], name) == 0)
            return (enum subscription_state)i;
    }
    fail_msg("no state %s", name);
    return SUBSCRIPTION_NONE;
}

static void
follows_appendix_a(void **state)
{
    (void)state;
    for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
        const struct table *table = &tables[t];

        for (size_t i = 0; i < SUBSCRIPTION_STATES; i++) {
            const struct row *row = &table->rows[i];
            enum subscription_state before = state_named(row->state);
            struct subscription_step step = table->outbound
                                                ? subscription_outbound(before, table->verb)
                                                : subscription_inbound(before, table->verb);
            const char *next = row->next ? row->next : row->state;

            if (step.passes != row->passes || strcmp(states[step.next], next) != 0)
                fail_msg("%s in state %s: passes %d, next %s", table->name, row->state, step.passes,
                         states[step.next]);
        }
    }
}

static void
every_state_survives_the_store(void **state)
{
    (void)state;
    assert_int_equal(subscription_state_of(NULL), SUBSCRIPTION_NONE);
    for (int i = 0; i < SUBSCRIPTION_STATES; i++) {
        struct store_roster_item row = { .ask = true, .pending_in = true };

        subscription_apply(&row, (enum subscription_state)i);
        assert_int_equal(subscription_state_of(&row), i);
    }
}

/* Both sides act on the same conversation and must agree at its end. */
static void
two_sides_agree(void **state)
{
    enum subscription_state anna = SUBSCRIPTION_NONE, bert = SUBSCRIPTION_NONE;
    static const struct {
        bool by_anna;
        enum subscription_verb verb;
        enum subscription_state anna, bert;
    } steps[] = {
        { true, VERB_SUBSCRIBE, SUBSCRIPTION_NONE_OUT, SUBSCRIPTION_NONE_IN },
        { false, VERB_SUBSCRIBED, SUBSCRIPTION_TO, SUBSCRIPTION_FROM },
        { false, VERB_SUBSCRIBE, SUBSCRIPTION_TO_IN, SUBSCRIPTION_FROM_OUT },
        { true, VERB_SUBSCRIBED, SUBSCRIPTION_BOTH, SUBSCRIPTION_BOTH },
        { true, VERB_UNSUBSCRIBE, SUBSCRIPTION_FROM, SUBSCRIPTION_TO },
        { true, VERB_UNSUBSCRIBED, SUBSCRIPTION_NONE, SUBSCRIPTION_NONE },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        enum subscription_state *from = steps[i].by_anna ? &anna : &bert;
        enum subscription_state *to = steps[i].by_anna ? &bert : &anna;
        struct subscription_step out = subscription_outbound(*from, steps[i].verb);

        *from = out.next;
        assert_true(out.passes);
        *to = subscription_inbound(*to, steps[i].verb).next;
        assert_int_equal(anna, steps[i].anna);
        assert_int_equal(bert, steps[i].bert);
    }
}

static void
grants_by_itself(void **state)
{
    (void)state;
    /* Who has it already is told so again. */
    assert_true(subscription_is_granted(SUBSCRIPTION_FROM, false));
    assert_true(subscription_is_granted(SUBSCRIPTION_FROM_OUT, false));
    assert_true(subscription_is_granted(SUBSCRIPTION_BOTH, false));
    /* RFC 6121 3.4: who was approved beforehand is. */
    assert_true(subscription_is_granted(SUBSCRIPTION_NONE, true));
    assert_true(subscription_is_granted(SUBSCRIPTION_TO, true));
    assert_false(subscription_is_granted(SUBSCRIPTION_NONE, false));
    assert_false(subscription_is_granted(SUBSCRIPTION_TO, false));
    /* A request that waits is the user's to answer. */
    assert_false(subscription_is_granted(SUBSCRIPTION_NONE_IN, true));
}

static void
approves_beforehand_only_where_nothing_waits(void **state)
{
    (void)state;
    for (int i = 0; i < SUBSCRIPTION_STATES; i++)
        assert_int_equal(subscription_pre_approves((enum subscription_state)i),
                         i == SUBSCRIPTION_NONE || i == SUBSCRIPTION_NONE_OUT ||
                             i == SUBSCRIPTION_TO);
}

static void
knows_the_verbs(void **state)
{
    enum subscription_verb verb;

    (void)state;
    assert_true(subscription_verb_of(TYPE_SUBSCRIBED, &verb));
    assert_int_equal(verb, VERB_SUBSCRIBED);
    assert_string_equal(subscription_verb_name(verb), "subscribed");
    assert_false(subscription_verb_of(TYPE_NONE, &verb));
    assert_false(subscription_verb_of(TYPE_PROBE, &verb));
    assert_false(subscription_verb_of(TYPE_UNAVAILABLE, &verb));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_appendix_a),
        cmocka_unit_test(every_state_survives_the_store),
        cmocka_unit_test(two_sides_agree),
        cmocka_unit_test(grants_by_itself),
        cmocka_unit_test(approves_beforehand_only_where_nothing_waits),
        cmocka_unit_test(knows_the_verbs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
