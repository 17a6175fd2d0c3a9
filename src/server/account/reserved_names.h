/* reserved_names.h - names that people take for the server itself, or for who runs it.
 * Owns: nothing. Threads: any. Time: none. Errors: none. Spec: RFC 2142, UTS 39 4.
 * Tests: tests/unit/server/test_reserved_names.c */
#pragma once

#include "base/str.h"

/* `name` is prepared. True also of what looks like one of them. */
bool reserved_names_have(struct str name);
