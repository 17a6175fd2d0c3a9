/* stream_input.h - what both ends of a stream read with: the reader, and the bytes that came while
 * it may not be fed.
 * Owns: the reader, the waiting bytes. Threads: one owner at a time. Time: none.
 * Errors: as the XML_ERROR event; E_LIMIT when more bytes wait than STREAM_INPUT_WAITING_MAX.
 * Spec: RFC 6120 4.3.3, 5.4.3.3, 6.4.6. Tests: tests/unit/xmpp/test_server_stream.c */
#pragma once

#include "base/buffer.h"
#include "xmpp/xml_reader.h"

/* Bytes that may wait for an answered question. An owner that stops reading stays far below. */
#define STREAM_INPUT_WAITING_MAX ((size_t)512 * 1024)

struct stream_input {
    struct xml_reader *_reader;
    struct buffer _waiting;
    bool _reader_is_idle; /* may be fed */
};

void stream_input_init(struct stream_input *input, const struct xml_limits *limits);
void stream_input_fini(struct stream_input *input);
void stream_input_feed(struct stream_input *input, struct str bytes);

/* The next event; XML_WAIT only when no byte waits any more. */
struct xml_event stream_input_next(struct stream_input *input);

void stream_input_set_limits(struct stream_input *input, const struct xml_limits *limits);

/* A new stream begins: without the bytes that came already (STARTTLS) or with them (SASL). */
void stream_input_restart(struct stream_input *input);
void stream_input_reopen(struct stream_input *input);

/* See xml_reader_rest(). */
void stream_input_rest(struct stream_input *input);

/* Reads the content of a SASL element (RFC 6120 6.4.2, 6.4.3): base64 into the stanza's own arena.
 * A single "=" stands for empty data; *ret_is_there tells it from no data. E_FORMAT when it is
 * anything else. The encoded text is wiped. */
MUST_CHECK int stream_sasl_payload(struct stanza *stanza, struct str *ret_data, bool *ret_is_there);

/* The same of an element of XEP-0388 2.2, which may be one inside the stanza; no bytes are no bytes
 * there. */
MUST_CHECK int
stream_sasl2_payload(struct stanza *stanza, const struct element *element, struct str *ret_data);
