#include "desktop/intro_row.h"

#include "client/text.h"
#include "desktop/avatar.h"

#include <glib/gi18n.h>

struct _JdIntroRow {
    GtkWidget parent_instance;
    JdConversation *conversation;

    GtkWidget *content;
    JdAvatar *avatar;
    GtkLabel *title;
    GtkLabel *explanation;
};

G_DEFINE_FINAL_TYPE(JdIntroRow, jd_intro_row, GTK_TYPE_WIDGET)

enum {
    PROP_0,
    PROP_CONVERSATION,
    N_PROPS
};
static GParamSpec *properties[N_PROPS];

/* In C, not as bindings of the template: rows come and go, and GTK 4.8 warns of weak references
 * when an object with nested bindings goes. */
static void
update(JdIntroRow *self)
{
    const char *title = jd_conversation_get_title(self->conversation);
    gboolean room = jd_conversation_get_kind(self->conversation) == JD_CONVERSATION_ROOM;
    g_autofree char *name = text_isolate(title);
    g_autofree char *explanation =
        room ? g_strdup_printf(_("Everybody in %s reads what is written here. Say hello!"), name)
             : g_strdup_printf(_("Only you and %s read what is written here."), name);
    jd_avatar_set_name(self->avatar, title);
    jd_avatar_set_room(self->avatar, room);
    gtk_label_set_label(self->title, title);
    gtk_label_set_label(self->explanation, explanation);
}

static void
set_conversation(JdIntroRow *self, JdConversation *conversation)
{
    self->conversation = g_object_ref(conversation);
    g_signal_connect_object(conversation, "notify::title", G_CALLBACK(update), self,
                            G_CONNECT_SWAPPED);
    update(self);
}

static void
jd_intro_row_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    switch (id) {
    case PROP_CONVERSATION:
        set_conversation(JD_INTRO_ROW(object), g_value_get_object(value));
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
jd_intro_row_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    switch (id) {
    case PROP_CONVERSATION:
        g_value_set_object(value, JD_INTRO_ROW(object)->conversation);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
jd_intro_row_dispose(GObject *object)
{
    JdIntroRow *self = JD_INTRO_ROW(object);
    g_clear_pointer(&self->content, gtk_widget_unparent);
    g_clear_object(&self->conversation);
    G_OBJECT_CLASS(jd_intro_row_parent_class)->dispose(object);
}

static void
jd_intro_row_class_init(JdIntroRowClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    object_class->set_property = jd_intro_row_set_property;
    object_class->get_property = jd_intro_row_get_property;
    object_class->dispose = jd_intro_row_dispose;
    properties[PROP_CONVERSATION] =
        g_param_spec_object("conversation", NULL, NULL, JD_TYPE_CONVERSATION,
                            G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, properties);

    g_type_ensure(JD_TYPE_AVATAR);
    gtk_widget_class_set_template_from_resource(widget_class, "/im/jackdaw/Jackdaw/intro_row.ui");
    gtk_widget_class_bind_template_child(widget_class, JdIntroRow, content);
    gtk_widget_class_bind_template_child(widget_class, JdIntroRow, avatar);
    gtk_widget_class_bind_template_child(widget_class, JdIntroRow, title);
    gtk_widget_class_bind_template_child(widget_class, JdIntroRow, explanation);
}

static void
jd_intro_row_init(JdIntroRow *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

GtkWidget *
jd_intro_row_new(JdConversation *conversation)
{
    return g_object_new(JD_TYPE_INTRO_ROW, "conversation", conversation, NULL);
}
