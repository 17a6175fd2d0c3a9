/* precis_class.h - what the characters of a text are: string classes, context and direction.
 * Owns: nothing. Threads: any. Errors: none. Spec: RFC 8264 4, 8, 9; RFC 5892 A; RFC 5893 2.
 * Tests: tests/unit/xmpp/test_jid.c */
#pragma once

#include <stdbool.h>
#include <unicode/uchar.h>

enum precis_class {
    PRECIS_IDENTIFIER, /* RFC 8264 4.2 */
    PRECIS_FREEFORM,   /* RFC 8264 4.3 */
};

/* True if every character belongs to the class and stands in a context that it may stand in. */
bool precis_is_class(const UChar *text, int32_t len, enum precis_class string_class);

/* RFC 5893 2, which only applies to text with right-to-left characters. */
bool precis_bidi_ok(const UChar *text, int32_t len);
