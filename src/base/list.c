/* list.c - see list.h. */
#include "base/list.h"

size_t
list_count(const struct list *list)
{
    size_t count = 0;

    for (const struct list *link = list->next; link != list; link = link->next)
        count++;
    return count;
}
