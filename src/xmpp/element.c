/* element.c - see element.h */
#include "xmpp/element.h"

#include "xmpp/ns_table.h"

#include <assert.h>

struct element *
element_new(struct arena *arena, struct str ns, struct str name)
{
    assert(name.len > 0);
    struct element *element = arena_alloc(arena, sizeof(*element));
    if (!element)
        return NULL;
    element->ns = ns;
    element->name = name;
    return element;
}

struct element *
element_add(struct arena *arena, struct element *parent, struct str ns, struct str name)
{
    if (!parent)
        return NULL;
    struct element *element = element_new(arena, ns.len > 0 ? ns : parent->ns, name);
    if (element)
        element_append(parent, element);
    return element;
}

void
element_add_text(struct arena *arena, struct element *parent, struct str text)
{
    if (!parent || text.len == 0)
        return;
    struct element *node = arena_alloc(arena, sizeof(*node));
    if (!node)
        return;
    node->text = arena_dup(arena, text);
    if (node->text.data)
        element_append(parent, node);
}

struct element *
element_add_with_text(
    struct arena *arena, struct element *parent, struct str ns, struct str name, struct str text)
{
    struct element *element = element_add(arena, parent, ns, name);
    element_add_text(arena, element, text);
    return element;
}

/* Attributes with a namespace are other attributes. */
static struct attribute *
find_attribute(const struct element *element, struct str name)
{
    if (!element)
        return NULL;
    struct attribute *attribute = element->attributes;
    while (attribute && !(attribute->ns.len == 0 && str_equal(attribute->name, name)))
        attribute = attribute->next;
    return attribute;
}

static void
append_attribute(struct element *element, struct attribute *attribute)
{
    struct attribute **end = &element->attributes;
    while (*end)
        end = &(*end)->next;
    *end = attribute;
}

void
element_set(struct arena *arena, struct element *element, struct str name, struct str value)
{
    assert(name.len > 0 && !str_is(name, "xmlns"));
    if (!element)
        return;
    struct str kept = arena_dup(arena, value);
    if (!kept.data)
        return;
    struct attribute *attribute = find_attribute(element, name);
    if (!attribute) {
        attribute = arena_alloc(arena, sizeof(*attribute));
        if (!attribute)
            return;
        attribute->name = name;
        append_attribute(element, attribute);
    }
    attribute->value = kept;
}

void
element_unset(struct element *element, struct str name)
{
    struct attribute *found = find_attribute(element, name);
    if (!found)
        return;
    struct attribute **link = &element->attributes;
    while (*link != found)
        link = &(*link)->next;
    *link = found->next;
    found->next = NULL;
}

void
element_append(struct element *parent, struct element *child)
{
    if (!parent || !child)
        return;
    assert(!child->parent && !child->next && parent != child);
    assert(!element_is_text(parent));
    child->parent = parent;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
}

void
element_remove(struct element *child)
{
    if (!child || !child->parent)
        return;
    struct element *parent = child->parent;
    struct element *previous = NULL;
    struct element **link = &parent->first;
    while (*link != child) {
        previous = *link;
        link = &(*link)->next;
    }
    *link = child->next;
    if (parent->last == child)
        parent->last = previous;
    child->next = child->parent = NULL;
}

void
element_remove_if(struct element *parent,
                  bool (*is_unwanted)(const struct element *child, const void *context),
                  const void *context)
{
    struct element *last = NULL;
    struct element **link = &parent->first;
    while (*link) {
        struct element *child = *link;
        if (is_unwanted(child, context)) {
            *link = child->next;
            child->next = child->parent = NULL;
        } else {
            last = child;
            link = &child->next;
        }
    }
    parent->last = last;
}

static bool
copy_attributes(struct ns_set *names,
                struct arena *arena,
                struct element *to,
                const struct element *from)
{
    struct attribute **end = &to->attributes;
    for (const struct attribute *a = from->attributes; a; a = a->next) {
        struct attribute *copy = arena_alloc(arena, sizeof(*copy));
        if (!copy)
            return false;
        if (a->ns.len > 0)
            copy->ns = ns_keep(names, arena, a->ns, STR_EMPTY);
        copy->name = arena_dup(arena, a->name);
        copy->value = arena_dup(arena, a->value);
        *end = copy;
        end = &copy->next;
    }
    return !arena_is_full(arena);
}

static struct element *
copy_node(struct ns_set *names,
          struct arena *arena,
          const struct element *element,
          struct element *parent)
{
    struct element *copy = arena_alloc(arena, sizeof(*copy));
    if (!copy)
        return NULL;
    if (element_is_text(element)) {
        copy->text = arena_dup(arena, element->text);
    } else {
        copy->name = arena_dup(arena, element->name);
        copy->ns = ns_keep(names, arena, element->ns, parent ? parent->ns : STR_EMPTY);
    }
    if (!copy_attributes(names, arena, copy, element))
        return NULL;
    element_append(parent, copy);
    return copy;
}

struct element *
element_dup_shallow(struct arena *arena, const struct element *element, struct element *parent)
{
    struct ns_set names;
    ns_set_init(&names);
    struct element *copy = copy_node(&names, arena, element, parent);
    ns_set_fini(&names);
    return copy;
}

static struct element *
copy_tree(struct ns_set *names, struct arena *arena, const struct element *element)
{
    struct element *root = copy_node(names, arena, element, NULL);
    const struct element *from = element;
    struct element *to = root;
    while (to) {
        if (from->first) {
            from = from->first;
        } else {
            while (from != element && !from->next) {
                from = from->parent;
                to = to->parent;
            }
            if (from == element)
                return root;
            from = from->next;
            to = to->parent;
        }
        to = copy_node(names, arena, from, to);
    }
    return NULL;
}

struct element *
element_dup(struct arena *arena, const struct element *element)
{
    struct ns_set names;
    if (!element)
        return NULL;
    ns_set_init(&names);
    struct element *copy = copy_tree(&names, arena, element);
    ns_set_fini(&names);
    return copy;
}

bool
element_is(const struct element *element, struct str ns, struct str name)
{
    return element && str_equal(element->name, name) && (ns.len == 0 || str_equal(element->ns, ns));
}

/* The first of these siblings that fits. */
static struct element *
find_named(struct element *node, struct str ns, struct str name)
{
    while (node && !element_is(node, ns, name))
        node = node->next;
    return node;
}

struct element *
element_child(const struct element *parent, struct str ns, struct str name)
{
    return parent ? find_named(parent->first, ns, name) : NULL;
}

static struct element *
skip_text(struct element *node)
{
    while (node && element_is_text(node))
        node = node->next;
    return node;
}

struct element *
element_first_child(const struct element *parent)
{
    return parent ? skip_text(parent->first) : NULL;
}

struct element *
element_next(const struct element *element)
{
    return element ? skip_text(element->next) : NULL;
}

struct element *
element_next_named(const struct element *element, struct str ns, struct str name)
{
    return element ? find_named(element->next, ns, name) : NULL;
}

struct str
element_get(const struct element *element, struct str name)
{
    const struct attribute *attribute = find_attribute(element, name);
    return attribute ? attribute->value : STR_EMPTY;
}

bool
element_has(const struct element *element, struct str name)
{
    return find_attribute(element, name) != NULL;
}

struct str
element_text(struct arena *arena, const struct element *element)
{
    if (!element)
        return STR_EMPTY;
    size_t len = 0;
    unsigned runs = 0;
    struct str only = STR_EMPTY;
    for (const struct element *node = element->first; node; node = node->next) {
        if (!element_is_text(node))
            continue;
        only = node->text;
        len += node->text.len;
        runs++;
    }
    if (runs <= 1)
        return only;
    char *joined = arena_alloc(arena, len + 1);
    if (!joined)
        return STR_EMPTY;
    size_t at = 0;
    for (const struct element *node = element->first; node; node = node->next) {
        if (!element_is_text(node) || node->text.len == 0)
            continue;
        memcpy(joined + at, node->text.data, node->text.len);
        at += node->text.len;
    }
    return (struct str){ joined, len };
}

struct str
element_child_text(struct arena *arena,
                   const struct element *parent,
                   struct str ns,
                   struct str name)
{
    return element_text(arena, element_child(parent, ns, name));
}
