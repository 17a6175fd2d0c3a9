#include "desktop/connection_bar.h"

#include <glib/gi18n.h>

struct _JdConnectionBar {
    GtkWidget parent_instance;
    JdAccount *account;

    GtkWidget *revealer;
    GtkWidget *bar;
    GtkSpinner *spinner;
    GtkWidget *icon;
    GtkLabel *label;
    GtkWidget *button;
};

G_DEFINE_FINAL_TYPE(JdConnectionBar, jd_connection_bar, GTK_TYPE_WIDGET)

static char *
words_for_offline(JdConnectionBar *self)
{
    const GError *error = jd_account_get_last_error(self->account);
    return error ? g_strdup(error->message)
                 : g_strdup(_("Offline. What you write is sent once you are back."));
}

static char *
words_for_state(JdConnectionBar *self)
{
    guint seconds = jd_account_get_retry_in(self->account);
    switch (jd_account_get_state(self->account)) {
    case JD_CONNECTION_CONNECTING:
        return g_strdup(_("Connection lost. Reconnecting…"));
    case JD_CONNECTION_WAITING:
        return g_strdup_printf(_("Connection lost. Reconnecting in %u s"), seconds);
    case JD_CONNECTION_OFFLINE:
        return words_for_offline(self);
    case JD_CONNECTION_ONLINE:
        break;
    }
    return NULL;
}

/* Once it is gone nobody meets it with Tab or a screen reader. */
static void
slid_cb(JdConnectionBar *self)
{
    gboolean shown = gtk_revealer_get_reveal_child(GTK_REVEALER(self->revealer));
    gtk_widget_set_visible(self->bar, shown);
}

static void
update(JdConnectionBar *self)
{
    JdConnectionState state = jd_account_get_state(self->account);
    g_autofree char *words = words_for_state(self);
    gboolean trying = state == JD_CONNECTION_CONNECTING;

    /* What it said stays while it slides away. */
    if (words) {
        gtk_widget_set_visible(self->bar, TRUE);
        gtk_label_set_label(self->label, words);
        gtk_widget_set_tooltip_text(GTK_WIDGET(self->label), words);
        gtk_widget_set_visible(self->icon, !trying);
        gtk_widget_set_visible(GTK_WIDGET(self->spinner), trying);
        gtk_widget_set_visible(self->button, !trying);
    }
    gtk_spinner_set_spinning(self->spinner, trying);
    gtk_revealer_set_reveal_child(GTK_REVEALER(self->revealer), words != NULL);
}

static void
jd_connection_bar_dispose(GObject *object)
{
    JdConnectionBar *self = JD_CONNECTION_BAR(object);
    g_clear_object(&self->account);
    g_clear_pointer(&self->revealer, gtk_widget_unparent);
    G_OBJECT_CLASS(jd_connection_bar_parent_class)->dispose(object);
}

static void
jd_connection_bar_class_init(JdConnectionBarClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = jd_connection_bar_dispose;
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/im/jackdaw/Jackdaw/connection_bar.ui");
    gtk_widget_class_bind_template_child(widget_class, JdConnectionBar, revealer);
    gtk_widget_class_bind_template_child(widget_class, JdConnectionBar, bar);
    gtk_widget_class_bind_template_callback(widget_class, slid_cb);
    gtk_widget_class_bind_template_child(widget_class, JdConnectionBar, spinner);
    gtk_widget_class_bind_template_child(widget_class, JdConnectionBar, icon);
    gtk_widget_class_bind_template_child(widget_class, JdConnectionBar, label);
    gtk_widget_class_bind_template_child(widget_class, JdConnectionBar, button);
}

static void
jd_connection_bar_init(JdConnectionBar *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

void
jd_connection_bar_set_account(JdConnectionBar *self, JdAccount *account)
{
    g_assert(self->account == NULL);
    self->account = g_object_ref(account);
    static const char *const watched[] = { "notify::state", "notify::retry-in",
                                           "notify::last-error" };
    for (gsize i = 0; i < G_N_ELEMENTS(watched); i++)
        g_signal_connect_object(account, watched[i], G_CALLBACK(update), self, G_CONNECT_SWAPPED);
}
