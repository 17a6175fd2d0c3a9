/* certificate_dialog.h - JdCertificateDialog: "Trust this server?", louder when it has changed.
 * Responses "cancel" and "trust".
 * Owns: nothing. Threads: the main one. Errors: none. Spec: RFC 6125 C.3.
 * Tests: tests/desktop/test_desktop.py */
#pragma once

#include "client/account.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define JD_TYPE_CERTIFICATE_DIALOG (jd_certificate_dialog_get_type())
G_DECLARE_FINAL_TYPE(
    JdCertificateDialog, jd_certificate_dialog, JD, CERTIFICATE_DIALOG, AdwMessageDialog)

/* The texts of `certificate` are copied. */
GtkWidget *jd_certificate_dialog_new(GtkWindow *parent, const JdCertificate *certificate);

G_END_DECLS
