/* xep0402_bookmarks.h - the rooms a user has bookmarked, in whatever way his clients ask for them.
 * Owns: nothing. Threads: the account's home worker. Time: none. Errors: as stanza errors.
 * Spec: XEP-0402 5.3, XEP-0048; docs/adr/0004. Tests: tests/interop/test_bookmarks.py
 *
 * They are kept as XEP-0402 says, one item a room. Clients that know only the older list, in
 * private XML (XEP-0049) or as one item of the node "storage:bookmarks", are shown and may replace
 * the same items. Who has stored none has the lobby; the first change makes that a bookmark like
 * others. */
#pragma once

#include "server/account/pep.h"

/* Does this request replace all bookmarks at once? Then it is a reader as well. */
bool bookmarks_are_replaced(const struct stanza *request);

/* Answers, or prepares, what is special about a request for publish-subscribe. True: answered. */
bool bookmarks_take(struct pep *pep, struct stanza *request);

/* The older list that the account stored before there was a node for it; may be empty. */
void bookmarks_load(struct pep *pep, struct str stored);

/* XEP-0049: the request asks for, or stores, the older list. */
bool bookmarks_are_meant(const struct stanza *request);
void bookmarks_handle_private(struct account *account, struct stanza *request);

/* A guest has the lobby and stores nothing. */
void bookmarks_answer_guest(struct account *account, struct stanza *request);

/* The key of the older list in private storage. */
#define BOOKMARKS_PRIVATE_KEY STR("storage:bookmarks storage")
