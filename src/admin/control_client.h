/* control_client.h - the asking end of the server's control socket.
 * Owns: the connection. Threads: main's. Errors: E_IO after a line on standard error.
 * Spec: the protocol is described in src/server/control/control.h.
 * Tests: tests/interop/test_control.py */
#pragma once

#include "base/attributes.h"
#include "base/str.h"

#include <stdio.h>

enum {
    CONTROL_FIELDS_MAX = 8
};

struct control_client {
    FILE *in, *out;
    char *_line;
    size_t _line_room;
};

enum control_kind {
    CONTROL_ROW,
    CONTROL_OK,
    CONTROL_ERROR
};

/* One line of an answer; valid until the next is read. */
struct control_answer {
    unsigned tag; /* of the request it belongs to */
    enum control_kind kind;
    struct str fields[CONTROL_FIELDS_MAX]; /* of an error: word and sentence */
    size_t field_count;
};

MUST_CHECK int control_client_open(struct control_client *client, const char *data_dir);
void control_client_close(struct control_client *client);

/* False if a field cannot be sent because it has a control character in it (no name or password
 * may have one). */
MUST_CHECK bool control_client_send(struct control_client *client,
                                    unsigned tag,
                                    const char *verb,
                                    const struct str *arguments,
                                    size_t count);
MUST_CHECK int control_client_read(struct control_client *client, struct control_answer *ret);
