/* xml_builder.h - whole tokens in, trees in an arena out; expat does the work.
 * Owns: expat's parser, the tree being built. Threads: one owner at a time. Time: none.
 * Errors: E_XML_*, E_FORMAT, E_LIMIT; after one only xml_builder_fini is legal.
 * Spec: XML 1.0, Namespaces in XML, RFC 6120 11. Tests: tests/unit/xmpp/test_xml_reader.c
 *
 * The parser can be dropped between pieces: the stream header is kept and read again when the next
 * piece needs it. That is also done now and then unasked, because expat never forgets a name. */
#pragma once

#include "base/buffer.h"
#include "xmpp/element.h"
#include "xmpp/ns_table.h"

struct XML_ParserStruct;

struct xml_builder {
    struct XML_ParserStruct *_expat; /* NULL while it is dropped */
    char *_header;                   /* the stream's start tag as it came; NULL before it */
    size_t _fed_bytes;               /* that this parser has seen */
    struct arena *_arena;            /* where the tree goes; NULL outside a piece */
    size_t _arena_bytes;             /* that the tree may take */
    size_t _written_max;             /* bytes that it may have when it is written again */
    size_t _written;                 /* that it would have by now; never less than it will */
    size_t _piece_bytes;             /* of the piece by now */
    struct ns_set _names;            /* of the piece */
    struct element *_root;           /* of the piece */
    struct str content_ns; /* the default namespace that the stream header declares; in the
                            * header's arena */
    struct element *_open; /* innermost element that is open */
    struct buffer _text;   /* the run of text being read */
    unsigned _depth;       /* elements that are open, the stream included */
    int _error;
    bool _replays; /* reading the kept header again */
};

void xml_builder_init(struct xml_builder *builder);
void xml_builder_fini(struct xml_builder *builder);

/* The start tag of the stream that the pieces stand in; once, at most. */
void xml_builder_set_header(struct xml_builder *builder, struct str tag);

/* What is written for a byte that was read: text that is all quotation marks comes to six. */
#define XML_WRITTEN_FACTOR 8
#define XML_WRITTEN_BASE   ((size_t)16 * 1024)

/* Says where the next piece goes, how much of the arena it may take, and how long it may be when it
 * is written again. It may not grow much by that either (XML_WRITTEN_*), unless `written_max` is
 * SIZE_MAX: prefixes are gone then, so a long namespace can stand there once an element. */
void xml_builder_begin(struct xml_builder *builder,
                       struct arena *arena,
                       size_t arena_bytes,
                       size_t written_max);

/* Tokens of one piece. */
MUST_CHECK int xml_builder_feed(struct xml_builder *builder, struct str tokens);

/* The end of the piece: its tree, NULL for the stream's end tag. E_XML_SYNTAX if `depth` elements
 * are not what is open now. `header` is the text of a stream header, else empty. */
MUST_CHECK int xml_builder_finish(struct xml_builder *builder,
                                  unsigned depth,
                                  struct str header,
                                  struct element **ret_root);

/* Gives memory back between pieces. */
void xml_builder_rest(struct xml_builder *builder);
