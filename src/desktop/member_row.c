#include "desktop/member_row.h"

#include "desktop/avatar.h"

#include <glib/gi18n.h>

struct _JdMemberRow {
    GtkWidget parent_instance;
    JdMember *member;
    GtkWidget *avatar;
    GtkWidget *words;
};

G_DEFINE_FINAL_TYPE(JdMemberRow, jd_member_row, GTK_TYPE_WIDGET)

enum {
    PROP_0,
    PROP_MEMBER,
    N_PROPS
};
static GParamSpec *properties[N_PROPS];

static char *
name_text(GObject *row, const char *nickname, gboolean self)
{
    (void)row;
    if (nickname == NULL)
        return NULL;
    return self ? g_strdup_printf(_("%s (you)"), nickname) : g_strdup(nickname);
}

static gboolean
has_text(GObject *row, const char *text)
{
    (void)row;
    return text && text[0];
}

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
    return g_strdup_printf("%s, %s, %s", jd_member_get_nickname(member),
                           moderates ? _("moderator")
                                     : _("member"), words_for_show(jd_member_get_show(member)));
}

void
jd_member_row_set_member(JdMemberRow *self, JdMember *member)
{
    if (g_set_object(&self->member, member))
        g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_MEMBER]);
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
jd_member_row_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    switch (id) {
    case PROP_MEMBER:
        jd_member_row_set_member(JD_MEMBER_ROW(object), g_value_get_object(value));
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
jd_member_row_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    switch (id) {
    case PROP_MEMBER:
        g_value_set_object(value, JD_MEMBER_ROW(object)->member);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
jd_member_row_dispose(GObject *object)
{
    JdMemberRow *self = JD_MEMBER_ROW(object);
    g_clear_object(&self->member);
    g_clear_pointer(&self->avatar, gtk_widget_unparent);
    g_clear_pointer(&self->words, gtk_widget_unparent);
    G_OBJECT_CLASS(jd_member_row_parent_class)->dispose(object);
}

static void
jd_member_row_class_init(JdMemberRowClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    object_class->set_property = jd_member_row_set_property;
    object_class->get_property = jd_member_row_get_property;
    object_class->dispose = jd_member_row_dispose;
    properties[PROP_MEMBER] =
        g_param_spec_object("member", NULL, NULL, JD_TYPE_MEMBER,
                            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
    g_object_class_install_properties(object_class, N_PROPS, properties);

    g_type_ensure(JD_TYPE_AVATAR);
    g_type_ensure(JD_TYPE_MEMBER);
    gtk_widget_class_set_template_from_resource(widget_class, "/im/jackdaw/Jackdaw/member_row.ui");
    gtk_widget_class_bind_template_child(widget_class, JdMemberRow, avatar);
    gtk_widget_class_bind_template_child(widget_class, JdMemberRow, words);
    gtk_widget_class_bind_template_callback(widget_class, name_text);
    gtk_widget_class_bind_template_callback(widget_class, has_text);
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
