#include "desktop/message_row.h"

#include "client/colour.h"
#include "client/text.h"
#include "desktop/avatar.h"
#include "desktop/markup.h"
#include "desktop/time_text.h"
#include "desktop/whole_text.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

/* Pixels: the column of pictures, where texts begin, what the mark behind them takes. */
#define GUTTER_WIDTH 40
#define TEXT_X       52
#define MARK_SIZE    12
#define MARK_WIDTH   18
#define MARK_LIFT    4

/* Kept with a message whose whole text was asked for: rows come and go. */
#define SHOWN_WHOLE "jd-shown-whole"

struct _JdMessageRow {
    GtkWidget parent_instance;
    JdLine *line;
    JdMessage *message; /* of the line, borrowed */
    GtkWidget *failure; /* made when a message first fails here */
    GtkLabel *failure_label;
    GtkWidget *more; /* made when a message is first too long for a row */
    GtkButton *more_button;
    GtkWidget *copy_button;
    JdWholeText *whole; /* made when the whole of one is first asked for */

    JdAvatar *avatar;
    GtkLabel *side_time;
    GtkWidget *header;
    GtkLabel *sender;
    GtkLabel *time;
    GtkLabel *body;
    GtkImage *mark;
};

G_DEFINE_FINAL_TYPE(JdMessageRow, jd_message_row, GTK_TYPE_WIDGET)

static void
set_class(GtkWidget *widget, const char *name, gboolean on)
{
    if (on)
        gtk_widget_add_css_class(widget, name);
    else
        gtk_widget_remove_css_class(widget, name);
}

/* ---- who and what ---- */

static void
update_colour(JdMessageRow *self)
{
    const char *sender = self->message ? jd_message_get_sender(self->message) : NULL;
    gboolean dark = adw_style_manager_get_dark(adw_style_manager_get_default());
    JdColour tone = jd_colour_for_name(sender ? sender : "", dark);
    PangoAttrList *attributes = pango_attr_list_new();
    pango_attr_list_insert(attributes,
                           pango_attr_foreground_new((guint16)(tone.red * G_MAXUINT16),
                                                     (guint16)(tone.green * G_MAXUINT16),
                                                     (guint16)(tone.blue * G_MAXUINT16)));
    gtk_label_set_attributes(self->sender, attributes);
    pango_attr_list_unref(attributes);
}

static void show_extent(JdMessageRow *self);

static void
show_body(JdMessageRow *self)
{
    const char *body = jd_message_get_body(self->message);
    gboolean large = markup_is_emoji_only(body);
    g_autofree char *markup = markup_from_body(body);
    gtk_label_set_markup(self->body, markup);
    set_class(GTK_WIDGET(self->body), "large-emoji", large);
    show_extent(self);
}

/* ---- more than a row holds ---- */

static void
more_cb(JdMessageRow *self)
{
    if (self->message == NULL)
        return;
    gboolean whole = g_object_get_data(G_OBJECT(self->message), SHOWN_WHOLE) == NULL;
    g_object_set_data(G_OBJECT(self->message), SHOWN_WHOLE, GINT_TO_POINTER(whole));
    show_extent(self);
}

static void
copy_cb(JdMessageRow *self)
{
    if (self->message)
        gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(self)),
                               jd_message_get_body(self->message));
}

static GtkWidget *
add_small_button(JdMessageRow *self, GCallback clicked)
{
    GtkWidget *button = gtk_button_new();
    gtk_widget_add_css_class(button, "retry");
    g_signal_connect_object(button, "clicked", clicked, self, G_CONNECT_SWAPPED);
    gtk_box_append(GTK_BOX(self->more), button);
    return button;
}

static void
ensure_more(JdMessageRow *self)
{
    if (self->more)
        return;
    self->more = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    gtk_widget_add_css_class(self->more, "more");
    self->more_button = GTK_BUTTON(add_small_button(self, G_CALLBACK(more_cb)));
    self->copy_button = add_small_button(self, G_CALLBACK(copy_cb));
    gtk_button_set_label(GTK_BUTTON(self->copy_button), _("Copy all"));
    gtk_widget_set_parent(self->more, GTK_WIDGET(self));
}

static void
ensure_whole(JdMessageRow *self)
{
    if (self->whole)
        return;
    self->whole = JD_WHOLE_TEXT(jd_whole_text_new());
    gtk_widget_insert_after(GTK_WIDGET(self->whole), GTK_WIDGET(self), GTK_WIDGET(self->body));
}

/* In part or whole. */
static void
show_extent(JdMessageRow *self)
{
    const char *body = jd_message_get_body(self->message);
    gboolean cut = markup_is_cut(body);
    gboolean whole = cut && g_object_get_data(G_OBJECT(self->message), SHOWN_WHOLE);

    gtk_widget_set_visible(GTK_WIDGET(self->body), !whole);
    if (whole)
        ensure_whole(self);
    if (self->whole) {
        jd_whole_text_set_text(self->whole, whole ? body : NULL);
        gtk_widget_set_visible(GTK_WIDGET(self->whole), whole);
    }
    if (cut)
        ensure_more(self);
    if (self->more == NULL)
        return;
    g_autofree char *size = g_format_size(strlen(body));
    g_autofree char *show_all = g_strdup_printf(_("Show all (%s)"), size);
    gtk_button_set_label(self->more_button, whole ? _("Show less") : show_all);
    gtk_widget_set_visible(self->more, cut);
}

static void
show_sender(JdMessageRow *self)
{
    const char *sender = jd_message_get_sender(self->message);
    gboolean continues = jd_line_get_continues(self->line);
    g_autofree char *clock = time_text_clock(jd_message_get_time(self->message));

    set_class(GTK_WIDGET(self), "continues", continues);
    gtk_widget_set_visible(self->header, !continues);
    gtk_widget_set_visible(GTK_WIDGET(self->avatar), !continues);
    gtk_widget_set_visible(GTK_WIDGET(self->side_time), continues);
    gtk_label_set_label(self->side_time, continues ? clock : "");
    if (continues)
        return;
    jd_avatar_set_name(self->avatar, sender);
    gtk_label_set_label(self->sender, sender ? sender : "");
    gtk_label_set_label(self->time, clock);
    update_colour(self);
}

/* ---- did it arrive ---- */

static void
retry_cb(JdMessageRow *self)
{
    if (self->message)
        gtk_widget_activate_action(GTK_WIDGET(self), "conversation.retry", "s",
                                   jd_message_get_id(self->message));
}

static void
ensure_failure(JdMessageRow *self)
{
    if (self->failure)
        return;
    self->failure = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    self->failure_label = GTK_LABEL(gtk_label_new(NULL));
    gtk_label_set_xalign(self->failure_label, 0);
    gtk_label_set_ellipsize(self->failure_label, PANGO_ELLIPSIZE_END);
    gtk_widget_add_css_class(GTK_WIDGET(self->failure_label), "caption");
    gtk_widget_add_css_class(GTK_WIDGET(self->failure_label), "error");
    GtkWidget *retry = gtk_button_new_with_label(_("Send again"));
    gtk_widget_add_css_class(retry, "retry");
    g_signal_connect_object(retry, "clicked", G_CALLBACK(retry_cb), self, G_CONNECT_SWAPPED);
    gtk_box_append(GTK_BOX(self->failure), GTK_WIDGET(self->failure_label));
    gtk_box_append(GTK_BOX(self->failure), retry);
    gtk_widget_set_parent(self->failure, GTK_WIDGET(self));
}

static void
show_failure(JdMessageRow *self)
{
    const char *reason = jd_message_get_failure(self->message);
    g_autofree char *why = text_isolate(reason ? reason : "");
    g_autofree char *words =
        reason ? g_strdup_printf(_("Not sent: %s"), why) : g_strdup(_("Not sent"));
    ensure_failure(self);
    gtk_label_set_label(self->failure_label, words);
    gtk_widget_set_tooltip_text(GTK_WIDGET(self->failure_label), words);
    gtk_widget_set_visible(self->failure, TRUE);
}

static void
set_mark(JdMessageRow *self, const char *icon, const char *words)
{
    gtk_widget_set_visible(GTK_WIDGET(self->mark), icon != NULL);
    gtk_image_set_from_icon_name(self->mark, icon);
    gtk_widget_set_tooltip_text(GTK_WIDGET(self->mark), words);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->mark), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   words ? words : "", -1);
}

static void
show_state(JdMessageRow *self)
{
    JdMessageState state = jd_message_get_state(self->message);
    set_class(GTK_WIDGET(self), "pending", state == JD_MESSAGE_PENDING);
    set_class(GTK_WIDGET(self), "failed", state == JD_MESSAGE_FAILED);
    if (self->failure)
        gtk_widget_set_visible(self->failure, FALSE);
    switch (state) {
    case JD_MESSAGE_RECEIVED:
        set_mark(self, NULL, NULL);
        break;
    case JD_MESSAGE_PENDING:
        set_mark(self, "jd-clock-symbolic", _("Sending"));
        break;
    case JD_MESSAGE_SENT:
        set_mark(self, "jd-check-symbolic", _("Sent"));
        break;
    case JD_MESSAGE_FAILED:
        set_mark(self, "dialog-error-symbolic", _("Not sent"));
        show_failure(self);
        break;
    }
}

/* ---- one line after another ---- */

static gboolean
activate_link_cb(JdMessageRow *self, const char *uri)
{
    g_autofree char *address = NULL;
    if (!g_str_has_prefix(uri, "xmpp:"))
        return FALSE;

    const char *query = strchr(uri, '?');
    const char *start = uri + strlen("xmpp:");
    address = g_uri_unescape_segment(start, query, NULL);
    gboolean joins = query && g_str_has_prefix(query, "?join");
    if (address)
        gtk_widget_activate_action(GTK_WIDGET(self), joins ? "win.join-room" : "win.open-address",
                                   "s", address);
    return TRUE;
}

static gboolean
query_tooltip_cb(JdMessageRow *self, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
    (void)x;
    (void)y;
    (void)keyboard;
    if (self->message == NULL)
        return FALSE;
    g_autofree char *full = time_text_full(jd_message_get_time(self->message));
    gtk_tooltip_set_text(tooltip, full);
    return TRUE;
}

void
jd_message_row_set_line(JdMessageRow *self, JdLine *line)
{
    if (self->message)
        g_signal_handlers_disconnect_by_data(self->message, self);
    self->message = NULL;
    g_set_object(&self->line, line);
    if (line == NULL) {
        if (self->whole)
            jd_whole_text_set_text(self->whole, NULL);
        return;
    }

    self->message = jd_line_get_message(line);
    g_assert(self->message);
    g_signal_connect_object(self->message, "notify::state", G_CALLBACK(show_state), self,
                            G_CONNECT_SWAPPED);
    set_class(GTK_WIDGET(self), "mention", jd_message_get_mentions_me(self->message));
    set_class(GTK_WIDGET(self), "own", jd_message_get_outgoing(self->message));
    show_sender(self);
    show_body(self);
    show_state(self);
}

/* ---- layout ----
 *
 *   [picture]  sender  time
 *   [  or   ]  body [mark]
 *   [ time  ]  more
 *              failure
 *
 * Ours, not boxes in boxes: each asks a wrapping label for its size several times, and that is what
 * scrolling costs. */

static int
height_of(GtkWidget *child, int width)
{
    int height = 0;
    if (child && gtk_widget_get_visible(child))
        gtk_widget_measure(child, GTK_ORIENTATION_VERTICAL, width, &height, NULL, NULL, NULL);
    return height;
}

static int
mark_width(JdMessageRow *self)
{
    return gtk_widget_get_visible(GTK_WIDGET(self->mark)) ? MARK_WIDTH : 0;
}

/* Of the part or the whole that is shown. */
static int
body_height(JdMessageRow *self, int width)
{
    return height_of(GTK_WIDGET(self->body), MAX(width, 0)) +
           height_of(GTK_WIDGET(self->whole), -1);
}

static void
measure_width(JdMessageRow *self, int *minimum, int *natural)
{
    int body = 0;
    gtk_widget_measure(GTK_WIDGET(self->body), GTK_ORIENTATION_HORIZONTAL, -1, &body, natural, NULL,
                       NULL);
    *minimum = TEXT_X + body + MARK_WIDTH;
    *natural += TEXT_X + MARK_WIDTH;
}

static int
measure_height(JdMessageRow *self, int width)
{
    int text_width = MAX(width - TEXT_X, 0);
    int text = height_of(self->header, -1) + body_height(self, text_width - mark_width(self)) +
               height_of(self->more, -1) + height_of(self->failure, -1);
    return MAX(text, height_of(GTK_WIDGET(self->avatar), -1));
}

static GtkSizeRequestMode
jd_message_row_get_request_mode(GtkWidget *widget)
{
    (void)widget;
    return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
jd_message_row_measure(GtkWidget *widget,
                       GtkOrientation orientation,
                       int for_size,
                       int *minimum,
                       int *natural,
                       int *minimum_baseline,
                       int *natural_baseline)
{
    JdMessageRow *self = JD_MESSAGE_ROW(widget);
    *minimum_baseline = *natural_baseline = -1;
    if (orientation == GTK_ORIENTATION_HORIZONTAL) {
        measure_width(self, minimum, natural);
        return;
    }
    int width = for_size;
    int unused = 0;
    if (width < 0)
        measure_width(self, &unused, &width);
    *minimum = *natural = measure_height(self, width);
}

static void
place(GtkWidget *child, int x, int y, int width, int height)
{
    if (child && gtk_widget_should_layout(child))
        gtk_widget_size_allocate(child, &(GtkAllocation){ x, y, width, height }, -1);
}

/* No wider than its text, so that the mark stands right behind it. */
static int
body_width(JdMessageRow *self, int available)
{
    int minimum = 0;
    int natural = 0;
    gtk_widget_measure(GTK_WIDGET(self->body), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &natural,
                       NULL, NULL);
    return MAX(MIN(natural, available), minimum);
}

static void
jd_message_row_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    JdMessageRow *self = JD_MESSAGE_ROW(widget);
    gboolean rtl = gtk_widget_get_direction(widget) == GTK_TEXT_DIR_RTL;
    int text_width = MAX(width - TEXT_X, 0);
    int available = MAX(text_width - mark_width(self), 0);
    gboolean whole = !gtk_widget_get_visible(GTK_WIDGET(self->body));
    int body = whole ? available : body_width(self, available);
    int top = height_of(self->header, -1);
    int below = top + body_height(self, available);
    int more = height_of(self->more, -1);
    int avatar = height_of(GTK_WIDGET(self->avatar), -1);
    int side_height = height_of(GTK_WIDGET(self->side_time), -1);
    (void)height;
    (void)baseline;

#define MIRRORED(x, w) (rtl ? width - (x) - (w) : (x))
    place(GTK_WIDGET(self->avatar), MIRRORED(2, avatar), 0, avatar, avatar);
    place(GTK_WIDGET(self->side_time), MIRRORED(0, GUTTER_WIDTH), 0, GUTTER_WIDTH, side_height);
    place(self->header, MIRRORED(TEXT_X, text_width), 0, text_width, top);
    place(GTK_WIDGET(self->body), MIRRORED(TEXT_X, body), top, body, below - top);
    place(GTK_WIDGET(self->whole), MIRRORED(TEXT_X, body), top, body, below - top);
    place(GTK_WIDGET(self->mark), MIRRORED(TEXT_X + body + MARK_WIDTH - MARK_SIZE, MARK_SIZE),
          below - MARK_SIZE - MARK_LIFT, MARK_SIZE, MARK_SIZE);
    place(self->more, MIRRORED(TEXT_X, text_width), below, text_width, more);
    place(self->failure, MIRRORED(TEXT_X, text_width), below + more, text_width,
          height_of(self->failure, -1));
#undef MIRRORED
}

static void
jd_message_row_dispose(GObject *object)
{
    JdMessageRow *self = JD_MESSAGE_ROW(object);
    jd_message_row_set_line(self, NULL);
    GtkWidget *child = NULL;
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))) != NULL)
        gtk_widget_unparent(child);
    G_OBJECT_CLASS(jd_message_row_parent_class)->dispose(object);
}

static void
jd_message_row_class_init(JdMessageRowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = jd_message_row_dispose;
    widget_class->get_request_mode = jd_message_row_get_request_mode;
    widget_class->measure = jd_message_row_measure;
    widget_class->size_allocate = jd_message_row_size_allocate;
    g_type_ensure(JD_TYPE_AVATAR);
    gtk_widget_class_set_template_from_resource(widget_class, "/im/jackdaw/Jackdaw/message_row.ui");
    gtk_widget_class_bind_template_child(widget_class, JdMessageRow, avatar);
    gtk_widget_class_bind_template_child(widget_class, JdMessageRow, side_time);
    gtk_widget_class_bind_template_child(widget_class, JdMessageRow, header);
    gtk_widget_class_bind_template_child(widget_class, JdMessageRow, sender);
    gtk_widget_class_bind_template_child(widget_class, JdMessageRow, time);
    gtk_widget_class_bind_template_child(widget_class, JdMessageRow, body);
    gtk_widget_class_bind_template_child(widget_class, JdMessageRow, mark);
    gtk_widget_class_bind_template_callback(widget_class, activate_link_cb);
    gtk_widget_class_bind_template_callback(widget_class, query_tooltip_cb);
}

static void
jd_message_row_init(JdMessageRow *self)
{
    PangoAttrList *attributes = pango_attr_list_new();
    gtk_widget_init_template(GTK_WIDGET(self));
    /* A word that is broken may be an address: no hyphen is of it. */
    pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
    gtk_label_set_attributes(self->body, attributes);
    pango_attr_list_unref(attributes);
    g_signal_connect_object(adw_style_manager_get_default(), "notify::dark",
                            G_CALLBACK(update_colour), self, G_CONNECT_SWAPPED);
}

GtkWidget *
jd_message_row_new(void)
{
    return g_object_new(JD_TYPE_MESSAGE_ROW, NULL);
}
