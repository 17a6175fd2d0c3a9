/* control_request.h - one request on the control socket and its answer. Private to control/.
 * Owns: its fields, wiped at the end because passwords are among them. Threads: worker 0's.
 * Time: none. Errors: as an answer. Spec: none. Tests: tests/interop/test_control.py */
#pragma once

#include "base/list.h"
#include "server/core/worker.h"

enum {
    CONTROL_FIELDS_MAX = 6, /* tag and verb among them */
    CONTROL_LINE_MAX = 8 * 1024
};

struct control_connection;

struct control_request {
    struct list link;                      /* in its connection's list */
    struct control_connection *connection; /* NULL: the asker has gone */
    struct server *server;
    struct arena arena;
    struct str fields[CONTROL_FIELDS_MAX]; /* in the arena: tag, verb, arguments */
    size_t field_count;
    void *state;     /* the verb's own, in the arena */
    bool overflowed; /* rows were left out: there is no control_ok() any more */
};

/* Every verb, in one table (control_verbs.c). It ends the request, now or later. */
struct control_verb {
    const char *name;
    size_t arguments;
    void (*run)(struct control_request *request);
};
extern const struct control_verb control_verbs[];
extern const size_t control_verb_count;

static inline struct str
control_argument(const struct control_request *request, size_t number)
{
    return request->fields[2 + number];
}

/* A row of the answer. Control characters become spaces. */
void control_row(struct control_request *request, const struct str *fields, size_t count);

/* Both end it. Too long an answer ends in an error either way. `sentence` NULL: the error's own
 * text. */
void control_ok(struct control_request *request);
void control_error(struct control_request *request, int error, const char *sentence);

/* Ends it without an answer: the server is stopping. */
void control_drop(struct control_request *request);

/* A letter's or store call's way home: the request is worker 0's. */
struct mailbox *control_mailbox(const struct control_request *request);
