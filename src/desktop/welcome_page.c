#include "desktop/welcome_page.h"

#include "client/text.h"
#include "desktop/field_note.h"
#include "desktop/settings.h"

#include <glib/gi18n.h>

#define DEFAULT_PORT 5222

struct _JdWelcomePage {
    GtkWidget parent_instance;
    JdAccount *account;

    GtkWidget *content;
    GtkMenuButton *menu_button;
    GtkWidget *form;
    AdwEntryRow *server;
    AdwEntryRow *port;
    AdwEntryRow *nickname;
    AdwEntryRow *password;
    JdFieldNote *server_note;
    JdFieldNote *port_note;
    JdFieldNote *nickname_note;
    JdFieldNote *password_note;
    GtkStack *buttons;
    GtkSpinner *spinner;
    GtkWidget *join;
    GtkWidget *cancel;
};

G_DEFINE_FINAL_TYPE(JdWelcomePage, jd_welcome_page, GTK_TYPE_WIDGET)

static const char *
text_of(AdwEntryRow *row)
{
    return gtk_editable_get_text(GTK_EDITABLE(row));
}

static char *
trimmed(AdwEntryRow *row)
{
    return g_strstrip(g_strdup(text_of(row)));
}

static void
set_text(AdwEntryRow *row, const char *text)
{
    gtk_editable_set_text(GTK_EDITABLE(row), text);
    gtk_editable_set_position(GTK_EDITABLE(row), -1);
}

/* ---- errors at fields ---- */

static void
clear_errors(JdWelcomePage *self)
{
    jd_field_note_clear(self->server_note);
    jd_field_note_clear(self->port_note);
    jd_field_note_clear(self->nickname_note);
    jd_field_note_clear(self->password_note);
}

static void
complain(JdFieldNote *note, AdwEntryRow *field, const char *sentence, const char *remedy)
{
    jd_field_note_set_error(note, sentence, remedy);
    gtk_widget_grab_focus(GTK_WIDGET(field));
}

/* With a password the nickname is the name of an account, which no remedy of ours may change. */
static void
complain_of_taken_nickname(JdWelcomePage *self, const char *sentence)
{
    g_autofree char *nickname = trimmed(self->nickname);
    if (text_of(self->password)[0]) {
        complain(self->nickname_note, self->nickname, sentence, NULL);
        return;
    }
    g_autofree char *other = text_next_nickname(nickname);
    g_autofree char *remedy = g_strdup_printf(_("Use “%s”"), other);
    complain(self->nickname_note, self->nickname, sentence, remedy);
}

static void
complain_of_credentials(JdWelcomePage *self)
{
    g_autofree char *nickname = trimmed(self->nickname);
    g_autofree char *remedy = g_strdup_printf(_("Create account “%s”"), nickname);
    complain(self->password_note, self->password,
             _("Wrong password, or nobody has this nickname yet"), remedy);
}

static void
sign_in_failed_cb(JdWelcomePage *self, const GError *error)
{
    clear_errors(self);
    JdClientError code =
        error->domain == JD_CLIENT_ERROR ? (JdClientError)error->code : JD_CLIENT_ERROR_NETWORK;
    switch (code) {
    case JD_CLIENT_ERROR_PORT:
        complain(self->port_note, self->port, error->message, NULL);
        break;
    case JD_CLIENT_ERROR_NICKNAME:
        complain(self->nickname_note, self->nickname, error->message, NULL);
        break;
    case JD_CLIENT_ERROR_NICKNAME_TAKEN:
        complain_of_taken_nickname(self, error->message);
        break;
    case JD_CLIENT_ERROR_CREDENTIALS:
        complain_of_credentials(self);
        break;
    case JD_CLIENT_ERROR_NO_GUESTS:
    case JD_CLIENT_ERROR_REGISTRATION:
        complain(self->password_note, self->password, error->message, NULL);
        break;
    case JD_CLIENT_ERROR_SERVER:
    case JD_CLIENT_ERROR_CERTIFICATE:
    case JD_CLIENT_ERROR_REPLACED:
    case JD_CLIENT_ERROR_NETWORK:
    case JD_CLIENT_ERROR_PROTOCOL:
    case JD_CLIENT_ERROR_REFUSED:
    case JD_CLIENT_ERROR_OFFLINE:
        complain(self->server_note, self->server, error->message, NULL);
        break;
    }
}

/* ---- joining ---- */

/* 0 and an error at the field when it is no port. */
static guint
read_port(JdWelcomePage *self)
{
    g_autofree char *text = trimmed(self->port);
    guint64 port = DEFAULT_PORT;
    if (text[0] == '\0')
        return DEFAULT_PORT;
    if (g_ascii_string_to_unsigned(text, 10, 1, G_MAXUINT16, &port, NULL))
        return (guint)port;
    complain(self->port_note, self->port, _("A port is a number from 1 to 65535."), NULL);
    return 0;
}

static gboolean
check_filled(JdFieldNote *note, AdwEntryRow *field, const char *sentence)
{
    g_autofree char *text = trimmed(field);
    if (text[0] != '\0')
        return TRUE;
    complain(note, field, sentence, NULL);
    return FALSE;
}

static void
try_to_join(JdWelcomePage *self, gboolean registers)
{
    clear_errors(self);
    guint port = read_port(self);
    /* The first field that is wrong has the focus in the end. */
    gboolean named = check_filled(self->nickname_note, self->nickname, _("Enter a nickname."));
    gboolean placed =
        check_filled(self->server_note, self->server, _("Enter the name of a server."));
    if (port == 0 || !named || !placed)
        return;

    g_autofree char *server = trimmed(self->server);
    g_autofree char *nickname = trimmed(self->nickname);
    const JdSignIn details = {
        .server = server,
        .port = port,
        .nickname = nickname,
        .password = text_of(self->password),
        .registers = registers,
    };
    jd_account_sign_in(self->account, &details);
}

static void
join_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    (void)name;
    (void)parameter;
    try_to_join(JD_WELCOME_PAGE(widget), FALSE);
}

static void
cancel_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    (void)name;
    (void)parameter;
    jd_account_sign_out(JD_WELCOME_PAGE(widget)->account);
}

static void
password_mended_cb(JdWelcomePage *self)
{
    try_to_join(self, TRUE);
}

static void
nickname_mended_cb(JdWelcomePage *self)
{
    g_autofree char *nickname = trimmed(self->nickname);
    g_autofree char *other = text_next_nickname(nickname);
    set_text(self->nickname, other);
    try_to_join(self, FALSE);
}

static void
entry_activated_cb(JdWelcomePage *self)
{
    gtk_widget_activate_action(GTK_WIDGET(self), "welcome.join", NULL);
}

/* A field that is being mended is no longer wrong. */
static void
field_changed_cb(GtkWidget *field, gpointer data)
{
    GtkWidget *note = gtk_widget_get_next_sibling(field);
    (void)data;
    if (JD_IS_FIELD_NOTE(note) && jd_field_note_has_error(JD_FIELD_NOTE(note)))
        jd_field_note_clear(JD_FIELD_NOTE(note));
}

static void
state_changed_cb(JdWelcomePage *self)
{
    gboolean busy = jd_account_get_state(self->account) == JD_CONNECTION_CONNECTING;
    gtk_stack_set_visible_child_name(self->buttons, busy ? "busy" : "join");
    gtk_spinner_set_spinning(self->spinner, busy);
    gtk_widget_action_set_enabled(GTK_WIDGET(self), "welcome.cancel", busy);
    /* The focus leaves the field before it becomes insensitive. */
    if (busy && gtk_widget_get_mapped(GTK_WIDGET(self)))
        gtk_widget_grab_focus(self->cancel);
    gtk_widget_set_sensitive(self->form, !busy);
    gtk_widget_action_set_enabled(GTK_WIDGET(self), "welcome.join", !busy);
}

/* A guest comes back under the nickname they had last; an account has its name. */
static void
nickname_changed_cb(JdWelcomePage *self)
{
    const char *nickname = jd_account_get_nickname(self->account);
    if (jd_account_get_state(self->account) != JD_CONNECTION_ONLINE || nickname == NULL ||
        !jd_account_get_guest(self->account))
        return;
    set_text(self->nickname, nickname);
    g_settings_set_string(settings_get(), "nickname", nickname);
}

/* ---- the widget ---- */

static gboolean
jd_welcome_page_grab_focus(GtkWidget *widget)
{
    JdWelcomePage *self = JD_WELCOME_PAGE(widget);
    AdwEntryRow *first = text_of(self->server)[0] ? self->nickname : self->server;
    return gtk_widget_grab_focus(GTK_WIDGET(first));
}

static void
jd_welcome_page_map(GtkWidget *widget)
{
    GTK_WIDGET_CLASS(jd_welcome_page_parent_class)->map(widget);
    gtk_widget_grab_focus(widget);
}

static void
jd_welcome_page_dispose(GObject *object)
{
    JdWelcomePage *self = JD_WELCOME_PAGE(object);
    g_clear_object(&self->account);
    g_clear_pointer(&self->content, gtk_widget_unparent);
    G_OBJECT_CLASS(jd_welcome_page_parent_class)->dispose(object);
}

static void
bind_children(GtkWidgetClass *widget_class)
{
    gtk_widget_class_bind_template_child(widget_class, JdWelcomePage, content);
    gtk_widget_class_bind_template_child(widget_class, JdWelcomePage, menu_button);
    gtk_widget_class_bind_template_child(widget_class, JdWelcomePage, form);
    gtk_widget_class_bind_template_child(widget_class, JdWelcomePage, server);
    gtk_widget_class_bind_template_child(widget_class, JdWelcomePage, port);
    gtk_widget_class_bind_template_child(widget_class, JdWelcomePage, nickname);
    gtk_widget_class_bind_template_child(widget_class, JdWelcomePage, password);
    gtk_widget_class_bind_template_child(widget_class, JdWelcomePage, server_note);
    gtk_widget_class_bind_template_child(widget_class, JdWelcomePage, port_note);
    gtk_widget_class_bind_template_child(widget_class, JdWelcomePage, nickname_note);
    gtk_widget_class_bind_template_child(widget_class, JdWelcomePage, password_note);
    gtk_widget_class_bind_template_child(widget_class, JdWelcomePage, buttons);
    gtk_widget_class_bind_template_child(widget_class, JdWelcomePage, spinner);
    gtk_widget_class_bind_template_child(widget_class, JdWelcomePage, join);
    gtk_widget_class_bind_template_child(widget_class, JdWelcomePage, cancel);
    gtk_widget_class_bind_template_callback(widget_class, field_changed_cb);
    gtk_widget_class_bind_template_callback(widget_class, entry_activated_cb);
    gtk_widget_class_bind_template_callback(widget_class, password_mended_cb);
    gtk_widget_class_bind_template_callback(widget_class, nickname_mended_cb);
}

static void
jd_welcome_page_class_init(JdWelcomePageClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = jd_welcome_page_dispose;
    widget_class->grab_focus = jd_welcome_page_grab_focus;
    widget_class->map = jd_welcome_page_map;

    g_type_ensure(JD_TYPE_FIELD_NOTE);
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/im/jackdaw/Jackdaw/welcome_page.ui");
    bind_children(widget_class);
    gtk_widget_class_install_action(widget_class, "welcome.join", NULL, join_action);
    gtk_widget_class_install_action(widget_class, "welcome.cancel", NULL, cancel_action);
}

static void
jd_welcome_page_init(JdWelcomePage *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    g_signal_connect_object(gtk_menu_button_get_popover(self->menu_button), "closed",
                            G_CALLBACK(gtk_widget_grab_focus), self, G_CONNECT_SWAPPED);
    clear_errors(self);
    gtk_widget_action_set_enabled(GTK_WIDGET(self), "welcome.cancel", FALSE);
}

void
jd_welcome_page_set_account(JdWelcomePage *self, JdAccount *account)
{
    g_assert(self->account == NULL);
    self->account = g_object_ref(account);
    g_signal_connect_object(account, "notify::state", G_CALLBACK(state_changed_cb), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(account, "notify::nickname", G_CALLBACK(nickname_changed_cb), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(account, "sign-in-failed", G_CALLBACK(sign_in_failed_cb), self,
                            G_CONNECT_SWAPPED);
}

void
jd_welcome_page_prefill(JdWelcomePage *self, const char *server, guint port, const char *nickname)
{
    GSettings *settings = settings_get();
    g_autofree char *last_server = g_settings_get_string(settings, "server");
    g_autofree char *last_nickname = g_settings_get_string(settings, "nickname");
    guint last_port = (guint)g_settings_get_int(settings, "port");
    /* The port goes with the server. */
    gboolean other_server = server && g_strcmp0(server, last_server) != 0;
    guint shown_port = port ? port : other_server ? DEFAULT_PORT : last_port;
    g_autofree char *port_text = g_strdup_printf("%u", shown_port);

    set_text(self->server, server ? server : last_server);
    set_text(self->port, port_text);
    if (nickname)
        set_text(self->nickname, nickname);
    else
        set_text(self->nickname, last_nickname[0] ? last_nickname : g_get_user_name());
}

void
jd_welcome_page_remember(JdWelcomePage *self)
{
    GSettings *settings = settings_get();
    g_autofree char *server = trimmed(self->server);
    g_autofree char *nickname = trimmed(self->nickname);
    g_settings_set_string(settings, "server", server);
    g_settings_set_int(settings, "port", (int)jd_account_get_port(self->account));
    g_settings_set_string(settings, "nickname", nickname);
    set_text(self->password, "");
}
