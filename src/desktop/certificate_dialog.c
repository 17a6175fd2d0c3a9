#include "desktop/certificate_dialog.h"

#include <glib/gi18n.h>
#include <string.h>

/* Letters of "AB:CD:..." in a line: eight bytes, so that people can compare them. */
#define LINE_LETTERS 23

struct _JdCertificateDialog {
    AdwMessageDialog parent_instance;
    GtkLabel *fingerprint;
    GtkLabel *details;
};

G_DEFINE_FINAL_TYPE(JdCertificateDialog, jd_certificate_dialog, ADW_TYPE_MESSAGE_DIALOG)

static char *
in_lines(const char *fingerprint)
{
    GString *lines = g_string_new(fingerprint);
    for (gsize at = LINE_LETTERS; at < lines->len; at += LINE_LETTERS + 1)
        lines->str[at] = '\n';
    return g_string_free(lines, FALSE);
}

/* The keyboard begins where Return does no harm, not at a text that can be selected; one step
 * further is the other answer, and then come fingerprint and details. */
static void
jd_certificate_dialog_show(GtkWidget *widget)
{
    GTK_WIDGET_CLASS(jd_certificate_dialog_parent_class)->show(widget);
    GtkWidget *cancel = gtk_window_get_default_widget(GTK_WINDOW(widget));
    gtk_window_set_focus(GTK_WINDOW(widget), cancel);
    gtk_window_set_focus_visible(GTK_WINDOW(widget), TRUE);
}

static void
jd_certificate_dialog_class_init(JdCertificateDialogClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    widget_class->show = jd_certificate_dialog_show;
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/im/jackdaw/Jackdaw/certificate_dialog.ui");
    gtk_widget_class_bind_template_child(widget_class, JdCertificateDialog, fingerprint);
    gtk_widget_class_bind_template_child(widget_class, JdCertificateDialog, details);
}

static void
jd_certificate_dialog_init(JdCertificateDialog *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

static void
ask_first_time(JdCertificateDialog *self, const JdCertificate *certificate)
{
    AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG(self);
    adw_message_dialog_set_heading(dialog, _("Trust this server?"));
    adw_message_dialog_format_body(
        dialog,
        _("%s cannot prove who it is. Compare this fingerprint with the one that its operator "
          "gives you. It will not be asked again while it stays the same."),
          certificate->host);
}

static void
warn_of_change(JdCertificateDialog *self, const JdCertificate *certificate)
{
    AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG(self);
    adw_message_dialog_set_heading(dialog, _("This is not the server you trusted"));
    adw_message_dialog_format_body(
        dialog,
        _("%s shows another certificate than before. Somebody may be listening in. Go on only if "
          "its operator has told you of a new one, and this is its fingerprint:"),
          certificate->host);
    adw_message_dialog_set_response_label(dialog, "trust", _("Trust the new one"));
    adw_message_dialog_set_response_appearance(dialog, "trust", ADW_RESPONSE_DESTRUCTIVE);
    gtk_widget_add_css_class(GTK_WIDGET(self), "alarm");
}

GtkWidget *
jd_certificate_dialog_new(GtkWindow *parent, const JdCertificate *certificate)
{
    JdCertificateDialog *self =
        g_object_new(JD_TYPE_CERTIFICATE_DIALOG, "transient-for", parent, NULL);
    g_autofree char *shown = in_lines(certificate->fingerprint);
    g_autoptr(GString) details = g_string_new(NULL);

    if (certificate->pinned_fingerprint)
        warn_of_change(self, certificate);
    else
        ask_first_time(self, certificate);
    gtk_label_set_label(self->fingerprint, shown);

    if (certificate->problem)
        g_string_append_printf(details, "%s\n\n", certificate->problem);
    if (certificate->subject)
        g_string_append_printf(details, _("Issued for: %s\n"), certificate->subject);
    g_string_append_printf(details, _("SHA-256: %s"), certificate->fingerprint);
    if (certificate->pinned_fingerprint)
        g_string_append_printf(details, _("\nBefore: %s"), certificate->pinned_fingerprint);
    gtk_label_set_label(self->details, details->str);
    return GTK_WIDGET(self);
}
