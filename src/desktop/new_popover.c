#include "desktop/new_popover.h"

#include "desktop/avatar.h"

#include <glib/gi18n.h>
#include <string.h>

#define PEOPLE_MAX 5

/* What choosing a row does. */
#define ACTION "jd-action"
#define TARGET "jd-target"

struct _JdNewPopover {
    GtkPopover parent_instance;
    JdAccount *account;

    GtkEditable *entry;
    GtkListBox *choices;
};

G_DEFINE_FINAL_TYPE(JdNewPopover, jd_new_popover, GTK_TYPE_POPOVER)

/* ---- the choices ---- */

struct choice {
    const char *name; /* of the picture */
    const char *label;
    const char *action;
    GVariant *target; /* floating */
    gboolean room;
};

static void
add_choice(JdNewPopover *self, const struct choice *choice)
{
    GtkWidget *row = gtk_list_box_row_new();
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 9);
    GtkWidget *avatar = jd_avatar_new();
    GtkWidget *label = gtk_label_new(choice->label);

    jd_avatar_set_size(JD_AVATAR(avatar), 28);
    jd_avatar_set_name(JD_AVATAR(avatar), choice->name);
    jd_avatar_set_room(JD_AVATAR(avatar), choice->room);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_box_append(GTK_BOX(box), avatar);
    gtk_box_append(GTK_BOX(box), label);
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
    gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   choice->label, -1);
    /* Not as the row's own action: Return in the entry would not tell that it was chosen. */
    g_object_set_data_full(G_OBJECT(row), ACTION, g_strdup(choice->action), g_free);
    g_object_set_data_full(G_OBJECT(row), TARGET, g_variant_ref_sink(choice->target),
                           (GDestroyNotify)g_variant_unref);
    gtk_list_box_append(self->choices, row);
}

static void
add_people(JdNewPopover *self, const char *typed)
{
    JdConversation *lobby = jd_account_get_lobby(self->account);
    g_autofree char *wanted = g_utf8_casefold(typed, -1);
    GListModel *members = lobby ? jd_conversation_get_members(lobby) : NULL;
    guint count = members ? g_list_model_get_n_items(members) : 0;
    guint found = 0;

    for (guint i = 0; i < count && found < PEOPLE_MAX; i++) {
        g_autoptr(JdMember) member = g_list_model_get_item(members, i);
        const char *nickname = jd_member_get_nickname(member);
        g_autofree char *folded = g_utf8_casefold(nickname, -1);
        if (jd_member_is_self(member) || strstr(folded, wanted) == NULL)
            continue;
        const struct choice choice = {
            .name = nickname,
            .label = nickname,
            .action = "win.open-member",
            .target = g_variant_new("(ss)", jd_conversation_get_jid(lobby), nickname),
        };
        add_choice(self, &choice);
        found++;
    }
}

static void
add_address(JdNewPopover *self, const char *typed)
{
    g_autofree char *label = g_strdup_printf(_("Write to %s"), typed);
    const struct choice choice = {
        .name = typed,
        .label = label,
        .action = "win.open-address",
        .target = g_variant_new_string(typed),
    };
    add_choice(self, &choice);
}

static void
add_room(JdNewPopover *self, const char *typed)
{
    g_autofree char *label = g_strdup_printf(_("Join room “%s”"), typed);
    const struct choice choice = {
        .name = typed,
        .label = label,
        .action = "win.join-room",
        .target = g_variant_new_string(typed),
        .room = TRUE,
    };
    add_choice(self, &choice);
}

static void
clear_choices(JdNewPopover *self)
{
    GtkListBoxRow *row = NULL;
    while ((row = gtk_list_box_get_row_at_index(self->choices, 0)) != NULL)
        gtk_list_box_remove(self->choices, GTK_WIDGET(row));
}

static void
typed_cb(JdNewPopover *self)
{
    g_autofree char *typed = g_strstrip(g_strdup(gtk_editable_get_text(self->entry)));
    clear_choices(self);
    if (typed[0] == '\0')
        return;
    add_people(self, typed);
    if (strchr(typed, '@'))
        add_address(self, typed);
    add_room(self, typed);
    gtk_list_box_select_row(self->choices, gtk_list_box_get_row_at_index(self->choices, 0));
}

/* ---- choosing ---- */

static void
row_activated_cb(JdNewPopover *self, GtkListBoxRow *row)
{
    g_autoptr(GtkListBoxRow) chosen = g_object_ref(row);
    gtk_popover_popdown(GTK_POPOVER(self));
    gtk_widget_activate_action_variant(GTK_WIDGET(self),
                                       g_object_get_data(G_OBJECT(chosen), ACTION),
                                       g_object_get_data(G_OBJECT(chosen), TARGET));
}

/* The list may lag behind the letters by a moment. */
static void
entry_activate_cb(JdNewPopover *self)
{
    typed_cb(self);
    GtkListBoxRow *row = gtk_list_box_get_selected_row(self->choices);
    if (row)
        row_activated_cb(self, row);
}

static void
stop_cb(JdNewPopover *self)
{
    gtk_popover_popdown(GTK_POPOVER(self));
}

/* ---- the widget ---- */

static void
jd_new_popover_show(GtkWidget *widget)
{
    JdNewPopover *self = JD_NEW_POPOVER(widget);
    gtk_editable_set_text(self->entry, "");
    clear_choices(self);
    GTK_WIDGET_CLASS(jd_new_popover_parent_class)->show(widget);
    gtk_widget_grab_focus(GTK_WIDGET(self->entry));
}

static void
jd_new_popover_dispose(GObject *object)
{
    g_clear_object(&JD_NEW_POPOVER(object)->account);
    G_OBJECT_CLASS(jd_new_popover_parent_class)->dispose(object);
}

static void
jd_new_popover_class_init(JdNewPopoverClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = jd_new_popover_dispose;
    widget_class->show = jd_new_popover_show;
    gtk_widget_class_set_template_from_resource(widget_class, "/im/jackdaw/Jackdaw/new_popover.ui");
    gtk_widget_class_bind_template_child(widget_class, JdNewPopover, entry);
    gtk_widget_class_bind_template_child(widget_class, JdNewPopover, choices);
    gtk_widget_class_bind_template_callback(widget_class, typed_cb);
    gtk_widget_class_bind_template_callback(widget_class, entry_activate_cb);
    gtk_widget_class_bind_template_callback(widget_class, row_activated_cb);
    gtk_widget_class_bind_template_callback(widget_class, stop_cb);
}

static void
jd_new_popover_init(JdNewPopover *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

void
jd_new_popover_set_account(JdNewPopover *self, JdAccount *account)
{
    g_assert(self->account == NULL);
    self->account = g_object_ref(account);
}
