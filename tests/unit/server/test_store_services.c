/* test_store_services.c - blocked addresses, last activity, push services, invitations and disabled
 * accounts, as seen through store.h. */
#include "base/error.h"
#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define assert_str(view, text)                                                                     \
    do {                                                                                           \
        struct str view_ = (view);                                                                 \
        assert_int_equal(view_.len, strlen(text));                                                 \
        assert_memory_equal(view_.data ? view_.data : "", (text), view_.len);                      \
    } while (0)

/* "anna" is there. */
static int
set_up(void **state)
{
    struct store_fixture *fixture = malloc(sizeof(*fixture));

    store_fixture_init(fixture);
    store_fixture_open(fixture);
    assert_int_equal(store_fixture_add_account(fixture, "anna"), 0);
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

static struct store_account_load *
load(struct store_fixture *fixture, const char *name)
{
    struct store_account_load *call = FIXTURE_CALL(fixture, account_load, ACCOUNT_LOAD);

    call->name = store_keep(&call->call, str_from(name));
    assert_int_equal(store_fixture_run(fixture, &call->call), 0);
    return call;
}

/* ---- blocking ---- */

static int
change(struct store_fixture *fixture, const char *name, bool blocks, struct str *jids, size_t count)
{
    struct store_block_change *call = FIXTURE_CALL(fixture, block_change, BLOCK_CHANGE);
    int r;

    call->name = str_from(name);
    call->blocks = blocks;
    call->everything = count == 0;
    call->jids = jids;
    call->count = count;
    r = store_fixture_run(fixture, &call->call);
    store_call_free(&call->call);
    return r;
}

static void
blocked_addresses_are_kept(void **state)
{
    struct str two[] = { STR("b.example"), STR("a@a.example") };
    struct store_account_load *account;

    assert_int_equal(change(*state, "nobody", true, two, 2), E_NOT_FOUND);
    assert_int_equal(change(*state, "anna", true, two, 2), 0);
    assert_int_equal(change(*state, "anna", true, two, 1), 0);
    account = load(*state, "anna");
    assert_int_equal(account->ret_blocked_count, 2);
    assert_str(account->ret_blocked[0], "a@a.example");
    assert_str(account->ret_blocked[1], "b.example");
    store_call_free(&account->call);
    assert_int_equal(change(*state, "anna", false, two, 1), 0);
    assert_int_equal(change(*state, "anna", false, two, 1), 0);
    account = load(*state, "anna");
    assert_int_equal(account->ret_blocked_count, 1);
    store_call_free(&account->call);
    assert_int_equal(change(*state, "anna", false, NULL, 0), 0);
    account = load(*state, "anna");
    assert_int_equal(account->ret_blocked_count, 0);
    store_call_free(&account->call);
}

/* ---- activity ---- */

static int
left(struct store_fixture *fixture, const char *name, int64_t left_us, const char *status)
{
    struct store_activity_put *put = FIXTURE_CALL(fixture, activity_put, ACTIVITY_PUT);
    int r;

    put->name = str_from(name);
    put->left_us = left_us;
    put->status = str_from(status);
    r = store_fixture_run(fixture, &put->call);
    store_call_free(&put->call);
    return r;
}

static void
the_last_activity_is_kept(void **state)
{
    struct store_activity_load *last =
        FIXTURE_CALL((struct store_fixture *)*state, activity_load, ACTIVITY_LOAD);

    last->name = STR("anna");
    assert_int_equal(store_fixture_run(*state, &last->call), E_NOT_FOUND);
    assert_int_equal(left(*state, "nobody", 5, ""), E_NOT_FOUND);
    assert_int_equal(left(*state, "anna", 5, "Away"), 0);
    assert_int_equal(left(*state, "anna", 7, "Heading home"), 0);
    assert_int_equal(store_fixture_run(*state, &last->call), 0);
    assert_int_equal(last->ret_left_us, 7);
    assert_str(last->ret_status, "Heading home");
    store_call_free(&last->call);
}

/* ---- push ---- */

static int
push(struct store_fixture *fixture, const char *node, const char *options)
{
    struct store_push_put *put = FIXTURE_CALL(fixture, push_put, PUSH_PUT);
    int r;

    put->name = STR("anna");
    put->service.jid = STR("push.example");
    put->service.node = str_from(node);
    put->service.options = str_from(options);
    r = store_fixture_run(fixture, &put->call);
    store_call_free(&put->call);
    return r;
}

static int
push_remove(struct store_fixture *fixture, const char *node)
{
    struct store_push_remove *gone = FIXTURE_CALL(fixture, push_remove, PUSH_REMOVE);
    int r;

    gone->name = STR("anna");
    gone->jid = STR("push.example");
    gone->node = str_from(node);
    gone->all_nodes = !node;
    r = store_fixture_run(fixture, &gone->call);
    store_call_free(&gone->call);
    return r;
}

static void
push_services_are_kept(void **state)
{
    struct store_account_load *account;

    assert_int_equal(push(*state, "one", ""), 0);
    assert_int_equal(push(*state, "two", "<x/>"), 0);
    assert_int_equal(push(*state, "one", "<y/>"), 0);
    account = load(*state, "anna");
    assert_int_equal(account->ret_push_count, 2);
    assert_str(account->ret_push[0].jid, "push.example");
    assert_str(account->ret_push[0].node, "one");
    assert_str(account->ret_push[0].options, "<y/>");
    store_call_free(&account->call);
    assert_int_equal(push_remove(*state, "one"), 0);
    assert_int_equal(push_remove(*state, "one"), 0);
    account = load(*state, "anna");
    assert_int_equal(account->ret_push_count, 1);
    store_call_free(&account->call);
    assert_int_equal(push_remove(*state, NULL), 0);
    account = load(*state, "anna");
    assert_int_equal(account->ret_push_count, 0);
    store_call_free(&account->call);
}

/* ---- disabled ---- */

static int
disable(struct store_fixture *fixture, const char *name, bool disabled)
{
    struct store_account_disable *call = FIXTURE_CALL(fixture, account_disable, ACCOUNT_DISABLE);
    int r;

    call->name = str_from(name);
    call->disabled = disabled;
    r = store_fixture_run(fixture, &call->call);
    store_call_free(&call->call);
    return r;
}

static int
find_verifier(struct store_fixture *fixture)
{
    struct store_account_verifier *find = FIXTURE_CALL(fixture, account_verifier, ACCOUNT_VERIFIER);
    int r;

    find->name = STR("anna");
    find->hash = SCRAM_SHA_256;
    r = store_fixture_run(fixture, &find->call);
    store_call_free(&find->call);
    return r;
}

static void
who_is_disabled_cannot_sign_in(void **state)
{
    struct store_account_load *account;

    assert_int_equal(disable(*state, "nobody", true), E_NOT_FOUND);
    assert_int_equal(find_verifier(*state), 0);
    assert_int_equal(disable(*state, "anna", true), 0);
    assert_int_equal(find_verifier(*state), E_NOT_FOUND);
    account = load(*state, "anna");
    assert_true(account->ret_disabled);
    store_call_free(&account->call);
    assert_int_equal(disable(*state, "anna", false), 0);
    assert_int_equal(find_verifier(*state), 0);
}

/* ---- invitations ---- */

static int
invite(struct store_fixture *fixture, const char *hash, const char *inviter, const char *name)
{
    struct store_invitation_add *add = FIXTURE_CALL(fixture, invitation_add, INVITATION_ADD);
    struct str address = str_from(inviter);
    int r;

    if (address.len > 0)
        add->name = str_slice(address, 0, (size_t)str_find_char(address, '@', 0));
    add->limit = 2;
    add->invitation = (struct store_invitation){
        .token_hash = str_from(hash),
        .inviter = address,
        .name = str_from(name),
        .registers = true,
        .created_us = 100,
        .expires_us = 200,
    };
    r = store_fixture_run(fixture, &add->call);
    store_call_free(&add->call);
    return r;
}

static int
find_invitation(struct store_fixture *fixture, const char *hash, int64_t now_us)
{
    struct store_invitation_load *find = FIXTURE_CALL(fixture, invitation_load, INVITATION_LOAD);
    int r;

    find->token_hash = str_from(hash);
    find->now_us = now_us;
    r = store_fixture_run(fixture, &find->call);
    store_call_free(&find->call);
    return r;
}

static int
use(struct store_fixture *fixture, const char *hash, const char *inviter, int64_t now_us)
{
    struct store_invitation_use *call = FIXTURE_CALL(fixture, invitation_use, INVITATION_USE);
    int r;

    call->token_hash = str_from(hash);
    call->inviter = str_from(inviter);
    call->now_us = now_us;
    r = store_fixture_run(fixture, &call->call);
    store_call_free(&call->call);
    return r;
}

static void
an_invitation_is_used_once(void **state)
{
    assert_int_equal(invite(*state, "h1", "nobody@a", ""), E_NOT_FOUND);
    assert_int_equal(invite(*state, "h1", "anna@a", ""), 0);
    assert_int_equal(invite(*state, "h1", "anna@a", ""), E_EXISTS);
    assert_int_equal(invite(*state, "h2", "anna@a", ""), 0);
    assert_int_equal(invite(*state, "h3", "anna@a", ""), E_FULL);
    assert_int_equal(find_invitation(*state, "h1", 199), 0);
    assert_int_equal(find_invitation(*state, "h1", 200), E_NOT_FOUND);
    assert_int_equal(find_invitation(*state, "h9", 150), E_NOT_FOUND);
    assert_int_equal(use(*state, "h1", "bert@a", 150), E_NOT_FOUND);
    assert_int_equal(use(*state, "h1", "anna@a", 200), E_NOT_FOUND);
    assert_int_equal(use(*state, "h1", "anna@a", 150), 0);
    assert_int_equal(use(*state, "h1", "anna@a", 150), E_NOT_FOUND);
    assert_int_equal(find_invitation(*state, "h1", 150), E_NOT_FOUND);
}

static int
create(struct store_fixture *fixture, const char *name, const char *hash, const char *jid)
{
    struct store_account_create *call = FIXTURE_CALL(fixture, account_create, ACCOUNT_CREATE);
    int r;

    call->name = str_from(name);
    call->token_hash = str_from(hash);
    call->jid = str_from(jid);
    for (size_t i = 0; i < SCRAM_HASHES; i++) {
        call->verifiers[i].hash = (enum scram_hash)i;
        call->verifiers[i].salt_len = 1;
    }
    r = store_fixture_run(fixture, &call->call);
    store_call_free(&call->call);
    return r;
}

static void
assert_contact(struct store_fixture *fixture, const char *name, const char *jid)
{
    struct store_account_load *account = load(fixture, name);

    assert_int_equal(account->ret_item_count, 1);
    assert_str(account->ret_items[0].jid, jid);
    assert_int_equal(account->ret_items[0].subscription, ROSTER_BOTH);
    assert_true(account->ret_items[0].listed);
    assert_int_equal(account->ret_roster_version, 1);
    store_call_free(&account->call);
}

static void
who_is_invited_gets_an_account_and_a_contact(void **state)
{
    assert_int_equal(invite(*state, "h1", "anna@a", ""), 0);
    assert_int_equal(create(*state, "bert", "h9", "bert@a"), E_FORBIDDEN);
    assert_int_equal(create(*state, "anna", "h1", "anna@a"), E_EXISTS);
    assert_int_equal(find_invitation(*state, "h1", 150), 0);
    assert_int_equal(create(*state, "bert", "h1", "bert@a"), 0);
    assert_contact(*state, "anna", "bert@a");
    assert_contact(*state, "bert", "anna@a");
    assert_int_equal(create(*state, "carl", "h1", "carl@a"), E_FORBIDDEN);
}

static void
a_name_may_be_reserved(void **state)
{
    struct store_account_load *account;

    assert_int_equal(invite(*state, "h1", "", "dora"), 0);
    assert_int_equal(create(*state, "bert", "h1", "bert@a"), E_FORBIDDEN);
    assert_int_equal(create(*state, "dora", "h1", "dora@a"), 0);
    account = load(*state, "dora");
    assert_int_equal(account->ret_item_count, 0);
    store_call_free(&account->call);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(blocked_addresses_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_last_activity_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(push_services_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_disabled_cannot_sign_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_invitation_is_used_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_invited_gets_an_account_and_a_contact, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_name_may_be_reserved, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
