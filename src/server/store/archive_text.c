/* archive_text.c - see archive_text.h. */
#include "server/store/archive_text.h"

#include "base/error.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"
#include "xmpp/xml_writer.h"

enum {
    PARSED_MAX = 32 * 1024 * 1024,
    WORDS_MAX = 32
};

#define CLOSING STR("</message>")

static bool
stands_in(const struct element *message)
{
    const struct element *fallback = element_child(message, NS_FALLBACK, STR("fallback"));

    /* XEP-0428 2.2: without a <body/> that says which part, it is all of it. */
    return fallback && !element_child(fallback, NS_FALLBACK, STR("body"));
}

int
archive_text_body(struct arena *arena, struct str xml, struct str *ret_body)
{
    struct element *message;
    int r = xml_parse(arena, xml, NS_CLIENT, &message);

    if (r < 0)
        return r == E_FULL ? E_FULL : E_FORMAT;
    *ret_body = STR_EMPTY;
    if (!stands_in(message))
        *ret_body = element_child_text(arena, message, NS_CLIENT, STR("body"));
    return 0;
}

int
archive_text_bury(struct str xml, struct str tombstone, struct buffer *out)
{
    struct element *message, *grave, *author;
    struct arena arena;
    int r;

    arena_init(&arena, PARSED_MAX);
    r = xml_parse(&arena, xml, NS_CLIENT, &message);
    if (r == 0) {
        grave = element_dup_shallow(&arena, message, NULL);
        author = element_child(message, NS_OCCUPANT_ID, STR("occupant-id"));
        if (author)
            (void)element_dup_shallow(&arena, author, grave);
        /* An empty text, so that there is a closing tag to put the tombstone in front of. */
        element_add_text(&arena, grave, STR(" "));
        r = arena_is_full(&arena) ? E_FULL : 0;
    }
    if (r == 0) {
        struct buffer text;

        buffer_init(&text, xml.len + 1024);
        xml_write(&text, grave, NS_CLIENT);
        if (!buffer_failed(&text)) {
            struct str whole = buffer_str(&text);

            buffer_append(out, str_slice(whole, 0, whole.len - CLOSING.len - 1));
            buffer_append(out, tombstone);
            buffer_append(out, CLOSING);
        }
        r = buffer_failed(&text) || buffer_failed(out) ? E_FULL : 0;
        buffer_fini(&text);
    }
    arena_fini(&arena);
    return r;
}

/* Behind the opening tag: in attributes ">" is escaped. */
static struct str
contents(struct str xml)
{
    ptrdiff_t end = str_find_char(xml, '>', 0);

    return end < 0 ? STR_EMPTY : str_slice(xml, (size_t)end + 1, xml.len);
}

bool
archive_text_same(struct str one, struct str other)
{
    return str_equal(contents(one), contents(other)) && contents(one).len > 0;
}

static void
put_word(struct buffer *out, struct str word)
{
    buffer_append_char(out, '"');
    for (size_t i = 0; i < word.len; i++) {
        if (word.data[i] == '"')
            buffer_append_char(out, '"');
        buffer_append_char(out, word.data[i]);
    }
    buffer_append_char(out, '"');
}

void
archive_text_match(struct buffer *out, struct str scope, struct str words)
{
    size_t count = 0, at = 0;

    buffer_append(out, STR("{scope} : "));
    put_word(out, scope);
    while (at < words.len && count < WORDS_MAX) {
        size_t end = at;

        while (end < words.len && (unsigned char)words.data[end] > ' ')
            end++;
        if (end > at) {
            buffer_append(out, STR(" AND {body} : "));
            put_word(out, str_slice(words, at, end));
            count++;
        }
        at = end + 1;
    }
}
