/* config.c - reads a file through the table. */
#include "server/core/config.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "server/core/config_table.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Some editors put it in front of UTF-8. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

enum {
    FILE_MAX_BYTES = 1024 * 1024
};

struct config_reader {
    struct config *config;
    const char *file;
    unsigned line; /* 0 = none in particular */
    FILE *complaints;
    bool failed;
    unsigned set_on_line[CONFIG_TABLE_MAX]; /* by row; 0 = not set */
};

static void complain(struct config_reader *reader, const char *format, ...) PRINTF_LIKE(2, 3);

static void
complain(struct config_reader *reader, const char *format, ...)
{
    va_list args;

    reader->failed = true;
    if (reader->line > 0)
        (void)fprintf(reader->complaints, "%s:%u: ", reader->file, reader->line);
    else
        (void)fprintf(reader->complaints, "%s: ", reader->file);
    va_start(args, format);
    (void)vfprintf(reader->complaints, format, args);
    va_end(args);
    (void)fputc('\n', reader->complaints);
}

/* ---- values ---- */

static bool
parse_bool(struct str text, bool *ret)
{
    if (str_is(text, "yes") || str_is(text, "true") || str_is(text, "on")) {
        *ret = true;
        return true;
    }
    *ret = false;
    return str_is(text, "no") || str_is(text, "false") || str_is(text, "off");
}

/* 1 unless the text ends in k, M or G, which is cut off. */
static int64_t
cut_factor(struct str *text)
{
    static const struct {
        char suffix;
        int64_t factor;
    } factors[] = { { 'k', 1 << 10 }, { 'K', 1 << 10 }, { 'M', 1 << 20 }, { 'G', 1 << 30 } };

    for (size_t i = 0; i < ARRAY_LEN(factors) && text->len > 0; i++) {
        if (text->data[text->len - 1] != factors[i].suffix)
            continue;
        text->len--;
        return factors[i].factor;
    }
    return 1;
}

int
config_parse_number(const struct config_row *row, struct str text, int64_t *ret)
{
    bool is_bytes = row->unit && strcmp(row->unit, "bytes") == 0;
    int64_t factor = is_bytes ? cut_factor(&text) : 1;
    int64_t value = 0;
    int r = str_to_int64(text, 0, INT64_MAX / factor, &value);

    if (r < 0)
        return r;
    value *= factor;
    if (value < row->min || value > row->max)
        return E_LIMIT;
    *ret = value;
    return 0;
}

static void
store_number(const struct config_row *row, char *member, int64_t value)
{
    uint16_t half = (uint16_t)value;
    uint32_t word = (uint32_t)value;
    uint64_t wide = (uint64_t)value;

    switch (row->size) {
    case sizeof(half):
        memcpy(member, &half, sizeof(half));
        break;
    case sizeof(word):
        memcpy(member, &word, sizeof(word));
        break;
    default:
        assert(row->size == sizeof(wide));
        memcpy(member, &wide, sizeof(wide));
    }
}

static void
set_number(struct config_reader *reader,
           const struct config_row *row,
           char *member,
           struct str text)
{
    int64_t value;
    int r = config_parse_number(row, text, &value);

    if (r == 0)
        store_number(row, member, value);
    else if (r == E_LIMIT)
        complain(reader, "%s: %.*s is outside %lld to %lld", row->key, STR_ARG(text),
                 (long long)row->min, (long long)row->max);
    else
        complain(reader, "%s: '%.*s' is not a number", row->key, STR_ARG(text));
}

static void
set_bool(struct config_reader *reader, const struct config_row *row, char *member, struct str text)
{
    bool value;

    if (!parse_bool(text, &value))
        complain(reader, "%s: '%.*s' is none of on, yes, true, off, no, false", row->key,
                 STR_ARG(text));
    memcpy(member, &value, sizeof(value));
}

static void
set_one_of(struct config_reader *reader,
           const struct config_row *row,
           char *member,
           struct str text)
{
    char known[128] = "";
    size_t at = 0;

    for (size_t i = 0; row->words[i]; i++) {
        if (str_is(text, row->words[i])) {
            store_number(row, member, (int64_t)i);
            return;
        }
        at += (size_t)snprintf(known + at, sizeof(known) - at, "%s%s", i > 0 ? ", " : "",
                               row->words[i]);
        assert(at < sizeof(known));
    }
    complain(reader, "%s: '%.*s' is not one of %s", row->key, STR_ARG(text), known);
}

static void
set_text(struct config_reader *reader, const struct config_row *row, char *member, struct str text)
{
    const char *fault = row->fault ? row->fault(text) : NULL;
    const char *copy = arena_dup(reader->config->_arena, text).data;

    if (fault)
        complain(reader, "%s: '%.*s' %s", row->key, STR_ARG(text), fault);
    assert(copy);
    memcpy(member, &copy, sizeof(copy));
}

static void
set_value(struct config_reader *reader, const struct config_row *row, struct str text)
{
    char *member = (char *)reader->config + row->offset;

    switch (row->type) {
    case CONFIG_TEXT:
        set_text(reader, row, member, text);
        break;
    case CONFIG_BOOL:
        set_bool(reader, row, member, text);
        break;
    case CONFIG_NUMBER:
        set_number(reader, row, member, text);
        break;
    case CONFIG_ONE_OF:
        set_one_of(reader, row, member, text);
        break;
    }
}

/* ---- lines ---- */

/* Up to a # at the beginning or behind white space. */
static struct str
cut_comment(struct str line)
{
    for (ptrdiff_t at = 0; (at = str_find_char(line, '#', (size_t)at)) >= 0; at++) {
        if (at == 0 || line.data[at - 1] == ' ' || line.data[at - 1] == '\t')
            return str_slice(line, 0, (size_t)at);
    }
    return line;
}

static const struct config_row *
find_row(struct str key)
{
    for (size_t i = 0; i < CONFIG_TABLE_LEN; i++) {
        if (str_is(key, CONFIG_TABLE[i].key))
            return &CONFIG_TABLE[i];
    }
    return NULL;
}

static void
read_setting(struct config_reader *reader, struct str key, struct str value)
{
    const struct config_row *row = find_row(key);
    unsigned *set_on_line;

    if (!row) {
        complain(reader, "%.*s: no such key", STR_ARG(key));
        return;
    }
    set_on_line = &reader->set_on_line[row - CONFIG_TABLE];
    if (*set_on_line > 0) {
        complain(reader, "%s: set on line %u already", row->key, *set_on_line);
        return;
    }
    *set_on_line = reader->line;
    set_value(reader, row, value);
}

static void
read_line(struct config_reader *reader, struct str line)
{
    ptrdiff_t equals;

    line = str_trim(cut_comment(line));
    if (line.len == 0)
        return;
    equals = str_find_char(line, '=', 0);
    if (equals <= 0)
        complain(reader, "'%.*s' is not of the form key = value", STR_ARG(line));
    else
        read_setting(reader, str_trim(str_slice(line, 0, (size_t)equals)),
                     str_trim(str_slice(line, (size_t)equals + 1, line.len)));
}

/* What no key can know alone. */
static void
check_together(struct config_reader *reader)
{
    const struct config *config = reader->config;

    reader->line = 0;
    if ((config->certificate[0] == '\0') != (config->private_key[0] == '\0'))
        complain(reader, "certificate and private_key go together: set both or none");
    if (config->c2s_port == 0 && config->c2s_tls_port == 0)
        complain(reader, "c2s_port and c2s_tls_port are both off: nobody could connect");
    if (config->c2s_port != 0 && config->c2s_port == config->c2s_tls_port)
        complain(reader, "c2s_port and c2s_tls_port are the same");
}

/* ---- the whole ---- */

static struct config *
config_new(size_t text_bytes)
{
    struct config *config = memory_new(1, sizeof(*config));

    config->_arena = memory_new(1, sizeof(*config->_arena));
    arena_init(config->_arena, 2 * text_bytes + (size_t)64 * 1024);
    return config;
}

void
config_free(struct config *config)
{
    if (!config)
        return;
    arena_fini(config->_arena);
    free(config->_arena);
    free(config);
}

static void
set_defaults(struct config_reader *reader)
{
    for (size_t i = 0; i < CONFIG_TABLE_LEN; i++)
        set_value(reader, &CONFIG_TABLE[i], str_from(CONFIG_TABLE[i].default_value));
    assert(!reader->failed);
}

struct config *
config_parse(struct str text, const char *file, FILE *complaints, int *ret_error)
{
    struct config_reader reader = { .file = file, .complaints = complaints };
    struct str line;

    reader.config = config_new(text.len);
    set_defaults(&reader);
    if (str_starts_with(text, STR(BYTE_ORDER_MARK)))
        text = str_slice(text, strlen(BYTE_ORDER_MARK), text.len);
    for (reader.line = 1; str_split(&text, '\n', &line); reader.line++)
        read_line(&reader, line);
    check_together(&reader);
    if (!reader.failed)
        return reader.config;
    config_free(reader.config);
    *ret_error = E_USAGE;
    return NULL;
}

static int
read_file(const char *path, struct buffer *ret)
{
    char piece[4096];
    ssize_t got = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        while ((got = read(fd, piece, sizeof(piece))) > 0)
            buffer_append(ret, (struct str){ piece, (size_t)got });
        if (got == 0 && buffer_failed(ret)) {
            errno = EFBIG;
            got = -1;
        }
    }
    if (got < 0)
        (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return got < 0 ? E_USAGE : 0;
}

struct config *
config_read(const char *path, int *ret_error)
{
    struct config *config = NULL;
    struct buffer text;
    int r = 0;

    buffer_init(&text, FILE_MAX_BYTES);
    if (path)
        r = read_file(path, &text);
    if (r == 0)
        config = config_parse(buffer_str(&text), path ? path : "defaults", stderr, &r);
    buffer_fini(&text);
    if (!config)
        *ret_error = r;
    return config;
}

static bool
is_same(const struct config *a, const struct config *b, const struct config_row *row)
{
    const char *left = (const char *)a + row->offset;
    const char *right = (const char *)b + row->offset;
    const char *left_text, *right_text;

    if (row->type != CONFIG_TEXT)
        return memcmp(left, right, row->size) == 0;
    memcpy(&left_text, left, sizeof(left_text));
    memcpy(&right_text, right, sizeof(right_text));
    return strcmp(left_text, right_text) == 0;
}

void
config_compare(const struct config *old,
               const struct config *new,
               void (*changed)(void *context, const char *key, bool reloadable),
               void *context)
{
    for (size_t i = 0; i < CONFIG_TABLE_LEN; i++) {
        const struct config_row *row = &CONFIG_TABLE[i];

        if (!is_same(old, new, row))
            changed(context, row->key, row->reloadable);
    }
}
