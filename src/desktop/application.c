#include "desktop/application.h"

#include "desktop/resources.h"
#include "desktop/settings.h"
#include "desktop/window.h"

#include <glib/gi18n.h>

struct _JdApplication {
    AdwApplication parent_instance;
    char *server;
    char *nickname;
    char **more; /* arguments that are no options */
    int port;
    gboolean options_read;
};

G_DEFINE_FINAL_TYPE(JdApplication, jd_application, ADW_TYPE_APPLICATION)

/* ---- the look ---- */

static void
apply_look(void)
{
    g_autofree char *look = g_settings_get_string(settings_get(), "look");
    AdwColorScheme scheme = ADW_COLOR_SCHEME_DEFAULT;
    if (g_str_equal(look, "light"))
        scheme = ADW_COLOR_SCHEME_FORCE_LIGHT;
    else if (g_str_equal(look, "dark"))
        scheme = ADW_COLOR_SCHEME_FORCE_DARK;
    adw_style_manager_set_color_scheme(adw_style_manager_get_default(), scheme);
}

/* ---- actions ---- */

static void
quit_cb(GSimpleAction *action, GVariant *parameter, gpointer data)
{
    GtkApplication *application = GTK_APPLICATION(data);
    (void)action;
    (void)parameter;

    /* Closing takes a window off the list. */
    g_autoptr(GList) windows = g_list_copy(gtk_application_get_windows(application));
    for (GList *at = windows; at; at = at->next)
        gtk_window_close(at->data);
}

static void
about_cb(GSimpleAction *action, GVariant *parameter, gpointer data)
{
    GtkApplication *application = GTK_APPLICATION(data);
    (void)action;
    (void)parameter;

    adw_show_about_window(gtk_application_get_active_window(application), "application-name",
                          "Jackdaw", "application-icon", JACKDAW_APP_ID, "developer-name",
                          _("The Jackdaw contributors"), "version", JACKDAW_VERSION, "license-type",
                            GTK_LICENSE_GPL_3_0, "comments",
                            _("Chat with people on your own server or anybody else’s."), NULL);
}

static void
set_accels(JdApplication *self)
{
    static const struct {
        const char *action;
        const char *keys[3];
    } accels[] = {
        { "app.quit", { "<Control>q" } },
        { "window.close", { "<Control>w" } },
        { "win.shortcuts", { "F1", "<Control>question" } },
        { "win.filter", { "<Control>k" } },
        { "win.new-conversation", { "<Control>n" } },
        { "win.previous-conversation", { "<Alt>Up" } },
        { "win.next-conversation", { "<Alt>Down" } },
        { "win.previous-unread", { "<Alt><Shift>Up" } },
        { "win.next-unread", { "<Alt><Shift>Down" } },
        { "win.members", { "<Control>u" } },
        { "win.emoji", { "<Control>period" } },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(accels); i++)
        gtk_application_set_accels_for_action(GTK_APPLICATION(self), accels[i].action,
                                              accels[i].keys);
}

static void
add_actions(JdApplication *self)
{
    static const GActionEntry entries[] = {
        { .name = "quit", .activate = quit_cb },
        { .name = "about", .activate = about_cb },
    };
    g_action_map_add_action_entries(G_ACTION_MAP(self), entries, (gint)G_N_ELEMENTS(entries), self);

    g_autoptr(GAction) look = g_settings_create_action(settings_get(), "look");
    g_action_map_add_action(G_ACTION_MAP(self), look);
    g_signal_connect_object(settings_get(), "changed::look", G_CALLBACK(apply_look), self,
                            G_CONNECT_DEFAULT);
}

/* ---- starting ---- */

static void
jd_application_startup(GApplication *application)
{
    jackdaw_register_resource();
    G_APPLICATION_CLASS(jd_application_parent_class)->startup(application);
    gtk_window_set_default_icon_name(JACKDAW_APP_ID);
    add_actions(JD_APPLICATION(application));
    set_accels(JD_APPLICATION(application));
    apply_look();
}

static void
jd_application_activate(GApplication *application)
{
    JdApplication *self = JD_APPLICATION(application);
    GtkWindow *window = gtk_application_get_active_window(GTK_APPLICATION(self));

    if (window == NULL) {
        JdWindow *fresh = jd_window_new(GTK_APPLICATION(self));
        jd_window_prefill(fresh, self->server, (guint)self->port, self->nickname);
        window = GTK_WINDOW(fresh);
    }
    gtk_window_present(window);
}

static void
print_hint(void)
{
    g_printerr("%s\n", _("Try “jackdaw --help”."));
}

static int
jd_application_handle_local_options(GApplication *application, GVariantDict *options)
{
    JdApplication *self = JD_APPLICATION(application);

    self->options_read = TRUE;
    if (g_variant_dict_contains(options, "version")) {
        g_print("jackdaw %s\n", JACKDAW_VERSION);
        return 0;
    }
    if (self->port < 0 || self->port > G_MAXUINT16) {
        g_printerr("jackdaw: %s\n", _("A port is a number from 1 to 65535."));
        return 2;
    }
    if (self->more) {
        g_autofree char *fault = g_strdup_printf(_("Unexpected argument “%s”"), self->more[0]);
        g_printerr("jackdaw: %s\n", fault);
        print_hint();
        return 2;
    }
    return -1;
}

/* GLib says what is wrong with an option, but ends with 1: for scripts that is a failure of ours.
 */
static gboolean
jd_application_local_command_line(GApplication *application, char ***arguments, int *exit_status)
{
    GApplicationClass *parent_class = G_APPLICATION_CLASS(jd_application_parent_class);
    gboolean done = parent_class->local_command_line(application, arguments, exit_status);

    if (done && *exit_status != 0 && !JD_APPLICATION(application)->options_read) {
        print_hint();
        *exit_status = 2;
    }
    return done;
}

static void
jd_application_finalize(GObject *object)
{
    JdApplication *self = JD_APPLICATION(object);
    g_free(self->server);
    g_free(self->nickname);
    g_strfreev(self->more);
    G_OBJECT_CLASS(jd_application_parent_class)->finalize(object);
}

static void
jd_application_class_init(JdApplicationClass *klass)
{
    GApplicationClass *application_class = G_APPLICATION_CLASS(klass);
    G_OBJECT_CLASS(klass)->finalize = jd_application_finalize;
    application_class->startup = jd_application_startup;
    application_class->activate = jd_application_activate;
    application_class->local_command_line = jd_application_local_command_line;
    application_class->handle_local_options = jd_application_handle_local_options;
}

static void
jd_application_init(JdApplication *self)
{
    /* The formatter takes each N_() for another level. */
    /* clang-format off */
    const GOptionEntry options[] = {
        { "server", 's', 0, G_OPTION_ARG_STRING, &self->server, N_("Server to join"), N_("HOST") },
        { "port", 'p', 0, G_OPTION_ARG_INT, &self->port, N_("Its port (5222)"), N_("PORT") },
        { "nick", 'n', 0, G_OPTION_ARG_STRING, &self->nickname, N_("Your nickname"), N_("NAME") },
        { "version", 'v', 0, G_OPTION_ARG_NONE, NULL, N_("Print the version"), NULL },
        { G_OPTION_REMAINING, '\0', 0, G_OPTION_ARG_STRING_ARRAY, &self->more, NULL, NULL },
        G_OPTION_ENTRY_NULL,
    };
    /* clang-format on */
    g_application_add_main_option_entries(G_APPLICATION(self), options);
    g_application_set_option_context_parameter_string(G_APPLICATION(self), "");
}

JdApplication *
jd_application_new(void)
{
    return g_object_new(JD_TYPE_APPLICATION, "application-id", JACKDAW_APP_ID, "flags",
                        G_APPLICATION_NON_UNIQUE, "resource-base-path", "/im/jackdaw/Jackdaw",
                        NULL);
}
