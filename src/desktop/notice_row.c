#include "desktop/notice_row.h"

#include "desktop/time_text.h"

#include <glib/gi18n.h>

struct _JdNoticeRow {
    GtkWidget parent_instance;
    GtkWidget *left;
    GtkWidget *label;
    GtkWidget *change;
    GtkWidget *right;
};

G_DEFINE_FINAL_TYPE(JdNoticeRow, jd_notice_row, GTK_TYPE_WIDGET)

static char *
text_for(JdLine *line)
{
    switch (jd_line_get_kind(line)) {
    case JD_LINE_DAY:
        return time_text_day(jd_line_get_time(line), g_get_real_time());
    case JD_LINE_NEW:
        return g_strdup(_("New messages"));
    case JD_LINE_EVENT:
        return g_strdup(jd_line_get_text(line));
    case JD_LINE_INTRO:
    case JD_LINE_MESSAGE:
        break;
    }
    g_assert_not_reached();
}

static const char *
class_for(JdLineKind kind)
{
    return kind == JD_LINE_DAY ? "day" : kind == JD_LINE_NEW ? "new" : "event";
}

void
jd_notice_row_set_line(JdNoticeRow *self, JdLine *line)
{
    JdLineKind kind = jd_line_get_kind(line);
    g_autofree char *text = text_for(line);
    gboolean asks = jd_line_asks_for_nickname(line);
    const char *classes[] = { "notice", class_for(kind), asks ? "asks" : NULL, NULL };
    g_autofree char *when = time_text_full(jd_line_get_time(line));
    g_autofree char *tooltip = g_strdup_printf("%s\n%s", text, when);

    gtk_widget_set_css_classes(GTK_WIDGET(self), classes);
    gtk_label_set_label(GTK_LABEL(self->label), text);
    gtk_widget_set_visible(self->left, kind != JD_LINE_EVENT);
    gtk_widget_set_visible(self->right, kind != JD_LINE_EVENT);
    gtk_widget_set_visible(self->change, asks);
    gtk_widget_set_hexpand(self->label, kind == JD_LINE_EVENT && !asks);
    gtk_widget_set_tooltip_text(self->label, kind == JD_LINE_EVENT ? tooltip : NULL);
}

const char *
jd_notice_row_get_text(JdNoticeRow *self)
{
    return gtk_label_get_label(GTK_LABEL(self->label));
}

static void
jd_notice_row_dispose(GObject *object)
{
    JdNoticeRow *self = JD_NOTICE_ROW(object);
    g_clear_pointer(&self->left, gtk_widget_unparent);
    g_clear_pointer(&self->label, gtk_widget_unparent);
    g_clear_pointer(&self->change, gtk_widget_unparent);
    g_clear_pointer(&self->right, gtk_widget_unparent);
    G_OBJECT_CLASS(jd_notice_row_parent_class)->dispose(object);
}

static void
jd_notice_row_class_init(JdNoticeRowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = jd_notice_row_dispose;
    gtk_widget_class_set_template_from_resource(widget_class, "/im/jackdaw/Jackdaw/notice_row.ui");
    gtk_widget_class_bind_template_child(widget_class, JdNoticeRow, left);
    gtk_widget_class_bind_template_child(widget_class, JdNoticeRow, label);
    gtk_widget_class_bind_template_child(widget_class, JdNoticeRow, change);
    gtk_widget_class_bind_template_child(widget_class, JdNoticeRow, right);
}

static void
jd_notice_row_init(JdNoticeRow *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

GtkWidget *
jd_notice_row_new(void)
{
    return g_object_new(JD_TYPE_NOTICE_ROW, NULL);
}
