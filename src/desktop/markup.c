#include "desktop/markup.h"

#include <string.h>

#define EMOJI_MAX 3

/* Pango's search for line breaks takes far more than linear time inside one word. */
#define WORD_SHOWN_MAX   80
#define WORD_REST_MAX    20 /* pieces of what is left of it, so that lines end evenly */
#define ZERO_WIDTH_SPACE "\u200b"

/* Laying out more than this takes longer than a frame. In bytes. */
#define BODY_SHOWN_MAX  8000
#define LINES_SHOWN_MAX 120

/* A text view lays out paragraph by paragraph, each at once. In bytes. */
#define PARAGRAPH_MAX       2000
#define PARAGRAPH_SEPARATOR "\u2029"

/* A stretch that is shown in one way, not yet written. */
struct piece {
    const char *start;
    const char *end;
};

static void
append_escaped(GString *out, const char *start, const char *end)
{
    g_autofree char *escaped = g_markup_escape_text(start, end - start);
    g_string_append(out, escaped);
}

static void
append_plain(GString *out, const char *start, const char *end)
{
    g_string_append_len(out, start, end - start);
}

/* Text to be seen: a very long word may be broken inside. */
static void
append_breakable(GString *out,
                 const char *start,
                 const char *end,
                 void (*append)(GString *out, const char *start, const char *end))
{
    const char *written = start;
    int word = 0;

    for (const char *at = start; at < end; at += g_utf8_skip[(guchar)*at]) {
        word = g_ascii_isspace(*at) ? 0 : word + 1;
        if (word <= WORD_SHOWN_MAX)
            continue;
        append(out, written, at);
        g_string_append(out, ZERO_WIDTH_SPACE);
        written = at;
        word = WORD_SHOWN_MAX + 1 - WORD_REST_MAX;
    }
    append(out, written, end);
}

static void
append_text(GString *out, const char *start, const char *end)
{
    append_breakable(out, start, end, append_escaped);
}

/* ---- links ---- */

static gboolean
starts_link(const char *at, const char *end)
{
    static const char *const schemes[] = { "https://", "http://", "xmpp:", "mailto:" };
    for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++) {
        gsize len = strlen(schemes[i]);
        if ((gsize)(end - at) > len && g_ascii_strncasecmp(at, schemes[i], len) == 0)
            return !g_ascii_isspace(at[len]);
    }
    return FALSE;
}

static gboolean
ends_link(char c)
{
    return g_ascii_isspace(c) || g_ascii_iscntrl(c) || strchr("<>\"`|\\", c) != NULL;
}

/* Where the link that begins at `at` is over. A full stop or a bracket after it is none of it,
 * unless the bracket was opened inside. */
static const char *
link_end(const char *at, const char *end)
{
    const char *stop = at;
    int open = 0;
    for (; stop < end && !ends_link(*stop); stop++) {
        if (*stop == '(')
            open++;
        else if (*stop == ')' && --open < 0)
            break;
    }
    while (stop > at && strchr(".,;:!?'*_~", stop[-1]))
        stop--;
    return stop;
}

static void
append_link(GString *out, struct piece link)
{
    g_string_append(out, "<a href=\"");
    append_escaped(out, link.start, link.end);
    g_string_append(out, "\">");
    append_text(out, link.start, link.end);
    g_string_append(out, "</a>");
}

/* ---- styling ---- */

static const char *
tag_for_mark(char mark)
{
    switch (mark) {
    case '*':
        return "b";
    case '_':
        return "i";
    case '~':
        return "s";
    case '`':
        return "tt";
    default:
        return NULL;
    }
}

static gboolean
is_boundary(const char *start, const char *at)
{
    return at == start || g_ascii_isspace(at[-1]) || strchr("(\"'*_~", at[-1]) != NULL;
}

/* XEP-0393 6.2: an opening mark is not followed by white space, the closing one not preceded by
 * it, both on one line, with something between. NULL when it opens nothing. */
static const char *
closing_mark(const char *start, const char *at, const char *end)
{
    if (tag_for_mark(*at) == NULL || !is_boundary(start, at) || at + 1 >= end ||
        g_ascii_isspace(at[1]))
        return NULL;
    for (const char *close = at + 1; close < end && *close != '\n'; close++) {
        if (*close != *at)
            continue;
        gboolean word_goes_on = close + 1 < end && g_ascii_isalnum(close[1]);
        if (close > at + 1 && !g_ascii_isspace(close[-1]) && !word_goes_on)
            return close;
        if (close == at + 1)
            return NULL;
    }
    return NULL;
}

/* A line full of marks without partners would be searched again for each of them. */
#define SEARCHES_MAX 64

/* Links and the letters between them. */
static void
append_words(GString *out, struct piece words)
{
    const char *plain = words.start;
    for (const char *at = words.start; at < words.end; at++) {
        gboolean at_word = at == words.start || !g_ascii_isalnum(at[-1]);
        if (!at_word || !starts_link(at, words.end))
            continue;
        const char *stop = link_end(at, words.end);
        append_text(out, plain, at);
        append_link(out, (struct piece){ at, stop });
        plain = stop;
        at = stop - 1;
    }
    append_text(out, plain, words.end);
}

static void
append_span(GString *out, struct piece span)
{
    const char *tag = tag_for_mark(*span.start);
    struct piece inside = { span.start + 1, span.end - 1 };

    g_string_append_printf(out, "<span alpha=\"45%%\">%c</span><%s>", *span.start, tag);
    if (*span.start == '`')
        append_text(out, inside.start, inside.end);
    else
        append_words(out, inside);
    g_string_append_printf(out, "</%s><span alpha=\"45%%\">%c</span>", tag, *span.start);
}

/* Where what is shown of `body` ends: all of it, or at a character not far past the maximum. */
static const char *
shown_end(const char *body)
{
    int lines = 1;
    const char *end = body;

    while (*end && end < body + BODY_SHOWN_MAX) {
        if (*end == '\n' && ++lines > LINES_SHOWN_MAX)
            break;
        end += g_utf8_skip[(guchar)*end];
    }
    return end;
}

gboolean
markup_is_cut(const char *body)
{
    return *shown_end(body) != '\0';
}

char *
markup_dup_shown(const char *body)
{
    const char *end = shown_end(body);
    return *end == '\0' ? g_strdup(body) : g_strdup_printf("%.*s…", (int)(end - body), body);
}

/* Where a paragraph that would begin at `start` ends: at its line break, or before it grows too
 * long, if possible between words. */
static const char *
paragraph_end(const char *start)
{
    const char *space = NULL;
    const char *at = start;
    for (; *at && *at != '\n' && at - start < PARAGRAPH_MAX; at += g_utf8_skip[(guchar)*at]) {
        if (*at == ' ')
            space = at + 1;
    }
    gboolean too_long = *at && *at != '\n';
    return too_long && space && space - start > PARAGRAPH_MAX / 2 ? space : at;
}

char *
markup_in_paragraphs(const char *body)
{
    GString *out = g_string_sized_new(strlen(body) + 64);
    const char *at = body;
    while (*at) {
        const char *end = paragraph_end(at);
        append_breakable(out, at, end, append_plain);
        if (*end == '\n')
            g_string_append_c(out, *end++);
        else if (*end)
            g_string_append(out, PARAGRAPH_SEPARATOR);
        at = end;
    }
    return g_string_free(out, FALSE);
}

char *
markup_without_breaks(const char *shown)
{
    GString *out = g_string_sized_new(strlen(shown));
    for (const char *at = shown; *at;) {
        gsize divider = 0;
        if (g_str_has_prefix(at, PARAGRAPH_SEPARATOR))
            divider = strlen(PARAGRAPH_SEPARATOR);
        else if (g_str_has_prefix(at, ZERO_WIDTH_SPACE))
            divider = strlen(ZERO_WIDTH_SPACE);
        else
            g_string_append_c(out, *at);
        at += divider > 0 ? divider : 1;
    }
    return g_string_free(out, FALSE);
}

char *
markup_from_body(const char *body)
{
    const char *end = shown_end(body);
    GString *out = g_string_sized_new((gsize)(end - body) + 32);
    const char *plain = body;
    int searches = 0;

    for (const char *at = body; at < end; at++) {
        gboolean at_word = at == body || !g_ascii_isalnum(at[-1]);
        if (at_word && starts_link(at, end)) {
            at = link_end(at, end) - 1;
            continue;
        }
        if (tag_for_mark(*at) == NULL || searches >= SEARCHES_MAX)
            continue;
        const char *close = closing_mark(body, at, end);
        searches++;
        if (close == NULL)
            continue;
        append_words(out, (struct piece){ plain, at });
        append_span(out, (struct piece){ at, close + 1 });
        plain = close + 1;
        at = close;
    }
    append_words(out, (struct piece){ plain, end });
    if (*end != '\0')
        g_string_append(out, "<span alpha=\"55%\">…</span>");
    return g_string_free(out, FALSE);
}

/* ---- emoji ---- */

static gboolean
is_picture(gunichar c)
{
    return (c >= 0x1F000 && c <= 0x1FAFF && !(c >= 0x1F3FB && c <= 0x1F3FF)) ||
           (c >= 0x2600 && c <= 0x27BF) || (c >= 0x2B00 && c <= 0x2BFF) ||
           (c >= 0x2190 && c <= 0x21FF) || (c >= 0x2300 && c <= 0x23FF) ||
           (c >= 0x25A0 && c <= 0x25FF) || c == 0x2934 || c == 0x2935 || c == 0x203C || c == 0x2049;
}

/* Skin tones, variation selector 16, joiner, tags of flags. */
static gboolean
is_modifier(gunichar c)
{
    return (c >= 0x1F3FB && c <= 0x1F3FF) || c == 0xFE0F || c == 0x200D ||
           (c >= 0xE0020 && c <= 0xE007F);
}

gboolean
markup_is_emoji_only(const char *body)
{
    int pictures = 0;
    int flag_halves = 0;
    gboolean joined = FALSE;

    for (const char *at = body; *at; at += g_utf8_skip[(guchar)*at]) {
        gunichar c = g_utf8_get_char(at);
        if (c >= 0x1F1E6 && c <= 0x1F1FF)
            flag_halves++;
        else if (is_picture(c))
            pictures += joined ? 0 : 1;
        else if (!is_modifier(c) && c != ' ')
            return FALSE;
        joined = c == 0x200D;
    }
    int shown = pictures + (flag_halves + 1) / 2;
    return shown >= 1 && shown <= EMOJI_MAX;
}
