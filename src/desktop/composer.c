#include "desktop/composer.h"

#include "client/member.h"
#include "desktop/column_layout.h"
#include "desktop/completion.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#define LINES_MAX 8

struct _JdComposer {
    GtkWidget parent_instance;
    GListModel *members;
    struct completion completion;
    gboolean composing;  /* an input method is at work: Return belongs to it */
    gboolean completing; /* the change of text is ours */

    GtkWidget *content;
    GtkScrolledWindow *scroller;
    GtkTextView *view;
    GtkWidget *hint;
    GtkMenuButton *emoji_button;
};

G_DEFINE_FINAL_TYPE(JdComposer, jd_composer, GTK_TYPE_WIDGET)

static guint send_signal;

static GtkTextBuffer *
buffer_of(JdComposer *self)
{
    return gtk_text_view_get_buffer(self->view);
}

char *
jd_composer_dup_text(JdComposer *self)
{
    GtkTextIter start;
    GtkTextIter end;
    gtk_text_buffer_get_bounds(buffer_of(self), &start, &end);
    return gtk_text_buffer_get_text(buffer_of(self), &start, &end, FALSE);
}

void
jd_composer_set_text(JdComposer *self, const char *text)
{
    gtk_text_buffer_set_text(buffer_of(self), text ? text : "", -1);
}

static void
text_changed_cb(JdComposer *self)
{
    g_autofree char *text = jd_composer_dup_text(self);
    gtk_widget_set_visible(self->hint, text[0] == '\0' && !self->composing);
    g_strstrip(text);
    gtk_widget_action_set_enabled(GTK_WIDGET(self), "composer.send", text[0] != '\0');
    if (!self->completing)
        completion_reset(&self->completion);
}

static void
preedit_changed_cb(JdComposer *self, const char *preedit)
{
    self->composing = preedit[0] != '\0';
    text_changed_cb(self);
}

static void
send_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    JdComposer *self = JD_COMPOSER(widget);
    g_autofree char *text = g_strstrip(jd_composer_dup_text(self));
    (void)name;
    (void)parameter;
    if (text[0] == '\0')
        return;
    jd_composer_set_text(self, "");
    g_signal_emit(self, send_signal, 0, text);
    gtk_widget_grab_focus(widget);
}

/* ---- Tab completes nicknames ---- */

/* The text from the start of the line to the cursor. */
static char *
before_cursor(JdComposer *self, GtkTextIter *ret_start, GtkTextIter *ret_cursor)
{
    GtkTextBuffer *buffer = buffer_of(self);
    gtk_text_buffer_get_iter_at_mark(buffer, ret_cursor, gtk_text_buffer_get_insert(buffer));
    *ret_start = *ret_cursor;
    gtk_text_iter_set_line_offset(ret_start, 0);
    return gtk_text_buffer_get_text(buffer, ret_start, ret_cursor, FALSE);
}

static gboolean
complete(JdComposer *self)
{
    GtkTextIter start;
    GtkTextIter cursor;
    g_autofree char *line = before_cursor(self, &start, &cursor);
    g_autofree char *completed =
        self->members ? completion_next(&self->completion, line, self->members) : NULL;

    if (completed == NULL)
        return FALSE;
    self->completing = TRUE;
    gtk_text_buffer_begin_user_action(buffer_of(self));
    gtk_text_buffer_delete(buffer_of(self), &start, &cursor);
    gtk_text_buffer_insert(buffer_of(self), &start, completed, -1);
    gtk_text_buffer_end_user_action(buffer_of(self));
    self->completing = FALSE;
    return TRUE;
}

static gboolean
key_pressed_cb(JdComposer *self, guint key, guint code, GdkModifierType state)
{
    GdkModifierType held = state & gtk_accelerator_get_default_mod_mask();
    gboolean is_return =
        key == GDK_KEY_Return || key == GDK_KEY_KP_Enter || key == GDK_KEY_ISO_Enter;
    (void)code;

    if (self->composing)
        return GDK_EVENT_PROPAGATE;
    if (is_return && (held == 0 || held == GDK_CONTROL_MASK)) {
        gtk_widget_activate_action(GTK_WIDGET(self), "composer.send", NULL);
        return GDK_EVENT_STOP;
    }
    if (key == GDK_KEY_Tab && held == 0)
        return complete(self);
    return GDK_EVENT_PROPAGATE;
}

/* ---- emoji ---- */

static void
emoji_picked_cb(JdComposer *self, const char *emoji)
{
    gtk_text_buffer_insert_at_cursor(buffer_of(self), emoji, -1);
    gtk_widget_grab_focus(GTK_WIDGET(self));
}

/* Made when it is first wanted: it costs as much memory as the rest of the window. */
static void
make_emoji_chooser_cb(GtkMenuButton *button, gpointer data)
{
    JdComposer *self = JD_COMPOSER(data);
    if (gtk_menu_button_get_popover(button))
        return;
    GtkWidget *chooser = gtk_emoji_chooser_new();
    g_signal_connect_object(chooser, "emoji-picked", G_CALLBACK(emoji_picked_cb), self,
                            G_CONNECT_SWAPPED);
    gtk_menu_button_set_popover(button, chooser);
}

void
jd_composer_open_emoji(JdComposer *self)
{
    gtk_menu_button_popup(self->emoji_button);
}

/* ---- the widget ---- */

/* Eight lines of whatever font is in use. */
static void
update_height(JdComposer *self)
{
    PangoContext *context = gtk_widget_get_pango_context(GTK_WIDGET(self->view));
    PangoFontMetrics *metrics = pango_context_get_metrics(context, NULL, NULL);
    int line = PANGO_PIXELS(pango_font_metrics_get_height(metrics));
    int margins =
        gtk_text_view_get_top_margin(self->view) + gtk_text_view_get_bottom_margin(self->view);
    pango_font_metrics_unref(metrics);
    gtk_scrolled_window_set_max_content_height(self->scroller, line * LINES_MAX + margins);
}

static void
jd_composer_system_setting_changed(GtkWidget *widget, GtkSystemSetting setting)
{
    GTK_WIDGET_CLASS(jd_composer_parent_class)->system_setting_changed(widget, setting);
    update_height(JD_COMPOSER(widget));
}

static gboolean
jd_composer_grab_focus(GtkWidget *widget)
{
    return gtk_widget_grab_focus(GTK_WIDGET(JD_COMPOSER(widget)->view));
}

static void
jd_composer_dispose(GObject *object)
{
    JdComposer *self = JD_COMPOSER(object);
    g_clear_pointer(&self->content, gtk_widget_unparent);
    g_clear_object(&self->members);
    completion_reset(&self->completion);
    G_OBJECT_CLASS(jd_composer_parent_class)->dispose(object);
}

static void
jd_composer_class_init(JdComposerClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = jd_composer_dispose;
    widget_class->grab_focus = jd_composer_grab_focus;
    widget_class->system_setting_changed = jd_composer_system_setting_changed;
    send_signal = g_signal_new("send", JD_TYPE_COMPOSER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 1, G_TYPE_STRING);

    g_type_ensure(JD_TYPE_COLUMN_LAYOUT);
    gtk_widget_class_set_template_from_resource(widget_class, "/im/jackdaw/Jackdaw/composer.ui");
    gtk_widget_class_bind_template_child(widget_class, JdComposer, content);
    gtk_widget_class_bind_template_child(widget_class, JdComposer, scroller);
    gtk_widget_class_bind_template_child(widget_class, JdComposer, view);
    gtk_widget_class_bind_template_child(widget_class, JdComposer, hint);
    gtk_widget_class_bind_template_child(widget_class, JdComposer, emoji_button);
    gtk_widget_class_bind_template_callback(widget_class, preedit_changed_cb);
    gtk_widget_class_bind_template_callback(widget_class, key_pressed_cb);
    gtk_widget_class_install_action(widget_class, "composer.send", NULL, send_action);
}

static void
jd_composer_init(JdComposer *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    gtk_text_view_set_top_margin(self->view, 9);
    gtk_text_view_set_bottom_margin(self->view, 9);
    gtk_text_view_set_left_margin(self->view, 12);
    gtk_text_view_set_right_margin(self->view, 6);
    g_signal_connect_object(buffer_of(self), "changed", G_CALLBACK(text_changed_cb), self,
                            G_CONNECT_SWAPPED);
    gtk_menu_button_set_create_popup_func(self->emoji_button, make_emoji_chooser_cb, self, NULL);
    update_height(self);
    text_changed_cb(self);
}

void
jd_composer_set_hint(JdComposer *self, const char *hint)
{
    gtk_label_set_label(GTK_LABEL(self->hint), hint);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, hint,
                                   -1);
}

void
jd_composer_set_members(JdComposer *self, GListModel *members)
{
    completion_reset(&self->completion);
    g_set_object(&self->members, members);
}
