/* log.c - lines are made by the thread that logs and written by a thread of the log's own, so that
 * a slow disk or terminal never holds up a worker. */
#include "base/log.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log_line.h"
#include "base/thread.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* About 8000 lines of ordinary length. */
enum {
    QUEUE_MAX_BYTES = 1024 * 1024
};

/* The one global of this layer: a process has one log. */
struct log_sink {
    _Atomic(enum log_level) level;

    pthread_mutex_t lock;   /* holds all below; never held while writing */
    pthread_cond_t changed; /* a line came into the empty queue, or stopping was set */
    struct buffer queue;    /* whole lines */
    uint64_t dropped;       /* lines since the last report */
    bool is_open;
    bool stopping;

    struct log_sink_options options; /* constant while open */
    pthread_t writer;
};

static struct log_sink sink = {
    .level = LOG_INFO,
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .changed = PTHREAD_COND_INITIALIZER,
};

/* Writes everything, waiting for a descriptor that does not block. What cannot be written for any
 * other reason is lost: there is nowhere left to say so. */
static void
write_all(int fd, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t written = write(fd, bytes.data, bytes.len);

        if (written < 0 && errno == EAGAIN)
            (void)poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
        else if (written < 0 && errno != EINTR)
            return;
        if (written > 0)
            bytes = str_slice(bytes, (size_t)written, bytes.len);
    }
}

static void
append_line(struct buffer *out, const struct log_line *line, const struct log_sink_options *options)
{
    if (options->format == LOG_JSON)
        log_line_json(out, line);
    else
        log_line_text(out, line, options->colour);
}

/* Waits until there is something to write and swaps it into *lines; false at the end. */
static bool
take_lines(struct buffer *lines, uint64_t *ret_dropped)
{
    struct buffer empty = *lines;
    bool more;

    pthread_mutex_lock(&sink.lock);
    while (buffer_len(&sink.queue) == 0 && !sink.stopping)
        pthread_cond_wait(&sink.changed, &sink.lock);
    more = buffer_len(&sink.queue) > 0;
    *lines = sink.queue;
    sink.queue = empty;
    *ret_dropped = sink.dropped;
    sink.dropped = 0;
    pthread_mutex_unlock(&sink.lock);
    return more;
}

/* The queue that had no room was written just now: say how many lines are missing behind it. */
static void
report_dropped(uint64_t dropped)
{
    char text[64];
    struct log_line line = {
        .wall_us = clock_wall_us(),
        .level = LOG_WARNING,
        .event = "log-dropped",
    };
    struct buffer out;
    int len = snprintf(text, sizeof(text), "%llu lines lost: the log is too slow",
                       (unsigned long long)dropped);

    line.text = (struct str){ text, (size_t)len };
    buffer_init(&out, LOG_LINE_MAX);
    append_line(&out, &line, &sink.options);
    write_all(sink.options.fd, buffer_str(&out));
    buffer_fini(&out);
}

static void *
run_writer(void *context)
{
    struct buffer lines;
    uint64_t dropped;

    (void)context;
    buffer_init(&lines, QUEUE_MAX_BYTES);
    while (take_lines(&lines, &dropped)) {
        write_all(sink.options.fd, buffer_str(&lines));
        if (dropped > 0)
            report_dropped(dropped);
        buffer_clear(&lines);
    }
    buffer_fini(&lines);
    return NULL;
}

int
log_sink_open(const struct log_sink_options *options)
{
    int r;

    assert(options->fd >= 0);
    pthread_mutex_lock(&sink.lock);
    assert(!sink.is_open);
    sink.options = *options;
    sink.stopping = false;
    sink.dropped = 0;
    buffer_init(&sink.queue, QUEUE_MAX_BYTES);
    r = thread_start(&sink.writer, "log", run_writer, NULL);
    sink.is_open = r == 0;
    pthread_mutex_unlock(&sink.lock);
    if (r == 0)
        log_sink_set_level(options->level);
    return r;
}

void
log_sink_close(void)
{
    pthread_mutex_lock(&sink.lock);
    assert(sink.is_open && !sink.stopping);
    sink.is_open = false; /* lines from now on go to stderr */
    sink.stopping = true;
    pthread_cond_signal(&sink.changed);
    pthread_mutex_unlock(&sink.lock);
    pthread_join(sink.writer, NULL);
    buffer_fini(&sink.queue);
}

void
log_sink_set_level(enum log_level level)
{
    atomic_store_explicit(&sink.level, level, memory_order_relaxed);
}

bool
log_enabled(enum log_level level)
{
    return level >= atomic_load_explicit(&sink.level, memory_order_relaxed);
}

/* Queues the line if the sink is open; false if it is not. */
static bool
queue_line(struct str line)
{
    bool is_open;

    pthread_mutex_lock(&sink.lock);
    is_open = sink.is_open;
    if (is_open) {
        bool was_empty = buffer_len(&sink.queue) == 0;

        buffer_append(&sink.queue, line);
        if (buffer_failed(&sink.queue))
            sink.dropped++;
        else if (was_empty)
            pthread_cond_signal(&sink.changed);
    }
    pthread_mutex_unlock(&sink.lock);
    return is_open;
}

/* What append_line needs to know, readable by any thread at any time. */
static struct log_sink_options
get_options(void)
{
    struct log_sink_options options = { .format = LOG_TEXT };

    pthread_mutex_lock(&sink.lock);
    if (sink.is_open)
        options = sink.options;
    pthread_mutex_unlock(&sink.lock);
    return options;
}

void
log_write(const struct log *log, enum log_level level, const char *event, const char *format, ...)
{
    int saved_errno = errno; /* callers log before they look at it */
    struct log_sink_options options;
    struct log_line line = { .level = level, .log = log, .event = event };
    struct buffer out;
    char *text;
    va_list args;
    int len;

    if (!log_enabled(level))
        return;
    va_start(args, format);
    len = vasprintf(&text, format, args);
    va_end(args);
    if (len < 0)
        abort();
    line.wall_us = clock_wall_us();
    line.text = (struct str){ text, (size_t)len };
    options = get_options();
    buffer_init(&out, LOG_LINE_MAX);
    append_line(&out, &line, &options);
    free(text);
    if (!queue_line(buffer_str(&out)))
        write_all(STDERR_FILENO, buffer_str(&out));
    buffer_fini(&out);
    errno = saved_errno;
}
