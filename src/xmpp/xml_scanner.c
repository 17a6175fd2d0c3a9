/* xml_scanner.c - see xml_scanner.h */
#include "xmpp/xml_scanner.h"

#include "base/error.h"

#include <assert.h>

/* "&#x10FFFF;" without the ampersand, and some leading zeros. */
enum {
    REFERENCE_MAX = 16
};

/* The steps return 0 to go on, an enum xml_scan at the end of a piece, or an error. */

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void
xml_scanner_init(struct xml_scanner *scanner)
{
    *scanner = (struct xml_scanner){ .state = SCAN_FIRST };
}

bool
xml_scanner_is_outside(const struct xml_scanner *scanner)
{
    return scanner->state == SCAN_OUTSIDE || scanner->state == SCAN_FIRST ||
           scanner->state == SCAN_ENDED;
}

size_t
xml_scan_void(struct xml_scanner *scanner, struct str bytes)
{
    size_t at = 0;
    if (scanner->state == SCAN_ENDED)
        return bytes.len;
    if (!xml_scanner_is_outside(scanner))
        return 0;
    while (at < bytes.len && is_space(bytes.data[at]))
        at++;
    /* An XML declaration has to be the very first thing (XML 1.0 2.8). */
    if (at > 0)
        scanner->state = SCAN_OUTSIDE;
    return at;
}

/* Text where only stanzas may stand, or something that never was XMPP. */
static int
refuse_outside(const struct xml_scanner *scanner, char c)
{
    if (scanner->depth > 0)
        return E_FORMAT;
    /* The first byte of UTF-16, with or without byte order mark (RFC 6120 11.6). */
    if (scanner->state == SCAN_FIRST && (c == '\xFE' || c == '\xFF' || c == '\0'))
        return E_XML_ENCODING;
    return E_XML_SYNTAX;
}

static int
begin_piece(struct xml_scanner *scanner, char c)
{
    if (c != '<')
        return refuse_outside(scanner, c);
    scanner->elements = 0;
    scanner->matched = scanner->state == SCAN_FIRST ? 1 : 0;
    scanner->state = SCAN_MARKUP;
    return 0;
}

static int
step_declaration(struct xml_scanner *scanner, char c)
{
    static const char start[] = "<?xml";
    if (scanner->matched < sizeof(start) - 1) {
        if (c != start[scanner->matched])
            return E_XML_RESTRICTED;
        scanner->matched++;
    } else if (c == '>' && scanner->last == '?') {
        scanner->state = SCAN_OUTSIDE;
        return XML_SCAN_DECLARED;
    } else if (c == '<') {
        return E_XML_SYNTAX;
    }
    return 0;
}

static int
step_text(struct xml_scanner *scanner, char c)
{
    scanner->run_bytes = 0;
    if (c == '<') {
        scanner->state = SCAN_MARKUP;
        scanner->matched = 0;
    } else if (c == '&') {
        scanner->state = SCAN_REFERENCE;
    }
    return 0;
}

static int
step_reference(struct xml_scanner *scanner, char c)
{
    if (c == ';') {
        scanner->state = SCAN_TEXT;
        return 0;
    }
    if (c == '<' || c == '&' || is_space(c))
        return E_XML_SYNTAX;
    /* Longer than any of the five and any character: an entity of a DTD. */
    return ++scanner->run_bytes > REFERENCE_MAX ? E_XML_RESTRICTED : 0;
}

static int step_tag(struct xml_scanner *scanner, char c);

static int
step_markup(struct xml_scanner *scanner, char c)
{
    const bool may_declare = scanner->matched == 1;
    scanner->matched = 0;
    scanner->closing = c == '/';
    scanner->declares = false;
    scanner->run_bytes = scanner->attributes = 0;
    switch (c) {
    case '?':
        if (!may_declare)
            return E_XML_RESTRICTED;
        scanner->state = SCAN_DECLARATION;
        scanner->matched = 2;
        return 0;
    case '!':
        scanner->state = SCAN_BANG;
        return 0;
    case '/':
        scanner->state = SCAN_TAG;
        return scanner->depth == 0 ? E_XML_SYNTAX : 0;
    default:
        scanner->state = SCAN_TAG;
        return step_tag(scanner, c);
    }
}

/* The only thing with <! that is not a comment or part of a DTD. */
static int
step_bang(struct xml_scanner *scanner, char c)
{
    static const char start[] = "[CDATA[";
    if (c != start[scanner->matched])
        return scanner->matched == 0 ? E_XML_RESTRICTED : E_XML_SYNTAX;
    if (scanner->depth <= 1)
        return scanner->depth == 1 ? E_FORMAT : E_XML_SYNTAX;
    if (++scanner->matched == sizeof(start) - 1) {
        scanner->state = SCAN_CDATA;
        scanner->matched = 0;
    }
    return 0;
}

static int
step_cdata(struct xml_scanner *scanner, char c)
{
    if (c == ']') {
        if (scanner->matched < 2)
            scanner->matched++;
    } else {
        if (c == '>' && scanner->matched == 2)
            scanner->state = SCAN_TEXT;
        scanner->matched = 0;
    }
    return 0;
}

/* The end of a piece when `depth` elements are left open behind the tag. */
static int
end_of_tag(struct xml_scanner *scanner)
{
    scanner->state = scanner->depth > 1 ? SCAN_TEXT : SCAN_OUTSIDE;
    if (scanner->depth == 1)
        return XML_SCAN_STANZA;
    if (scanner->depth == 0) {
        scanner->state = SCAN_ENDED;
        return XML_SCAN_STREAM_END;
    }
    return 0;
}

static int
finish_tag(struct xml_scanner *scanner)
{
    if (scanner->closing) {
        scanner->depth--;
        return end_of_tag(scanner);
    }
    /* The stanza's outermost element has one element, the stream, around it. */
    if (++scanner->elements > scanner->limits.elements ||
        (scanner->depth > 0 && scanner->depth > scanner->limits.depth))
        return E_LIMIT;
    if (scanner->last == '/') {
        /* A stream that ends with its header was never one. */
        return scanner->depth == 0 ? E_XML_SYNTAX : end_of_tag(scanner);
    }
    scanner->state = SCAN_TEXT;
    if (scanner->depth++ > 0)
        return 0;
    scanner->state = SCAN_OUTSIDE;
    return XML_SCAN_HEADER;
}

/* A character of a name; takes note of names that begin with "xmlns". */
static int
step_name(struct xml_scanner *scanner, char c)
{
    static const char xmlns[] = "xmlns";
    if (scanner->run_bytes == 0)
        scanner->matched = 0;
    if (scanner->run_bytes < sizeof(xmlns) - 1 && scanner->matched == scanner->run_bytes &&
        c == xmlns[scanner->run_bytes]) {
        scanner->matched++;
        scanner->declares = scanner->matched == sizeof(xmlns) - 1;
    }
    return ++scanner->run_bytes > scanner->limits.name_bytes ? E_LIMIT : 0;
}

static int
step_tag(struct xml_scanner *scanner, char c)
{
    if (c == '>')
        return finish_tag(scanner);
    switch (c) {
    case '<':
        return E_XML_SYNTAX;
    case '\'':
    case '"':
        scanner->state = SCAN_VALUE;
        scanner->quote = c;
        scanner->run_bytes = 0;
        return ++scanner->attributes > scanner->limits.attributes ? E_LIMIT : 0;
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case '=':
    case '/':
        scanner->run_bytes = 0;
        return 0;
    default:
        return step_name(scanner, c);
    }
}

/* Long namespace names are held to the limit of names: expat puts them in front of every name that
 * uses them, so that few bytes could make much work. */
static int
step_value(struct xml_scanner *scanner, char c)
{
    if (c == '<')
        return E_XML_SYNTAX;
    if (c == scanner->quote) {
        scanner->state = SCAN_TAG;
        scanner->run_bytes = 0;
        scanner->declares = false;
        return 0;
    }
    if (scanner->declares && ++scanner->run_bytes > scanner->limits.name_bytes)
        return E_LIMIT;
    return 0;
}

static int
step(struct xml_scanner *scanner, char c)
{
    switch (scanner->state) {
    case SCAN_FIRST:
    case SCAN_OUTSIDE:
        return begin_piece(scanner, c);
    case SCAN_DECLARATION:
        return step_declaration(scanner, c);
    case SCAN_TEXT:
        return step_text(scanner, c);
    case SCAN_REFERENCE:
        return step_reference(scanner, c);
    case SCAN_MARKUP:
        return step_markup(scanner, c);
    case SCAN_TAG:
        return step_tag(scanner, c);
    case SCAN_VALUE:
        return step_value(scanner, c);
    case SCAN_BANG:
        return step_bang(scanner, c);
    case SCAN_CDATA:
        return step_cdata(scanner, c);
    case SCAN_ENDED:
        break;
    }
    return E_XML_SYNTAX;
}

/* How many of the bytes change nothing in this state: long stretches need no steps. */
static size_t
plain_run(const struct xml_scanner *scanner, const char *bytes, size_t len)
{
    size_t run = 0;
    if (scanner->state == SCAN_TEXT)
        while (run < len && bytes[run] != '<' && bytes[run] != '&')
            run++;
    else if (scanner->state == SCAN_VALUE && !scanner->declares)
        while (run < len && bytes[run] != scanner->quote && bytes[run] != '<')
            run++;
    return run;
}

/* In these states expat can take everything up to here. */
static bool
is_between_tokens(const struct xml_scanner *scanner)
{
    return scanner->state == SCAN_TEXT || scanner->state == SCAN_CDATA ||
           xml_scanner_is_outside(scanner);
}

int
xml_scan(struct xml_scanner *scanner,
         const struct xml_limits *limits,
         struct str bytes,
         size_t *ret_used,
         size_t *ret_whole)
{
    size_t at = 0;
    assert(scanner->state != SCAN_ENDED || bytes.len == 0);
    *ret_used = *ret_whole = 0;
    if (xml_scanner_is_outside(scanner) && bytes.len > 0) {
        scanner->limits = *limits;
        scanner->piece_bytes = 0;
    }
    while (at < bytes.len) {
        /* Not one byte past the limit is looked at. */
        const size_t allowed = scanner->limits.stanza_bytes - scanner->piece_bytes;
        if (allowed == 0)
            return E_TOO_BIG;
        const size_t left = bytes.len - at;
        size_t run = plain_run(scanner, bytes.data + at, left < allowed ? left : allowed);
        int result = 0;
        if (run == 0) {
            run = 1;
            result = step(scanner, bytes.data[at]);
            scanner->last = bytes.data[at];
        }
        scanner->piece_bytes += run;
        at += run;
        if (result < 0)
            return result;
        *ret_used = at;
        if (is_between_tokens(scanner))
            *ret_whole = at;
        if (result > 0)
            return result;
    }
    return XML_SCAN_MORE;
}
