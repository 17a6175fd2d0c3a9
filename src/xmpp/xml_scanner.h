/* xml_scanner.h - where the tokens and the first-level pieces of a stream end, and what is too
 * much. Owns: nothing. Threads: one owner at a time. Time: none. Errors: E_XML_*, E_FORMAT,
 * E_LIMIT, E_TOO_BIG. Spec: XML 1.0 2.4-2.7, RFC 6120 11.1. Tests:
 * tests/unit/xmpp/test_xml_reader.c
 *
 * It stands between the network and expat and looks at each byte once, so that expat only gets
 * whole tokens (a token that trickles in would be scanned again and again), nothing behind the end
 * of a stanza, and nothing that is past a limit. It knows just enough XML for that; whether the
 * text is well-formed expat decides. */
#pragma once

#include "xmpp/xml_reader.h"

enum xml_scanner_state {
    SCAN_FIRST,       /* not one byte was read */
    SCAN_DECLARATION, /* <?xml ... */
    SCAN_OUTSIDE,     /* before the stream header or between stanzas */
    SCAN_TEXT,
    SCAN_REFERENCE, /* &... */
    SCAN_MARKUP,    /* behind < */
    SCAN_TAG,
    SCAN_VALUE,
    SCAN_BANG, /* behind <! */
    SCAN_CDATA,
    SCAN_ENDED, /* behind </stream:stream> */
};

struct xml_scanner {
    struct xml_limits limits;
    enum xml_scanner_state state;
    unsigned depth;      /* elements that are open, the stream included */
    size_t piece_bytes;  /* of the piece being read, so far */
    unsigned elements;   /* of the piece */
    unsigned attributes; /* of the tag */
    size_t run_bytes;    /* of the name, reference or namespace value being read */
    unsigned matched;    /* characters of "xmlns", "[CDATA[", "<?xml" or "]]" matched so far */
    char quote;          /* that the value ends with */
    char last;           /* the character before, in tags and declarations */
    bool closing;        /* the tag began with </ */
    bool declares;       /* the value is that of a namespace declaration */
};

/* What a scan ended at. */
enum xml_scan {
    XML_SCAN_MORE,       /* all bytes were looked at */
    XML_SCAN_DECLARED,   /* the end of the XML declaration */
    XML_SCAN_HEADER,     /* the end of the stream's start tag */
    XML_SCAN_STANZA,     /* the end of a stanza */
    XML_SCAN_STREAM_END, /* the end of the stream's end tag */
};

void xml_scanner_init(struct xml_scanner *scanner);

/* Between pieces, where white space means nothing and memory can be given back. */
bool xml_scanner_is_outside(const struct xml_scanner *scanner);

/* The bytes at the front that mean nothing: white space outside, anything behind the end. */
size_t xml_scan_void(struct xml_scanner *scanner, struct str bytes);

/* Scans on up to the end of a piece or of the bytes. A new piece is held to `limits`. `ret_used` is
 * how many bytes were looked at, `ret_whole` how many of them are behind the last whole token
 * (0 when the token that was begun earlier is still not complete). */
MUST_CHECK int xml_scan(struct xml_scanner *scanner,
                        const struct xml_limits *limits,
                        struct str bytes,
                        size_t *ret_used,
                        size_t *ret_whole);
