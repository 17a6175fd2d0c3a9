/* test_history_order.c - in whatever order, how often and by whichever way a message comes, the
 * picture at the end is the one that somebody has who heard it all in order.
 *
 * A server says a script of random messages. A client hears some of them live (some twice), loses
 * the connection, comes back, asks the archive for pages of any size, for everything or for one
 * conversation, and writes into the room itself. At the end it fills what is still missing. */
#include "client/history_db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ME       "anna@a"
#define ROOM     "lobby@rooms.a"
#define RUNS     150
#define SAID_MAX 120

/* One thing said, as the server keeps it. */
struct said {
    struct history_event event;
    char archive_id[16], id[16], text[16], target[16];
};

struct world {
    GRand *rand;
    struct said *said;
    guint count;
    guint mine; /* written by the client itself so far */
    struct history_db *client;
    struct history_db *witness; /* heard it all, in order */
    gboolean online;
    gboolean carbons; /* asked for before the archive is, so that nothing falls in between */
};

static const char *const PEOPLE[] = { "ben@a", "cleo@a", ROOM };

static int
below(struct world *world, int end)
{
    return g_rand_int_range(world->rand, 0, end);
}

/* ---- the server ---- */

/* About one of the messages before, in the same conversation; FALSE when there is none. */
static gboolean
choose_target(struct world *world, struct said *said)
{
    for (int attempt = 0; attempt < 5 && world->count > 0; attempt++) {
        const struct said *other = &world->said[below(world, (int)world->count)];
        if (other->event.kind != HISTORY_TEXT ||
            strcmp(other->event.conversation, said->event.conversation) != 0)
            continue;
        gboolean by_archive =
            strcmp(said->event.conversation, ROOM) == 0 && said->event.kind != HISTORY_EDIT;
        g_strlcpy(said->target, by_archive ? other->archive_id : other->id, sizeof(said->target));
        said->event.target = said->target;
        return TRUE;
    }
    return FALSE;
}

static void
say_something(struct world *world)
{
    static const enum history_kind kinds[] = { HISTORY_TEXT,      HISTORY_TEXT,
                                               HISTORY_TEXT,      HISTORY_EDIT,
                                               HISTORY_EDIT,      HISTORY_RETRACTION,
                                               HISTORY_REACTIONS, HISTORY_REACTIONS };
    static const char *const occupants[] = { "o-ben", "o-cleo" };
    struct said *said = &world->said[world->count];
    const char *conversation = PEOPLE[below(world, G_N_ELEMENTS(PEOPLE))];
    gboolean is_room = strcmp(conversation, ROOM) == 0;

    g_snprintf(said->archive_id, sizeof(said->archive_id), "%08x", g_rand_int(world->rand));
    g_snprintf(said->id, sizeof(said->id), "id%u", world->count);
    g_snprintf(said->text, sizeof(said->text), "t%u", world->count);
    said->event = (struct history_event){
        .kind = kinds[below(world, G_N_ELEMENTS(kinds))],
        .conversation = conversation,
        .archive = is_room ? ROOM : ME,
        .archive_id = said->archive_id,
        .id = said->id,
        .origin_id = below(world, 2) ? said->id : NULL,
        .sender = is_room ? occupants[below(world, 2)] : conversation,
        .text = said->text,
        .time = (gint64)g_rand_int(world->rand), /* clocks are wrong */
    };
    if (!is_room && below(world, 3) == 0) { /* by our other device */
        said->event.outgoing = TRUE;
        said->event.sender = ME;
        said->event.state = HISTORY_SENT;
    }
    if (said->event.kind != HISTORY_TEXT && !choose_target(world, said))
        said->event.kind = HISTORY_TEXT;
    world->count++;
    (void)db_add(world->witness, &said->event);
}

/* ---- the client ---- */

static void
hear(struct world *world, const struct said *said)
{
    if (!world->online)
        return;
    if (said->event.outgoing && strcmp(said->event.archive, ME) == 0 && !world->carbons)
        return;
    int times = below(world, 4) == 0 ? 2 : 1;
    for (int i = 0; i < times; i++)
        (void)db_add(world->client, &said->event);
}

static void
connect_again(struct world *world)
{
    world->online = TRUE;
    world->carbons = FALSE;
    history_gap_free(db_begin_era(world->client, ME));
    history_gap_free(db_begin_era(world->client, ROOM));
}

static void
make_own(struct world *world, struct said *said, guint number)
{
    g_snprintf(said->id, sizeof(said->id), "own%u", number);
    g_snprintf(said->text, sizeof(said->text), "own%u", number);
    g_snprintf(said->archive_id, sizeof(said->archive_id), "%08x", g_rand_int(world->rand));
    said->event = (struct history_event){
        .conversation = ROOM,
        .archive = ROOM,
        .id = said->id,
        .origin_id = said->id,
        .sender = "o-anna",
        .text = said->text,
        .outgoing = TRUE,
        .state = HISTORY_PENDING,
    };
}

/* The client writes into the room; others are quicker, or the connection breaks before it is
 * reflected. */
static void
write_into_room(struct world *world)
{
    struct said written;
    guint number = world->mine++;
    make_own(world, &written, number);
    (void)db_add(world->client, &written.event);
    if (below(world, 2)) {
        say_something(world);
        hear(world, &world->said[world->count - 1]);
    }
    struct said *kept = &world->said[world->count++];
    make_own(world, kept, number);
    kept->event.archive_id = kept->archive_id;
    kept->event.state = HISTORY_SENT;
    (void)db_add(world->witness, &kept->event);
    if (below(world, 3) == 0)
        world->online = FALSE;
    hear(world, kept);
}

/* ---- the archive ---- */

static gboolean
matches(const struct said *said, const char *archive, const char *with)
{
    return strcmp(said->event.archive, archive) == 0 &&
           (with == NULL || strcmp(said->event.conversation, with) == 0);
}

/* What the server answers to "`max` before this id", oldest first. */
static void
fetch(struct world *world, const char *archive, const char *with, guint max)
{
    struct history_gap *gap = db_find_gap(world->client, archive, with);
    world->carbons = TRUE;
    if (gap == NULL)
        return;
    guint end = world->count;
    for (guint i = 0; gap->newer_id && i < world->count; i++) {
        if (strcmp(world->said[i].archive_id, gap->newer_id) == 0)
            end = i;
    }
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(struct history_event));
    gboolean is_complete = TRUE;
    for (guint i = end; i > 0; i--) {
        if (!matches(&world->said[i - 1], archive, with))
            continue;
        if (found->len == max) {
            is_complete = FALSE;
            break;
        }
        g_array_prepend_val(found, world->said[i - 1].event);
    }
    struct history_event *events = (struct history_event *)(void *)found->data;
    const struct history_archive_page page = {
        .archive = archive,
        .with = with,
        .era = gap->era,
        .events = events,
        .count = found->len,
        .first_id = found->len > 0 ? events[0].archive_id : NULL,
        .is_complete = is_complete,
    };
    history_gap_free(db_add_page(world->client, &page));
    history_gap_free(gap);
}

static void
fetch_something(struct world *world)
{
    static const char *const withs[] = { NULL, "ben@a", "cleo@a" };
    guint max = (guint)below(world, 6) + 1;
    if (!world->online)
        return;
    if (below(world, 3) == 0)
        fetch(world, ROOM, NULL, max);
    else
        fetch(world, ME, withs[below(world, G_N_ELEMENTS(withs))], max);
}

static void
fill_all(struct world *world)
{
    static const char *const archives[] = { ME, ROOM };
    for (guint i = 0; i < G_N_ELEMENTS(archives); i++) {
        guint rounds = 0;
        struct history_gap *gap;
        while ((gap = db_find_gap(world->client, archives[i], NULL)) != NULL) {
            history_gap_free(gap);
            fetch(world, archives[i], NULL, 7);
            assert_true(rounds++ < 1000);
        }
    }
}

/* ---- the comparison ---- */

static char *
picture(struct history_db *db, const char *jid)
{
    GString *text = g_string_new(NULL);
    struct history_view *view = db_read(db, jid, HISTORY_NEWEST, 0, 1000);
    for (guint i = 0; i < view->messages->len; i++) {
        const struct history_message *message = view->messages->pdata[i];
        g_string_append_printf(
            text, "%s %s%s%s %s\n", message->id, message->body ? message->body : "-",
            message->is_edited ? " edited" : "", message->is_retracted ? " retracted" : "",
            message->reactions ? message->reactions : "");
        assert_int_equal(message->state, message->outgoing ? HISTORY_SENT : HISTORY_RECEIVED);
    }
    db_view_free(view);
    return g_string_free(text, FALSE);
}

static void
run(guint seed)
{
    struct world world = {
        .rand = g_rand_new_with_seed(seed),
        .said = g_new0(struct said, SAID_MAX),
        .client = history_db_open(NULL),
        .witness = history_db_open(NULL),
    };
    int target = below(&world, SAID_MAX - 40) + 20;
    connect_again(&world);
    while (world.count < (guint)target) {
        int dice = below(&world, 20);
        if (dice < 12) {
            say_something(&world);
            hear(&world, &world.said[world.count - 1]);
        } else if (dice < 14) {
            if (world.online)
                write_into_room(&world);
        } else if (dice < 17) {
            fetch_something(&world);
        } else if (dice < 18) {
            world.online = FALSE;
        } else if (!world.online) {
            connect_again(&world);
        }
    }
    connect_again(&world);
    fill_all(&world);
    for (guint i = 0; i < G_N_ELEMENTS(PEOPLE); i++) {
        g_autofree char *expected = picture(world.witness, PEOPLE[i]);
        g_autofree char *seen = picture(world.client, PEOPLE[i]);
        if (strcmp(expected, seen) != 0)
            fail_msg("seed %u, %s\n--- in order\n%s--- seen\n%s", seed, PEOPLE[i], expected, seen);
    }
    assert_false(world.client->failed);
    history_db_close(world.client);
    history_db_close(world.witness);
    g_free(world.said);
    g_rand_free(world.rand);
}

static void
test_any_order(void **state)
{
    (void)state;
    for (guint seed = 1; seed <= RUNS; seed++)
        run(seed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
