/* xml_reader.c - see xml_reader.h
 *
 * The scanner says how far whole tokens reach and where a piece (the declaration, the header, a
 * stanza, the end) is complete; up to there the builder gets the bytes. What is left of a token
 * that is not complete waits here. */
#include "xmpp/xml_reader.h"

#include "base/error.h"
#include "base/memory.h"
#include "xmpp/xml_builder.h"
#include "xmpp/xml_scanner.h"
#include "xmpp/xml_writer.h"

#include <assert.h>
#include <stdlib.h>

/* What one call of feed may hand over, beside a token of a limited piece that is waiting. */
enum {
    INPUT_MAX = 1024 * 1024 * 1024
};

const struct xml_limits XML_LIMITS_UNAUTHENTICATED = {
    .stanza_bytes = 10000,
    .arena_bytes = 64 * 1024,
    .depth = 16,
    .attributes = 32,
    .elements = 256,
    .name_bytes = 256,
    .written_bytes = 64 * 1024,
};

const struct xml_limits XML_LIMITS_DEFAULT = {
    .stanza_bytes = 256 * 1024,
    .arena_bytes = 2 * 1024 * 1024,
    .depth = 64,
    .attributes = 64,
    .elements = 10000,
    .name_bytes = 1024,
    .written_bytes = STANZA_WRITTEN_MAX - STANZA_RESERVE,
};

struct xml_reader {
    struct xml_limits limits; /* of the next piece */
    struct xml_scanner scanner;
    struct xml_builder builder;
    struct buffer input;       /* bytes that are not used up */
    size_t scanned;            /* of them, by the scanner */
    size_t built;              /* of them, by the builder; never more than scanned */
    struct arena header_arena; /* of the header event, until the next call */
    struct arena arena;        /* of the piece being read */
    bool is_begun;             /* a piece is being read */
    bool failed;               /* an error was reported */
};

static void
begin_stream(struct xml_reader *reader)
{
    xml_scanner_init(&reader->scanner);
    xml_builder_init(&reader->builder);
    arena_init(&reader->header_arena, 0);
    arena_init(&reader->arena, 0);
    reader->scanned = reader->built = 0;
    reader->is_begun = reader->failed = false;
}

static void
end_stream(struct xml_reader *reader)
{
    xml_builder_fini(&reader->builder);
    arena_fini(&reader->header_arena);
    arena_fini(&reader->arena);
    buffer_clear(&reader->input);
}

struct xml_reader *
xml_reader_new(const struct xml_limits *limits)
{
    struct xml_reader *reader = memory_new(1, sizeof(*reader));
    reader->limits = *limits;
    buffer_init(&reader->input, INPUT_MAX);
    begin_stream(reader);
    return reader;
}

void
xml_reader_free(struct xml_reader *reader)
{
    if (!reader)
        return;
    end_stream(reader);
    buffer_fini(&reader->input);
    free(reader);
}

void
xml_reader_restart(struct xml_reader *reader)
{
    end_stream(reader);
    begin_stream(reader);
}

void
xml_reader_reopen(struct xml_reader *reader)
{
    struct buffer input = reader->input;
    const size_t used = reader->built;
    assert(!reader->failed && !reader->is_begun);
    buffer_init(&reader->input, INPUT_MAX);
    end_stream(reader);
    begin_stream(reader);
    reader->input = input;
    buffer_consume(&reader->input, used);
}

void
xml_reader_set_limits(struct xml_reader *reader, const struct xml_limits *limits)
{
    reader->limits = *limits;
}

void
xml_reader_feed(struct xml_reader *reader, struct str bytes)
{
    assert(!reader->failed);
    assert(reader->scanned == buffer_len(&reader->input));
    buffer_append(&reader->input, bytes);
    assert(!buffer_failed(&reader->input));
}

/* Everything but a token that is not complete has been used: forgets it. */
static struct xml_event
wait_event(struct xml_reader *reader)
{
    /* What waits moves to the front once, not with each byte that comes. */
    if (reader->built > 0)
        buffer_consume(&reader->input, reader->built);
    reader->scanned -= reader->built;
    reader->built = 0;
    return (struct xml_event){ .type = XML_WAIT };
}

static struct xml_event
error_event(struct xml_reader *reader, int error)
{
    assert(error < 0);
    reader->failed = true;
    return (struct xml_event){ .type = XML_ERROR, .error = error };
}

/* Skips what means nothing; true when there are bytes of a piece behind it. */
static bool
skip_void(struct xml_reader *reader)
{
    const struct str input = buffer_str(&reader->input);
    const size_t len =
        xml_scan_void(&reader->scanner, str_slice(input, reader->scanned, input.len));
    reader->scanned += len;
    if (xml_scanner_is_outside(&reader->scanner))
        reader->built = reader->scanned;
    return reader->scanned < input.len;
}

static void
begin_piece(struct xml_reader *reader)
{
    if (reader->is_begun)
        return;
    reader->is_begun = true;
    arena_init(&reader->arena, reader->limits.arena_bytes + STANZA_RESERVE);
    xml_builder_begin(&reader->builder, &reader->arena, reader->limits.arena_bytes,
                      reader->limits.written_bytes);
}

static struct xml_event
stanza_event(struct xml_reader *reader, struct element *root)
{
    struct arena arena = reader->arena;
    arena_init(&reader->arena, 0);
    struct stanza *stanza = stanza_take(arena, root);
    if (!stanza)
        return error_event(reader, E_LIMIT);
    return (struct xml_event){ .type = XML_STANZA, .stanza = stanza };
}

/* `piece` is what ended at reader->built; its bytes begin at `start`. */
static struct xml_event
finish_piece(struct xml_reader *reader, enum xml_scan piece, size_t start)
{
    struct element *root = NULL;
    struct str tag = STR_EMPTY;
    if (piece == XML_SCAN_HEADER)
        tag = str_slice(buffer_str(&reader->input), start, reader->built);
    const int r = xml_builder_finish(&reader->builder, reader->scanner.depth, tag, &root);
    if (r < 0)
        return error_event(reader, r);
    reader->is_begun = false;
    if (piece == XML_SCAN_STANZA)
        return stanza_event(reader, root);
    if (piece == XML_SCAN_STREAM_END)
        return (struct xml_event){ .type = XML_STREAM_END };
    assert(piece == XML_SCAN_HEADER && root);
    reader->header_arena = reader->arena;
    arena_init(&reader->arena, 0);
    return (struct xml_event){
        .type = XML_STREAM_HEADER,
        .header = root,
        .content_ns = reader->builder.content_ns,
    };
}

/* Reads on to the end of the piece or of the bytes. Returns an enum xml_scan or an error. */
static int
read_piece(struct xml_reader *reader, size_t *ret_start)
{
    const struct str input = buffer_str(&reader->input);
    const struct str fresh = str_slice(input, reader->scanned, input.len);
    size_t used;
    size_t whole;
    begin_piece(reader);
    const int scan = xml_scan(&reader->scanner, &reader->limits, fresh, &used, &whole);
    const size_t start = reader->built;
    const size_t end = whole > 0 ? reader->scanned + whole : reader->built;
    reader->scanned += used;
    reader->built = end;
    *ret_start = start;
    /* What stands in front of an error of the scanner is looked at first, so that the same bytes
     * give the same error however they are cut. */
    const int r = xml_builder_feed(&reader->builder, str_slice(input, start, end));
    return r < 0 ? r : scan;
}

struct xml_event
xml_reader_next(struct xml_reader *reader)
{
    assert(!reader->failed);
    arena_fini(&reader->header_arena);
    while (skip_void(reader)) {
        size_t start;
        const int r = read_piece(reader, &start);
        if (r < 0)
            return error_event(reader, r);
        if (r == XML_SCAN_DECLARED)
            reader->is_begun = false;
        else if (r != XML_SCAN_MORE)
            return finish_piece(reader, (enum xml_scan)r, start);
    }
    return wait_event(reader);
}

void
xml_reader_rest(struct xml_reader *reader)
{
    if (reader->failed || !xml_scanner_is_outside(&reader->scanner) ||
        reader->scanned < buffer_len(&reader->input))
        return;
    (void)wait_event(reader);
    xml_builder_rest(&reader->builder);
    buffer_release(&reader->input);
}

/* Puts a stream of its own around the element. */
static void
open_stream(struct xml_builder *builder, struct xml_scanner *scanner, struct str default_ns)
{
    struct buffer tag;
    buffer_init(&tag, INPUT_MAX);
    buffer_append(&tag, STR("<stream"));
    xml_write_attribute(&tag, STR("xmlns"), default_ns);
    buffer_append_char(&tag, '>');
    xml_builder_init(builder);
    xml_builder_set_header(builder, buffer_str(&tag));
    buffer_fini(&tag);
    xml_scanner_init(scanner);
    scanner->state = SCAN_OUTSIDE;
    scanner->depth = 1;
}

/* Whole text in one go. */
static int
parse_element(struct xml_builder *builder,
              struct xml_scanner *scanner,
              struct str text,
              struct element **ret_element)
{
    struct xml_limits limits = XML_LIMITS_DEFAULT;
    size_t used;
    size_t whole;
    limits.stanza_bytes = text.len + 1;
    const int scan = xml_scan(scanner, &limits, text, &used, &whole);
    const int r = xml_builder_feed(builder, str_slice(text, 0, whole));
    if (r < 0 || scan < 0)
        return r < 0 ? r : scan;
    if (scan != XML_SCAN_STANZA || used != text.len)
        return E_XML_SYNTAX;
    return xml_builder_finish(builder, scanner->depth, STR_EMPTY, ret_element);
}

int
xml_parse(struct arena *arena, struct str text, struct str default_ns, struct element **ret_element)
{
    struct xml_builder builder;
    struct xml_scanner scanner;
    if (text.len >= INPUT_MAX)
        return E_TOO_BIG;
    open_stream(&builder, &scanner, default_ns);
    xml_builder_begin(&builder, arena, SIZE_MAX, SIZE_MAX);
    const int r = parse_element(&builder, &scanner, str_trim(text), ret_element);
    xml_builder_fini(&builder);
    return r;
}
