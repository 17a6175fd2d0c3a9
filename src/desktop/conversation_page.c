#include "desktop/conversation_page.h"

#include "client/text.h"
#include "desktop/avatar.h"
#include "desktop/column_layout.h"
#include "desktop/composer.h"
#include "desktop/connection_bar.h"
#include "desktop/member_list.h"
#include "desktop/message_list.h"
#include "desktop/settings.h"

#include <adwaita.h>
#include <glib/gi18n.h>

/* Text not sent yet, kept with its conversation: the address of a person may change. */
#define DRAFT "jd-draft"

struct _JdConversationPage {
    GtkWidget parent_instance;
    JdConversation *conversation;
    gboolean folded;

    GtkWidget *content;
    GtkWidget *heading;
    GtkWidget *menu_button;
    GtkWidget *members_button;
    JdConnectionBar *connection_bar;
    GtkStack *stack;
    AdwFlap *flap;
    JdMessageList *messages;
    JdComposer *composer;
    JdMemberList *members;
};

G_DEFINE_FINAL_TYPE(JdConversationPage, jd_conversation_page, GTK_TYPE_WIDGET)

enum {
    PROP_0,
    PROP_CONVERSATION,
    PROP_FOLDED,
    N_PROPS
};
static GParamSpec *properties[N_PROPS];

/* ---- closures of the template ---- */

static gboolean
is_room(GObject *page, JdConversation *conversation)
{
    (void)page;
    return conversation && jd_conversation_get_kind(conversation) == JD_CONVERSATION_ROOM;
}

static gboolean
is_private(GObject *page, JdConversation *conversation)
{
    (void)page;
    return conversation && jd_conversation_get_kind(conversation) == JD_CONVERSATION_PRIVATE;
}

/* A narrow window has no room for more than the button that closes it. */
static char *
decoration_layout(GObject *page, gboolean folded)
{
    (void)page;
    return folded ? g_strdup(":close") : NULL;
}

/* ---- the members at the side ---- */

static void
reveal_members(JdConversationPage *self, gboolean reveal)
{
    adw_flap_set_reveal_flap(self->flap, reveal);
}

/* Docked they are there when the user wants them; floating over the messages only for a while. */
static void
flap_folded_cb(JdConversationPage *self)
{
    gboolean wanted = g_settings_get_boolean(settings_get(), "show-members");
    gboolean room = is_room(NULL, self->conversation);
    reveal_members(self, room && wanted && !adw_flap_get_folded(self->flap));
}

void
jd_conversation_page_toggle_members(JdConversationPage *self)
{
    gboolean reveal = !adw_flap_get_reveal_flap(self->flap);
    if (!is_room(NULL, self->conversation))
        return;
    if (!adw_flap_get_folded(self->flap))
        g_settings_set_boolean(settings_get(), "show-members", reveal);
    reveal_members(self, reveal);
}

/* The button shows what is, it does not decide. */
static void
members_clicked_cb(JdConversationPage *self)
{
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(self->members_button),
                                 adw_flap_get_reveal_flap(self->flap));
    gtk_widget_activate_action(GTK_WIDGET(self), "win.members", NULL);
}

/* ---- the conversation ---- */

static void
keep_draft(JdConversationPage *self)
{
    char *text = jd_composer_dup_text(self->composer);
    g_object_set_data_full(G_OBJECT(self->conversation), DRAFT, text, g_free);
}

static void
update_hint(JdConversationPage *self)
{
    g_autofree char *title = text_isolate(jd_conversation_get_title(self->conversation));
    g_autofree char *hint = g_strdup_printf(_("Message %s"), title);
    jd_composer_set_hint(self->composer, hint);
}

static void
show_conversation(JdConversationPage *self)
{
    JdConversation *conversation = self->conversation;
    gboolean room = is_room(NULL, conversation);
    GListModel *members = room ? jd_conversation_get_members(conversation) : NULL;

    gtk_stack_set_visible_child_name(self->stack, conversation ? "conversation" : "empty");
    gtk_widget_set_visible(self->heading, conversation != NULL);
    gtk_widget_set_visible(self->menu_button, conversation != NULL);
    gtk_widget_set_visible(self->members_button, room);
    gtk_widget_action_set_enabled(GTK_WIDGET(self), "conversation.retry", conversation != NULL);
    jd_message_list_set_conversation(self->messages, conversation);
    jd_member_list_set_conversation(self->members, room ? conversation : NULL);
    jd_composer_set_members(self->composer, members);
    adw_flap_set_swipe_to_open(self->flap, room);
    flap_folded_cb(self);
    if (conversation == NULL)
        return;
    jd_composer_set_text(self->composer, g_object_get_data(G_OBJECT(conversation), DRAFT));
    update_hint(self);
}

static void
set_conversation(JdConversationPage *self, JdConversation *conversation)
{
    if (self->conversation == conversation)
        return;
    if (self->conversation) {
        keep_draft(self);
        g_signal_handlers_disconnect_by_data(self->conversation, self);
    }
    g_set_object(&self->conversation, conversation);
    if (conversation)
        g_signal_connect_object(conversation, "notify::title", G_CALLBACK(update_hint), self,
                                G_CONNECT_SWAPPED);
    show_conversation(self);
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_CONVERSATION]);
}

static void
send_cb(JdConversationPage *self, const char *text)
{
    if (self->conversation)
        jd_conversation_send(self->conversation, text);
}

/* ---- verbs ---- */

static void
retry_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    JdConversationPage *self = JD_CONVERSATION_PAGE(widget);
    const char *id = g_variant_get_string(parameter, NULL);
    GListModel *messages = jd_conversation_get_messages(self->conversation);
    (void)name;

    for (guint i = g_list_model_get_n_items(messages); i-- > 0;) {
        g_autoptr(JdMessage) message = g_list_model_get_item(messages, i);
        if (g_strcmp0(jd_message_get_id(message), id) == 0) {
            jd_conversation_retry(self->conversation, message);
            return;
        }
    }
}

/* Closes the topmost thing: the floating members; then goes to the newest message. */
static void
escape_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    JdConversationPage *self = JD_CONVERSATION_PAGE(widget);
    (void)name;
    (void)parameter;
    if (adw_flap_get_folded(self->flap) && adw_flap_get_reveal_flap(self->flap))
        reveal_members(self, FALSE);
    else if (!jd_message_list_is_at_bottom(self->messages))
        jd_message_list_scroll_to_bottom(self->messages);
    jd_conversation_page_focus_composer(self);
}

/* ---- the widget ---- */

static void
jd_conversation_page_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    JdConversationPage *self = JD_CONVERSATION_PAGE(object);
    switch (id) {
    case PROP_CONVERSATION:
        set_conversation(self, g_value_get_object(value));
        break;
    case PROP_FOLDED:
        self->folded = g_value_get_boolean(value);
        g_object_notify_by_pspec(object, pspec);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
jd_conversation_page_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    JdConversationPage *self = JD_CONVERSATION_PAGE(object);
    switch (id) {
    case PROP_CONVERSATION:
        g_value_set_object(value, self->conversation);
        break;
    case PROP_FOLDED:
        g_value_set_boolean(value, self->folded);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
jd_conversation_page_dispose(GObject *object)
{
    JdConversationPage *self = JD_CONVERSATION_PAGE(object);
    g_clear_pointer(&self->content, gtk_widget_unparent);
    g_clear_object(&self->conversation);
    G_OBJECT_CLASS(jd_conversation_page_parent_class)->dispose(object);
}

static void
install_properties(GObjectClass *object_class)
{
    const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
    properties[PROP_CONVERSATION] =
        g_param_spec_object("conversation", NULL, NULL, JD_TYPE_CONVERSATION, flags);
    properties[PROP_FOLDED] = g_param_spec_boolean("folded", NULL, NULL, FALSE, flags);
    g_object_class_install_properties(object_class, N_PROPS, properties);
}

static void
bind_template(GtkWidgetClass *widget_class)
{
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/im/jackdaw/Jackdaw/conversation_page.ui");
    gtk_widget_class_bind_template_child(widget_class, JdConversationPage, content);
    gtk_widget_class_bind_template_child(widget_class, JdConversationPage, heading);
    gtk_widget_class_bind_template_child(widget_class, JdConversationPage, menu_button);
    gtk_widget_class_bind_template_child(widget_class, JdConversationPage, members_button);
    gtk_widget_class_bind_template_child(widget_class, JdConversationPage, connection_bar);
    gtk_widget_class_bind_template_child(widget_class, JdConversationPage, stack);
    gtk_widget_class_bind_template_child(widget_class, JdConversationPage, flap);
    gtk_widget_class_bind_template_child(widget_class, JdConversationPage, messages);
    gtk_widget_class_bind_template_child(widget_class, JdConversationPage, composer);
    gtk_widget_class_bind_template_child(widget_class, JdConversationPage, members);
    gtk_widget_class_bind_template_callback(widget_class, is_room);
    gtk_widget_class_bind_template_callback(widget_class, is_private);
    gtk_widget_class_bind_template_callback(widget_class, decoration_layout);
    gtk_widget_class_bind_template_callback(widget_class, flap_folded_cb);
    gtk_widget_class_bind_template_callback(widget_class, members_clicked_cb);
    gtk_widget_class_bind_template_callback(widget_class, send_cb);
}

static void
jd_conversation_page_class_init(JdConversationPageClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    object_class->set_property = jd_conversation_page_set_property;
    object_class->get_property = jd_conversation_page_get_property;
    object_class->dispose = jd_conversation_page_dispose;
    install_properties(object_class);

    g_type_ensure(JD_TYPE_AVATAR);
    g_type_ensure(JD_TYPE_COLUMN_LAYOUT);
    g_type_ensure(JD_TYPE_COMPOSER);
    g_type_ensure(JD_TYPE_CONNECTION_BAR);
    g_type_ensure(JD_TYPE_MEMBER_LIST);
    g_type_ensure(JD_TYPE_MESSAGE_LIST);
    bind_template(widget_class);
    gtk_widget_class_install_action(widget_class, "conversation.retry", "s", retry_action);
    gtk_widget_class_install_action(widget_class, "conversation.escape", NULL, escape_action);
}

static void
jd_conversation_page_init(JdConversationPage *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    g_signal_connect_object(gtk_menu_button_get_popover(GTK_MENU_BUTTON(self->menu_button)),
                            "closed", G_CALLBACK(jd_conversation_page_focus_composer), self,
                            G_CONNECT_SWAPPED);
    show_conversation(self);
}

void
jd_conversation_page_set_account(JdConversationPage *self, JdAccount *account)
{
    jd_connection_bar_set_account(self->connection_bar, account);
}

void
jd_conversation_page_focus_composer(JdConversationPage *self)
{
    gtk_widget_grab_focus(GTK_WIDGET(self->composer));
}

void
jd_conversation_page_open_emoji(JdConversationPage *self)
{
    jd_composer_open_emoji(self->composer);
}
