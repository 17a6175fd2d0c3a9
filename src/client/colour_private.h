/* colour_private.h - the two halves of a name's colour, for the tests.
 * Owns: nothing. Threads: any. Errors: none. Spec: XEP-0392 5.1, 5.2.
 * Tests: tests/unit/client/test_colour.c */
#pragma once

#include "client/colour.h"

/* 0 to 360 degrees. */
double colour_angle(const char *name);

/* HSLuv with full saturation; `lightness` from 0 to 100, exclusive. */
JdColour colour_from_hue(double degrees, double lightness);
