/* conversation_members.c - who is in a room, sorted by nickname. Spec: XEP-0045 5. */
#include "client/conversation_struct.h"

static gint
compare_members(gconstpointer a, gconstpointer b, gpointer user_data)
{
    (void)user_data;
    const char *name_a = jd_member_get_nickname(JD_MEMBER((gpointer)(guintptr)a));
    const char *name_b = jd_member_get_nickname(JD_MEMBER((gpointer)(guintptr)b));
    g_autofree char *folded_a = g_utf8_casefold(name_a, -1);
    g_autofree char *folded_b = g_utf8_casefold(name_b, -1);
    gint order = g_utf8_collate(folded_a, folded_b);
    return order != 0 ? order : strcmp(name_a, name_b);
}

JdMember *
conversation_find_member(JdConversation *self, const char *nickname)
{
    return g_hash_table_lookup(self->by_nickname, nickname);
}

JdMember *
conversation_find_member_by_jid(JdConversation *self, const char *bare_jid)
{
    GHashTableIter iter;
    gpointer member;
    g_hash_table_iter_init(&iter, self->by_nickname);
    while (g_hash_table_iter_next(&iter, NULL, &member)) {
        if (g_strcmp0(jd_member_get_jid(member), bare_jid) == 0)
            return member;
    }
    return NULL;
}

static void
insert_member(JdConversation *self, JdMember *member)
{
    g_hash_table_replace(self->by_nickname, g_strdup(jd_member_get_nickname(member)),
                         g_object_ref(member));
    g_list_store_insert_sorted(self->members, member, compare_members, NULL);
    conversation_update_subtitle(self);
}

void
conversation_put_member(JdConversation *self, const struct member_details *details)
{
    JdMember *known = conversation_find_member(self, details->nickname);
    if (known) {
        member_update(known, details);
        return;
    }
    g_autoptr(JdMember) member = member_new(details);
    insert_member(self, member);
}

static void
take_out_of_list(JdConversation *self, JdMember *member)
{
    guint position = 0;
    if (g_list_store_find(self->members, member, &position))
        g_list_store_remove(self->members, position);
}

void
conversation_remove_member(JdConversation *self, const char *nickname)
{
    JdMember *member = conversation_find_member(self, nickname);
    if (member == NULL)
        return;
    take_out_of_list(self, member);
    g_hash_table_remove(self->by_nickname, nickname);
    conversation_update_subtitle(self);
}

void
conversation_rename_member(JdConversation *self,
                           const char *from,
                           const struct member_details *details)
{
    JdMember *known = conversation_find_member(self, from);
    if (known == NULL) {
        conversation_put_member(self, details);
        return;
    }
    g_autoptr(JdMember) member = g_object_ref(known);
    conversation_remove_member(self, from);
    conversation_remove_member(self, details->nickname);
    member_update(member, details);
    insert_member(self, member);
}

void
conversation_clear_members(JdConversation *self)
{
    g_hash_table_remove_all(self->by_nickname);
    g_list_store_remove_all(self->members);
    conversation_update_subtitle(self);
}

void
conversation_mark_members_stale(JdConversation *self)
{
    GHashTableIter iter;
    gpointer member;
    g_hash_table_iter_init(&iter, self->by_nickname);
    while (g_hash_table_iter_next(&iter, NULL, &member))
        member_set_stale(member, TRUE);
}

void
conversation_remove_stale_members(JdConversation *self)
{
    GHashTableIter iter;
    gpointer member;
    g_hash_table_iter_init(&iter, self->by_nickname);
    while (g_hash_table_iter_next(&iter, NULL, &member)) {
        if (!member_is_stale(member))
            continue;
        take_out_of_list(self, member);
        g_hash_table_iter_remove(&iter);
    }
    conversation_update_subtitle(self);
}
