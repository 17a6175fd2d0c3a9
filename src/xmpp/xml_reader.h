/* xml_reader.h - the bytes of an XMPP stream in, its header, stanzas and end out.
 * Owns: the parser and the stanza being read. Threads: one owner at a time. Time: none.
 * Errors: as an event, once; afterwards only xml_reader_free is legal. Bytes may be cut anywhere.
 * Spec: RFC 6120 4.8 (namespaces), 11 (XML usage); XEP-0478 (limits).
 * Tests: tests/unit/xmpp/test_xml_reader.c, tests/fuzz/fuzz_xml_reader.c
 *
 * expat does the tokenising. Refused: DTDs, comments, processing instructions, entities beyond the
 * five, encodings beyond UTF-8, XML 1.1, text between stanzas that is not white space, and anything
 * past a limit. Memory is bounded by the limits whatever comes, and time is linear in the bytes. */
#pragma once

#include "xmpp/stanza.h"

struct xml_limits {
    size_t stanza_bytes;  /* bytes of one stanza on the wire; also of the stream header */
    size_t arena_bytes;   /* memory one parsed stanza may take */
    unsigned depth;       /* nesting inside a stanza */
    unsigned attributes;  /* per element */
    unsigned elements;    /* per stanza */
    size_t name_bytes;    /* of one element or attribute name, or of a namespace */
    size_t written_bytes; /* of one stanza when it is written again; see xml_builder.h */
};

/* 10,000 bytes before sign-in; 256 KiB after. */
extern const struct xml_limits XML_LIMITS_UNAUTHENTICATED;
extern const struct xml_limits XML_LIMITS_DEFAULT;

enum xml_event_type {
    XML_WAIT,          /* all bytes are used up */
    XML_STREAM_HEADER, /* `header` is valid until the next call */
    XML_STANZA,        /* `stanza` is handed over: the caller owns the reference */
    XML_STREAM_END,    /* </stream:stream>; what comes behind it is dropped */
    XML_ERROR,         /* `error`: E_XML_*, E_LIMIT, E_TOO_BIG; E_FORMAT for text between stanzas */
};

struct xml_event {
    enum xml_event_type type;
    const struct element *header; /* the <stream:stream> start tag: attributes, no children */
    struct str content_ns;        /* the default namespace the header declares; empty = none
                                   * (RFC 6120 4.8.2). Valid as long as `header` */
    struct stanza *stanza;
    int error;
};

struct xml_reader;

MUST_CHECK struct xml_reader *xml_reader_new(const struct xml_limits *limits);
void xml_reader_free(struct xml_reader *reader);

/* Limits apply from the next stanza on. */
void xml_reader_set_limits(struct xml_reader *reader, const struct xml_limits *limits);

/* Hands over bytes; they are kept until they are used up. Only legal when the last event was
 * XML_WAIT (or nothing was read yet). */
void xml_reader_feed(struct xml_reader *reader, struct str bytes);

/* The next event. */
struct xml_event xml_reader_next(struct xml_reader *reader);

/* Begins a new stream on the same connection (RFC 6120 4.3.3): forgets parser state and any bytes
 * not yet used up. */
void xml_reader_restart(struct xml_reader *reader);

/* Begins a new stream as well but keeps the bytes not yet used up: after SASL a client may have
 * sent its next header along already (pipelining); after STARTTLS such bytes are an attack and
 * xml_reader_restart() drops them. */
void xml_reader_reopen(struct xml_reader *reader);

/* Gives memory back while nothing is half read (between two stanzas); the next bytes take it again.
 * Does nothing in the middle of a stanza. */
void xml_reader_rest(struct xml_reader *reader);

/* Parses one complete element outside any stream: for stored XML and for tests. `default_ns` is in
 * force around it. */
MUST_CHECK int xml_parse(struct arena *arena,
                         struct str text,
                         struct str default_ns,
                         struct element **ret_element);
