#include "desktop/member_group.h"

#include <string.h>

struct _JdMemberGroup {
    GObject parent_instance;
    gboolean moderators;
    guint count;
};

G_DEFINE_FINAL_TYPE(JdMemberGroup, jd_member_group, G_TYPE_OBJECT)

static void
jd_member_group_class_init(JdMemberGroupClass *klass)
{
    (void)klass;
}

static void
jd_member_group_init(JdMemberGroup *self)
{
    (void)self;
}

static JdMemberGroup *
group_new(gboolean moderators, guint count)
{
    JdMemberGroup *self = g_object_new(JD_TYPE_MEMBER_GROUP, NULL);
    self->moderators = moderators;
    self->count = count;
    return self;
}

gboolean
jd_member_group_is_moderators(JdMemberGroup *self)
{
    return self->moderators;
}

guint
jd_member_group_get_count(JdMemberGroup *self)
{
    return self->count;
}

/* ---- the list ---- */

struct _JdMemberGroups {
    GObject parent_instance;
    GListModel *members;
    GPtrArray *watched; /* members whose changes we follow */
    GPtrArray *items;   /* what is shown */
    char *filter;       /* case-folded */
    guint idle;
};

static GType
groups_get_item_type(GListModel *model)
{
    (void)model;
    return G_TYPE_OBJECT;
}

static guint
groups_get_n_items(GListModel *model)
{
    return JD_MEMBER_GROUPS(model)->items->len;
}

static gpointer
groups_get_item(GListModel *model, guint position)
{
    GPtrArray *items = JD_MEMBER_GROUPS(model)->items;
    return position < items->len ? g_object_ref(items->pdata[position]) : NULL;
}

static void
groups_list_model_init(GListModelInterface *iface)
{
    iface->get_item_type = groups_get_item_type;
    iface->get_n_items = groups_get_n_items;
    iface->get_item = groups_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE(JdMemberGroups,
                              jd_member_groups,
                              G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(G_TYPE_LIST_MODEL, groups_list_model_init))

/* A member and what it is sorted by; folding the case costs more than sorting. */
struct entry {
    JdMember *member;
    char *key;
};

static void
entry_clear(gpointer data)
{
    struct entry *entry = data;
    g_object_unref(entry->member);
    g_free(entry->key);
}

static int
compare_entries(gconstpointer one, gconstpointer other)
{
    const struct entry *a = one;
    const struct entry *b = other;
    return strcmp(a->key, b->key);
}

static gboolean
passes(JdMemberGroups *self, JdMember *member)
{
    if (self->filter == NULL)
        return TRUE;
    g_autofree char *folded = g_utf8_casefold(jd_member_get_nickname(member), -1);
    return strstr(folded, self->filter) != NULL;
}

/* Takes part in the group, in order. */
static GArray *
entries_of(JdMemberGroups *self, gboolean moderators)
{
    GArray *entries = g_array_new(FALSE, FALSE, sizeof(struct entry));
    g_array_set_clear_func(entries, entry_clear);
    for (guint i = 0; i < g_list_model_get_n_items(self->members); i++) {
        g_autoptr(JdMember) member = g_list_model_get_item(self->members, i);
        gboolean moderates = jd_member_get_role(member) == JD_ROLE_MODERATOR;
        if (moderates != moderators || !passes(self, member))
            continue;
        g_autofree char *folded = g_utf8_casefold(jd_member_get_nickname(member), -1);
        struct entry entry = { .key = g_utf8_collate_key(folded, -1) };
        entry.member = g_steal_pointer(&member);
        g_array_append_val(entries, entry);
    }
    g_array_sort(entries, compare_entries);
    return entries;
}

static GObject *
old_group(JdMemberGroups *self, gboolean moderators, guint count)
{
    for (guint i = 0; i < self->items->len; i++) {
        if (!JD_IS_MEMBER_GROUP(self->items->pdata[i]))
            continue;
        JdMemberGroup *group = self->items->pdata[i];
        if (group->moderators == moderators && group->count == count)
            return g_object_ref(G_OBJECT(group));
    }
    return G_OBJECT(group_new(moderators, count));
}

static void
append_group(JdMemberGroups *self, gboolean moderators, GPtrArray *items)
{
    g_autoptr(GArray) entries = entries_of(self, moderators);
    if (entries->len == 0)
        return;
    g_ptr_array_add(items, old_group(self, moderators, entries->len));
    for (guint i = 0; i < entries->len; i++)
        g_ptr_array_add(items, g_object_ref(g_array_index(entries, struct entry, i).member));
}

/* Shows `items` (taken) and tells what lies between the equal start and the equal end. */
static void
replace_items(JdMemberGroups *self, GPtrArray *items)
{
    g_autoptr(GPtrArray) old = g_steal_pointer(&self->items);
    guint head = 0;
    guint tail = 0;
    guint shorter = MIN(old->len, items->len);

    while (head < shorter && old->pdata[head] == items->pdata[head])
        head++;
    while (tail < shorter - head &&
           old->pdata[old->len - 1 - tail] == items->pdata[items->len - 1 - tail])
        tail++;
    self->items = items;
    guint removed = old->len - head - tail;
    guint added = items->len - head - tail;
    if (removed > 0 || added > 0)
        g_list_model_items_changed(G_LIST_MODEL(self), head, removed, added);
}

static void
update(JdMemberGroups *self)
{
    GPtrArray *items = g_ptr_array_new_with_free_func(g_object_unref);
    append_group(self, TRUE, items);
    append_group(self, FALSE, items);
    replace_items(self, items);
}

static gboolean
update_idle_cb(gpointer data)
{
    JdMemberGroups *self = JD_MEMBER_GROUPS(data);
    self->idle = 0;
    update(self);
    return G_SOURCE_REMOVE;
}

/* Before the next frame is drawn. */
static void
queue_update(JdMemberGroups *self)
{
    if (self->idle == 0)
        self->idle = g_idle_add_full(G_PRIORITY_HIGH_IDLE, update_idle_cb, self, NULL);
}

static void
member_changed_cb(JdMemberGroups *self)
{
    queue_update(self);
}

static void
watch(JdMemberGroups *self, guint position)
{
    JdMember *member = g_list_model_get_item(self->members, position);
    g_signal_connect_swapped(member, "notify::role", G_CALLBACK(member_changed_cb), self);
    g_signal_connect_swapped(member, "notify::nickname", G_CALLBACK(member_changed_cb), self);
    g_ptr_array_insert(self->watched, (int)position, member);
}

static void
unwatch(JdMemberGroups *self, JdMember *member)
{
    g_signal_handlers_disconnect_by_data(member, self);
}

static void
members_changed_cb(GListModel *members, guint position, guint removed, guint added, gpointer data)
{
    JdMemberGroups *self = JD_MEMBER_GROUPS(data);
    (void)members;
    for (guint i = 0; i < removed; i++)
        unwatch(self, self->watched->pdata[position + i]);
    if (removed > 0)
        g_ptr_array_remove_range(self->watched, position, removed);
    for (guint i = 0; i < added; i++)
        watch(self, position + i);
    queue_update(self);
}

static void
jd_member_groups_dispose(GObject *object)
{
    JdMemberGroups *self = JD_MEMBER_GROUPS(object);
    g_clear_handle_id(&self->idle, g_source_remove);
    for (guint i = 0; i < self->watched->len; i++)
        unwatch(self, self->watched->pdata[i]);
    g_ptr_array_set_size(self->watched, 0);
    g_clear_object(&self->members);
    G_OBJECT_CLASS(jd_member_groups_parent_class)->dispose(object);
}

static void
jd_member_groups_finalize(GObject *object)
{
    JdMemberGroups *self = JD_MEMBER_GROUPS(object);
    g_ptr_array_unref(self->watched);
    g_ptr_array_unref(self->items);
    g_free(self->filter);
    G_OBJECT_CLASS(jd_member_groups_parent_class)->finalize(object);
}

static void
jd_member_groups_class_init(JdMemberGroupsClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = jd_member_groups_dispose;
    G_OBJECT_CLASS(klass)->finalize = jd_member_groups_finalize;
}

static void
jd_member_groups_init(JdMemberGroups *self)
{
    self->watched = g_ptr_array_new_with_free_func(g_object_unref);
    self->items = g_ptr_array_new_with_free_func(g_object_unref);
}

JdMemberGroups *
jd_member_groups_new(GListModel *members)
{
    JdMemberGroups *self = g_object_new(JD_TYPE_MEMBER_GROUPS, NULL);
    self->members = g_object_ref(members);
    for (guint i = 0; i < g_list_model_get_n_items(members); i++)
        watch(self, i);
    g_signal_connect_object(members, "items-changed", G_CALLBACK(members_changed_cb), self,
                            G_CONNECT_DEFAULT);
    update(self);
    return self;
}

void
jd_member_groups_set_filter(JdMemberGroups *self, const char *letters)
{
    g_free(self->filter);
    self->filter = letters && letters[0] ? g_utf8_casefold(letters, -1) : NULL;
    queue_update(self);
}
