#include "desktop/whole_text.h"

#include "desktop/markup.h"

#include <glib/gi18n.h>

#define HEIGHT 360 /* pixels: some 18 lines */

struct _JdWholeText {
    GtkWidget parent_instance;
    GtkWidget *scroller;
    GtkTextView *view;
};

G_DEFINE_FINAL_TYPE(JdWholeText, jd_whole_text, GTK_TYPE_WIDGET)

static void
jd_whole_text_dispose(GObject *object)
{
    g_clear_pointer(&JD_WHOLE_TEXT(object)->scroller, gtk_widget_unparent);
    G_OBJECT_CLASS(jd_whole_text_parent_class)->dispose(object);
}

static void
jd_whole_text_class_init(JdWholeTextClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = jd_whole_text_dispose;
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
}

/* What was selected is copied as it was written. */
static void
copy_cb(GtkTextView *view)
{
    GtkTextBuffer *buffer = gtk_text_view_get_buffer(view);
    GtkTextIter start;
    GtkTextIter end;
    if (gtk_text_buffer_get_selection_bounds(buffer, &start, &end)) {
        g_autofree char *shown = gtk_text_buffer_get_text(buffer, &start, &end, TRUE);
        g_autofree char *written = markup_without_breaks(shown);
        gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(view)), written);
    }
    g_signal_stop_emission_by_name(view, "copy-clipboard");
}

static void
jd_whole_text_init(JdWholeText *self)
{
    self->view = GTK_TEXT_VIEW(gtk_text_view_new());
    gtk_text_buffer_create_tag(gtk_text_view_get_buffer(self->view), "text", "insert-hyphens",
                               FALSE, NULL);
    gtk_text_view_set_editable(self->view, FALSE);
    gtk_text_view_set_cursor_visible(self->view, FALSE);
    gtk_text_view_set_accepts_tab(self->view, FALSE);
    gtk_text_view_set_wrap_mode(self->view, GTK_WRAP_WORD_CHAR);
    g_signal_connect(self->view, "copy-clipboard", G_CALLBACK(copy_cb), NULL);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("The whole message"), -1);

    self->scroller = gtk_scrolled_window_new();
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(self->scroller), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    /* Of one height: nobody has to lay out all of it to know how high it is. */
    gtk_scrolled_window_set_min_content_height(GTK_SCROLLED_WINDOW(self->scroller), HEIGHT);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(self->scroller), GTK_WIDGET(self->view));
    gtk_widget_set_parent(self->scroller, GTK_WIDGET(self));
    gtk_widget_add_css_class(GTK_WIDGET(self), "whole-text");
}

GtkWidget *
jd_whole_text_new(void)
{
    return g_object_new(JD_TYPE_WHOLE_TEXT, NULL);
}

void
jd_whole_text_set_text(JdWholeText *self, const char *text)
{
    g_autofree char *pieces = text ? markup_in_paragraphs(text) : NULL;
    GtkTextBuffer *buffer = gtk_text_view_get_buffer(self->view);
    GtkTextIter start;
    GtkTextIter end;

    gtk_text_buffer_set_text(buffer, pieces ? pieces : "", -1);
    gtk_text_buffer_get_bounds(buffer, &start, &end);
    gtk_text_buffer_apply_tag_by_name(buffer, "text", &start, &end);
    gtk_text_buffer_place_cursor(buffer, &start);
}
