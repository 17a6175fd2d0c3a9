/* test_long_text.c - a text far too long for a row: shown in part, then whole, and the window never
 * stands still for long. Needs a display; test_people.py runs it on one.
 *
 * The main loop is asked to call every few milliseconds; what the processor does for us between two
 * calls is how long nothing else is done, whatever else the machine has to do. */
#include "client/conversation_private.h"
#include "desktop/markup.h"
#include "desktop/message_list.h"
#include "desktop/resources.h"
#include "desktop/whole_text.h"

#include <adwaita.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <time.h>

#define MEGABYTE  1000000
#define TICK_MS   5
#define PAUSE_MAX 500 /* milliseconds; with sanitizers everything takes several times as long */

struct world {
    GtkWidget *window;
    JdMessageList *list;
    JdConversation *conversation;
    gint64 last_tick;
    gint64 longest_pause; /* microseconds */
    guint ticks;
    guint timer;
};

static void
send_nothing(JdConversation *conversation, JdMessage *message, gpointer owner)
{
    (void)conversation, (void)message, (void)owner;
}

static const struct conversation_ops OPS = { .send = send_nothing };

/* In microseconds. */
static gint64
work_done(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static gboolean
tick_cb(gpointer data)
{
    struct world *world = data;
    gint64 now = work_done();
    world->longest_pause = MAX(world->longest_pause, now - world->last_tick);
    world->last_tick = now;
    world->ticks++;
    return G_SOURCE_CONTINUE;
}

static int
set_up(void **state)
{
    struct world *world = g_new0(struct world, 1);
    world->conversation = conversation_new(JD_CONVERSATION_ROOM, "a@b", "a", &OPS, NULL);
    world->window = g_object_ref_sink(gtk_window_new());
    world->list = g_object_new(JD_TYPE_MESSAGE_LIST, NULL);
    gtk_window_set_default_size(GTK_WINDOW(world->window), 700, 600);
    gtk_window_set_child(GTK_WINDOW(world->window), GTK_WIDGET(world->list));
    jd_message_list_set_conversation(world->list, world->conversation);
    gtk_window_present(GTK_WINDOW(world->window));
    world->last_tick = work_done();
    world->timer = g_timeout_add(TICK_MS, tick_cb, world);
    *state = world;
    return 0;
}

static int
tear_down(void **state)
{
    struct world *world = *state;
    g_source_remove(world->timer);
    gtk_window_destroy(GTK_WINDOW(world->window));
    g_object_unref(world->window);
    g_object_unref(world->conversation);
    g_free(world);
    return 0;
}

static void
run_for(guint milliseconds)
{
    gint64 end = g_get_monotonic_time() + milliseconds * (gint64)1000;
    while (g_get_monotonic_time() < end)
        g_main_context_iteration(NULL, TRUE);
}

/* The first shown widget of this type below `from`; for buttons with this beginning of a label. */
static GtkWidget *
find(GtkWidget *from, GType type, const char *label)
{
    if (!gtk_widget_get_visible(from))
        return NULL;
    const char *own = GTK_IS_BUTTON(from) ? gtk_button_get_label(GTK_BUTTON(from)) : NULL;
    if (G_TYPE_CHECK_INSTANCE_TYPE(from, type) &&
        (label == NULL || (own && g_str_has_prefix(own, label))))
        return from;
    GtkWidget *found = NULL;
    for (GtkWidget *at = gtk_widget_get_first_child(from); at && found == NULL;
         at = gtk_widget_get_next_sibling(at))
        found = find(at, type, label);
    return found;
}

static GtkWidget *
wait_for(struct world *world, GType type, const char *label)
{
    GtkWidget *found = NULL;
    for (guint i = 0; i < 200 && found == NULL; i++) {
        run_for(50);
        found = find(world->window, type, label);
    }
    assert_non_null(found);
    return found;
}

static void
say(struct world *world, const char *body)
{
    const struct message_details details = {
        .kind = JD_MESSAGE_TEXT,
        .state = JD_MESSAGE_RECEIVED,
        .sender = "ben",
        .body = body,
    };
    g_autoptr(JdMessage) message = message_new(&details);
    conversation_add(world->conversation, message, FALSE);
}

/* What the box shows, without the separators that are not of the text. */
static char *
text_of(GtkWidget *view)
{
    GtkTextBuffer *buffer = gtk_text_view_get_buffer(GTK_TEXT_VIEW(view));
    GtkTextIter start, end;
    gtk_text_buffer_get_bounds(buffer, &start, &end);
    g_autofree char *shown = gtk_text_buffer_get_text(buffer, &start, &end, TRUE);
    return markup_without_breaks(shown);
}

static void
scroll_through(GtkWidget *view)
{
    GtkAdjustment *place = gtk_scrollable_get_vadjustment(GTK_SCROLLABLE(view));
    for (guint i = 1; i <= 10; i++) {
        gtk_adjustment_set_value(place, gtk_adjustment_get_upper(place) * i / 10);
        run_for(50);
    }
}

static void
show_whole(struct world *world, const char *body)
{
    run_for(500);
    world->longest_pause = 0;
    world->ticks = 0;
    say(world, body);
    GtkWidget *show_all = wait_for(world, GTK_TYPE_BUTTON, "Show all");
    g_signal_emit_by_name(show_all, "clicked");
    GtkWidget *view = wait_for(world, GTK_TYPE_TEXT_VIEW, NULL);
    run_for(1000);
    g_autofree char *whole = text_of(view);
    assert_string_equal(whole, body);
    scroll_through(view);

    g_signal_emit_by_name(wait_for(world, GTK_TYPE_BUTTON, "Show less"), "clicked");
    assert_null(find(world->window, GTK_TYPE_TEXT_VIEW, NULL));
    run_for(200);
    assert_true(world->ticks > 20);
    print_message("%u ticks, longest pause %d ms\n", world->ticks,
                  (int)(world->longest_pause / 1000));
    assert_in_range(world->longest_pause / 1000, 0, PAUSE_MAX);
}

static void
one_word(void **state)
{
    g_autofree char *body = g_strnfill(MEGABYTE, 'x');
    show_whole(*state, body);
}

static void
many_words(void **state)
{
    g_autofree char *body = g_strnfill(MEGABYTE, 'x');
    for (size_t i = 7; i < MEGABYTE; i += 8)
        body[i] = i % 800 == 799 ? '\n' : ' ';
    show_whole(*state, body);
}

static void
nothing_but_lines(void **state)
{
    g_autofree char *body = g_strnfill(MEGABYTE / 4, '\n');
    memcpy(body, "begin", strlen("begin"));
    memcpy(body + MEGABYTE / 4 - strlen("end"), "end", strlen("end"));
    show_whole(*state, body);
}

static void
short_is_whole(void **state)
{
    struct world *world = *state;
    say(world, "short");
    run_for(300);
    assert_null(find(world->window, GTK_TYPE_BUTTON, "Show all"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(short_is_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_word, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_but_lines, set_up, tear_down),
    };
    adw_init();
    jackdaw_register_resource();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
