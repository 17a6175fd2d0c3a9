/* list.h - an intrusive doubly-linked ring: the links live in the things that are listed.
 * Owns: nothing. Threads: one owner at a time. Errors: none. Cost: O(1) unless said.
 * Tests: tests/unit/base/test_list.c */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>

/* Both the head of a list and the link inside a member. Zeroed memory is not a valid list. */
struct list {
    struct list *prev, *next;
};

static inline void
list_init(struct list *list)
{
    list->prev = list->next = list;
}

static inline bool
list_is_empty(const struct list *list)
{
    return list->next == list;
}

/* Puts `link` (not in any list) behind the last member of `list`. */
static inline void
list_append(struct list *list, struct list *link)
{
    link->prev = list->prev;
    link->next = list;
    list->prev->next = link;
    list->prev = link;
}

/* Takes `link` out of whatever list it is in; a link in no list (but initialised) is fine. */
static inline void
list_remove(struct list *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    list_init(link);
}

/* The number of members; O(n). */
size_t list_count(const struct list *list);

/* Walks the members; `link` may be removed during its turn, others may not. */
#define LIST_FOREACH(head, link)                                                                   \
    for (struct list *link = (head)->next, *link##_next = link->next; link != (head);              \
         link = link##_next, link##_next = link->next)
