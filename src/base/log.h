/* log.h - what happens, one line an event, said by someone who knows who they belong to.
 * Owns: the sink owns its writer thread and queue. Threads: any thread may log; a struct log is
 * used by one thread at a time. Time: wall clock. Errors: a line that finds the queue full is
 * dropped and counted; the count is logged when there is room. Tests: tests/unit/base/test_log.c
 *
 * Each line names its chain of parents (server > worker 1 > session 17) without being asked.
 * Bytes that came from outside are escaped, so a line is always one line. */
#pragma once

#include "base/attributes.h"
#include "base/str.h"

enum log_level {
    LOG_DEBUG,
    LOG_INFO,
    LOG_NOTICE,
    LOG_WARNING,
    LOG_ERROR
};
enum log_format {
    LOG_TEXT,
    LOG_JSON
};

struct log {
    const struct log *parent; /* NULL for the root, which lines do not name; outlives this */
    const char *name;         /* "worker", "session": static */
    uint64_t number;          /* which of them; 0 = the only one, not printed */
};

/* Where lines go. One per process; while it is not open, lines from LOG_INFO up go straight
 * to stderr. */
struct log_sink_options {
    enum log_level level; /* the least that is written */
    enum log_format format;
    int fd;      /* borrowed; stays open until log_sink_close */
    bool colour; /* text only: levels in colour */
};
MUST_CHECK int log_sink_open(const struct log_sink_options *options);

/* Writes what is queued, stops the thread. */
void log_sink_close(void);
void log_sink_set_level(enum log_level level);
bool log_enabled(enum log_level level);

/* `event` is a stable word for programs ("signed-in"); the rest is the sentence for people.
 * `log` NULL is the root. errno is left as it was. */
void
log_write(const struct log *log, enum log_level level, const char *event, const char *format, ...)
    PRINTF_LIKE(4, 5);

#define log_debug(log, event, ...)   log_write(log, LOG_DEBUG, event, __VA_ARGS__)
#define log_info(log, event, ...)    log_write(log, LOG_INFO, event, __VA_ARGS__)
#define log_notice(log, event, ...)  log_write(log, LOG_NOTICE, event, __VA_ARGS__)
#define log_warning(log, event, ...) log_write(log, LOG_WARNING, event, __VA_ARGS__)
#define log_error(log, event, ...)   log_write(log, LOG_ERROR, event, __VA_ARGS__)

/* "debug" ... "error"; E_FORMAT for anything else. */
MUST_CHECK int log_level_parse(struct str text, enum log_level *ret_level);
