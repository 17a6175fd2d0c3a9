#include "desktop/member_list.h"

#include "desktop/member_group.h"
#include "desktop/member_row.h"

#include <glib/gi18n.h>

struct _JdMemberList {
    GtkWidget parent_instance;
    JdConversation *conversation;
    JdMemberGroups *groups;

    GtkWidget *content;
    GtkEditable *search;
    GtkListView *view;
};

G_DEFINE_FINAL_TYPE(JdMemberList, jd_member_list, GTK_TYPE_WIDGET)

/* ---- rows ---- */

static void
name_row(GtkWidget *child, const char *words)
{
    GtkWidget *row = gtk_widget_get_parent(child);
    if (row)
        gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                       -1);
}

static void
bind_group(GtkListItem *item, JdMemberGroup *group)
{
    GtkWidget *label = gtk_list_item_get_child(item);
    if (!GTK_IS_LABEL(label)) {
        label = gtk_label_new(NULL);
        gtk_label_set_xalign(GTK_LABEL(label), 0);
        gtk_widget_add_css_class(label, "group");
        gtk_list_item_set_child(item, label);
    }
    const char *title = jd_member_group_is_moderators(group) ? _("Moderators") : _("Members");
    g_autofree char *words = g_strdup_printf("%s · %u", title, jd_member_group_get_count(group));
    gtk_label_set_label(GTK_LABEL(label), words);
    gtk_list_item_set_activatable(item, FALSE);
    name_row(label, words);
}

static void
bind_member(GtkListItem *item, JdMember *member)
{
    GtkWidget *row = gtk_list_item_get_child(item);
    if (!JD_IS_MEMBER_ROW(row)) {
        row = jd_member_row_new();
        gtk_list_item_set_child(item, row);
    }
    g_autofree char *words = jd_member_row_describe(member);
    jd_member_row_set_member(JD_MEMBER_ROW(row), member);
    gtk_list_item_set_activatable(item, !jd_member_is_self(member));
    name_row(row, words);
}

static void
bind_cb(GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
    GObject *object = gtk_list_item_get_item(item);
    (void)factory;
    (void)data;
    gtk_list_item_set_selectable(item, FALSE);
    if (JD_IS_MEMBER(object))
        bind_member(item, JD_MEMBER(object));
    else
        bind_group(item, JD_MEMBER_GROUP(object));
}

static void
unbind_cb(GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
    GtkWidget *child = gtk_list_item_get_child(item);
    (void)factory;
    (void)data;
    if (JD_IS_MEMBER_ROW(child))
        jd_member_row_set_member(JD_MEMBER_ROW(child), NULL);
}

static void
activate_cb(JdMemberList *self, guint position)
{
    g_autoptr(GObject) object = g_list_model_get_item(G_LIST_MODEL(self->groups), position);
    if (!JD_IS_MEMBER(object))
        return;
    gtk_widget_activate_action(GTK_WIDGET(self), "win.open-member", "(ss)",
                               jd_conversation_get_jid(self->conversation),
                               jd_member_get_nickname(JD_MEMBER(object)));
}

static void
search_changed_cb(JdMemberList *self)
{
    if (self->groups)
        jd_member_groups_set_filter(self->groups, gtk_editable_get_text(self->search));
}

void
jd_member_list_set_conversation(JdMemberList *self, JdConversation *conversation)
{
    if (self->conversation == conversation)
        return;
    gtk_list_view_set_model(self->view, NULL);
    g_clear_object(&self->groups);
    g_set_object(&self->conversation, conversation);
    gtk_editable_set_text(self->search, "");
    if (conversation == NULL)
        return;
    self->groups = jd_member_groups_new(jd_conversation_get_members(conversation));
    g_autoptr(GtkNoSelection) model =
                  gtk_no_selection_new(G_LIST_MODEL(g_object_ref(self->groups)));
    gtk_list_view_set_model(self->view, GTK_SELECTION_MODEL(model));
}

/* ---- the widget ---- */

static void
jd_member_list_dispose(GObject *object)
{
    JdMemberList *self = JD_MEMBER_LIST(object);
    g_clear_pointer(&self->content, gtk_widget_unparent);
    g_clear_object(&self->groups);
    g_clear_object(&self->conversation);
    G_OBJECT_CLASS(jd_member_list_parent_class)->dispose(object);
}

static void
jd_member_list_class_init(JdMemberListClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = jd_member_list_dispose;
    gtk_widget_class_set_template_from_resource(widget_class, "/im/jackdaw/Jackdaw/member_list.ui");
    gtk_widget_class_bind_template_child(widget_class, JdMemberList, content);
    gtk_widget_class_bind_template_child(widget_class, JdMemberList, search);
    gtk_widget_class_bind_template_child(widget_class, JdMemberList, view);
    gtk_widget_class_bind_template_callback(widget_class, bind_cb);
    gtk_widget_class_bind_template_callback(widget_class, unbind_cb);
    gtk_widget_class_bind_template_callback(widget_class, activate_cb);
    gtk_widget_class_bind_template_callback(widget_class, search_changed_cb);
}

static void
jd_member_list_init(JdMemberList *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}
