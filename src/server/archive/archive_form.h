/* archive_form.h - the form and the page of a query, read.
 * Owns: nothing; what is read views the request or is in the page's arena. Threads: any.
 * Time: none. Errors: E_FORMAT, E_JID, E_LIMIT, E_NOT_FOUND (an id that is none),
 * E_UNSUPPORTED (a field or a way of paging that we do not know). Spec: XEP-0313 4.1, 4.3;
 * XEP-0059. Tests: tests/unit/server/test_archive_form.c */
#pragma once

#include "server/store/store_archive.h"
#include "xmpp/stanza.h"

/* Reads <query/> into `page`, all but `with`, which is given back (not set: not asked). */
MUST_CHECK int archive_form_read(const struct store *store,
                                 const struct element *query,
                                 struct store_archive_page *page,
                                 struct jid *ret_with);

/* The form with all fields, under <query/>. */
void archive_form_write(struct arena *arena, struct element *query);
