/* xml_writer.c - see xml_writer.h
 *
 * No prefixes for elements: each declares its namespace as the default one where that changes. So
 * the namespace in force inside an element is the element's own, and the tree can be walked by its
 * links without a stack. */
#include "xmpp/xml_writer.h"

#include "xmpp/ns.h"

#include <assert.h>

static const char REPLACEMENT[] = "\xEF\xBF\xBD";

/* The length of the character at the front, 0 when it is broken or not an XML Char (XML 1.0 2.2).
 * Not for ASCII. */
static size_t
char_len(struct str text)
{
    const unsigned char first = (unsigned char)text.data[0];
    const size_t len = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    const struct str one = str_slice(text, 0, len);
    if (!str_is_utf8(one))
        return 0;
    /* U+FFFE and U+FFFF are the only encodable ones that are not allowed. */
    if (len == 3 &&
        (memcmp(one.data, "\xEF\xBF\xBE", 3) == 0 || memcmp(one.data, "\xEF\xBF\xBF", 3) == 0))
        return 0;
    return len;
}

/* What stands for an ASCII character, NULL for itself. */
static const char *
escaped(char c, bool in_attribute)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '\'':
        return "&apos;";
    case '"':
        return "&quot;";
    case '\r': /* a reader turns a bare one into a line feed (XML 1.0 2.11) */
        return "&#13;";
    case '\n':
        return in_attribute ? "&#10;" : NULL;
    case '\t':
        return in_attribute ? "&#9;" : NULL;
    default:
        return c >= 0 && c < ' ' ? REPLACEMENT : NULL;
    }
}

/* Copies runs, not characters. */
static void
escape(struct buffer *out, struct str text, bool in_attribute)
{
    size_t run = 0;
    size_t at = 0;
    while (at < text.len) {
        const bool ascii = ((unsigned char)text.data[at] & 0x80) == 0;
        const char *instead = ascii ? escaped(text.data[at], in_attribute) : NULL;
        size_t len = 1;
        if (!ascii) {
            len = char_len(str_slice(text, at, text.len));
            if (len == 0) {
                instead = REPLACEMENT;
                len = 1;
            }
        }
        if (instead) {
            buffer_append(out, str_slice(text, run, at));
            buffer_append(out, str_from(instead));
            run = at + len;
        }
        at += len;
    }
    buffer_append(out, str_slice(text, run, text.len));
}

void
xml_escape(struct buffer *out, struct str text)
{
    escape(out, text, false);
}

void
xml_escape_attribute(struct buffer *out, struct str value)
{
    escape(out, value, true);
}

size_t
xml_escaped_bytes(struct str text)
{
    size_t bytes = text.len;
    for (size_t i = 0; i < text.len; i++) {
        const char *instead = escaped(text.data[i], true);
        if (instead)
            bytes += strlen(instead) - 1;
    }
    return bytes;
}

void
xml_write_attribute(struct buffer *out, struct str name, struct str value)
{
    buffer_append_char(out, ' ');
    buffer_append(out, name);
    buffer_append(out, STR("='"));
    xml_escape_attribute(out, value);
    buffer_append_char(out, '\'');
}

/* The number of the prefix for this attribute's namespace: the place of the first attribute of the
 * element that has the same. */
static unsigned
prefix_number(const struct element *element, const struct attribute *attribute)
{
    unsigned number = 1;
    for (const struct attribute *a = element->attributes; a != attribute; a = a->next) {
        if (str_equal(a->ns, attribute->ns))
            return number;
        number++;
    }
    return number;
}

static bool
is_first_of_ns(const struct element *element, const struct attribute *attribute)
{
    const struct attribute *a = element->attributes;
    while (a != attribute && !str_equal(a->ns, attribute->ns))
        a = a->next;
    return a == attribute;
}

static void
write_foreign_attribute(struct buffer *out,
                        const struct element *element,
                        const struct attribute *attribute)
{
    if (str_equal(attribute->ns, NS_XML)) {
        buffer_append(out, STR(" xml:"));
    } else {
        unsigned number = prefix_number(element, attribute);
        if (is_first_of_ns(element, attribute)) {
            buffer_printf(out, " xmlns:ns%u='", number);
            xml_escape_attribute(out, attribute->ns);
            buffer_append_char(out, '\'');
        }
        buffer_printf(out, " ns%u:", number);
    }
    buffer_append(out, attribute->name);
    buffer_append(out, STR("='"));
    xml_escape_attribute(out, attribute->value);
    buffer_append_char(out, '\'');
}

/* What is special about the outermost element. */
struct writing {
    const struct element *root;
    struct str default_ns; /* in force around the root */
    struct str left_out;   /* the root's attribute that is not written */
    bool prefixed;         /* the root gets the prefix "stream" */
    size_t name_end;       /* where the root's name ends in the output */
};

/* The default namespace in force where this element stands. */
static struct str
ns_in_force(const struct writing *writing, const struct element *element)
{
    if (element == writing->root || (writing->prefixed && element->parent == writing->root))
        return writing->default_ns;
    return element->parent->ns;
}

static void
write_name(struct buffer *out, const struct writing *writing, const struct element *element)
{
    if (writing->prefixed && element == writing->root)
        buffer_append(out, STR("stream:"));
    buffer_append(out, element->name);
}

static void
write_start(struct buffer *out, struct writing *writing, const struct element *element)
{
    const bool is_root = element == writing->root;
    buffer_append_char(out, '<');
    write_name(out, writing, element);
    if (is_root)
        writing->name_end = buffer_len(out);
    if (!(is_root && writing->prefixed) && !str_equal(element->ns, ns_in_force(writing, element)))
        xml_write_attribute(out, STR("xmlns"), element->ns);
    for (const struct attribute *a = element->attributes; a; a = a->next) {
        if (a->ns.len > 0)
            write_foreign_attribute(out, element, a);
        else if (!(is_root && str_equal(a->name, writing->left_out)))
            xml_write_attribute(out, a->name, a->value);
    }
    buffer_append(out, element->first ? STR(">") : STR("/>"));
}

static void
write_end(struct buffer *out, const struct writing *writing, const struct element *element)
{
    buffer_append(out, STR("</"));
    write_name(out, writing, element);
    buffer_append_char(out, '>');
}

static void
write_tree(struct buffer *out, struct writing *writing)
{
    const struct element *node = writing->root;
    assert(!element_is_text(node));
    for (;;) {
        if (element_is_text(node))
            xml_escape(out, node->text);
        else
            write_start(out, writing, node);
        if (node->first) {
            node = node->first;
            continue;
        }
        while (node != writing->root && !node->next) {
            node = node->parent;
            write_end(out, writing, node);
        }
        if (node == writing->root)
            return;
        node = node->next;
    }
}

void
xml_write(struct buffer *out, const struct element *element, struct str default_ns)
{
    struct writing writing = { .root = element, .default_ns = default_ns };
    write_tree(out, &writing);
}

void
xml_write_in_stream(struct buffer *out, const struct element *element, struct str default_ns)
{
    struct writing writing = { .root = element,
                               .default_ns = default_ns,
                               .prefixed = str_equal(element->ns, NS_STREAM) };
    write_tree(out, &writing);
}

size_t
xml_write_without(struct buffer *out,
                  const struct element *element,
                  struct str default_ns,
                  struct str left_out)
{
    struct writing writing = { .root = element, .default_ns = default_ns, .left_out = left_out };
    const size_t start = buffer_len(out);
    write_tree(out, &writing);
    return writing.name_end - start;
}
