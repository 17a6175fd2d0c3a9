/* member_group.h - JdMemberGroup, a headline among the members, and JdMemberGroups, the members in
 * order: moderators, then the others, by name, each group under its headline.
 * A GListModel of JdMemberGroup and JdMember. It sorts once a main loop turn, however many came.
 * Owns: references to the members. Threads: the main one. Errors: none. Cost: n log n a turn in
 * which something changed. Spec: XEP-0045 5.1 (roles). Tests: tests/desktop/test_member_groups.c */
#pragma once

#include "client/member.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define JD_TYPE_MEMBER_GROUP (jd_member_group_get_type())
G_DECLARE_FINAL_TYPE(JdMemberGroup, jd_member_group, JD, MEMBER_GROUP, GObject)

gboolean jd_member_group_is_moderators(JdMemberGroup *self);
guint jd_member_group_get_count(JdMemberGroup *self);

#define JD_TYPE_MEMBER_GROUPS (jd_member_groups_get_type())
G_DECLARE_FINAL_TYPE(JdMemberGroups, jd_member_groups, JD, MEMBER_GROUPS, GObject)

JdMemberGroups *jd_member_groups_new(GListModel *members);

/* Only members whose name has these letters; NULL or "" = all. */
void jd_member_groups_set_filter(JdMemberGroups *self, const char *letters);

G_END_DECLS
