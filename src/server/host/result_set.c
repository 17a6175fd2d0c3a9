/* result_set.c - see result_set.h. */
#include "server/host/result_set.h"

#include "base/error.h"

int
result_set_read(struct arena *arena,
                const struct element *query,
                size_t limit,
                struct result_set *ret)
{
    const struct element *set = element_child(query, NS_RESULT_SET, STR("set"));
    const struct element *max = element_child(set, NS_RESULT_SET, STR("max"));
    int64_t count = (int64_t)limit;

    if (element_child(set, NS_RESULT_SET, STR("before")) ||
        element_child(set, NS_RESULT_SET, STR("index")))
        return E_UNSUPPORTED;
    if (max && str_to_int64(str_trim(element_text(arena, max)), 0, INT64_MAX, &count) < 0)
        return E_FORMAT;
    *ret = (struct result_set){
        .asked = set,
        .max = (size_t)count < limit ? (size_t)count : limit,
        .after = element_child_text(arena, set, NS_RESULT_SET, STR("after")),
    };
    return 0;
}

void
result_set_write(struct arena *arena, struct element *query, struct str first, struct str last)
{
    struct element *set = element_add(arena, query, NS_RESULT_SET, STR("set"));

    if (first.len == 0)
        return;
    element_add_with_text(arena, set, NS_RESULT_SET, STR("first"), first);
    element_add_with_text(arena, set, NS_RESULT_SET, STR("last"), last);
}
