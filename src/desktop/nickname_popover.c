#include "desktop/nickname_popover.h"

#include <glib/gi18n.h>

struct _JdNicknamePopover {
    GtkPopover parent_instance;
    JdAccount *account;

    GtkEditable *entry;
    GtkWidget *change;
    GtkLabel *error;
};

G_DEFINE_FINAL_TYPE(JdNicknamePopover, jd_nickname_popover, GTK_TYPE_POPOVER)

static void
show_error(JdNicknamePopover *self, const char *sentence)
{
    gtk_label_set_label(self->error, sentence ? sentence : "");
    gtk_widget_set_visible(GTK_WIDGET(self->error), sentence != NULL);
    if (sentence)
        gtk_widget_add_css_class(GTK_WIDGET(self->entry), "error");
    else
        gtk_widget_remove_css_class(GTK_WIDGET(self->entry), "error");
}

static void
entry_changed_cb(JdNicknamePopover *self)
{
    g_autofree char *typed = g_strstrip(g_strdup(gtk_editable_get_text(self->entry)));
    gtk_widget_set_sensitive(self->change, typed[0] != '\0');
    show_error(self, NULL);
}

static void
change_cb(JdNicknamePopover *self)
{
    g_autofree char *typed = g_strstrip(g_strdup(gtk_editable_get_text(self->entry)));
    if (typed[0] == '\0')
        return;
    if (g_strcmp0(typed, jd_account_get_nickname(self->account)) == 0)
        gtk_popover_popdown(GTK_POPOVER(self));
    else
        jd_account_set_nickname(self->account, typed);
}

static void
nickname_changed_cb(JdNicknamePopover *self)
{
    gtk_popover_popdown(GTK_POPOVER(self));
}

static void
nickname_refused_cb(JdNicknamePopover *self, const GError *error)
{
    show_error(self, error->message);
    gtk_widget_grab_focus(GTK_WIDGET(self->entry));
}

static void
jd_nickname_popover_show(GtkWidget *widget)
{
    JdNicknamePopover *self = JD_NICKNAME_POPOVER(widget);
    const char *nickname = jd_account_get_nickname(self->account);
    gtk_editable_set_text(self->entry, nickname ? nickname : "");
    entry_changed_cb(self);
    GTK_WIDGET_CLASS(jd_nickname_popover_parent_class)->show(widget);
    gtk_widget_grab_focus(GTK_WIDGET(self->entry));
}

static void
jd_nickname_popover_dispose(GObject *object)
{
    g_clear_object(&JD_NICKNAME_POPOVER(object)->account);
    G_OBJECT_CLASS(jd_nickname_popover_parent_class)->dispose(object);
}

static void
jd_nickname_popover_class_init(JdNicknamePopoverClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = jd_nickname_popover_dispose;
    widget_class->show = jd_nickname_popover_show;
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/im/jackdaw/Jackdaw/nickname_popover.ui");
    gtk_widget_class_bind_template_child(widget_class, JdNicknamePopover, entry);
    gtk_widget_class_bind_template_child(widget_class, JdNicknamePopover, change);
    gtk_widget_class_bind_template_child(widget_class, JdNicknamePopover, error);
    gtk_widget_class_bind_template_callback(widget_class, change_cb);
    gtk_widget_class_bind_template_callback(widget_class, entry_changed_cb);
}

static void
jd_nickname_popover_init(JdNicknamePopover *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

void
jd_nickname_popover_set_account(JdNicknamePopover *self, JdAccount *account)
{
    g_assert(self->account == NULL);
    self->account = g_object_ref(account);
    g_signal_connect_object(account, "notify::nickname", G_CALLBACK(nickname_changed_cb), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(account, "nickname-refused", G_CALLBACK(nickname_refused_cb), self,
                            G_CONNECT_SWAPPED);
}
