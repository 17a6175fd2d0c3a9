/* xml_writer.h - elements to bytes: the inverse of the reader.
 * Owns: nothing. Threads: any. Errors: the buffer's sticky failure.
 * Spec: XML 1.0 2.2 (characters), 2.4 (escaping), Namespaces in XML.
 * Tests: tests/unit/xmpp/test_xml_writer.c (property: read(write(x)) == x)
 *
 * What XML cannot carry at all (control characters, broken UTF-8) is written as U+FFFD, so that
 * output is always well-formed and a loss can be seen. */
#pragma once

#include "base/buffer.h"
#include "xmpp/element.h"

/* Writes the element; `default_ns` is the namespace already in force where it goes (the stream's,
 * "jabber:client"), so that it need not be declared again. */
void xml_write(struct buffer *out, const struct element *element, struct str default_ns);

/* The same as a first-level child of a stream whose header binds the prefix "stream": an element of
 * NS_STREAM is written with that prefix, as <stream:features> and <stream:error> must be (RFC 6120
 * 4.8.5). */
void xml_write_in_stream(struct buffer *out, const struct element *element, struct str default_ns);

/* xml_write without one attribute (and without namespace) of the outermost element; gives back how
 * far behind the first written byte that attribute belongs. */
size_t xml_write_without(struct buffer *out,
                         const struct element *element,
                         struct str default_ns,
                         struct str left_out);

/* Only the escaping, for text and for attribute values in single quotes. In a value the second one
 * also keeps line breaks and tabs, which a reader would take for spaces. */
void xml_escape(struct buffer *out, struct str text);
void xml_escape_attribute(struct buffer *out, struct str value);

/* How many bytes xml_escape_attribute would write, or more: xml_escape writes no more than that. */
size_t xml_escaped_bytes(struct str text);

/* One attribute with the space in front: " name='value'". */
void xml_write_attribute(struct buffer *out, struct str name, struct str value);
