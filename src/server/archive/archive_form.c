/* archive_form.c - see archive_form.h. */
#include "server/archive/archive_form.h"

#include "base/clock.h"
#include "base/error.h"
#include "server/archive/archive_query.h"
#include "xmpp/ns.h"

#include <stdlib.h>

#define NS_RESULT_SET    STR("http://jabber.org/protocol/rsm")
#define NS_VALIDATE      STR("http://jabber.org/protocol/xdata-validate")
#define FIELD_FULLTEXT   "{urn:xmpp:fulltext:0}fulltext"
#define KEYS_MAX         ((size_t)ARCHIVE_PAGE_MAX)
#define PAGE_BYTES_MAX   ((size_t)256 * 1024)
#define SEARCH_BYTES_MAX ((size_t)1024)

/* What the fields are read into. */
struct reading {
    const struct store *store;
    struct store_archive_page *page;
    struct arena *arena;
    struct jid with;
};

/* ---- ids ---- */

static int
add_anchor(struct reading *reading, struct str id, int64_t *ret_key)
{
    struct store_archive_page *page = reading->page;
    int r = store_archive_key_of(reading->store, id, ret_key);

    if (r < 0)
        return r;
    if (page->anchor_count == ARCHIVE_ANCHORS_MAX)
        return E_FORMAT;
    page->anchors[page->anchor_count++] = *ret_key;
    return 0;
}

static int
start_behind(struct reading *reading, struct str id)
{
    int64_t key;
    int r = add_anchor(reading, id, &key);

    if (r == 0 && key > reading->page->after)
        reading->page->after = key;
    return r;
}

static int
end_before(struct reading *reading, struct str id)
{
    int64_t key;
    int r = add_anchor(reading, id, &key);

    if (r == 0 && (reading->page->before == 0 || key < reading->page->before))
        reading->page->before = key;
    return r;
}

/* ---- the fields ---- */

static struct str
value_of(struct reading *reading, const struct element *field)
{
    return str_trim(element_child_text(reading->arena, field, NS_DATA_FORM, STR("value")));
}

static int
read_form_type(struct reading *reading, const struct element *field)
{
    return str_equal(value_of(reading, field), NS_MAM) ? 0 : E_FORMAT;
}

static int
read_with(struct reading *reading, const struct element *field)
{
    return jid_parse(reading->arena, value_of(reading, field), &reading->with);
}

static int
read_start(struct reading *reading, const struct element *field)
{
    reading->page->has_span = true;
    return clock_parse(value_of(reading, field), &reading->page->start_us);
}

static int
read_end(struct reading *reading, const struct element *field)
{
    reading->page->has_span = true;
    return clock_parse(value_of(reading, field), &reading->page->end_us);
}

static int
read_after_id(struct reading *reading, const struct element *field)
{
    return start_behind(reading, value_of(reading, field));
}

static int
read_before_id(struct reading *reading, const struct element *field)
{
    return end_before(reading, value_of(reading, field));
}

static int
compare_keys(const void *a, const void *b)
{
    const int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;

    return one < other ? -1 : one > other;
}

/* In growing order, each once. */
static size_t
sort_keys(int64_t *keys, size_t count)
{
    size_t kept = 0;

    qsort(keys, count, sizeof(*keys), compare_keys);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || keys[i] != keys[kept - 1])
            keys[kept++] = keys[i];
    }
    return kept;
}

static int
read_ids(struct reading *reading, const struct element *field)
{
    int64_t *keys = arena_alloc(reading->arena, KEYS_MAX * sizeof(*keys));
    const struct element *value = element_child(field, NS_DATA_FORM, STR("value"));
    size_t count = 0;

    for (; value; value = element_next_named(value, NS_DATA_FORM, STR("value"))) {
        struct str id = str_trim(element_text(reading->arena, value));
        int r = count < KEYS_MAX ? store_archive_key_of(reading->store, id, &keys[count]) : E_LIMIT;

        if (r < 0)
            return r;
        count++;
    }
    reading->page->keys = keys;
    reading->page->key_count = sort_keys(keys, count);
    return count > 0 ? 0 : E_FORMAT;
}

/* Archives of users have no groupchat messages, those of rooms nothing else: nothing to choose. */
static int
read_include_groupchat(struct reading *reading, const struct element *field)
{
    (void)reading;
    (void)field;
    return 0;
}

static int
read_fulltext(struct reading *reading, const struct element *field)
{
    reading->page->search = value_of(reading, field);
    return reading->page->search.len <= SEARCH_BYTES_MAX ? 0 : E_LIMIT;
}

static const struct {
    const char *var;
    const char *type;
    int (*read)(struct reading *reading, const struct element *field);
} fields[] = {
    { "FORM_TYPE", "hidden", read_form_type },
    { "with", "jid-single", read_with },
    { "start", "text-single", read_start },
    { "end", "text-single", read_end },
    { "before-id", "text-single", read_before_id },
    { "after-id", "text-single", read_after_id },
    { "ids", "list-multi", read_ids },
    { "include-groupchat", "boolean", read_include_groupchat },
    { FIELD_FULLTEXT, "text-single", read_fulltext },
};

/* XEP-0313 4.2: a field that is not known must not be overlooked. */
static int
read_field(struct reading *reading, const struct element *field)
{
    struct str var = element_get(field, STR("var"));

    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        if (str_is(var, fields[i].var))
            return fields[i].read(reading, field);
    }
    return E_UNSUPPORTED;
}

static bool
has_form_type(struct reading *reading, const struct element *form)
{
    const struct element *field = element_child(form, NS_DATA_FORM, STR("field"));

    for (; field; field = element_next_named(field, NS_DATA_FORM, STR("field"))) {
        if (str_is(element_get(field, STR("var")), "FORM_TYPE"))
            return read_form_type(reading, field) == 0;
    }
    return false;
}

static int
read_form(struct reading *reading, const struct element *form)
{
    const struct element *field = element_child(form, NS_DATA_FORM, STR("field"));
    int r = 0;

    if (!str_is(element_get(form, STR("type")), "submit") || !has_form_type(reading, form))
        return E_FORMAT;
    reading->page->start_us = INT64_MIN;
    reading->page->end_us = INT64_MAX;
    for (; field && r == 0; field = element_next_named(field, NS_DATA_FORM, STR("field")))
        r = read_field(reading, field);
    return r;
}

/* ---- the page ---- */

static int
read_max(struct reading *reading, const struct element *set)
{
    const struct element *max = element_child(set, NS_RESULT_SET, STR("max"));
    int64_t count;

    if (!max)
        return 0;
    if (str_to_int64(str_trim(element_text(reading->arena, max)), 0, INT64_MAX, &count) < 0)
        return E_FORMAT;
    reading->page->limit = (size_t)count < ARCHIVE_PAGE_MAX ? (size_t)count : ARCHIVE_PAGE_MAX;
    return 0;
}

/* XEP-0059 2.2 to 2.5. */
static int
read_set(struct reading *reading, const struct element *set)
{
    const struct element *after = element_child(set, NS_RESULT_SET, STR("after"));
    const struct element *before = element_child(set, NS_RESULT_SET, STR("before"));
    int r;

    if (element_child(set, NS_RESULT_SET, STR("index")))
        return E_UNSUPPORTED;
    r = read_max(reading, set);
    /* An empty one is no id: before the first there is nothing left out. */
    struct str first = str_trim(element_text(reading->arena, after));
    struct str last = str_trim(element_text(reading->arena, before));
    if (r == 0 && first.len > 0)
        r = start_behind(reading, first);
    if (r == 0 && last.len > 0)
        r = end_before(reading, last);
    reading->page->backwards = before;
    return r;
}

int
archive_form_read(const struct store *store,
                  const struct element *query,
                  struct store_archive_page *page,
                  struct jid *ret_with)
{
    struct reading reading = { .store = store, .page = page, .arena = &page->call.arena };
    const struct element *form = element_child(query, NS_DATA_FORM, STR("x"));
    const struct element *set = element_child(query, NS_RESULT_SET, STR("set"));
    int r = 0;

    page->limit = ARCHIVE_PAGE_DEFAULT;
    page->byte_max = PAGE_BYTES_MAX;
    if (form)
        r = read_form(&reading, form);
    if (r == 0 && set)
        r = read_set(&reading, set);
    /* Single messages by their ids are not looked for by anything else. */
    if (r == 0 && page->key_count > 0 &&
        (jid_is_set(reading.with) || page->has_span || page->search.len > 0))
        r = E_UNSUPPORTED;
    *ret_with = reading.with;
    page->search = store_keep(&page->call, page->search);
    return r;
}

/* XEP-0313 4.1.5. */
void
archive_form_write(struct arena *arena, struct element *query)
{
    struct element *form = element_add(arena, query, NS_DATA_FORM, STR("x"));

    element_set(arena, form, STR("type"), STR("form"));
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        struct element *field = element_add(arena, form, NS_DATA_FORM, STR("field"));

        element_set(arena, field, STR("type"), str_from(fields[i].type));
        element_set(arena, field, STR("var"), str_from(fields[i].var));
        if (fields[i].read == read_form_type)
            element_add_with_text(arena, field, NS_DATA_FORM, STR("value"), NS_MAM);
        if (fields[i].read == read_ids) {
            struct element *validate = element_add(arena, field, NS_VALIDATE, STR("validate"));

            element_set(arena, validate, STR("datatype"), STR("xs:string"));
            element_add(arena, validate, NS_VALIDATE, STR("open"));
        }
    }
}
