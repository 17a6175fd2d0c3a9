/* xml_builder.c - see xml_builder.h */
#include "xmpp/xml_builder.h"

#include "base/error.h"
#include "xmpp/xml_writer.h"

#include <assert.h>
#include <expat.h>
#include <limits.h>
#include <stdlib.h>
#include <strings.h>

/* Between namespace and local name in the names expat reports. XML cannot contain it, not even as
 * a character reference, so no namespace name can pretend to end early. */
#define NS_SEPARATOR '\x01'

/* Expat keeps every element and attribute name it has ever met: a new parser after this many bytes
 * bounds what a long stream can make it hold. */
enum {
    REFRESH_BYTES = 256 * 1024
};

static void
stop(struct xml_builder *builder, int error)
{
    if (builder->_error == 0)
        builder->_error = error;
    (void)XML_StopParser(builder->_expat, XML_FALSE);
}

/* The name in the form of expat: "namespace SEPARATOR local" or "local". */
static void
split_name(const char *name, struct str *ret_ns, struct str *ret_local)
{
    const struct str whole = str_from(name);
    const ptrdiff_t separator = str_find_char(whole, NS_SEPARATOR, 0);
    *ret_ns = separator < 0 ? STR_EMPTY : str_slice(whole, 0, (size_t)separator);
    *ret_local = str_slice(whole, separator < 0 ? 0 : (size_t)separator + 1, whole.len);
}

/* Counts what an element, an attribute or text comes to when it is written. `marks` are the bytes
 * around it. */
static void
count_written(struct xml_builder *builder, struct str name, struct str value, size_t marks)
{
    builder->_written += name.len + xml_escaped_bytes(value) + marks;
}

/* The namespace last kept in this neighbourhood is very likely the one that comes. */
static struct attribute **
add_attribute(struct xml_builder *builder,
              struct attribute **end,
              const char *name,
              const char *value,
              struct str *near)
{
    struct attribute *attribute = arena_alloc(builder->_arena, sizeof(*attribute));
    struct str ns;
    struct str local;
    if (!attribute)
        return end;
    split_name(name, &ns, &local);
    attribute->ns = ns_keep(&builder->_names, builder->_arena, ns, *near);
    if (ns.len > 0 && !str_equal(ns, *near))
        count_written(builder, STR("xmlns:ns00=''"), ns, 0);
    if (ns.len > 0)
        *near = attribute->ns;
    count_written(builder, local, str_from(value), sizeof(" ns00:=''") - 1);
    attribute->name = arena_dup(builder->_arena, local);
    attribute->value = arena_dup(builder->_arena, str_from(value));
    *end = attribute;
    return &attribute->next;
}

static void
flush_text(struct xml_builder *builder)
{
    count_written(builder, STR_EMPTY, buffer_str(&builder->_text), 0);
    element_add_text(builder->_arena, builder->_open, buffer_str(&builder->_text));
    buffer_clear(&builder->_text);
}

static bool
is_over_limit(const struct xml_builder *builder)
{
    if (arena_is_full(builder->_arena) || arena_taken(builder->_arena) > builder->_arena_bytes)
        return true;
    return builder->_written > builder->_written_max;
}

/* Only at its end, so that the same bytes give the same error however they are cut. */
static bool
has_grown_too_much(const struct xml_builder *builder)
{
    return builder->_written_max < SIZE_MAX &&
           builder->_written > XML_WRITTEN_BASE + XML_WRITTEN_FACTOR * builder->_piece_bytes;
}

static void
add_element(struct xml_builder *builder, const char *name, const char **attributes)
{
    struct str ns;
    struct str local;
    split_name(name, &ns, &local);
    struct element *element = arena_alloc(builder->_arena, sizeof(*element));
    if (!element)
        return;
    const struct str outer = builder->_open ? builder->_open->ns : STR_EMPTY;
    element->ns = ns_keep(&builder->_names, builder->_arena, ns, outer);
    if (!str_equal(ns, outer))
        count_written(builder, STR(" xmlns=''"), ns, 0);
    count_written(builder, local, STR_EMPTY, local.len + sizeof("<></>") - 1);
    element->name = arena_dup(builder->_arena, local);
    if (!element->name.data)
        return;
    struct attribute **end = &element->attributes;
    struct str near = STR_EMPTY;
    for (const char **a = attributes; a[0]; a += 2)
        end = add_attribute(builder, end, a[0], a[1], &near);
    element_append(builder->_open, element);
    if (!builder->_root)
        builder->_root = element;
    builder->_open = element;
}

static void XMLCALL
on_start(void *context, const char *name, const char **attributes)
{
    struct xml_builder *builder = context;
    builder->_depth++;
    if (builder->_replays)
        return;
    assert(builder->_arena);
    if (builder->_root && !builder->_open) {
        stop(builder, E_XML_SYNTAX); /* a second one in the same piece */
        return;
    }
    flush_text(builder);
    add_element(builder, name, attributes);
    if (is_over_limit(builder))
        stop(builder, E_LIMIT);
}

/* RFC 6120 4.8.2: the default namespace is no attribute, but of the header we want to know it. */
static void XMLCALL
on_namespace(void *context, const char *prefix, const char *uri)
{
    struct xml_builder *builder = context;
    if (!builder->_replays && builder->_depth == 0 && !prefix)
        builder->content_ns = arena_dup(builder->_arena, str_from(uri));
}

static void XMLCALL
on_end(void *context, const char *name)
{
    struct xml_builder *builder = context;
    (void)name;
    builder->_depth--;
    if (!builder->_open)
        return; /* of the stream itself */
    flush_text(builder);
    builder->_open = builder->_open->parent;
    if (is_over_limit(builder))
        stop(builder, E_LIMIT);
}

static void XMLCALL
on_text(void *context, const char *text, int len)
{
    struct xml_builder *builder = context;
    assert(len >= 0);
    if (builder->_open)
        buffer_append(&builder->_text, (struct str){ text, (size_t)len });
    else
        stop(builder, E_FORMAT);
}

/* RFC 6120 11.5: version 1.0; 11.6: UTF-8 and nothing else. */
static void XMLCALL
on_declaration(void *context, const char *version, const char *encoding, int standalone)
{
    (void)standalone;
    if (!version || strcmp(version, "1.0") != 0)
        stop(context, E_XML_RESTRICTED);
    else if (encoding && strcasecmp(encoding, "utf-8") != 0)
        stop(context, E_XML_ENCODING);
}

/* RFC 6120 11.1. The scanner refuses these before expat sees them; this is the second door. */
static void XMLCALL
on_comment(void *context, const char *text)
{
    (void)text;
    stop(context, E_XML_RESTRICTED);
}

static void XMLCALL
on_instruction(void *context, const char *target, const char *data)
{
    (void)target;
    (void)data;
    stop(context, E_XML_RESTRICTED);
}

static void XMLCALL
on_doctype(void *context, const char *name, const char *system, const char *public, int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    stop(context, E_XML_RESTRICTED);
}

static int
error_from_expat(enum XML_Error error)
{
    /* Everything else is not well-formed, also by the rules for namespaces (RFC 6120 4.9.3.13). */
    if (error == XML_ERROR_UNDEFINED_ENTITY || error == XML_ERROR_MISPLACED_XML_PI)
        return E_XML_RESTRICTED;
    if (error == XML_ERROR_UNKNOWN_ENCODING || error == XML_ERROR_INCORRECT_ENCODING)
        return E_XML_ENCODING;
    return E_XML_SYNTAX;
}

static int
parse(struct xml_builder *builder, struct str tokens)
{
    /* The reader hands over at most one piece at a time, and that is limited. */
    assert(tokens.len <= INT_MAX);
    builder->_fed_bytes += tokens.len;
    if (XML_Parse(builder->_expat, tokens.data, (int)tokens.len, XML_FALSE) == XML_STATUS_OK)
        return 0;
    const enum XML_Error error = XML_GetErrorCode(builder->_expat);
    if (error == XML_ERROR_NO_MEMORY)
        abort();
    return builder->_error != 0 ? builder->_error : error_from_expat(error);
}

static void
create_parser(struct xml_builder *builder)
{
    builder->_expat = XML_ParserCreateNS("UTF-8", NS_SEPARATOR);
    if (!builder->_expat)
        abort();
    XML_SetUserData(builder->_expat, builder);
    XML_SetElementHandler(builder->_expat, on_start, on_end);
    XML_SetStartNamespaceDeclHandler(builder->_expat, on_namespace);
    XML_SetCharacterDataHandler(builder->_expat, on_text);
    XML_SetXmlDeclHandler(builder->_expat, on_declaration);
    XML_SetCommentHandler(builder->_expat, on_comment);
    XML_SetProcessingInstructionHandler(builder->_expat, on_instruction);
    XML_SetStartDoctypeDeclHandler(builder->_expat, on_doctype);
    /* It only gets whole tokens, so it need not wait for more before it tries (CVE-2023-52425). */
    (void)XML_SetReparseDeferralEnabled(builder->_expat, XML_FALSE);
    builder->_fed_bytes = 0;
    builder->_depth = 0;
}

/* A parser that stands where the last one stood. */
static int
wake(struct xml_builder *builder)
{
    if (builder->_expat)
        return 0;
    create_parser(builder);
    if (!builder->_header)
        return 0;
    builder->_replays = true;
    const int r = parse(builder, str_from(builder->_header));
    builder->_replays = false;
    return r;
}

static void
drop_parser(struct xml_builder *builder)
{
    if (builder->_expat)
        XML_ParserFree(builder->_expat);
    builder->_expat = NULL;
}

void
xml_builder_init(struct xml_builder *builder)
{
    *builder = (struct xml_builder){ 0 };
    /* Text is never longer than the piece it stands in, and that is limited by the scanner. */
    buffer_init(&builder->_text, INT_MAX);
    ns_set_init(&builder->_names);
}

void
xml_builder_fini(struct xml_builder *builder)
{
    drop_parser(builder);
    free(builder->_header);
    buffer_fini(&builder->_text);
    ns_set_fini(&builder->_names);
}

void
xml_builder_set_header(struct xml_builder *builder, struct str tag)
{
    assert(!builder->_header);
    builder->_header = str_dup(tag);
}

void
xml_builder_begin(struct xml_builder *builder,
                  struct arena *arena,
                  size_t arena_bytes,
                  size_t written_max)
{
    assert(!builder->_open);
    builder->_arena = arena;
    builder->_arena_bytes = arena_bytes;
    builder->_written_max = written_max;
    builder->_written = builder->_piece_bytes = 0;
    builder->_root = NULL;
}

int
xml_builder_feed(struct xml_builder *builder, struct str tokens)
{
    if (tokens.len == 0)
        return 0;
    const int r = wake(builder);
    builder->_piece_bytes += tokens.len;
    return r < 0 ? r : parse(builder, tokens);
}

int
xml_builder_finish(struct xml_builder *builder,
                   unsigned depth,
                   struct str header,
                   struct element **ret_root)
{
    if (builder->_depth != depth)
        return E_XML_SYNTAX;
    if (has_grown_too_much(builder))
        return E_LIMIT;
    if (header.len > 0) {
        xml_builder_set_header(builder, header);
        builder->_open = NULL;
    }
    assert(!builder->_open);
    *ret_root = builder->_root;
    builder->_arena = NULL;
    builder->_root = NULL;
    ns_set_fini(&builder->_names);
    ns_set_init(&builder->_names);
    if (builder->_fed_bytes > REFRESH_BYTES)
        drop_parser(builder);
    return 0;
}

void
xml_builder_rest(struct xml_builder *builder)
{
    assert(!builder->_open);
    drop_parser(builder);
    buffer_release(&builder->_text);
}
