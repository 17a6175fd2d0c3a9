/* element.h - a piece of XML as a tree that lives in one arena.
 * Owns: nothing; everything belongs to the arena the elements were made in. Threads: one owner
 * while it is built; any number of readers once it is not changed any more.
 * Errors: makers return NULL past the arena's limit and accept NULL parents, so that a builder
 * checks arena_is_full() once at the end. Tests: tests/unit/xmpp/test_element.c */
#pragma once

#include "base/arena.h"

struct attribute {
    struct attribute *next;
    struct str ns;    /* empty for an attribute without prefix */
    struct str name;  /* local name */
    struct str value; /* unescaped */
};

/* An element, or a run of text (then `name` is empty and `text` is set). */
struct element {
    struct element *next;         /* following sibling */
    struct element *parent;       /* NULL for the root */
    struct element *first, *last; /* children, elements and text mixed, in document order */
    struct attribute *attributes; /* in document order */
    struct str ns;                /* namespace name */
    struct str name;              /* local name; empty = text */
    struct str text;              /* only of text nodes */
};

static inline bool
element_is_text(const struct element *node)
{
    return node->name.len == 0;
}

/* Building. `ns` and `name` are kept as views and must outlive the arena (constants) or be in it;
 * attribute values and text are copied. An empty `ns` means the parent's. */
struct element *element_new(struct arena *arena, struct str ns, struct str name);
struct element *
element_add(struct arena *arena, struct element *parent, struct str ns, struct str name);
void element_add_text(struct arena *arena, struct element *parent, struct str text);

/* element_add and element_add_text in one: <name>text</name>. */
struct element *element_add_with_text(
    struct arena *arena, struct element *parent, struct str ns, struct str name, struct str text);

/* Sets or replaces an attribute without namespace. */
void element_set(struct arena *arena, struct element *element, struct str name, struct str value);
void element_unset(struct element *element, struct str name);

/* Hangs a tree made in the same arena under `parent`, or takes it out of its parent. */
void element_append(struct element *parent, struct element *child);
void element_remove(struct element *child);

/* Takes out all children that are unwanted, in one pass. */
void element_remove_if(struct element *parent,
                       bool (*is_unwanted)(const struct element *child, const void *context),
                       const void *context);

/* A deep copy in `arena`, without recursion deeper than the reader's depth limit. */
struct element *element_dup(struct arena *arena, const struct element *element);

/* Only the element itself and its attributes, hung under `parent` (may be NULL). */
struct element *
element_dup_shallow(struct arena *arena, const struct element *element, struct element *parent);

/* Reading. All accept NULL and then find nothing. An empty `ns` matches any. */
bool element_is(const struct element *element, struct str ns, struct str name);
struct element *element_child(const struct element *parent, struct str ns, struct str name);
struct element *element_first_child(const struct element *parent); /* first that is not text */
struct element *element_next(const struct element *element); /* next sibling that is not text */
struct element *element_next_named(const struct element *element, struct str ns, struct str name);
struct str element_get(const struct element *element, struct str name); /* attribute; or empty */
bool element_has(const struct element *element, struct str name);

/* The text directly inside, as one piece. A view when it is one run; else joined in `arena`. */
struct str element_text(struct arena *arena, const struct element *element);

/* element_text of a named child, empty when there is none. */
struct str element_child_text(struct arena *arena,
                              const struct element *parent,
                              struct str ns,
                              struct str name);
