/* main.c - starts the desktop application. */
#include "desktop/application.h"

#include <glib/gi18n.h>
#include <locale.h>

int
main(int argc, char *argv[])
{
    setlocale(LC_ALL, "");
    bindtextdomain(GETTEXT_PACKAGE, JACKDAW_LOCALE_DIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    textdomain(GETTEXT_PACKAGE);
    g_set_application_name("Jackdaw");

    g_autoptr(JdApplication) application = jd_application_new();
    return g_application_run(G_APPLICATION(application), argc, argv);
}
