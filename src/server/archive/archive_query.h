/* archive_query.h - what somebody asks of an archive, and what they are told.
 * Owns: a query owns its request. Threads: the archive's worker. Time: none.
 * Errors: as stanza errors to whoever asked. Spec: XEP-0313 4, 5; XEP-0059; XEP-0431.
 * Tests: tests/unit/server/test_archive_form.c, tests/interop/test_archive.py
 *
 * An account and a room differ in whose archive it is, who may ask, how an answer reaches them and
 * what stands in it: they fill in a struct archive_host. */
#pragma once

#include "server/core/worker.h"
#include "server/store/store_archive.h"
#include "xmpp/stanza.h"

#define ARCHIVE_PAGE_DEFAULT 50
#define ARCHIVE_PAGE_MAX     250

/* Questions to one archive at a time. */
#define ARCHIVE_ASKED_MAX 50

/* One question on its way. */
struct archive_query {
    const struct archive_host *host;
    struct entity *entity;  /* pinned, and counted in *asked */
    struct stanza *request; /* owned; its settlement is not held: nothing of it lasts */
    struct str query_id;    /* views the request */
    bool is_flipped;
    bool is_unstable;                /* not all that should be searched could be */
    struct store_archive_page *page; /* until it is submitted */
};

struct archive_host {
    /* Who asks for whose archive: of the entity. */
    struct archive_owner (*owner)(const struct entity *entity);

    /* The count of questions under way to it. */
    unsigned *(*asked)(struct entity *entity);

    /* `with` has been read: where it goes in the page. Negative: may not be asked. */
    int (*narrow)(const struct entity *entity,
                  const struct stanza *request,
                  struct jid with,
                  struct store_archive_page *page);

    /* Sends one message of a result to whoever asked; in order, and before the answer. */
    void (*send)(struct entity *entity,
                 const struct stanza *request,
                 const struct stanza_wire *wire);

    /* XML that belongs into the message, by who asked; NULL: nothing. */
    void (*add)(const struct entity *entity,
                const struct stanza *request,
                const struct store_archive_message *message,
                struct buffer *out);
};

/* Each answers one kind of request to somebody who may ask. */
void archive_answer_query(const struct archive_host *host,
                          struct entity *entity,
                          struct stanza *request);
void archive_answer_form(struct entity *entity, const struct stanza *request);
void archive_answer_metadata(const struct archive_host *host,
                             struct entity *entity,
                             struct stanza *request);
