/* test_log.c - what lines look like, and that none goes missing. */
#include "base/error.h"
#include "base/log.h"
#include "base/log_line.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct log server = { .parent = NULL, .name = "server" };
static const struct log worker = { .parent = &server, .name = "worker", .number = 1 };
static const struct log session = { .parent = &worker, .name = "session", .number = 17 };
static const struct log router = { .parent = &server, .name = "router" };

static void
check_line(const struct log *log, struct str text, enum log_format format, const char *expected)
{
    struct log_line line = {
        .wall_us = INT64_C(1795260902123456),
        .level = LOG_INFO,
        .log = log,
        .event = "signed-in",
        .text = text,
    };
    struct buffer out;

    buffer_init(&out, LOG_LINE_MAX);
    if (format == LOG_JSON)
        log_line_json(&out, &line);
    else
        log_line_text(&out, &line, false);
    buffer_append_char(&out, '\0');
    assert_string_equal(buffer_str(&out).data, expected);
    buffer_fini(&out);
}

static void
test_text_lines(void **state)
{
    (void)state;
    check_line(&session, STR("anna@chat.example/phone"), LOG_TEXT,
               "11:35:02.123 info    worker 1 > session 17: signed-in: anna@chat.example/phone\n");
    check_line(&router, STR(""), LOG_TEXT, "11:35:02.123 info    router: signed-in: \n");
    check_line(&server, STR("x"), LOG_TEXT, "11:35:02.123 info    signed-in: x\n");
    check_line(NULL, STR("x"), LOG_TEXT, "11:35:02.123 info    signed-in: x\n");
}

static void
test_json_lines(void **state)
{
    (void)state;
    check_line(&session, STR("anna"), LOG_JSON,
               "{\"time\":\"2026-11-21T11:35:02.123456Z\",\"level\":\"info\","
               "\"event\":\"signed-in\",\"worker\":1,\"session\":17,\"text\":\"anna\"}\n");
    check_line(NULL, STR("\"\\\n\x1b\xff\xc3\xa4\x7f"), LOG_JSON,
               "{\"time\":\"2026-11-21T11:35:02.123456Z\",\"level\":\"info\","
               "\"event\":\"signed-in\","
               "\"text\":\"\\\"\\\\\\n\\u001b\\ufffd\xc3\xa4\\u007f\"}\n");
}

static void
test_text_is_escaped(void **state)
{
    static const struct {
        struct str text;
        const char *shown;
    } rows[] = {
        { { "a\nb\rc\td", 7 }, "a\\nb\\rc\\td" },
        { { "\x1b[31m\0", 6 }, "\\x1b[31m\\x00" },
        { { "C:\\ \"x\"", 7 }, "C:\\\\ \"x\"" },
        { { "\xc3\xa4\xe2\x82\xac", 5 }, "\xc3\xa4\xe2\x82\xac" },
        { { "\xff\xc3", 2 }, "\\xff\\xc3" },
        { { "\xc2\x9b", 2 }, "\\u009b" }, /* CSI in C1 */
        { { "a\xe2\x80\xae"
            "b",
            5 },
          "a\\u202eb" },                      /* right-to-left override */
        { { "\xe2\x80\xa8", 3 }, "\\u2028" }, /* line separator */
        { { "\x7f", 1 }, "\\x7f" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char expected[100] = "11:35:02.123 info    signed-in: ";

        strcat(expected, rows[i].shown);
        strcat(expected, "\n");
        check_line(NULL, rows[i].text, LOG_TEXT, expected);
    }
}

/* The worst case of both formats must still be a whole line. */
static void
test_long_text_is_cut(void **state)
{
    static char text[100000];

    (void)state;
    memset(text, 1, sizeof(text));
    for (int i = 0; i < 2; i++) {
        struct log_line line = { .log = &session, .event = "e", .text = { text, sizeof(text) } };
        struct buffer out;

        buffer_init(&out, LOG_LINE_MAX);
        if (i == 0)
            log_line_text(&out, &line, true);
        else
            log_line_json(&out, &line);
        assert_false(buffer_failed(&out));
        assert_true(str_ends_with(buffer_str(&out), i == 0 ? STR("...\n") : STR("...\"}\n")));
        buffer_fini(&out);
    }
}

static void
test_levels(void **state)
{
    enum log_level level = LOG_NOTICE;

    (void)state;
    assert_int_equal(log_level_parse(STR("debug"), &level), 0);
    assert_int_equal(level, LOG_DEBUG);
    assert_int_equal(log_level_parse(STR("error"), &level), 0);
    assert_int_equal(level, LOG_ERROR);
    assert_int_equal(log_level_parse(STR("Error"), &level), E_FORMAT);
    assert_int_equal(log_level_parse(STR(""), &level), E_FORMAT);
    assert_int_equal(level, LOG_ERROR);
    assert_string_equal(log_level_name(LOG_WARNING), "warning");
}

/* A file in memory that the sink writes to. */
static int
open_sink(enum log_level level, enum log_format format)
{
    struct log_sink_options options = { .level = level, .format = format };

    options.fd = memfd_create("log", MFD_CLOEXEC);
    assert_true(options.fd >= 0);
    assert_int_equal(log_sink_open(&options), 0);
    return options.fd;
}

/* All that was written, to be freed; closes `fd`. */
static char *
read_all(int fd)
{
    off_t size = lseek(fd, 0, SEEK_END);
    char *text = calloc(1, (size_t)size + 1);

    assert_int_equal(pread(fd, text, (size_t)size, 0), size);
    close(fd);
    return text;
}

static size_t
count_lines(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += *text == '\n';
    return count;
}

static void
test_sink_filters_and_writes(void **state)
{
    int fd = open_sink(LOG_NOTICE, LOG_TEXT);
    char *text;

    (void)state;
    errno = ENOENT;
    log_info(&session, "hidden", "not %s", "shown");
    log_notice(&session, "shown", "number %d", 1);
    log_sink_set_level(LOG_DEBUG);
    assert_true(log_enabled(LOG_DEBUG));
    log_debug(&session, "shown", "number %d", 2);
    assert_int_equal(errno, ENOENT);
    log_sink_close();
    text = read_all(fd);
    assert_null(strstr(text, "hidden"));
    assert_non_null(strstr(text, "notice  worker 1 > session 17: shown: number 1\n"));
    assert_non_null(strstr(text, "debug   worker 1 > session 17: shown: number 2\n"));
    assert_int_equal(count_lines(text), 2);
    free(text);
}

enum {
    THREADS = 4,
    LINES = 500
};

static void *
log_many(void *context)
{
    struct log log = { .parent = &server, .name = "thread", .number = *(uint64_t *)context };

    for (int i = 0; i < LINES; i++)
        log_info(&log, "count", "%d", i);
    return NULL;
}

static void
test_many_threads(void **state)
{
    int fd = open_sink(LOG_DEBUG, LOG_JSON);
    pthread_t threads[THREADS];
    uint64_t numbers[THREADS];
    char *text;

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = (uint64_t)i + 1;
        assert_int_equal(pthread_create(&threads[i], NULL, log_many, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    log_sink_close();
    text = read_all(fd);
    assert_int_equal(count_lines(text), THREADS * LINES);
    free(text);
}

struct reader {
    int fd;
    size_t lines;
    size_t lost;
};

/* Counts the lines that come through the pipe and those that the log says it lost. */
static void *
read_pipe(void *context)
{
    struct reader *reader = context;
    FILE *file = fdopen(reader->fd, "r");
    char *line = NULL;
    size_t capacity = 0;

    while (getline(&line, &capacity, file) > 0) {
        const char *report = strstr(line, "log-dropped: ");

        if (report)
            reader->lost += strtoul(report + strlen("log-dropped: "), NULL, 10);
        else
            reader->lines++;
    }
    free(line);
    fclose(file);
    return NULL;
}

/* Nobody reads the pipe until everything is logged: the queue overflows, the loggers go on, and in
 * the end written and lost add up. */
static void
test_full_queue_drops_and_counts(void **state)
{
    struct log_sink_options options = { .level = LOG_INFO };
    struct reader reader = { 0 };
    pthread_t thread;
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    options.fd = ends[1];
    assert_int_equal(log_sink_open(&options), 0);
    for (int i = 0; i < 30000; i++)
        log_info(&session, "count", "%0100d", i);
    reader.fd = ends[0];
    assert_int_equal(pthread_create(&thread, NULL, read_pipe, &reader), 0);
    log_sink_close();
    close(ends[1]);
    pthread_join(thread, NULL);
    assert_true(reader.lost > 0);
    assert_int_equal(reader.lines + reader.lost, 30000);
}

static void
test_closed_sink_writes_to_stderr(void **state)
{
    int saved = dup(STDERR_FILENO);
    int fd = memfd_create("stderr", MFD_CLOEXEC);
    char *text;

    (void)state;
    log_sink_set_level(LOG_INFO);
    dup2(fd, STDERR_FILENO);
    log_warning(&session, "early", "before the sink");
    dup2(saved, STDERR_FILENO);
    close(saved);
    text = read_all(fd);
    assert_non_null(strstr(text, "warning worker 1 > session 17: early: before the sink\n"));
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_lines),
        cmocka_unit_test(test_json_lines),
        cmocka_unit_test(test_text_is_escaped),
        cmocka_unit_test(test_long_text_is_cut),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_sink_filters_and_writes),
        cmocka_unit_test(test_many_threads),
        cmocka_unit_test(test_full_queue_drops_and_counts),
        cmocka_unit_test(test_closed_sink_writes_to_stderr),
    };

    setenv("TZ", "UTC", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
