/* qr_code.h - text as a QR code for a terminal: two modules a character, with half blocks.
 * Owns: nothing. Threads: main's. Errors: E_TOO_BIG for a text that no code can hold.
 * Spec: ISO/IEC 18004. Tests: tests/interop/test_invitations.py */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <stdio.h>

/* Dark on light whatever the terminal's colours are, with the margin that readers need. */
MUST_CHECK int qr_code_print(FILE *file, const char *text);

/* Can what is written there be seen as a code: is it a terminal, and does it know half blocks? */
bool qr_code_fits(FILE *file);
