#include "client/text.h"

char *
text_dup(struct str text)
{
    return g_strndup(text.data ? text.data : "", text.len);
}

char *
text_dup_or_null(struct str text)
{
    return text.len == 0 ? NULL : text_dup(text);
}

static gboolean
is_xml_character(gunichar c)
{
    if (c < 0x20)
        return c == '\t' || c == '\n' || c == '\r';
    return c != 0xFFFE && c != 0xFFFF;
}

char *
text_clean(const char *typed)
{
    if (typed == NULL)
        return NULL;
    g_autofree char *valid = g_utf8_make_valid(typed, -1);
    GString *clean = g_string_sized_new(strlen(valid));
    for (const char *at = valid; *at; at += g_utf8_skip[(guchar)*at]) {
        gunichar c = g_utf8_get_char(at);
        if (is_xml_character(c))
            g_string_append_unichar(clean, c);
    }
    g_strstrip(clean->str);
    if (clean->str[0] == '\0') {
        g_string_free(clean, TRUE);
        return NULL;
    }
    return g_string_free(clean, FALSE);
}

char *
text_preview(const char *body, glong characters)
{
    g_autofree char *line = g_strndup(body, strcspn(body, "\r\n"));
    if (g_utf8_strlen(line, -1) <= characters)
        return g_steal_pointer(&line);
    g_autofree char *cut = g_utf8_substring(line, 0, characters - 1);
    return g_strconcat(cut, "…", NULL);
}

/* ---- what others wrote inside our sentences ---- */

/* A pair that sets the text apart, and before it a mark that keeps the line ours: Pango takes the
 * direction of a line from its first letter, also from one that is set apart. Our sentences run
 * from left to right. */
#define ISOLATE_FROM "\u200E\u2068"
#define ISOLATE_TO   "\u2069"

/* UAX #9 2.1, 2.2, 2.4: embeddings, overrides, isolates and what ends them. */
static gboolean
is_bidi_control(gunichar c)
{
    return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

/* The blocks that Unicode keeps for such letters, and the marks that act as one. */
static gboolean
runs_right_to_left(gunichar c)
{
    return (c >= 0x0590 && c <= 0x08FF) || c == 0x200F || (c >= 0xFB1D && c <= 0xFDFF) ||
           (c >= 0xFE70 && c <= 0xFEFE) || (c >= 0x10800 && c <= 0x10FFF) ||
           (c >= 0x1E800 && c <= 0x1EFFF);
}

char *
text_isolate(const char *text)
{
    gboolean harmless = TRUE;
    GString *apart = g_string_new(ISOLATE_FROM);
    for (const char *at = text; *at; at += g_utf8_skip[(guchar)*at]) {
        gunichar c = g_utf8_get_char(at);
        harmless = harmless && !is_bidi_control(c) && !runs_right_to_left(c);
        /* A paragraph separator ends what it stands in. */
        if (!is_bidi_control(c))
            g_string_append_unichar(apart, c == '\n' || c == 0x2029 ? ' ' : c);
    }
    g_string_append(apart, ISOLATE_TO);
    if (!harmless)
        return g_string_free(apart, FALSE);
    g_string_free(apart, TRUE);
    return g_strdup(text);
}

/* ---- nicknames ---- */

static gboolean
is_word_character(gunichar c)
{
    return g_unichar_isalnum(c) || g_unichar_ismark(c) || c == '_';
}

static gboolean
stands_alone(const char *text, const char *from, size_t len)
{
    if (from > text && is_word_character(g_utf8_get_char(g_utf8_prev_char(from))))
        return FALSE;
    return !is_word_character(g_utf8_get_char(from + len));
}

gboolean
text_mentions(const char *body, const char *nickname)
{
    if (body == NULL || nickname == NULL || nickname[0] == '\0')
        return FALSE;
    g_autofree char *text = g_utf8_casefold(body, -1);
    g_autofree char *name = g_utf8_casefold(nickname, -1);
    size_t len = strlen(name);
    for (const char *at = strstr(text, name); at; at = strstr(at + 1, name)) {
        if (stands_alone(text, at, len))
            return TRUE;
    }
    return FALSE;
}

char *
text_next_nickname(const char *nickname)
{
    size_t stem = strlen(nickname);
    while (stem > 0 && g_ascii_isdigit(nickname[stem - 1]))
        stem--;
    guint64 number = g_ascii_strtoull(nickname + stem, NULL, 10);
    if (stem == 0 || number == 0 || number > 9998)
        return g_strconcat(nickname, "2", NULL);
    return g_strdup_printf("%.*s%" G_GUINT64_FORMAT, (int)stem, nickname, number + 1);
}
