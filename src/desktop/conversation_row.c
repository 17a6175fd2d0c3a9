#include "desktop/conversation_row.h"

#include "client/text.h"
#include "desktop/avatar.h"
#include "desktop/time_text.h"

#include <glib/gi18n.h>

#define BADGE_MAX 99

struct _JdConversationRow {
    GtkListBoxRow parent_instance;
    JdConversation *conversation;

    JdAvatar *avatar;
    GtkLabel *title;
    GtkLabel *time;
    GtkLabel *preview;
    GtkLabel *badge;
};

G_DEFINE_FINAL_TYPE(JdConversationRow, jd_conversation_row, GTK_TYPE_LIST_BOX_ROW)

enum {
    PROP_0,
    PROP_CONVERSATION,
    N_PROPS
};
static GParamSpec *properties[N_PROPS];

/* ---- what changes ---- */

static void
set_class(JdConversationRow *self, const char *name, gboolean on)
{
    if (on)
        gtk_widget_add_css_class(GTK_WIDGET(self), name);
    else
        gtk_widget_remove_css_class(GTK_WIDGET(self), name);
}

/* What a screen reader says of the row. */
static void
update_accessible(JdConversationRow *self)
{
    JdConversation *conversation = self->conversation;
    guint unread = jd_conversation_get_unread(conversation);
    g_autofree char *title = text_isolate(jd_conversation_get_title(conversation));
    g_autoptr(GString) words = g_string_new(title);

    if (unread > 0)
        g_string_append_printf(
            words, ngettext(", %u unread message", ", %u unread messages", unread), unread);
    if (jd_conversation_get_preview(conversation) && jd_conversation_get_preview(conversation)[0])
        g_string_append_printf(words, ", %s", jd_conversation_get_preview(conversation));
    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, words->str,
                                   -1);
}

static void
update_unread(JdConversationRow *self)
{
    guint unread = jd_conversation_get_unread(self->conversation);
    g_autofree char *text =
        unread > BADGE_MAX ? g_strdup_printf("%d+", BADGE_MAX) : g_strdup_printf("%u", unread);
    gtk_label_set_label(self->badge, text);
    gtk_widget_set_visible(GTK_WIDGET(self->badge), unread > 0);
    set_class(self, "unread", unread > 0);
    set_class(self, "mentioned", unread > 0 && jd_conversation_get_mentioned(self->conversation));
    update_accessible(self);
}

void
jd_conversation_row_refresh_time(JdConversationRow *self)
{
    gint64 time = jd_conversation_get_last_activity(self->conversation);
    g_autofree char *text = time ? time_text_relative(time, g_get_real_time()) : g_strdup("");
    gtk_label_set_label(self->time, text);
}

/* Where nothing has been said yet, what it is. */
static void
update_preview(JdConversationRow *self)
{
    const char *preview = jd_conversation_get_preview(self->conversation);
    const char *subtitle = jd_conversation_get_subtitle(self->conversation);
    gtk_label_set_label(self->preview, preview && preview[0] ? preview : subtitle);
    update_accessible(self);
}

static void
update_show(JdConversationRow *self)
{
    jd_avatar_set_show(self->avatar, jd_conversation_get_show(self->conversation));
}

static void
update_title(JdConversationRow *self)
{
    const char *title = jd_conversation_get_title(self->conversation);
    jd_avatar_set_name(self->avatar, title);
    gtk_label_set_label(self->title, title);
    update_accessible(self);
    gtk_list_box_row_changed(GTK_LIST_BOX_ROW(self));
}

/* Sorting the whole list, not only this row, moves the widgets too: so that a screen reader meets
 * them in the order they are seen in. */
static void
activity_changed_cb(JdConversationRow *self)
{
    GtkWidget *list = gtk_widget_get_parent(GTK_WIDGET(self));
    jd_conversation_row_refresh_time(self);
    if (GTK_IS_LIST_BOX(list) && gtk_list_box_row_get_index(GTK_LIST_BOX_ROW(self)) > 0)
        gtk_list_box_invalidate_sort(GTK_LIST_BOX(list));
}

static void
set_conversation(JdConversationRow *self, JdConversation *conversation)
{
    static const struct {
        const char *signal;
        GCallback callback;
    } handlers[] = {
        { "notify::unread", G_CALLBACK(update_unread) },
        { "notify::mentioned", G_CALLBACK(update_unread) },
        { "notify::last-activity", G_CALLBACK(activity_changed_cb) },
        { "notify::title", G_CALLBACK(update_title) },
        { "notify::preview", G_CALLBACK(update_preview) },
        { "notify::subtitle", G_CALLBACK(update_preview) },
        { "notify::show", G_CALLBACK(update_show) },
    };
    self->conversation = g_object_ref(conversation);
    for (gsize i = 0; i < G_N_ELEMENTS(handlers); i++)
        g_signal_connect_object(conversation, handlers[i].signal, handlers[i].callback, self,
                                G_CONNECT_SWAPPED);
    gboolean room = jd_conversation_get_kind(conversation) == JD_CONVERSATION_ROOM;
    jd_avatar_set_room(self->avatar, room);
    jd_avatar_set_has_presence(self->avatar, !room);
    update_title(self);
    update_show(self);
    update_preview(self);
    update_unread(self);
    jd_conversation_row_refresh_time(self);
}

/* ---- the widget ---- */

static void
jd_conversation_row_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    switch (id) {
    case PROP_CONVERSATION:
        set_conversation(JD_CONVERSATION_ROW(object), g_value_get_object(value));
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
jd_conversation_row_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    switch (id) {
    case PROP_CONVERSATION:
        g_value_set_object(value, JD_CONVERSATION_ROW(object)->conversation);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
jd_conversation_row_dispose(GObject *object)
{
    g_clear_object(&JD_CONVERSATION_ROW(object)->conversation);
    G_OBJECT_CLASS(jd_conversation_row_parent_class)->dispose(object);
}

static void
jd_conversation_row_class_init(JdConversationRowClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    object_class->set_property = jd_conversation_row_set_property;
    object_class->get_property = jd_conversation_row_get_property;
    object_class->dispose = jd_conversation_row_dispose;
    properties[PROP_CONVERSATION] =
        g_param_spec_object("conversation", NULL, NULL, JD_TYPE_CONVERSATION,
                            G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, properties);

    g_type_ensure(JD_TYPE_AVATAR);
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/im/jackdaw/Jackdaw/conversation_row.ui");
    gtk_widget_class_bind_template_child(widget_class, JdConversationRow, avatar);
    gtk_widget_class_bind_template_child(widget_class, JdConversationRow, title);
    gtk_widget_class_bind_template_child(widget_class, JdConversationRow, time);
    gtk_widget_class_bind_template_child(widget_class, JdConversationRow, preview);
    gtk_widget_class_bind_template_child(widget_class, JdConversationRow, badge);
}

static void
jd_conversation_row_init(JdConversationRow *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

GtkWidget *
jd_conversation_row_new(JdConversation *conversation)
{
    return g_object_new(JD_TYPE_CONVERSATION_ROW, "conversation", conversation, NULL);
}

JdConversation *
jd_conversation_row_get_conversation(JdConversationRow *self)
{
    return self->conversation;
}
