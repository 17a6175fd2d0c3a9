/* xml_mutator.c - see xml_mutator.h */
#include "xml_mutator.h"

#include "base/buffer.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"
#include "xmpp/xml_writer.h"

#include <stdlib.h>
#include <string.h>

enum {
    ARENA_BYTES = 8 * 1024 * 1024,
    LINES_MAX = 64,
    NODES_MAX = 512
};

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* Words that mean something somewhere. */
static const char *const VALUES[] = {
    "",
    "0",
    "1",
    "-1",
    "4294967296",
    "true",
    "get",
    "set",
    "result",
    "error",
    "chat",
    "groupchat",
    "unavailable",
    "subscribe",
    "subscribed",
    "unsubscribed",
    "probe",
    "submit",
    "cancel",
    "owner",
    "admin",
    "member",
    "outcast",
    "none",
    "moderator",
    "participant",
    "visitor",
    "anna@localhost",
    "anna@localhost/a",
    "bert@localhost",
    "bert@localhost/b",
    "nobody@localhost",
    "localhost",
    "rooms.localhost",
    "tea@rooms.localhost",
    "tea@rooms.localhost/anna",
    "tea@rooms.localhost/bert",
    "elsewhere.example",
    "@@",
    "1970-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "urn:xmpp:bookmarks:1",
    "\xC3\xA4\xF0\x9F\x99\x8C",
};

struct pool {
    struct arena arena;
    unsigned seed;
    struct element *nodes[NODES_MAX];
    size_t count;
};

static size_t
draw(struct pool *pool, size_t below)
{
    pool->seed = pool->seed * 1103515245u + 12345u;
    return below > 0 ? (pool->seed >> 8) % below : 0;
}

static void
collect(struct pool *pool, struct element *root)
{
    struct element *node = root;

    while (node && pool->count < NODES_MAX) {
        if (!element_is_text(node))
            pool->nodes[pool->count++] = node;
        if (node->first) {
            node = node->first;
            continue;
        }
        while (node != root && !node->next)
            node = node->parent;
        node = node == root ? NULL : node->next;
    }
}

static struct element *
parse(struct pool *pool, struct str line)
{
    struct element *root = NULL;

    if (line.len < 2 || xml_parse(&pool->arena, str_slice(line, 1, line.len), NS_CLIENT, &root) < 0)
        return NULL;
    return root;
}

static struct element *
draw_node(struct pool *pool)
{
    return pool->count > 0 ? pool->nodes[draw(pool, pool->count)] : NULL;
}

/* Bytes changed blindly, but still text that XML can carry. */
static struct str
change_text(struct pool *pool, struct str text)
{
    char *copy = arena_alloc(&pool->arena, text.len + 64);
    size_t length;

    if (!copy || draw(pool, 2) == 0)
        return str_from(VALUES[draw(pool, ARRAY_LEN(VALUES))]);
    if (text.len > 0)
        memcpy(copy, text.data, text.len);
    length = LLVMFuzzerMutate((uint8_t *)copy, text.len, text.len + 63);
    for (size_t i = 0; i < length; i++) {
        if (copy[i] < ' ' || copy[i] == 0x7f)
            copy[i] = ' ';
    }
    return (struct str){ copy, length };
}

static void
change_attribute(struct pool *pool, struct element *element)
{
    struct attribute *attribute = element->attributes;
    size_t count = 0;

    for (const struct attribute *a = attribute; a; a = a->next)
        count++;
    if (count == 0) {
        element_set(&pool->arena, element, STR("node"), change_text(pool, STR_EMPTY));
        return;
    }
    for (size_t skip = draw(pool, count); skip > 0; skip--)
        attribute = attribute->next;
    if (attribute->ns.len == 0 && draw(pool, 4) == 0)
        element_unset(element, attribute->name);
    else
        attribute->value = change_text(pool, attribute->value);
}

static void
change_inside(struct pool *pool, struct element *element)
{
    if (element->first && element_is_text(element->first))
        element->first->text = change_text(pool, element->first->text);
    else
        element_add_text(&pool->arena, element, change_text(pool, STR_EMPTY));
}

/* The pool has the nodes of both inputs. */
static void
change_element(struct pool *pool, struct element *root, struct element *chosen)
{
    struct element *other = draw_node(pool);

    switch (draw(pool, 8)) {
    case 0: /* leave out */
        if (chosen != root)
            element_remove(chosen);
        break;
    case 1: /* say twice */
        if (chosen->parent)
            element_append(chosen->parent, element_dup(&pool->arena, chosen));
        break;
    case 2: /* hang in a piece of something else */
        if (other)
            element_append(chosen, element_dup(&pool->arena, other));
        break;
    case 3: /* call it something else */
        if (other) {
            chosen->name = other->name;
            chosen->ns = other->ns;
        }
        break;
    case 4:
        change_inside(pool, chosen);
        break;
    default:
        change_attribute(pool, chosen);
        break;
    }
}

static void
write_line(struct buffer *out, char who, const struct element *root)
{
    struct buffer text;

    buffer_init(&text, ARENA_BYTES);
    xml_write(&text, root, NS_CLIENT);
    buffer_append_char(out, who);
    for (size_t i = 0; i < buffer_len(&text); i++) {
        char c = buffer_str(&text).data[i];

        /* A line break inside would begin another line. */
        buffer_append_char(out, c == '\n' ? ' ' : c);
    }
    buffer_append_char(out, '\n');
    buffer_fini(&text);
}

/* One line of an input, changed. */
static void
change_line(struct pool *pool, struct buffer *out, struct str line)
{
    size_t before = pool->count;
    struct element *root = parse(pool, line);
    char who = line.data[0];

    if (!root)
        return;
    collect(pool, root);
    for (size_t changes = 1 + draw(pool, 3); changes > 0 && pool->count > before; changes--)
        change_element(pool, root, pool->nodes[before + draw(pool, pool->count - before)]);
    if (draw(pool, 8) == 0)
        who = who == 'a' ? 'b' : 'a';
    write_line(out, who, root);
}

static size_t
split(struct str text, struct str lines[LINES_MAX])
{
    size_t count = 0;
    struct str line;

    while (count < LINES_MAX && str_split(&text, '\n', &line)) {
        if (line.len > 1)
            lines[count++] = line;
    }
    return count;
}

static void
append_line(struct buffer *out, struct str line)
{
    buffer_append(out, line);
    buffer_append_char(out, '\n');
}

/* Most lines stay; one is changed, and perhaps one of the other input comes along. */
static void
mutate(struct pool *pool, struct buffer *out, struct str text, struct str other)
{
    struct str lines[LINES_MAX], others[LINES_MAX];
    size_t count = split(text, lines), other_count = split(other, others);
    size_t chosen = draw(pool, count), kind = draw(pool, 10);

    if (other_count > 0)
        collect(pool, parse(pool, others[draw(pool, other_count)]));
    for (size_t i = 0; i < count; i++) {
        if (i != chosen || kind == 1)
            append_line(out, lines[i]);
        else if (kind == 0 && count > 1)
            continue;
        else
            change_line(pool, out, lines[i]);
        if (i == chosen && kind == 1)
            append_line(out, lines[draw(pool, count)]);
    }
    if (other_count > 0 && kind >= 7)
        append_line(out, others[draw(pool, other_count)]);
}

size_t
mutate_lines(uint8_t *data, size_t size, size_t max_size, struct str other, unsigned seed)
{
    struct pool *pool = calloc(1, sizeof(*pool));
    struct buffer out;
    size_t length = 0;

    if (!pool)
        abort();
    pool->seed = seed;
    arena_init(&pool->arena, ARENA_BYTES);
    buffer_init(&out, max_size);
    mutate(pool, &out, (struct str){ (const char *)data, size }, other);
    if (!buffer_failed(&out) && buffer_len(&out) > 0) {
        length = buffer_len(&out);
        memcpy(data, buffer_str(&out).data, length);
    }
    buffer_fini(&out);
    arena_fini(&pool->arena);
    free(pool);
    return length;
}
