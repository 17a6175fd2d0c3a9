#include "desktop/completion.h"

#include "client/member.h"

#include <string.h>

void
completion_reset(struct completion *completion)
{
    g_clear_pointer(&completion->typed, g_free);
    completion->matched = 0;
}

static int
compare_names(gconstpointer one, gconstpointer other)
{
    const char *const *a = one;
    const char *const *b = other;
    return g_utf8_collate(*a, *b);
}

/* The nicknames of others that begin with `prefix`, in order. */
static GPtrArray *
matches(GListModel *members, const char *prefix)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *wanted = g_utf8_casefold(prefix, -1);
    for (guint i = 0; i < g_list_model_get_n_items(members); i++) {
        g_autoptr(JdMember) member = g_list_model_get_item(members, i);
        g_autofree char *folded = g_utf8_casefold(jd_member_get_nickname(member), -1);
        if (!jd_member_is_self(member) && g_str_has_prefix(folded, wanted))
            g_ptr_array_add(names, g_strdup(jd_member_get_nickname(member)));
    }
    g_ptr_array_sort(names, compare_names);
    return names;
}

char *
completion_next(struct completion *completion, const char *line, GListModel *members)
{
    if (completion->typed == NULL)
        completion->typed = g_strdup(line);

    const char *space = strrchr(completion->typed, ' ');
    const char *word = space ? space + 1 : completion->typed;
    gboolean at_sign = word[0] == '@';
    const char *prefix = at_sign ? word + 1 : word;
    if (prefix[0] == '\0') {
        completion_reset(completion);
        return NULL;
    }
    g_autoptr(GPtrArray) names = matches(members, prefix);
    if (names->len == 0) {
        completion_reset(completion);
        return NULL;
    }
    const char *name = names->pdata[completion->matched++ % names->len];
    int before = (int)(prefix - completion->typed);
    const char *after = prefix == completion->typed ? ", " : " ";
    return g_strdup_printf("%.*s%s%s", before, completion->typed, name, after);
}
