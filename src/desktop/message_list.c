#include "desktop/message_list.h"

#include "client/text.h"
#include "desktop/column_layout.h"
#include "desktop/intro_row.h"
#include "desktop/markup.h"
#include "desktop/message_row.h"
#include "desktop/notice_row.h"
#include "desktop/time_text.h"
#include "desktop/timeline.h"

#include <adwaita.h>
#include <glib/gi18n.h>

/* Nearer to the end than this is at the bottom. */
#define BOTTOM_PIXELS 40

/* More than what is left free below the last row. */
#define CUT_OFF_PIXELS 13

/* Until rows have their heights, and until a scroll has had its effect. */
#define HEIGHTS_FRAMES 3
#define SETTLE_FRAMES  5

struct _JdMessageList {
    GtkWidget parent_instance;
    JdConversation *conversation;
    JdTimeline *timeline;
    GtkWindow *window; /* borrowed while rooted */
    guint missed;      /* messages that came while scrolled up */
    guint pending;     /* a scroll to be done before the next frame */
    guint settle_frames;
    guint settle; /* tick: goes to the "new" line once rows have their heights */
    gboolean at_bottom;
    double upper; /* of the adjustment, when it was looked at last */
    double page;

    GtkWidget *content;
    GtkScrolledWindow *scroller;
    GtkListView *view;
    GtkRevealer *revealer;
    GtkLabel *button_label;
};

G_DEFINE_FINAL_TYPE(JdMessageList, jd_message_list, GTK_TYPE_WIDGET)

/* ---- rows ---- */

static char *
words_for_message(JdMessage *message)
{
    g_autofree char *clock = time_text_clock(jd_message_get_time(message));
    g_autofree char *shown = markup_dup_shown(jd_message_get_body(message));
    const char *sender = jd_message_get_sender(message);
    g_autofree char *who = text_isolate(sender ? sender : _("Unknown"));
    g_autofree char *said = text_isolate(shown);
    return g_strdup_printf("%s, %s, %s", who, clock, said);
}

/* The list's own row is what a screen reader and the tests meet. */
static void
name_row(GtkWidget *child, const char *words)
{
    GtkWidget *row = gtk_widget_get_parent(child);
    if (row)
        gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                       -1);
}

static GtkWidget *
ensure_child(GtkListItem *item, GType type, GtkWidget *(*make)(void))
{
    GtkWidget *child = gtk_list_item_get_child(item);
    if (child == NULL || !G_TYPE_CHECK_INSTANCE_TYPE(child, type)) {
        child = make();
        gtk_list_item_set_child(item, child);
    }
    return child;
}

static void
bind_message(GtkListItem *item, JdLine *line)
{
    GtkWidget *row = ensure_child(item, JD_TYPE_MESSAGE_ROW, jd_message_row_new);
    g_autofree char *words = words_for_message(jd_line_get_message(line));
    jd_message_row_set_line(JD_MESSAGE_ROW(row), line);
    name_row(row, words);
}

static void
bind_notice(GtkListItem *item, JdLine *line)
{
    GtkWidget *row = ensure_child(item, JD_TYPE_NOTICE_ROW, jd_notice_row_new);
    jd_notice_row_set_line(JD_NOTICE_ROW(row), line);
    name_row(row, jd_notice_row_get_text(JD_NOTICE_ROW(row)));
}

static void
bind_cb(GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
    JdMessageList *self = JD_MESSAGE_LIST(data);
    JdLine *line = JD_LINE(gtk_list_item_get_item(item));
    (void)factory;

    gtk_list_item_set_activatable(item, FALSE);
    gtk_list_item_set_selectable(item, FALSE);
    switch (jd_line_get_kind(line)) {
    case JD_LINE_MESSAGE:
        bind_message(item, line);
        break;
    case JD_LINE_INTRO:
        gtk_list_item_set_child(item, jd_intro_row_new(self->conversation));
        name_row(gtk_list_item_get_child(item), jd_conversation_get_title(self->conversation));
        break;
    case JD_LINE_DAY:
    case JD_LINE_NEW:
    case JD_LINE_EVENT:
        bind_notice(item, line);
        break;
    }
}

static void
unbind_cb(GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
    GtkWidget *child = gtk_list_item_get_child(item);
    (void)factory;
    (void)data;
    if (JD_IS_MESSAGE_ROW(child))
        jd_message_row_set_line(JD_MESSAGE_ROW(child), NULL);
}

/* ---- reading ---- */

static void
mark_read_if_seen(JdMessageList *self)
{
    gboolean seen = self->conversation && self->at_bottom &&
                    gtk_widget_get_mapped(GTK_WIDGET(self)) && self->window &&
                    gtk_window_is_active(self->window);
    if (seen && jd_conversation_get_unread(self->conversation) > 0)
        jd_conversation_mark_read(self->conversation);
}

/* The first of the messages that are counted as unread. */
static JdMessage *
first_unread(JdConversation *conversation)
{
    GListModel *messages = jd_conversation_get_messages(conversation);
    guint left = jd_conversation_get_unread(conversation);
    g_autoptr(JdMessage) first = NULL;

    for (guint i = g_list_model_get_n_items(messages); i-- > 0 && left > 0;) {
        g_autoptr(JdMessage) message = g_list_model_get_item(messages, i);
        if (jd_message_get_outgoing(message) || jd_message_get_kind(message) != JD_MESSAGE_TEXT)
            continue;
        g_set_object(&first, message);
        left--;
    }
    return g_steal_pointer(&first);
}

/* ---- scrolling ---- */

/* The list view keeps the row it was told to scroll to where it is while others change height.
 * Setting the adjustment instead would work with heights it has only guessed. */
static void
scroll_to(JdMessageList *self, guint position)
{
    gtk_widget_activate_action(GTK_WIDGET(self->view), "list.scroll-to-item", "u", position);
}

static guint
n_lines(JdMessageList *self)
{
    return self->timeline ? g_list_model_get_n_items(G_LIST_MODEL(self->timeline)) : 0;
}

static void
update_button(JdMessageList *self)
{
    g_autofree char *words =
        self->missed > 0
            ? g_strdup_printf(ngettext("%u new message", "%u new messages", self->missed),
                              self->missed)
            : g_strdup(_("Newest"));
    if (!self->at_bottom)
        gtk_label_set_label(self->button_label, words);
    gtk_revealer_set_reveal_child(self->revealer, !self->at_bottom);
    gtk_widget_set_can_target(GTK_WIDGET(self->revealer), !self->at_bottom);
}

static void
set_at_bottom(JdMessageList *self, gboolean at_bottom)
{
    if (self->at_bottom == at_bottom)
        return;
    self->at_bottom = at_bottom;
    if (at_bottom)
        self->missed = 0;
    update_button(self);
    mark_read_if_seen(self);
}

static gboolean
scroll_idle_cb(gpointer data)
{
    JdMessageList *self = JD_MESSAGE_LIST(data);
    self->pending = 0;
    if (n_lines(self) > 0)
        scroll_to(self, n_lines(self) - 1);
    return G_SOURCE_REMOVE;
}

void
jd_message_list_scroll_to_bottom(JdMessageList *self)
{
    set_at_bottom(self, TRUE);
    /* After the view has heard of new rows and before the next frame. */
    if (self->pending == 0)
        self->pending = g_idle_add_full(G_PRIORITY_HIGH_IDLE, scroll_idle_cb, self, NULL);
}

gboolean
jd_message_list_is_at_bottom(JdMessageList *self)
{
    return self->at_bottom;
}

static double
pixels_below(JdMessageList *self)
{
    GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment(self->scroller);
    return gtk_adjustment_get_upper(adjustment) - gtk_adjustment_get_value(adjustment) -
           gtk_adjustment_get_page_size(adjustment);
}

static gboolean
same_pixels(double one, double other)
{
    return ABS(one - other) < 0.5;
}

/* Rows or window have another height. A row that was scrolled to before it had any is now cut off:
 * once more, and this time the view knows where it ends. */
static void
laid_out_cb(JdMessageList *self)
{
    if (self->at_bottom && self->settle == 0 && pixels_below(self) > CUT_OFF_PIXELS)
        jd_message_list_scroll_to_bottom(self);
}

/* Nothing but the place is new: somebody scrolls. */
static void
scrolled_cb(JdMessageList *self)
{
    GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment(self->scroller);
    double upper = gtk_adjustment_get_upper(adjustment);
    double page = gtk_adjustment_get_page_size(adjustment);
    gboolean same_layout = same_pixels(upper, self->upper) && same_pixels(page, self->page);

    self->upper = upper;
    self->page = page;
    if (!same_layout)
        laid_out_cb(self);
    else if (self->pending == 0 && self->settle == 0)
        set_at_bottom(self, pixels_below(self) <= BOTTOM_PIXELS);
    /* A window's height before the first line, so that it is there when somebody comes to it. */
    if (same_layout && self->conversation && gtk_adjustment_get_value(adjustment) < page)
        (void)jd_conversation_load_older(self->conversation);
}

static guint
count_messages(JdMessageList *self, guint position, guint added, gboolean *ret_own)
{
    guint count = 0;
    *ret_own = FALSE;
    for (guint i = position; i < position + added; i++) {
        g_autoptr(JdLine) line = g_list_model_get_item(G_LIST_MODEL(self->timeline), i);
        JdMessage *message = jd_line_get_message(line);
        if (message && jd_message_get_outgoing(message))
            *ret_own = TRUE;
        else if (message)
            count++;
    }
    return count;
}

static void
lines_changed_cb(JdMessageList *self, guint position, guint removed, guint added)
{
    gboolean at_end = position + added == n_lines(self);
    gboolean own = FALSE;
    (void)removed;

    if (!at_end || added == 0)
        return;
    guint count = count_messages(self, position, added, &own);
    if (own || self->at_bottom) {
        jd_message_list_scroll_to_bottom(self);
    } else {
        self->missed += count;
        update_button(self);
    }
}

/* Goes from the bottom up to the "new" line, if that is further than the window is high. */
static gboolean
settle_cb(GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
    JdMessageList *self = JD_MESSAGE_LIST(widget);
    guint position = jd_timeline_find_new(self->timeline);
    (void)clock;
    (void)data;

    self->settle_frames++;
    if (self->settle_frames == HEIGHTS_FRAMES && position != G_MAXUINT)
        scroll_to(self, position);
    if (self->settle_frames < SETTLE_FRAMES)
        return G_SOURCE_CONTINUE;
    self->settle = 0;
    set_at_bottom(self, pixels_below(self) <= BOTTOM_PIXELS);
    mark_read_if_seen(self);
    return G_SOURCE_REMOVE;
}

static void
forget_scrolling(JdMessageList *self)
{
    g_clear_handle_id(&self->pending, g_source_remove);
    if (self->settle)
        gtk_widget_remove_tick_callback(GTK_WIDGET(self), self->settle);
    self->settle = 0;
}

static void
open_timeline(JdMessageList *self)
{
    g_autoptr(JdMessage) unread = first_unread(self->conversation);
    self->timeline = jd_timeline_new(jd_conversation_get_messages(self->conversation), unread);
    GtkNoSelection *model = gtk_no_selection_new(G_LIST_MODEL(g_object_ref(self->timeline)));
    gtk_list_view_set_model(self->view, GTK_SELECTION_MODEL(model));
    g_object_unref(model);
    g_signal_connect_object(self->timeline, "items-changed", G_CALLBACK(lines_changed_cb), self,
                            G_CONNECT_SWAPPED);
    /* A message is counted as unread after it has appeared here. */
    g_signal_connect_object(self->conversation, "notify::unread", G_CALLBACK(mark_read_if_seen),
                            self, G_CONNECT_SWAPPED);
    jd_message_list_scroll_to_bottom(self);
    if (unread) {
        self->settle_frames = 0;
        self->settle = gtk_widget_add_tick_callback(GTK_WIDGET(self), settle_cb, NULL, NULL);
    }
}

void
jd_message_list_set_conversation(JdMessageList *self, JdConversation *conversation)
{
    if (self->conversation == conversation)
        return;
    forget_scrolling(self);
    if (self->conversation)
        g_signal_handlers_disconnect_by_data(self->conversation, self);
    gtk_list_view_set_model(self->view, NULL);
    g_clear_object(&self->timeline);
    g_set_object(&self->conversation, conversation);
    self->missed = 0;
    self->at_bottom = TRUE;
    update_button(self);
    gboolean private =
        conversation && jd_conversation_get_kind(conversation) == JD_CONVERSATION_PRIVATE;
    if (private)
        gtk_widget_add_css_class(GTK_WIDGET(self), "private");
    else
        gtk_widget_remove_css_class(GTK_WIDGET(self), "private");
    if (conversation)
        open_timeline(self);
    mark_read_if_seen(self);
}

/* ---- the widget ---- */

static void
jd_message_list_root(GtkWidget *widget)
{
    JdMessageList *self = JD_MESSAGE_LIST(widget);
    GTK_WIDGET_CLASS(jd_message_list_parent_class)->root(widget);
    self->window = GTK_WINDOW(gtk_widget_get_root(widget));
    g_signal_connect_object(self->window, "notify::is-active", G_CALLBACK(mark_read_if_seen), self,
                            G_CONNECT_SWAPPED);
}

static void
jd_message_list_unroot(GtkWidget *widget)
{
    JdMessageList *self = JD_MESSAGE_LIST(widget);
    g_signal_handlers_disconnect_by_data(self->window, self);
    self->window = NULL;
    GTK_WIDGET_CLASS(jd_message_list_parent_class)->unroot(widget);
}

static void
jd_message_list_map(GtkWidget *widget)
{
    GTK_WIDGET_CLASS(jd_message_list_parent_class)->map(widget);
    mark_read_if_seen(JD_MESSAGE_LIST(widget));
}

static void
jd_message_list_dispose(GObject *object)
{
    JdMessageList *self = JD_MESSAGE_LIST(object);
    forget_scrolling(self);
    g_clear_pointer(&self->content, gtk_widget_unparent);
    g_clear_object(&self->timeline);
    g_clear_object(&self->conversation);
    G_OBJECT_CLASS(jd_message_list_parent_class)->dispose(object);
}

static void
scroll_to_bottom_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    (void)name;
    (void)parameter;
    jd_message_list_scroll_to_bottom(JD_MESSAGE_LIST(widget));
}

static void
jd_message_list_class_init(JdMessageListClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = jd_message_list_dispose;
    widget_class->root = jd_message_list_root;
    widget_class->unroot = jd_message_list_unroot;
    widget_class->map = jd_message_list_map;

    g_type_ensure(JD_TYPE_COLUMN_LAYOUT);
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/im/jackdaw/Jackdaw/message_list.ui");
    gtk_widget_class_bind_template_child(widget_class, JdMessageList, content);
    gtk_widget_class_bind_template_child(widget_class, JdMessageList, scroller);
    gtk_widget_class_bind_template_child(widget_class, JdMessageList, view);
    gtk_widget_class_bind_template_child(widget_class, JdMessageList, revealer);
    gtk_widget_class_bind_template_child(widget_class, JdMessageList, button_label);
    gtk_widget_class_bind_template_callback(widget_class, bind_cb);
    gtk_widget_class_bind_template_callback(widget_class, unbind_cb);
    gtk_widget_class_install_action(widget_class, "conversation.scroll-to-bottom", NULL,
                                    scroll_to_bottom_action);
}

static void
jd_message_list_init(JdMessageList *self)
{
    self->at_bottom = TRUE;
    gtk_widget_init_template(GTK_WIDGET(self));
    GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment(self->scroller);
    g_signal_connect_object(adjustment, "changed", G_CALLBACK(laid_out_cb), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(adjustment, "value-changed", G_CALLBACK(scrolled_cb), self,
                            G_CONNECT_SWAPPED);
}
