/* result_set.h - a long list a page at a time (XEP-0059), as far as forwards.
 * Owns: nothing. Threads: any. Time: none. Errors: E_FORMAT for a page that is no page,
 * E_UNSUPPORTED for paging backwards or by number. Spec: XEP-0059 2.
 * Tests: tests/unit/server/test_result_set.c */
#pragma once

#include "xmpp/element.h"

#define NS_RESULT_SET STR("http://jabber.org/protocol/rsm")

struct result_set {
    bool asked;       /* a <set/> was sent */
    size_t max;       /* items at most */
    struct str after; /* the last item the asker has; empty = from the start */
};

/* Reads the <set/> inside `query`; without one everything up to `limit` is asked for. `ret` views
 * the query or `arena`. */
MUST_CHECK int result_set_read(struct arena *arena,
                               const struct element *query,
                               size_t limit,
                               struct result_set *ret);

/* Adds the <set/> of an answer; `first` and `last` are empty for an empty page. */
void
result_set_write(struct arena *arena, struct element *query, struct str first, struct str last);
