/* encoding.h - base64 and hexadecimal.
 * Owns: nothing. Threads: any. Errors: E_FORMAT for anything not canonical. Spec: RFC 4648 4, 8.
 * Tests: tests/unit/base/test_encoding.c */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"

void base64_encode(struct buffer *out, struct str bytes);

/* Strict: padding required, no line breaks, no stray bits. The result is in the arena; E_FULL
 * past its limit. */
MUST_CHECK int base64_decode(struct arena *arena, struct str text, struct str *ret_bytes);

/* Lower case, two digits a byte. */
void hex_encode(struct buffer *out, struct str bytes);
