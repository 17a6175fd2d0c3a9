/* test_store.c - every operation, as seen through store.h. */
#include "base/error.h"
#include "server/store/store_archive.h"
#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

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

#define assert_str(view, text)                                                                     \
    do {                                                                                           \
        struct str view_ = (view);                                                                 \
        assert_int_equal(view_.len, strlen(text));                                                 \
        assert_memory_equal(view_.data ? view_.data : "", (text), view_.len);                      \
    } while (0)

/* ---- accounts ---- */

static int
find_verifier(struct store_fixture *fixture,
              const char *name,
              enum scram_hash hash,
              struct scram_verifier *ret)
{
    struct store_account_verifier *find = FIXTURE_CALL(fixture, account_verifier, ACCOUNT_VERIFIER);
    int r;

    find->name = store_keep(&find->call, str_from(name));
    find->hash = hash;
    r = store_fixture_run(fixture, &find->call);
    *ret = find->ret_verifier;
    store_call_free(&find->call);
    return r;
}

static int
remove_account(struct store_fixture *fixture, const char *name)
{
    struct store_account_remove *remove = FIXTURE_CALL(fixture, account_remove, ACCOUNT_REMOVE);
    int r;

    remove->name = store_keep(&remove->call, str_from(name));
    r = store_fixture_run(fixture, &remove->call);
    store_call_free(&remove->call);
    return r;
}

static void
an_account_is_found_with_its_verifiers(void **state)
{
    struct scram_verifier verifier;

    for (size_t i = 0; i < SCRAM_HASHES; i++) {
        assert_int_equal(find_verifier(*state, "anna", (enum scram_hash)i, &verifier), 0);
        assert_int_equal(verifier.hash, i);
        assert_int_equal(verifier.iterations, 10000 + i);
        assert_int_equal(verifier.salt_len, 16);
        assert_memory_equal(verifier.salt, "sixteen bytes...", 16);
        assert_memory_equal(verifier.stored_key, "stored", 6);
        assert_memory_equal(verifier.server_key, "server", 6);
    }
    assert_int_equal(find_verifier(*state, "nobody", SCRAM_SHA_1, &verifier), E_NOT_FOUND);
}

static void
a_name_is_given_once(void **state)
{
    assert_int_equal(store_fixture_add_account(*state, "anna"), E_EXISTS);
    assert_int_equal(store_fixture_add_account(*state, "anna2"), 0);
}

static int
set_password(struct store_fixture *fixture, const char *name)
{
    struct store_account_set_verifiers *set =
        FIXTURE_CALL(fixture, account_set_verifiers, ACCOUNT_SET_VERIFIERS);
    int r;

    set->name = store_keep(&set->call, str_from(name));
    for (size_t i = 0; i < SCRAM_HASHES; i++) {
        set->verifiers[i] = (struct scram_verifier){
            .hash = (enum scram_hash)i,
            .iterations = 5000,
            .salt = "new",
            .salt_len = 3,
        };
    }
    r = store_fixture_run(fixture, &set->call);
    store_call_free(&set->call);
    return r;
}

static void
verifiers_are_replaced(void **state)
{
    struct scram_verifier verifier;

    assert_int_equal(set_password(*state, "anna"), 0);
    assert_int_equal(set_password(*state, "nobody"), E_NOT_FOUND);
    assert_int_equal(find_verifier(*state, "anna", SCRAM_SHA_256, &verifier), 0);
    assert_int_equal(verifier.iterations, 5000);
    assert_int_equal(verifier.salt_len, 3);
}

static void
check_list(struct store_fixture *fixture, const char *after, size_t limit, const char *expected)
{
    struct store_account_list *list = FIXTURE_CALL(fixture, account_list, ACCOUNT_LIST);
    char names[256] = "";

    list->after = store_keep(&list->call, str_from(after));
    list->limit = limit;
    assert_int_equal(store_fixture_run(fixture, &list->call), 0);
    for (size_t i = 0; i < list->ret_count; i++) {
        size_t at = strlen(names);

        (void)snprintf(names + at, sizeof(names) - at, "%.*s ", STR_ARG(list->ret_names[i]));
    }
    assert_string_equal(names, expected);
    store_call_free(&list->call);
}

static void
accounts_are_listed_by_name(void **state)
{
    assert_int_equal(store_fixture_add_account(*state, "dora"), 0);
    assert_int_equal(store_fixture_add_account(*state, "bob"), 0);
    assert_int_equal(store_fixture_add_account(*state, "carl"), 0);
    check_list(*state, "", 10, "anna bob carl dora ");
    check_list(*state, "", 2, "anna bob ");
    check_list(*state, "bob", 2, "carl dora ");
    check_list(*state, "dora", 2, "");
}

static void
long_lists_are_whole(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_account_list *list;

    for (int i = 0; i < 100; i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "u%02d", i);
        assert_int_equal(store_fixture_add_account(fixture, name), 0);
    }
    list = FIXTURE_CALL(fixture, account_list, ACCOUNT_LIST);
    list->limit = 1000;
    assert_int_equal(store_fixture_run(fixture, &list->call), 0);
    assert_int_equal(list->ret_count, 101);
    assert_str(list->ret_names[0], "anna");
    assert_str(list->ret_names[17], "u16");
    assert_str(list->ret_names[100], "u99");
    store_call_free(&list->call);
}

/* ---- roster ---- */

static int64_t
put_item(struct store_fixture *fixture,
         const char *name,
         struct store_roster_item item,
         int *ret_status)
{
    struct store_roster_put *put = FIXTURE_CALL(fixture, roster_put, ROSTER_PUT);
    int64_t version;

    put->name = store_keep(&put->call, str_from(name));
    put->item = item;
    *ret_status = store_fixture_run(fixture, &put->call);
    version = put->ret_version;
    store_call_free(&put->call);
    return version;
}

static struct store_account_load *
load(struct store_fixture *fixture, const char *name)
{
    struct store_account_load *account = FIXTURE_CALL(fixture, account_load, ACCOUNT_LOAD);

    account->name = store_keep(&account->call, str_from(name));
    (void)store_fixture_run(fixture, &account->call);
    return account;
}

static void
a_roster_comes_back_as_it_was_put(void **state)
{
    struct str groups[] = { STR("Work"), STR("Friends") };
    struct store_roster_item bob = {
        .jid = STR("bob@b.example"),
        .name = STR("Bob \xe2\x9c\x93"),
        .groups = groups,
        .group_count = 2,
        .subscription = ROSTER_BOTH,
        .approved = true,
        .listed = true,
    };
    struct store_roster_item carl = {
        .jid = STR("carl@c.example"),
        .pending_in = true,
        .request = STR("<presence type='subscribe'/>"),
    };
    struct store_account_load *account;
    int status;

    assert_int_equal(put_item(*state, "anna", carl, &status), 1);
    assert_int_equal(put_item(*state, "anna", bob, &status), 2);
    account = load(*state, "anna");
    assert_int_equal(account->call.status, 0);
    assert_int_equal(account->ret_roster_version, 2);
    assert_int_equal(account->ret_offline_count, 0);
    assert_int_equal(account->ret_item_count, 2);
    assert_str(account->ret_items[0].jid, "bob@b.example");
    assert_str(account->ret_items[0].name, "Bob \xe2\x9c\x93");
    assert_int_equal(account->ret_items[0].subscription, ROSTER_BOTH);
    assert_true(account->ret_items[0].approved);
    assert_true(account->ret_items[0].listed);
    assert_false(account->ret_items[0].ask);
    assert_false(account->ret_items[0].pending_in);
    assert_int_equal(account->ret_items[0].group_count, 2);
    assert_str(account->ret_items[0].groups[0], "Friends");
    assert_str(account->ret_items[0].groups[1], "Work");
    assert_true(account->ret_items[1].pending_in);
    assert_false(account->ret_items[1].listed);
    assert_str(account->ret_items[1].request, "<presence type='subscribe'/>");
    assert_int_equal(account->ret_items[1].group_count, 0);
    store_call_free(&account->call);
}

static void
an_item_is_replaced_with_its_groups(void **state)
{
    struct str work = STR("Work");
    struct str twice[] = { STR("Home"), STR("Home") };
    struct store_roster_item bob = { .jid = STR("bob@b.example"), .listed = true };
    struct store_account_load *account;
    int status;

    bob.groups = &work;
    bob.group_count = 1;
    (void)put_item(*state, "anna", bob, &status);
    bob.groups = twice;
    bob.group_count = 2;
    bob.ask = true;
    bob.subscription = ROSTER_FROM;
    (void)put_item(*state, "anna", bob, &status);
    assert_int_equal(status, 0);
    account = load(*state, "anna");
    assert_int_equal(account->ret_item_count, 1);
    assert_int_equal(account->ret_items[0].subscription, ROSTER_FROM);
    assert_true(account->ret_items[0].ask);
    assert_int_equal(account->ret_items[0].group_count, 1);
    assert_str(account->ret_items[0].groups[0], "Home");
    store_call_free(&account->call);
    (void)put_item(*state, "nobody", bob, &status);
    assert_int_equal(status, E_NOT_FOUND);
}

static int
remove_item(struct store_fixture *fixture, const char *name, const char *jid, int64_t *ret_version)
{
    struct store_roster_remove *remove = FIXTURE_CALL(fixture, roster_remove, ROSTER_REMOVE);
    int r;

    remove->name = store_keep(&remove->call, str_from(name));
    remove->jid = store_keep(&remove->call, str_from(jid));
    r = store_fixture_run(fixture, &remove->call);
    *ret_version = remove->ret_version;
    store_call_free(&remove->call);
    return r;
}

static void
an_item_is_removed(void **state)
{
    struct str group = STR("Work");
    struct store_roster_item bob = { .jid = STR("bob@b.example"), .groups = &group };
    struct store_account_load *account;
    int64_t version;
    int status;

    bob.group_count = 1;
    (void)put_item(*state, "anna", bob, &status);
    assert_int_equal(remove_item(*state, "anna", "bob@b.example", &version), 0);
    assert_int_equal(version, 2);
    assert_int_equal(remove_item(*state, "anna", "bob@b.example", &version), E_NOT_FOUND);
    assert_int_equal(remove_item(*state, "nobody", "bob@b.example", &version), E_NOT_FOUND);
    account = load(*state, "anna");
    assert_int_equal(account->ret_item_count, 0);
    assert_int_equal(account->ret_roster_version, 2);
    store_call_free(&account->call);
}

/* ---- offline messages ---- */

static int
add_offline(
    struct store_fixture *fixture, const char *name, struct str xml, int64_t limit, int64_t *ret_id)
{
    struct store_offline_add *add = FIXTURE_CALL(fixture, offline_add, OFFLINE_ADD);
    int r;

    add->name = store_keep(&add->call, str_from(name));
    add->xml = store_keep(&add->call, xml);
    add->stored_us = 1234567;
    add->limit = limit;
    r = store_fixture_run(fixture, &add->call);
    *ret_id = add->ret_id;
    store_call_free(&add->call);
    return r;
}

static struct store_offline_load *
load_offline(struct store_fixture *fixture, const char *name, int64_t after, size_t limit)
{
    struct store_offline_load *messages = FIXTURE_CALL(fixture, offline_load, OFFLINE_LOAD);

    messages->name = store_keep(&messages->call, str_from(name));
    messages->after = after;
    messages->limit = limit;
    assert_int_equal(store_fixture_run(fixture, &messages->call), 0);
    return messages;
}

static void
remove_offline(struct store_fixture *fixture, const char *name, int64_t up_to)
{
    struct store_offline_remove *remove = FIXTURE_CALL(fixture, offline_remove, OFFLINE_REMOVE);

    remove->name = store_keep(&remove->call, str_from(name));
    remove->up_to = up_to;
    assert_int_equal(store_fixture_run(fixture, &remove->call), 0);
    store_call_free(&remove->call);
}

static void
offline_messages_wait_in_order(void **state)
{
    struct store_offline_load *messages;
    struct store_account_load *account;
    int64_t first, second, third;

    assert_int_equal(add_offline(*state, "anna", STR("<message id='1'/>"), 3, &first), 0);
    assert_int_equal(add_offline(*state, "anna", STR("<message id='2'/>"), 3, &second), 0);
    assert_int_equal(add_offline(*state, "anna", STR("<message id='3'/>"), 3, &third), 0);
    assert_true(first < second && second < third);
    messages = load_offline(*state, "anna", 0, 2);
    assert_int_equal(messages->ret_count, 2);
    assert_int_equal(messages->ret_messages[0].id, first);
    assert_int_equal(messages->ret_messages[0].stored_us, 1234567);
    assert_str(messages->ret_messages[1].xml, "<message id='2'/>");
    store_call_free(&messages->call);
    messages = load_offline(*state, "anna", second, 2);
    assert_int_equal(messages->ret_count, 1);
    assert_int_equal(messages->ret_messages[0].id, third);
    store_call_free(&messages->call);
    account = load(*state, "anna");
    assert_int_equal(account->ret_offline_count, 3);
    store_call_free(&account->call);
}

static void
offline_messages_have_a_limit(void **state)
{
    int64_t id;

    assert_int_equal(add_offline(*state, "anna", STR("<a/>"), 0, &id), E_FULL);
    assert_int_equal(add_offline(*state, "anna", STR("<a/>"), 1, &id), 0);
    assert_int_equal(add_offline(*state, "anna", STR("<a/>"), 1, &id), E_FULL);
    assert_int_equal(add_offline(*state, "nobody", STR("<a/>"), 1, &id), E_NOT_FOUND);
}

static void
an_id_is_never_used_again(void **state)
{
    struct store_offline_load *messages;
    int64_t first, second;

    assert_int_equal(add_offline(*state, "anna", STR("<a/>"), 9, &first), 0);
    remove_offline(*state, "anna", first);
    assert_int_equal(add_offline(*state, "anna", STR("<b/>"), 9, &second), 0);
    assert_true(second > first);
    remove_offline(*state, "anna", first);
    messages = load_offline(*state, "anna", 0, 9);
    assert_int_equal(messages->ret_count, 1);
    store_call_free(&messages->call);
}

/* More than one answer may hold: it comes in several, the last one empty. */
static void
large_messages_come_in_portions(void **state)
{
    enum {
        COUNT = 24,
        BYTES = 256 * 1024
    };
    char *text = malloc(BYTES);
    int64_t after = 0;
    size_t got = 0, answers = 0;

    memset(text, 'x', BYTES);
    for (int i = 0; i < COUNT; i++) {
        int64_t id;

        assert_int_equal(add_offline(*state, "anna", (struct str){ text, BYTES }, 100, &id), 0);
    }
    for (;; answers++) {
        struct store_offline_load *messages = load_offline(*state, "anna", after, 100);
        size_t count = messages->ret_count;

        got += count;
        if (count > 0)
            after = messages->ret_messages[count - 1].id;
        store_call_free(&messages->call);
        if (count == 0)
            break;
    }
    assert_int_equal(got, COUNT);
    assert_int_equal(answers, 2);
    free(text);
}

/* ---- private data ---- */

static int
put_private(struct store_fixture *fixture, const char *name, const char *key, const char *xml)
{
    struct store_private_put *put = FIXTURE_CALL(fixture, private_put, PRIVATE_PUT);
    int r;

    put->name = store_keep(&put->call, str_from(name));
    put->key = store_keep(&put->call, str_from(key));
    put->xml = store_keep(&put->call, str_from(xml));
    put->keys_max = 2;
    put->bytes_max = 20;
    r = store_fixture_run(fixture, &put->call);
    store_call_free(&put->call);
    return r;
}

static int
check_private(struct store_fixture *fixture, const char *key, const char *expected)
{
    struct store_private_load *data = FIXTURE_CALL(fixture, private_load, PRIVATE_LOAD);
    int r;

    data->name = store_keep(&data->call, STR("anna"));
    data->key = store_keep(&data->call, str_from(key));
    r = store_fixture_run(fixture, &data->call);
    if (r == 0)
        assert_str(data->ret_xml, expected);
    store_call_free(&data->call);
    return r;
}

static void
private_data_is_kept_by_key(void **state)
{
    assert_int_equal(check_private(*state, "a", ""), E_NOT_FOUND);
    assert_int_equal(put_private(*state, "anna", "a", "<x/>"), 0);
    assert_int_equal(put_private(*state, "anna", "b", "<y/>"), 0);
    assert_int_equal(put_private(*state, "anna", "a", "<z/>"), 0);
    assert_int_equal(check_private(*state, "a", "<z/>"), 0);
    assert_int_equal(check_private(*state, "b", "<y/>"), 0);
    assert_int_equal(put_private(*state, "anna", "a", ""), 0);
    assert_int_equal(check_private(*state, "a", ""), E_NOT_FOUND);
    assert_int_equal(put_private(*state, "anna", "a", ""), 0);
    assert_int_equal(put_private(*state, "nobody", "a", "<x/>"), E_NOT_FOUND);
}

/* XEP-0049: no more than two, and twenty bytes with their names. */
static void
private_data_has_an_end(void **state)
{
    assert_int_equal(put_private(*state, "anna", "a", "<x/>"), 0);
    assert_int_equal(put_private(*state, "anna", "b", "<y/>"), 0);
    assert_int_equal(put_private(*state, "anna", "c", "<z/>"), E_FULL);
    assert_int_equal(check_private(*state, "c", ""), E_NOT_FOUND);
    assert_int_equal(put_private(*state, "anna", "b", "<yyyyyyyyyyyy/>"), E_FULL);
    assert_int_equal(check_private(*state, "b", "<y/>"), 0);
    assert_int_equal(put_private(*state, "anna", "b", "<\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc/>"),
                     E_FULL);
    assert_int_equal(put_private(*state, "anna", "b", "<yyyyyyyyyyy/>"), 0);
    assert_int_equal(put_private(*state, "anna", "a", ""), 0);
    assert_int_equal(put_private(*state, "anna", "c", "<z/>"), 0);
    assert_int_equal(check_private(*state, "c", "<z/>"), 0);
}

/* ---- ends of streams ---- */

static int
add_end(struct store_fixture *fixture, const char *name, int number)
{
    struct store_stream_end_add *end = FIXTURE_CALL(fixture, stream_end_add, STREAM_END_ADD);
    char id[16];
    int r;

    (void)snprintf(id, sizeof(id), "end%d", number);
    end->name = store_keep(&end->call, str_from(name));
    end->id = store_keep(&end->call, str_from(id));
    end->h = UINT32_MAX - number;
    end->ended_us = number;
    r = store_fixture_run(fixture, &end->call);
    store_call_free(&end->call);
    return r;
}

static int
find_end(struct store_fixture *fixture, const char *name, int number)
{
    struct store_stream_end_find *end = FIXTURE_CALL(fixture, stream_end_find, STREAM_END_FIND);
    char id[16];
    int r;

    (void)snprintf(id, sizeof(id), "end%d", number);
    end->name = store_keep(&end->call, str_from(name));
    end->id = store_keep(&end->call, str_from(id));
    r = store_fixture_run(fixture, &end->call);
    if (r == 0)
        assert_int_equal(end->ret_h, UINT32_MAX - number);
    store_call_free(&end->call);
    return r;
}

static void
the_newest_ends_of_streams_are_kept(void **state)
{
    enum {
        KEPT = 32
    };

    assert_int_equal(find_end(*state, "anna", 0), E_NOT_FOUND);
    assert_int_equal(add_end(*state, "nobody", 0), E_NOT_FOUND);
    for (int i = 0; i < KEPT + 5; i++)
        assert_int_equal(add_end(*state, "anna", i), 0);
    for (int i = 0; i < KEPT + 5; i++)
        assert_int_equal(find_end(*state, "anna", i), i < 5 ? E_NOT_FOUND : 0);
    assert_int_equal(find_end(*state, "nobody", KEPT), E_NOT_FOUND);
    assert_int_equal(add_end(*state, "anna", KEPT), E_EXISTS);
}

static void
a_removed_account_leaves_nothing(void **state)
{
    struct store_roster_item bob = { .jid = STR("bob@b.example") };
    struct store_offline_load *messages;
    struct store_account_load *account;
    struct scram_verifier verifier;
    int64_t id;
    int status;

    (void)put_item(*state, "anna", bob, &status);
    assert_int_equal(add_offline(*state, "anna", STR("<a/>"), 9, &id), 0);
    assert_int_equal(put_private(*state, "anna", "a", "<x/>"), 0);
    assert_int_equal(remove_account(*state, "anna"), 0);
    assert_int_equal(remove_account(*state, "anna"), E_NOT_FOUND);
    assert_int_equal(find_verifier(*state, "anna", SCRAM_SHA_1, &verifier), E_NOT_FOUND);
    account = load(*state, "anna");
    assert_int_equal(account->call.status, E_NOT_FOUND);
    store_call_free(&account->call);

    /* Nor does the next one of that name find anything. */
    assert_int_equal(store_fixture_add_account(*state, "anna"), 0);
    account = load(*state, "anna");
    assert_int_equal(account->ret_item_count, 0);
    assert_int_equal(account->ret_offline_count, 0);
    assert_int_equal(account->ret_roster_version, 0);
    store_call_free(&account->call);
    assert_int_equal(check_private(*state, "a", ""), E_NOT_FOUND);
    messages = load_offline(*state, "anna", 0, 9);
    assert_int_equal(messages->ret_count, 0);
    store_call_free(&messages->call);
}

/* ---- rooms ---- */

static void
save_room(struct store_fixture *fixture, const char *jid, const char *title, bool listed)
{
    struct store_room_save *save = FIXTURE_CALL(fixture, room_save, ROOM_SAVE);

    save->row = (struct store_room_row){
        .jid = store_keep(&save->call, str_from(jid)),
        .config = STR("moderated=1\n"),
        .subject = STR("Tea"),
        .subject_nick = STR("anna"),
        .subject_us = 77,
        .listed = listed,
        .title = store_keep(&save->call, str_from(title)),
    };
    assert_int_equal(store_fixture_run(fixture, &save->call), 0);
    store_call_free(&save->call);
}

static int
set_affiliation(struct store_fixture *fixture, const char *room, const char *jid, int affiliation)
{
    struct store_room_affiliation_put *put =
        FIXTURE_CALL(fixture, room_affiliation_put, ROOM_AFFILIATION_PUT);
    int r;

    put->jid = store_keep(&put->call, str_from(room));
    put->affiliation = (struct store_affiliation){
        .jid = store_keep(&put->call, str_from(jid)),
        .affiliation = affiliation,
        .nick = STR("nick"),
    };
    r = store_fixture_run(fixture, &put->call);
    store_call_free(&put->call);
    return r;
}

static int
say(struct store_fixture *fixture, const char *room, const char *text)
{
    struct store_archive_add *add = FIXTURE_CALL(fixture, archive_add, ARCHIVE_ADD);
    int r;

    add->owner = (struct archive_owner){ ARCHIVE_OF_ROOM, store_keep(&add->call, str_from(room)) };
    add->message = (struct store_archive_message){
        .key = store_archive_key(fixture->store, 5),
        .stored_us = 5,
        .nick = STR("anna"),
        .contact = STR("anna@a.example"),
        .resource = STR("phone"),
        .is_shown = true,
        .xml = store_keep(&add->call, str_from(text)),
    };
    r = store_fixture_run(fixture, &add->call);
    store_call_free(&add->call);
    return r;
}

static struct store_room_load *
load_room(struct store_fixture *fixture, const char *jid, size_t history)
{
    struct store_room_load *room = FIXTURE_CALL(fixture, room_load, ROOM_LOAD);

    room->jid = store_keep(&room->call, str_from(jid));
    room->history = history;
    (void)store_fixture_run(fixture, &room->call);
    return room;
}

static void
a_room_comes_back_with_its_people_and_history(void **state)
{
    struct store_room_load *room;

    save_room(*state, "tea@r.example", "Old title", true);
    assert_int_equal(set_affiliation(*state, "tea@r.example", "anna@a.example", 4), 0);
    assert_int_equal(set_affiliation(*state, "tea@r.example", "bob@b.example", 1), 0);
    assert_int_equal(set_affiliation(*state, "tea@r.example", "bob@b.example", 2), 0);
    assert_int_equal(set_affiliation(*state, "tea@r.example", "carl@c.example", 1), 0);
    assert_int_equal(set_affiliation(*state, "tea@r.example", "carl@c.example", 0), 0);
    for (int i = 1; i <= 5; i++) {
        char id[16];

        (void)snprintf(id, sizeof(id), "m%d", i);
        assert_int_equal(say(*state, "tea@r.example", id), 0);
    }
    save_room(*state, "tea@r.example", "Tea room", false);
    room = load_room(*state, "tea@r.example", 3);
    assert_int_equal(room->call.status, 0);
    assert_str(room->ret_row.jid, "tea@r.example");
    assert_str(room->ret_row.config, "moderated=1\n");
    assert_str(room->ret_row.subject, "Tea");
    assert_str(room->ret_row.subject_nick, "anna");
    assert_int_equal(room->ret_row.subject_us, 77);
    assert_str(room->ret_row.title, "Tea room");
    assert_false(room->ret_row.listed);
    assert_int_equal(room->ret_affiliation_count, 2);
    assert_str(room->ret_affiliations[1].jid, "bob@b.example");
    assert_int_equal(room->ret_affiliations[1].affiliation, 2);
    assert_str(room->ret_affiliations[1].nick, "nick");
    assert_int_equal(room->ret_message_count, 3);
    assert_str(room->ret_messages[0].xml, "m3");
    assert_str(room->ret_messages[2].xml, "m5");
    assert_str(room->ret_messages[2].contact, "anna@a.example");
    assert_str(room->ret_messages[2].resource, "phone");
    assert_str(room->ret_messages[2].nick, "anna");
    assert_int_equal(room->ret_messages[2].stored_us, 5);
    store_call_free(&room->call);
}

static void
an_unknown_room_is_not_found(void **state)
{
    struct store_room_load *room = load_room(*state, "no@r.example", 3);

    assert_int_equal(room->call.status, E_NOT_FOUND);
    store_call_free(&room->call);
    assert_int_equal(say(*state, "no@r.example", "1"), E_NOT_FOUND);
    assert_int_equal(set_affiliation(*state, "no@r.example", "a@a", 1), E_NOT_FOUND);
}

static int
remove_room(struct store_fixture *fixture, const char *jid)
{
    struct store_room_remove *remove = FIXTURE_CALL(fixture, room_remove, ROOM_REMOVE);
    int r;

    remove->jid = store_keep(&remove->call, str_from(jid));
    r = store_fixture_run(fixture, &remove->call);
    store_call_free(&remove->call);
    return r;
}

static void
a_removed_room_leaves_nothing(void **state)
{
    struct store_room_load *room;

    save_room(*state, "tea@r.example", "Tea", true);
    assert_int_equal(say(*state, "tea@r.example", "1"), 0);
    assert_int_equal(set_affiliation(*state, "tea@r.example", "a@a", 1), 0);
    assert_int_equal(remove_room(*state, "tea@r.example"), 0);
    assert_int_equal(remove_room(*state, "tea@r.example"), E_NOT_FOUND);
    save_room(*state, "tea@r.example", "Tea", true);
    room = load_room(*state, "tea@r.example", 3);
    assert_int_equal(room->ret_message_count, 0);
    assert_int_equal(room->ret_affiliation_count, 0);
    store_call_free(&room->call);
}

static void
listed_rooms_are_listed_by_address(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_room_list *list;

    save_room(fixture, "c@r", "C", true);
    save_room(fixture, "a@r", "A", true);
    save_room(fixture, "b@r", "B", false);
    list = FIXTURE_CALL(fixture, room_list, ROOM_LIST);
    list->limit = 10;
    assert_int_equal(store_fixture_run(fixture, &list->call), 0);
    assert_int_equal(list->ret_count, 2);
    assert_str(list->ret_rooms[0].jid, "a@r");
    assert_str(list->ret_rooms[1].title, "C");
    store_call_free(&list->call);
    list = FIXTURE_CALL(fixture, room_list, ROOM_LIST);
    list->after = STR("a@r");
    list->limit = 10;
    assert_int_equal(store_fixture_run(fixture, &list->call), 0);
    assert_int_equal(list->ret_count, 1);
    store_call_free(&list->call);
}

/* ---- the files ---- */

static void
everything_is_there_after_a_restart(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_room_load *room;
    struct scram_verifier verifier;

    save_room(fixture, "tea@r.example", "Tea", true);
    assert_int_equal(say(fixture, "tea@r.example", "1"), 0);
    store_fixture_close(fixture);
    store_fixture_open(fixture);
    assert_int_equal(find_verifier(fixture, "anna", SCRAM_SHA_1, &verifier), 0);
    room = load_room(fixture, "tea@r.example", 3);
    assert_int_equal(room->ret_message_count, 1);
    store_call_free(&room->call);
}

static void
nobody_else_can_read_the_files(void **state)
{
    static const char *const names[] = { "jackdaw.sqlite", "jackdaw.sqlite-wal",
                                         "jackdaw.sqlite-shm", "jackdawd.pid" };
    const struct store_fixture *fixture = *state;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char path[128];
        struct stat status;

        (void)snprintf(path, sizeof(path), "%s/%s", fixture->data_dir, names[i]);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
    }
}

static void
a_folder_serves_one_store(void **state)
{
    const struct store_fixture *fixture = *state;

    assert_null(store_open(&fixture->options));
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        STORE_TEST(an_account_is_found_with_its_verifiers),
        STORE_TEST(a_name_is_given_once),
        STORE_TEST(verifiers_are_replaced),
        STORE_TEST(accounts_are_listed_by_name),
        STORE_TEST(long_lists_are_whole),
        STORE_TEST(a_roster_comes_back_as_it_was_put),
        STORE_TEST(an_item_is_replaced_with_its_groups),
        STORE_TEST(an_item_is_removed),
        STORE_TEST(offline_messages_wait_in_order),
        STORE_TEST(offline_messages_have_a_limit),
        STORE_TEST(an_id_is_never_used_again),
        STORE_TEST(large_messages_come_in_portions),
        STORE_TEST(private_data_is_kept_by_key),
        STORE_TEST(private_data_has_an_end),
        STORE_TEST(the_newest_ends_of_streams_are_kept),
        STORE_TEST(a_removed_account_leaves_nothing),
        STORE_TEST(a_room_comes_back_with_its_people_and_history),
        STORE_TEST(an_unknown_room_is_not_found),
        STORE_TEST(a_removed_room_leaves_nothing),
        STORE_TEST(listed_rooms_are_listed_by_address),
        STORE_TEST(everything_is_there_after_a_restart),
        STORE_TEST(nobody_else_can_read_the_files),
        STORE_TEST(a_folder_serves_one_store),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
