/* config_sample.c - prints the table as a commented configuration file. */
#include "base/buffer.h"
#include "server/core/config_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum {
    SAMPLE_MAX_BYTES = 64 * 1024
};

static void
put_help(struct buffer *out, const char *help)
{
    struct str rest = str_from(help);
    struct str line;

    while (str_split(&rest, '\n', &line))
        buffer_printf(out, "# %.*s\n", STR_ARG(line));
}

/* 262144 is 256k where bytes are meant. */
static void
put_number(struct buffer *out, int64_t value, const char *unit)
{
    bool is_bytes = unit && strcmp(unit, "bytes") == 0 && value > 0;

    if (is_bytes && value % (1 << 30) == 0)
        buffer_printf(out, "%" PRId64 "G", value >> 30);
    else if (is_bytes && value % (1 << 20) == 0)
        buffer_printf(out, "%" PRId64 "M", value >> 20);
    else if (is_bytes && value % (1 << 10) == 0)
        buffer_printf(out, "%" PRId64 "k", value >> 10);
    else
        buffer_printf(out, "%" PRId64, value);
}

static void
put_range(struct buffer *out, const struct config_row *row)
{
    put_number(out, row->min, row->unit);
    buffer_append(out, STR(" to "));
    put_number(out, row->max, row->unit);
    if (row->unit)
        buffer_printf(out, " %s", row->unit);
}

static void
put_words(struct buffer *out, const char *const *words)
{
    for (size_t i = 0; words[i]; i++)
        buffer_printf(out, "%s%s", i > 0 ? " | " : "", words[i]);
}

/* What may stand there: "(1 to 3600 seconds)". */
static void
put_values(struct buffer *out, const struct config_row *row)
{
    if (row->type == CONFIG_TEXT && !row->reloadable)
        return;
    buffer_append(out, STR("# ("));
    if (row->type == CONFIG_BOOL)
        buffer_append(out, STR("yes | no"));
    else if (row->type == CONFIG_NUMBER)
        put_range(out, row);
    else if (row->type == CONFIG_ONE_OF)
        put_words(out, row->words);
    if (row->reloadable)
        buffer_printf(out, "%sSIGHUP is enough to change it", row->type == CONFIG_TEXT ? "" : "; ");
    buffer_append(out, STR(")\n"));
}

static void
put_row(struct buffer *out, const struct config_row *row)
{
    if (row->section)
        buffer_printf(out, "\n# ---- %s ----\n", row->section);
    buffer_append_char(out, '\n');
    put_help(out, row->help);
    put_values(out, row);
    buffer_printf(out, "#%s =%s%s\n", row->key, row->default_value[0] ? " " : "",
                  row->default_value);
}

void
config_print_sample(int fd)
{
    struct buffer out;
    struct str rest;

    buffer_init(&out, SAMPLE_MAX_BYTES);
    buffer_append(&out, STR("# jackdaw.conf - the configuration of jackdawd.\n"
                            "#\n"
                            "# One `key = value` a line. Every key is here with its default: take\n"
                            "# the # away to change one. jackdawd --check --config FILE names\n"
                            "# every mistake with its line.\n"));
    for (size_t i = 0; i < CONFIG_TABLE_LEN; i++)
        put_row(&out, &CONFIG_TABLE[i]);
    rest = buffer_str(&out);
    while (rest.len > 0) {
        ssize_t written = write(fd, rest.data, rest.len);

        if (written < 0)
            break; /* a reader that went away needs no sample */
        rest = str_slice(rest, (size_t)written, rest.len);
    }
    buffer_fini(&out);
}
