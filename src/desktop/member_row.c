#include "desktop/member_row.h"

#include "client/text.h"
#include "desktop/avatar.h"

#include <glib/gi18n.h>

struct _JdMemberRow {
    GtkWidget parent_instance;
    JdMember *member;

    JdAvatar *avatar;
    GtkLabel *name;
    GtkLabel *guest;
    GtkLabel *status;
};

G_DEFINE_FINAL_TYPE(JdMemberRow, jd_member_row, GTK_TYPE_WIDGET)

static const char *
words_for_show(JdShow show)
{
    switch (show) {
    case JD_SHOW_ONLINE:
    case JD_SHOW_CHAT:
        return _("online");
    case JD_SHOW_AWAY:
    case JD_SHOW_XA:
        return _("away");
    case JD_SHOW_DND:
        return _("do not disturb");
    case JD_SHOW_OFFLINE:
        break;
    }
    return _("offline");
}

char *
jd_member_row_describe(JdMember *member)
{
    gboolean moderates = jd_member_get_role(member) == JD_ROLE_MODERATOR;
    const char *role =
        moderates ? _("moderator") : jd_member_is_guest(member) ? _("guest") : _("member");
    g_autofree char *who = text_isolate(jd_member_get_nickname(member));
    return g_strdup_printf("%s, %s, %s", who, role, words_for_show(jd_member_get_show(member)));
}

static void
update(JdMemberRow *self)
{
    JdMember *member = self->member;
    const char *nickname = jd_member_get_nickname(member);
    const char *status = jd_member_get_status(member);
    g_autofree char *apart = text_isolate(nickname);
    g_autofree char *name =
        jd_member_is_self(member) ? g_strdup_printf(_("%s (you)"), apart) : g_strdup(nickname);

    jd_avatar_set_name(self->avatar, nickname);
    jd_avatar_set_show(self->avatar, jd_member_get_show(member));
    gtk_label_set_label(self->name, name);
    gtk_widget_set_visible(GTK_WIDGET(self->guest), jd_member_is_guest(member));
    gtk_label_set_label(self->status, status ? status : "");
    gtk_widget_set_visible(GTK_WIDGET(self->status), status && status[0]);
}

void
jd_member_row_set_member(JdMemberRow *self, JdMember *member)
{
    if (self->member)
        g_signal_handlers_disconnect_by_data(self->member, self);
    g_set_object(&self->member, member);
    if (member == NULL)
        return;
    g_signal_connect_object(member, "notify", G_CALLBACK(update), self, G_CONNECT_SWAPPED);
    update(self);
}

static gboolean
query_tooltip_cb(JdMemberRow *self, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
    (void)x;
    (void)y;
    (void)keyboard;
    if (self->member == NULL || jd_member_is_self(self->member))
        return FALSE;
    g_autofree char *who = jd_member_row_describe(self->member);
    g_autofree char *words = g_strdup_printf(_("%s\nClick to write in private"), who);
    gtk_tooltip_set_text(tooltip, words);
    return TRUE;
}

static void
jd_member_row_dispose(GObject *object)
{
    JdMemberRow *self = JD_MEMBER_ROW(object);
    GtkWidget *child = NULL;
    jd_member_row_set_member(self, NULL);
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))) != NULL)
        gtk_widget_unparent(child);
    G_OBJECT_CLASS(jd_member_row_parent_class)->dispose(object);
}

static void
jd_member_row_class_init(JdMemberRowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = jd_member_row_dispose;
    g_type_ensure(JD_TYPE_AVATAR);
    gtk_widget_class_set_template_from_resource(widget_class, "/im/jackdaw/Jackdaw/member_row.ui");
    gtk_widget_class_bind_template_child(widget_class, JdMemberRow, avatar);
    gtk_widget_class_bind_template_child(widget_class, JdMemberRow, name);
    gtk_widget_class_bind_template_child(widget_class, JdMemberRow, guest);
    gtk_widget_class_bind_template_child(widget_class, JdMemberRow, status);
}

static void
jd_member_row_init(JdMemberRow *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    gtk_widget_set_has_tooltip(GTK_WIDGET(self), TRUE);
    g_signal_connect(self, "query-tooltip", G_CALLBACK(query_tooltip_cb), NULL);
}

GtkWidget *
jd_member_row_new(void)
{
    return g_object_new(JD_TYPE_MEMBER_ROW, NULL);
}
