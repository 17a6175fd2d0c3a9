/* log_line.c - see log_line.h. */
#include "base/log_line.h"

#include "base/clock.h"
#include "base/error.h"

#include <assert.h>
#include <time.h>

/* A byte grows to six at most (\u001b), so these fit into LOG_LINE_MAX with room to spare. */
enum {
    TEXT_MAX = 4096,
    SCOPES_MAX = 8
};

struct level_look {
    const char *name;
    const char *colour;
};

static const struct level_look levels[] = {
    [LOG_DEBUG] = { "debug", "\033[2m" },      [LOG_INFO] = { "info", "\033[32m" },
    [LOG_NOTICE] = { "notice", "\033[1;36m" }, [LOG_WARNING] = { "warning", "\033[1;33m" },
    [LOG_ERROR] = { "error", "\033[1;31m" },
};

const char *
log_level_name(enum log_level level)
{
    assert((size_t)level < ARRAY_LEN(levels));
    return levels[level].name;
}

int
log_level_parse(struct str text, enum log_level *ret_level)
{
    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        if (str_is(text, levels[i].name)) {
            *ret_level = (enum log_level)i;
            return 0;
        }
    }
    return E_FORMAT;
}

/* Characters that move the cursor, end the line or turn the reading direction: never as they are.
 * C0, DEL and C1; LRM and RLM; line and paragraph separator and the bidirectional controls. */
static bool
is_unsafe(uint32_t code_point)
{
    return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0) ||
           (code_point >= 0x200E && code_point <= 0x200F) ||
           (code_point >= 0x2028 && code_point <= 0x202E) ||
           (code_point >= 0x2066 && code_point <= 0x2069);
}

/* The letter behind the backslash in the short escapes that C and JSON share, or 0. */
static char
short_escape(uint32_t code_point)
{
    switch (code_point) {
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    case '\\':
        return '\\';
    default:
        return 0;
    }
}

static void
append_code_point(struct buffer *out, struct str bytes, uint32_t code_point, enum log_format format)
{
    char letter = short_escape(code_point);

    if (letter)
        buffer_printf(out, "\\%c", letter);
    else if (code_point == '"' && format == LOG_JSON)
        buffer_append(out, STR("\\\""));
    else if (!is_unsafe(code_point))
        buffer_append(out, bytes);
    else if (code_point < 0x80 && format == LOG_TEXT)
        buffer_printf(out, "\\x%02x", code_point);
    else
        buffer_printf(out, "\\u%04x", code_point);
}

static void
append_malformed(struct buffer *out, char byte, enum log_format format)
{
    if (format == LOG_TEXT)
        buffer_printf(out, "\\x%02x", (unsigned char)byte);
    else
        buffer_append(out, STR("\\ufffd"));
}

/* How many bytes at the front can be written as they are. */
static size_t
count_plain(struct str text)
{
    size_t count = 0;

    while (count < text.len && text.data[count] >= ' ' && text.data[count] < 0x7F &&
           text.data[count] != '\\' && text.data[count] != '"')
        count++;
    return count;
}

static void
append_escaped(struct buffer *out, struct str text, enum log_format format)
{
    size_t budget = TEXT_MAX;

    while (text.len > 0 && budget > 0) {
        size_t len = count_plain(str_slice(text, 0, budget));
        uint32_t code_point;

        if (len > 0) {
            buffer_append(out, str_slice(text, 0, len));
        } else if ((len = str_utf8_next(text, &code_point)) > 0) {
            append_code_point(out, str_slice(text, 0, len), code_point, format);
        } else {
            append_malformed(out, text.data[0], format);
            len = 1;
        }
        text = str_slice(text, len, text.len);
        budget -= len < budget ? len : budget;
    }
    if (text.len > 0)
        buffer_append(out, STR("..."));
}

/* The chain from the outermost (root left out) to `log` itself; returns how many. Of a chain that
 * is too long, the outermost are left out. */
static size_t
collect_scopes(const struct log *log, const struct log *ret_scopes[SCOPES_MAX])
{
    size_t count = 0;

    for (; log && log->parent && count < SCOPES_MAX; log = log->parent)
        ret_scopes[count++] = log;
    for (size_t i = 0; i < count / 2; i++) {
        const struct log *scope = ret_scopes[i];

        ret_scopes[i] = ret_scopes[count - 1 - i];
        ret_scopes[count - 1 - i] = scope;
    }
    return count;
}

static void
append_local_time(struct buffer *out, int64_t wall_us)
{
    time_t seconds = (time_t)(wall_us / 1000000);
    struct tm local = { 0 };

    (void)localtime_r(&seconds, &local);
    buffer_printf(out, "%02d:%02d:%02d.%03d", local.tm_hour, local.tm_min, local.tm_sec,
                  (int)(wall_us % 1000000 / 1000));
}

void
log_line_text(struct buffer *out, const struct log_line *line, bool colour)
{
    const struct log *scopes[SCOPES_MAX];
    size_t count = collect_scopes(line->log, scopes);

    append_local_time(out, line->wall_us);
    if (colour)
        buffer_printf(out, " %s%-7s\033[0m ", levels[line->level].colour, levels[line->level].name);
    else
        buffer_printf(out, " %-7s ", levels[line->level].name);
    for (size_t i = 0; i < count; i++) {
        buffer_append(out, str_from(scopes[i]->name));
        if (scopes[i]->number)
            buffer_printf(out, " %llu", (unsigned long long)scopes[i]->number);
        buffer_append(out, i + 1 < count ? STR(" > ") : STR(": "));
    }
    buffer_printf(out, "%s: ", line->event);
    append_escaped(out, line->text, LOG_TEXT);
    buffer_append_char(out, '\n');
}

void
log_line_json(struct buffer *out, const struct log_line *line)
{
    const struct log *scopes[SCOPES_MAX];
    size_t count = collect_scopes(line->log, scopes);
    char time[CLOCK_TEXT_BYTES];

    clock_format(line->wall_us, time);
    buffer_printf(out, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"", time,
                  levels[line->level].name, line->event);
    for (size_t i = 0; i < count; i++)
        buffer_printf(out, ",\"%s\":%llu", scopes[i]->name, (unsigned long long)scopes[i]->number);
    buffer_append(out, STR(",\"text\":\""));
    append_escaped(out, line->text, LOG_JSON);
    buffer_append(out, STR("\"}\n"));
}
