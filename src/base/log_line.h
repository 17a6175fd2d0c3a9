/* log_line.h - one event as one line of text or of JSON. Private to the log.
 * Owns: nothing. Threads: any. Time: passed in. Errors: none; overlong sentences are cut.
 * Spec: RFC 8259 7 (strings). Tests: tests/unit/base/test_log.c */
#pragma once

#include "base/buffer.h"
#include "base/log.h"

struct log_line {
    int64_t wall_us;
    enum log_level level;
    const struct log *log; /* NULL is the root */
    const char *event;
    struct str text; /* any bytes */
};

/* No line is longer than this: what a buffer must at least hold. */
#define LOG_LINE_MAX 32768

/* "debug" ... "error" */
const char *log_level_name(enum log_level level);

/* Appends the line and its newline:
 *     11:35:02.123 info    worker 1 > session 17: signed-in: anna@chat.example/phone
 * in local time. Control characters, bidirectional overrides and the backslash are written as
 * \n, \xNN (bytes) or \uNNNN (code points); so is every byte that is not UTF-8. */
void log_line_text(struct buffer *out, const struct log_line *line, bool colour);

/* Appends the line and its newline:
 *     {"time":"2026-11-21T11:35:02.123456Z","level":"info","event":"signed-in","worker":1,
 *      "session":17,"text":"anna@chat.example/phone"}
 * without the break, in UTC. A scope that is the only one has the number 0; the root is left out.
 * Bytes that are not UTF-8 become U+FFFD. */
void log_line_json(struct buffer *out, const struct log_line *line);
