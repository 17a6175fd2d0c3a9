#include "desktop/window.h"

#include "client/account.h"
#include "client/text.h"
#include "desktop/certificate_dialog.h"
#include "desktop/conversation_page.h"
#include "desktop/settings.h"
#include "desktop/sidebar.h"
#include "desktop/welcome_page.h"

#include <glib/gi18n.h>

struct _JdWindow {
    AdwApplicationWindow parent_instance;
    JdAccount *account;
    GtkWindow *question; /* the certificate's, while it is open */

    AdwToastOverlay *toasts;
    GtkStack *stack;
    JdWelcomePage *welcome;
    AdwLeaflet *leaflet;
    JdSidebar *sidebar;
    JdConversationPage *page;
};

G_DEFINE_FINAL_TYPE(JdWindow, jd_window, ADW_TYPE_APPLICATION_WINDOW)

static void
tell(JdWindow *self, const char *sentence)
{
    g_autofree char *escaped = g_markup_escape_text(sentence, -1);
    adw_toast_overlay_add_toast(self->toasts, adw_toast_new(escaped));
}

static void
open_conversation(JdWindow *self, JdConversation *conversation)
{
    jd_sidebar_select(self->sidebar, conversation);
    adw_leaflet_set_visible_child_name(self->leaflet, "conversation");
    jd_conversation_page_focus_composer(self->page);
}

/* The leaflet gives the focus back to what had it on that page, even to the entry of a popover that
 * is long closed. */
static void
page_turned_cb(JdWindow *self)
{
    const char *name = adw_leaflet_get_visible_child_name(self->leaflet);
    if (!adw_leaflet_get_folded(self->leaflet))
        return;
    if (g_strcmp0(name, "sidebar") == 0)
        jd_sidebar_focus_list(self->sidebar);
    else
        jd_conversation_page_focus_composer(self->page);
}

static gboolean
is_chatting(JdWindow *self)
{
    return g_strcmp0(gtk_stack_get_visible_child_name(self->stack), "chat") == 0;
}

/* ---- what the account says ---- */

static void
update_title(JdWindow *self)
{
    JdConversation *conversation = jd_sidebar_get_selected(self->sidebar);
    g_autofree char *title = NULL;
    if (is_chatting(self) && conversation) {
        g_autofree char *name = text_isolate(jd_conversation_get_title(conversation));
        title = g_strdup_printf(_("%s – Jackdaw"), name);
    }
    gtk_window_set_title(GTK_WINDOW(self), title ? title : "Jackdaw");
}

static void
update_actions(JdWindow *self)
{
    static const char *const names[] = { "win.disconnect",
                                         "win.change-nickname",
                                         "win.new-conversation",
                                         "win.filter",
                                         "win.next-conversation",
                                         "win.previous-conversation",
                                         "win.next-unread",
                                         "win.previous-unread",
                                         "win.members",
                                         "win.emoji",
                                         "win.leave" };
    gboolean chatting = is_chatting(self);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        gtk_widget_action_set_enabled(GTK_WIDGET(self), names[i], chatting);
}

static void
show_page(JdWindow *self, const char *name)
{
    gtk_stack_set_visible_child_name(self->stack, name);
    update_actions(self);
    update_title(self);
}

static void
signed_in_cb(JdWindow *self)
{
    JdConversation *lobby = jd_account_get_lobby(self->account);
    jd_welcome_page_remember(self->welcome);
    show_page(self, "chat");
    if (lobby)
        open_conversation(self, lobby);
}

static void
state_changed_cb(JdWindow *self)
{
    gboolean signed_out = jd_account_get_state(self->account) == JD_CONNECTION_OFFLINE &&
                          jd_account_get_jid(self->account) == NULL;
    if (signed_out)
        g_clear_pointer(&self->question, gtk_window_destroy);
    if (signed_out && is_chatting(self))
        show_page(self, "welcome");
}

static void
notice_cb(JdWindow *self, const char *sentence)
{
    tell(self, sentence);
}

static void
question_answered_cb(JdWindow *self, const char *response)
{
    self->question = NULL;
    jd_account_answer_certificate(self->account, g_str_equal(response, "trust"));
}

static void
certificate_question_cb(JdWindow *self, const JdCertificate *certificate)
{
    g_clear_pointer(&self->question, gtk_window_destroy);
    self->question = GTK_WINDOW(jd_certificate_dialog_new(GTK_WINDOW(self), certificate));
    g_signal_connect_object(self->question, "response", G_CALLBACK(question_answered_cb), self,
                            G_CONNECT_SWAPPED);
    gtk_window_present(self->question);
}

static void
conversation_removed_cb(JdWindow *self)
{
    /* Nothing is left to show: back to the list. */
    if (jd_sidebar_get_selected(self->sidebar) == NULL)
        adw_leaflet_set_visible_child_name(self->leaflet, "sidebar");
}

static void
watch_account(JdWindow *self)
{
    static const struct {
        const char *signal;
        GCallback callback;
    } handlers[] = {
        { "signed-in", G_CALLBACK(signed_in_cb) },
        { "notify::state", G_CALLBACK(state_changed_cb) },
        { "notice", G_CALLBACK(notice_cb) },
        { "certificate-question", G_CALLBACK(certificate_question_cb) },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(handlers); i++)
        g_signal_connect_object(self->account, handlers[i].signal, handlers[i].callback, self,
                                G_CONNECT_SWAPPED);
}

/* ---- verbs ---- */

static void
disconnect_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    (void)name;
    (void)parameter;
    jd_account_sign_out(JD_WINDOW(widget)->account);
}

static void
reconnect_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    (void)name;
    (void)parameter;
    jd_account_reconnect_now(JD_WINDOW(widget)->account);
}

static void
open_or_tell(JdWindow *self, JdConversation *conversation, const GError *error)
{
    if (conversation)
        open_conversation(self, conversation);
    else
        tell(self, error ? error->message : _("That did not work."));
}

static void
join_room_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    JdWindow *self = JD_WINDOW(widget);
    g_autoptr(GError) error = NULL;
    const char *room = g_variant_get_string(parameter, NULL);
    (void)name;
    open_or_tell(self, jd_account_join_room(self->account, room, &error), error);
}

static void
open_address_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    JdWindow *self = JD_WINDOW(widget);
    g_autoptr(GError) error = NULL;
    const char *address = g_variant_get_string(parameter, NULL);
    (void)name;
    open_or_tell(self, jd_account_open_jid(self->account, address, &error), error);
}

static JdConversation *
find_conversation(JdWindow *self, const char *jid)
{
    GListModel *conversations = jd_account_get_conversations(self->account);
    for (guint i = 0; i < g_list_model_get_n_items(conversations); i++) {
        g_autoptr(JdConversation) conversation = g_list_model_get_item(conversations, i);
        if (g_strcmp0(jd_conversation_get_jid(conversation), jid) == 0)
            return g_steal_pointer(&conversation);
    }
    return NULL;
}

static JdMember *
find_member(JdConversation *room, const char *nickname)
{
    GListModel *members = jd_conversation_get_members(room);
    for (guint i = 0; i < g_list_model_get_n_items(members); i++) {
        g_autoptr(JdMember) member = g_list_model_get_item(members, i);
        if (g_strcmp0(jd_member_get_nickname(member), nickname) == 0)
            return g_steal_pointer(&member);
    }
    return NULL;
}

/* (address of a room, nickname in it) */
static void
open_member_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    JdWindow *self = JD_WINDOW(widget);
    const char *jid = NULL;
    const char *nickname = NULL;
    (void)name;

    g_variant_get(parameter, "(&s&s)", &jid, &nickname);
    g_autoptr(JdConversation) room = find_conversation(self, jid);
    g_autoptr(JdMember) member = room ? find_member(room, nickname) : NULL;
    if (member && !jd_member_is_self(member))
        open_or_tell(self, jd_account_open_private(self->account, member), NULL);
}

static void
leave_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    JdConversation *conversation = jd_sidebar_get_selected(JD_WINDOW(widget)->sidebar);
    (void)name;
    (void)parameter;
    if (conversation)
        jd_conversation_leave(conversation);
}

static void
show_conversation_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    JdWindow *self = JD_WINDOW(widget);
    (void)name;
    (void)parameter;
    adw_leaflet_set_visible_child_name(self->leaflet, "conversation");
    jd_conversation_page_focus_composer(self->page);
}

static void
show_list_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    (void)name;
    (void)parameter;
    adw_leaflet_set_visible_child_name(JD_WINDOW(widget)->leaflet, "sidebar");
}

static void
step_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    JdWindow *self = JD_WINDOW(widget);
    int direction = g_str_has_prefix(name, "win.next") ? 1 : -1;
    (void)parameter;
    jd_sidebar_step(self->sidebar, direction, g_str_has_suffix(name, "unread"));
}

static void
sidebar_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    JdWindow *self = JD_WINDOW(widget);
    (void)parameter;
    adw_leaflet_set_visible_child_name(self->leaflet, "sidebar");
    if (g_str_equal(name, "win.filter"))
        jd_sidebar_open_filter(self->sidebar);
    else if (g_str_equal(name, "win.new-conversation"))
        jd_sidebar_open_new(self->sidebar);
    else
        jd_sidebar_open_nickname(self->sidebar);
}

/* Made when it is wanted. As GtkApplication's help overlay it would be there from the start,
 * hidden, and GTK 4.8 tells a screen reader that asks for a window that has just closed of a hidden
 * one. */
static void
shortcuts_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    g_autoptr(GtkBuilder) builder =
                  gtk_builder_new_from_resource("/im/jackdaw/Jackdaw/shortcuts.ui");
    GtkWindow *shortcuts = GTK_WINDOW(gtk_builder_get_object(builder, "shortcuts"));
    (void)name;
    (void)parameter;
    gtk_window_set_transient_for(shortcuts, GTK_WINDOW(widget));
    gtk_window_present(shortcuts);
}

static void
page_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    JdWindow *self = JD_WINDOW(widget);
    (void)parameter;
    if (g_str_equal(name, "win.members"))
        jd_conversation_page_toggle_members(self->page);
    else
        jd_conversation_page_open_emoji(self->page);
}

static void
install_actions(GtkWidgetClass *widget_class)
{
    static const struct {
        const char *name;
        const char *parameter;
        GtkWidgetActionActivateFunc activate;
    } actions[] = {
        { "win.disconnect", NULL, disconnect_action },
        { "win.reconnect", NULL, reconnect_action },
        { "win.join-room", "s", join_room_action },
        { "win.open-address", "s", open_address_action },
        { "win.open-member", "(ss)", open_member_action },
        { "win.leave", NULL, leave_action },
        { "win.show-conversation", NULL, show_conversation_action },
        { "win.show-list", NULL, show_list_action },
        { "win.next-conversation", NULL, step_action },
        { "win.previous-conversation", NULL, step_action },
        { "win.next-unread", NULL, step_action },
        { "win.previous-unread", NULL, step_action },
        { "win.filter", NULL, sidebar_action },
        { "win.new-conversation", NULL, sidebar_action },
        { "win.change-nickname", NULL, sidebar_action },
        { "win.members", NULL, page_action },
        { "win.emoji", NULL, page_action },
        { "win.shortcuts", NULL, shortcuts_action },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(actions); i++)
        gtk_widget_class_install_action(widget_class, actions[i].name, actions[i].parameter,
                                        actions[i].activate);
}

/* ---- the window itself ---- */

static gboolean
jd_window_close_request(GtkWindow *window)
{
    JdWindow *self = JD_WINDOW(window);
    GSettings *settings = settings_get();
    int width = 0;
    int height = 0;

    gtk_window_get_default_size(window, &width, &height);
    g_settings_set_int(settings, "window-width", width);
    g_settings_set_int(settings, "window-height", height);
    g_settings_set_boolean(settings, "window-maximized", gtk_window_is_maximized(window));
    g_settings_sync();
    jd_account_sign_out(self->account);
    return GTK_WINDOW_CLASS(jd_window_parent_class)->close_request(window);
}

static void
jd_window_dispose(GObject *object)
{
    JdWindow *self = JD_WINDOW(object);
    if (self->account)
        g_signal_handlers_disconnect_by_data(self->account, self);
    g_clear_pointer(&self->question, gtk_window_destroy);
    g_clear_object(&self->account);
    G_OBJECT_CLASS(jd_window_parent_class)->dispose(object);
}

static void
jd_window_class_init(JdWindowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = jd_window_dispose;
    GTK_WINDOW_CLASS(klass)->close_request = jd_window_close_request;

    g_type_ensure(JD_TYPE_WELCOME_PAGE);
    g_type_ensure(JD_TYPE_SIDEBAR);
    g_type_ensure(JD_TYPE_CONVERSATION_PAGE);
    gtk_widget_class_set_template_from_resource(widget_class, "/im/jackdaw/Jackdaw/window.ui");
    gtk_widget_class_bind_template_child(widget_class, JdWindow, toasts);
    gtk_widget_class_bind_template_child(widget_class, JdWindow, stack);
    gtk_widget_class_bind_template_child(widget_class, JdWindow, welcome);
    gtk_widget_class_bind_template_child(widget_class, JdWindow, leaflet);
    gtk_widget_class_bind_template_child(widget_class, JdWindow, sidebar);
    gtk_widget_class_bind_template_child(widget_class, JdWindow, page);
    gtk_widget_class_bind_template_callback(widget_class, page_turned_cb);
    install_actions(widget_class);
}

static void
restore_size(JdWindow *self)
{
    GSettings *settings = settings_get();
    gtk_window_set_default_size(GTK_WINDOW(self), g_settings_get_int(settings, "window-width"),
                                g_settings_get_int(settings, "window-height"));
    if (g_settings_get_boolean(settings, "window-maximized"))
        gtk_window_maximize(GTK_WINDOW(self));
}

static void
jd_window_init(JdWindow *self)
{
    self->account = jd_account_new(NULL);
    gtk_widget_init_template(GTK_WIDGET(self));
    jd_welcome_page_set_account(self->welcome, self->account);
    jd_sidebar_set_account(self->sidebar, self->account);
    jd_conversation_page_set_account(self->page, self->account);
    watch_account(self);
    g_signal_connect_object(self->sidebar, "notify::selected", G_CALLBACK(update_title), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(self->sidebar, "notify::selected", G_CALLBACK(conversation_removed_cb),
                            self, G_CONNECT_SWAPPED);
    restore_size(self);
    update_actions(self);
}

JdWindow *
jd_window_new(GtkApplication *application)
{
    return g_object_new(JD_TYPE_WINDOW, "application", application, NULL);
}

void
jd_window_prefill(JdWindow *self, const char *server, guint port, const char *nickname)
{
    jd_welcome_page_prefill(self->welcome, server, port, nickname);
}
