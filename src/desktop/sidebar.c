#include "desktop/sidebar.h"

#include "client/text.h"
#include "desktop/avatar.h"
#include "desktop/column_layout.h"
#include "desktop/conversation_row.h"
#include "desktop/new_popover.h"
#include "desktop/nickname_popover.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

#define REFRESH_SECONDS 30

struct _JdSidebar {
    GtkWidget parent_instance;
    JdAccount *account;
    JdConversation *selected;
    GPtrArray *rows; /* in the order of the account's list */
    char *filter;    /* case-folded; NULL = everything */
    guint refresh;
    gboolean folded;

    GtkWidget *content;
    GtkMenuButton *me;
    JdAvatar *avatar;
    GtkLabel *nickname;
    JdNicknamePopover *nickname_popover;
    GtkMenuButton *menu_button;
    GtkMenuButton *new_button;
    JdNewPopover *new_popover;
    GtkSearchBar *search_bar;
    GtkSearchEntry *search;
    GtkListBox *list;
};

G_DEFINE_FINAL_TYPE(JdSidebar, jd_sidebar, GTK_TYPE_WIDGET)

enum {
    PROP_0,
    PROP_SELECTED,
    PROP_FOLDED,
    N_PROPS
};
static GParamSpec *properties[N_PROPS];

/* A narrow window has no room for more than the button that closes it. */
static char *
decoration_layout(GObject *sidebar, gboolean folded)
{
    (void)sidebar;
    return folded ? g_strdup(":close") : NULL;
}

static JdConversation *
conversation_of(GtkListBoxRow *row)
{
    return jd_conversation_row_get_conversation(JD_CONVERSATION_ROW(row));
}

/* ---- order and filter ---- */

/* What was said last comes first; what has been silent so far keeps its order below. */
static int
compare_rows(GtkListBoxRow *one, GtkListBoxRow *other, gpointer data)
{
    gint64 a = jd_conversation_get_last_activity(conversation_of(one));
    gint64 b = jd_conversation_get_last_activity(conversation_of(other));
    (void)data;
    return (b > a) - (b < a);
}

static gboolean
filter_row(GtkListBoxRow *row, gpointer data)
{
    JdSidebar *self = JD_SIDEBAR(data);
    if (self->filter == NULL)
        return TRUE;
    g_autofree char *title = g_utf8_casefold(jd_conversation_get_title(conversation_of(row)), -1);
    return strstr(title, self->filter) != NULL;
}

static void
search_changed_cb(JdSidebar *self)
{
    const char *text = gtk_editable_get_text(GTK_EDITABLE(self->search));
    g_clear_pointer(&self->filter, g_free);
    if (text[0])
        self->filter = g_utf8_casefold(text, -1);
    gtk_list_box_invalidate_filter(self->list);
}

static GtkListBoxRow *
visible_row(JdSidebar *self, int index)
{
    for (int i = index;; i++) {
        GtkListBoxRow *row = gtk_list_box_get_row_at_index(self->list, i);
        if (row == NULL || gtk_widget_get_child_visible(GTK_WIDGET(row)))
            return row;
    }
}

/* Return in the filter opens the first that is left. */
static void
search_activate_cb(JdSidebar *self)
{
    GtkListBoxRow *row = visible_row(self, 0);
    if (row == NULL)
        return;
    gtk_list_box_select_row(self->list, row);
    gtk_search_bar_set_search_mode(self->search_bar, FALSE);
    gtk_widget_activate_action(GTK_WIDGET(self), "win.show-conversation", NULL);
}

static void
search_stop_cb(JdSidebar *self)
{
    gtk_search_bar_set_search_mode(self->search_bar, FALSE);
}

/* ---- selecting is opening ---- */

static void
row_selected_cb(JdSidebar *self, GtkListBoxRow *row)
{
    JdConversation *conversation = row ? conversation_of(row) : NULL;
    if (g_set_object(&self->selected, conversation))
        g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_SELECTED]);
}

static void
row_activated_cb(JdSidebar *self)
{
    gtk_widget_activate_action(GTK_WIDGET(self), "win.show-conversation", NULL);
}

static GtkListBoxRow *
row_for(JdSidebar *self, JdConversation *conversation)
{
    for (guint i = 0; i < self->rows->len; i++) {
        if (conversation_of(self->rows->pdata[i]) == conversation)
            return self->rows->pdata[i];
    }
    return NULL;
}

void
jd_sidebar_select(JdSidebar *self, JdConversation *conversation)
{
    GtkListBoxRow *row = row_for(self, conversation);
    if (row)
        gtk_list_box_select_row(self->list, row);
}

JdConversation *
jd_sidebar_get_selected(JdSidebar *self)
{
    return self->selected;
}

void
jd_sidebar_step(JdSidebar *self, int direction, gboolean unread)
{
    GtkListBoxRow *row = gtk_list_box_get_selected_row(self->list);
    int index = row ? gtk_list_box_row_get_index(row) : -direction;

    while ((row = gtk_list_box_get_row_at_index(self->list, index += direction)) != NULL) {
        gboolean wanted = !unread || jd_conversation_get_unread(conversation_of(row)) > 0;
        if (index >= 0 && wanted && gtk_widget_get_child_visible(GTK_WIDGET(row))) {
            gtk_list_box_select_row(self->list, row);
            return;
        }
    }
}

/* ---- following the account ---- */

static void
remove_row(JdSidebar *self, guint position)
{
    GtkListBoxRow *row = self->rows->pdata[position];
    gboolean was_selected = gtk_list_box_row_is_selected(row);
    g_ptr_array_remove_index(self->rows, position);
    gtk_list_box_remove(self->list, GTK_WIDGET(row));
    if (was_selected)
        gtk_list_box_select_row(self->list, visible_row(self, 0));
}

static void
conversations_changed_cb(
    GListModel *model, guint position, guint removed, guint added, gpointer data)
{
    JdSidebar *self = JD_SIDEBAR(data);
    while (removed-- > 0)
        remove_row(self, position);
    for (guint i = 0; i < added; i++) {
        g_autoptr(JdConversation) conversation = g_list_model_get_item(model, position + i);
        GtkWidget *row = jd_conversation_row_new(conversation);
        g_ptr_array_insert(self->rows, (int)(position + i), row);
        gtk_list_box_append(self->list, row);
    }
}

static JdShow
own_show(JdSidebar *self)
{
    gboolean online = jd_account_get_state(self->account) == JD_CONNECTION_ONLINE;
    return online ? JD_SHOW_ONLINE : JD_SHOW_OFFLINE;
}

static void
account_changed_cb(JdSidebar *self)
{
    const char *nickname = jd_account_get_nickname(self->account);
    const char *where = jd_account_get_jid(self->account);
    gboolean guest = jd_account_get_guest(self->account);
    g_autofree char *shown = text_isolate(nickname ? nickname : "");
    g_autofree char *words = g_strdup_printf(_("You are %s, change nickname"), shown);

    jd_avatar_set_name(self->avatar, nickname);
    jd_avatar_set_show(self->avatar, own_show(self));
    gtk_label_set_label(self->nickname, nickname ? nickname : "");
    gtk_widget_set_tooltip_text(GTK_WIDGET(self->me), guest ? _("You are a guest here") : where);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->me), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                   -1);
}

static gboolean
refresh_times_cb(gpointer data)
{
    JdSidebar *self = JD_SIDEBAR(data);
    for (guint i = 0; i < self->rows->len; i++)
        jd_conversation_row_refresh_time(self->rows->pdata[i]);
    return G_SOURCE_CONTINUE;
}

/* ---- opening things ---- */

void
jd_sidebar_focus_list(JdSidebar *self)
{
    GtkListBoxRow *row = gtk_list_box_get_selected_row(self->list);
    if (row)
        gtk_widget_grab_focus(GTK_WIDGET(row));
    else
        gtk_widget_child_focus(GTK_WIDGET(self->list), GTK_DIR_TAB_FORWARD);
}

/* What is typed next is meant for the conversation. (GTK 4.8 leaves the focus in a menu that was
 * left by a submenu: nothing would be typed at all.) */
static void
popover_closed_cb(JdSidebar *self)
{
    if (!self->folded && self->selected)
        gtk_widget_activate_action(GTK_WIDGET(self), "win.show-conversation", NULL);
    else
        jd_sidebar_focus_list(self);
}

void
jd_sidebar_open_filter(JdSidebar *self)
{
    gtk_search_bar_set_search_mode(self->search_bar, TRUE);
    gtk_widget_grab_focus(GTK_WIDGET(self->search));
}

void
jd_sidebar_open_new(JdSidebar *self)
{
    gtk_menu_button_popup(self->new_button);
}

void
jd_sidebar_open_nickname(JdSidebar *self)
{
    gtk_menu_button_popup(self->me);
}

/* ---- the widget ---- */

static void
jd_sidebar_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    JdSidebar *self = JD_SIDEBAR(object);
    switch (id) {
    case PROP_FOLDED:
        self->folded = g_value_get_boolean(value);
        g_object_notify_by_pspec(object, pspec);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
jd_sidebar_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    JdSidebar *self = JD_SIDEBAR(object);
    switch (id) {
    case PROP_SELECTED:
        g_value_set_object(value, self->selected);
        break;
    case PROP_FOLDED:
        g_value_set_boolean(value, self->folded);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
jd_sidebar_dispose(GObject *object)
{
    JdSidebar *self = JD_SIDEBAR(object);
    g_clear_handle_id(&self->refresh, g_source_remove);
    g_clear_object(&self->selected);
    g_clear_object(&self->account);
    g_clear_pointer(&self->content, gtk_widget_unparent);
    G_OBJECT_CLASS(jd_sidebar_parent_class)->dispose(object);
}

static void
jd_sidebar_finalize(GObject *object)
{
    JdSidebar *self = JD_SIDEBAR(object);
    g_ptr_array_unref(self->rows);
    g_free(self->filter);
    G_OBJECT_CLASS(jd_sidebar_parent_class)->finalize(object);
}

static void
install_properties(GObjectClass *object_class)
{
    properties[PROP_SELECTED] =
        g_param_spec_object("selected", NULL, NULL, JD_TYPE_CONVERSATION,
                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
    properties[PROP_FOLDED] =
        g_param_spec_boolean("folded", NULL, NULL, FALSE,
                             G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
    g_object_class_install_properties(object_class, N_PROPS, properties);
}

static void
jd_sidebar_class_init(JdSidebarClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    object_class->set_property = jd_sidebar_set_property;
    object_class->get_property = jd_sidebar_get_property;
    object_class->dispose = jd_sidebar_dispose;
    object_class->finalize = jd_sidebar_finalize;
    install_properties(object_class);

    g_type_ensure(JD_TYPE_AVATAR);
    g_type_ensure(JD_TYPE_COLUMN_LAYOUT);
    g_type_ensure(JD_TYPE_NEW_POPOVER);
    g_type_ensure(JD_TYPE_NICKNAME_POPOVER);
    gtk_widget_class_set_template_from_resource(widget_class, "/im/jackdaw/Jackdaw/sidebar.ui");
    gtk_widget_class_bind_template_child(widget_class, JdSidebar, content);
    gtk_widget_class_bind_template_child(widget_class, JdSidebar, me);
    gtk_widget_class_bind_template_child(widget_class, JdSidebar, avatar);
    gtk_widget_class_bind_template_child(widget_class, JdSidebar, nickname);
    gtk_widget_class_bind_template_child(widget_class, JdSidebar, nickname_popover);
    gtk_widget_class_bind_template_child(widget_class, JdSidebar, menu_button);
    gtk_widget_class_bind_template_child(widget_class, JdSidebar, new_button);
    gtk_widget_class_bind_template_child(widget_class, JdSidebar, new_popover);
    gtk_widget_class_bind_template_child(widget_class, JdSidebar, search_bar);
    gtk_widget_class_bind_template_child(widget_class, JdSidebar, search);
    gtk_widget_class_bind_template_child(widget_class, JdSidebar, list);
    gtk_widget_class_bind_template_callback(widget_class, decoration_layout);
    gtk_widget_class_bind_template_callback(widget_class, popover_closed_cb);
    gtk_widget_class_bind_template_callback(widget_class, search_changed_cb);
    gtk_widget_class_bind_template_callback(widget_class, search_activate_cb);
    gtk_widget_class_bind_template_callback(widget_class, search_stop_cb);
    gtk_widget_class_bind_template_callback(widget_class, row_selected_cb);
    gtk_widget_class_bind_template_callback(widget_class, row_activated_cb);
}

static void
jd_sidebar_init(JdSidebar *self)
{
    self->rows = g_ptr_array_new();
    gtk_widget_init_template(GTK_WIDGET(self));
    g_signal_connect_object(gtk_menu_button_get_popover(self->menu_button), "closed",
                            G_CALLBACK(popover_closed_cb), self, G_CONNECT_SWAPPED);
    gtk_search_bar_connect_entry(self->search_bar, GTK_EDITABLE(self->search));
    gtk_list_box_set_sort_func(self->list, compare_rows, NULL, NULL);
    gtk_list_box_set_filter_func(self->list, filter_row, self, NULL);
    self->refresh = g_timeout_add_seconds(REFRESH_SECONDS, refresh_times_cb, self);
}

void
jd_sidebar_set_account(JdSidebar *self, JdAccount *account)
{
    static const char *const watched[] = { "notify::nickname", "notify::jid", "notify::guest",
                                           "notify::state" };
    GListModel *conversations = jd_account_get_conversations(account);

    g_assert(self->account == NULL);
    self->account = g_object_ref(account);
    for (gsize i = 0; i < G_N_ELEMENTS(watched); i++)
        g_signal_connect_object(account, watched[i], G_CALLBACK(account_changed_cb), self,
                                G_CONNECT_SWAPPED);
    g_signal_connect_object(conversations, "items-changed", G_CALLBACK(conversations_changed_cb),
                            self, G_CONNECT_DEFAULT);
    conversations_changed_cb(conversations, 0, 0, g_list_model_get_n_items(conversations), self);
    jd_nickname_popover_set_account(self->nickname_popover, account);
    jd_new_popover_set_account(self->new_popover, account);
    account_changed_cb(self);
}
