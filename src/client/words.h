/* words.h - marks the sentences that people read, so that they can be translated.
 * Owns: nothing. Threads: any. Errors: none: without a translation it is the English text. Spec:
 * none.
 *
 * GLib's own macro casts const away, which clang does not let pass. */
#pragma once

#include <glib.h>

#define _(text) g_dgettext(GETTEXT_PACKAGE, text)
