/* member.h - JdMember: one occupant of a room, as the user sees them.
 * Owns: its strings. Threads: the account's. Errors: none. Spec: XEP-0045 5, RFC 6121 4.7.2.1.
 * Tests: tests/unit/client/test_conversation.c */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum {
    JD_SHOW_OFFLINE,
    JD_SHOW_ONLINE,
    JD_SHOW_CHAT,
    JD_SHOW_AWAY,
    JD_SHOW_XA,
    JD_SHOW_DND
} JdShow;
typedef enum {
    JD_ROLE_NONE,
    JD_ROLE_VISITOR,
    JD_ROLE_PARTICIPANT,
    JD_ROLE_MODERATOR
} JdRole;
typedef enum {
    JD_AFFILIATION_OUTCAST = -1,
    JD_AFFILIATION_NONE,
    JD_AFFILIATION_MEMBER,
    JD_AFFILIATION_ADMIN,
    JD_AFFILIATION_OWNER
} JdAffiliation;

#define JD_TYPE_SHOW (jd_show_get_type())
GType jd_show_get_type(void);
#define JD_TYPE_ROLE (jd_role_get_type())
GType jd_role_get_type(void);
#define JD_TYPE_AFFILIATION (jd_affiliation_get_type())
GType jd_affiliation_get_type(void);

#define JD_TYPE_MEMBER (jd_member_get_type())
G_DECLARE_FINAL_TYPE(JdMember, jd_member, JD, MEMBER, GObject)

/* Properties (all notify): "nickname", "jid" (bare real JID, NULL when the room hides it),
 * "occupant-jid", "show", "status" (text), "role", "affiliation", "self" boolean */
const char *jd_member_get_nickname(JdMember *self);
const char *jd_member_get_jid(JdMember *self);
const char *jd_member_get_occupant_jid(JdMember *self);
const char *jd_member_get_status(JdMember *self);
JdShow jd_member_get_show(JdMember *self);
JdRole jd_member_get_role(JdMember *self);
JdAffiliation jd_member_get_affiliation(JdMember *self);
gboolean jd_member_is_self(JdMember *self);
gboolean jd_member_is_guest(JdMember *self); /* no account: the name is nobody's */

G_END_DECLS
