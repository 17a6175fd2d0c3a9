#include "client/member_private.h"

struct _JdMember {
    GObject parent_instance;
    char *nickname;
    char *occupant_jid;
    char *jid;
    char *status;
    JdShow show;
    JdRole role;
    JdAffiliation affiliation;
    gboolean self;
    gboolean guest;
    gboolean stale;
};

G_DEFINE_FINAL_TYPE(JdMember, jd_member, G_TYPE_OBJECT)

G_DEFINE_ENUM_TYPE(JdShow,
                   jd_show,
                   G_DEFINE_ENUM_VALUE(JD_SHOW_OFFLINE, "offline"),
                   G_DEFINE_ENUM_VALUE(JD_SHOW_ONLINE, "online"),
                   G_DEFINE_ENUM_VALUE(JD_SHOW_CHAT, "chat"),
                   G_DEFINE_ENUM_VALUE(JD_SHOW_AWAY, "away"),
                   G_DEFINE_ENUM_VALUE(JD_SHOW_XA, "xa"),
                   G_DEFINE_ENUM_VALUE(JD_SHOW_DND, "dnd"))

G_DEFINE_ENUM_TYPE(JdRole,
                   jd_role,
                   G_DEFINE_ENUM_VALUE(JD_ROLE_NONE, "none"),
                   G_DEFINE_ENUM_VALUE(JD_ROLE_VISITOR, "visitor"),
                   G_DEFINE_ENUM_VALUE(JD_ROLE_PARTICIPANT, "participant"),
                   G_DEFINE_ENUM_VALUE(JD_ROLE_MODERATOR, "moderator"))

G_DEFINE_ENUM_TYPE(JdAffiliation,
                   jd_affiliation,
                   G_DEFINE_ENUM_VALUE(JD_AFFILIATION_OUTCAST, "outcast"),
                   G_DEFINE_ENUM_VALUE(JD_AFFILIATION_NONE, "none"),
                   G_DEFINE_ENUM_VALUE(JD_AFFILIATION_MEMBER, "member"),
                   G_DEFINE_ENUM_VALUE(JD_AFFILIATION_ADMIN, "admin"),
                   G_DEFINE_ENUM_VALUE(JD_AFFILIATION_OWNER, "owner"))

enum {
    PROP_0,
    PROP_NICKNAME,
    PROP_JID,
    PROP_OCCUPANT_JID,
    PROP_SHOW,
    PROP_STATUS,
    PROP_ROLE,
    PROP_AFFILIATION,
    PROP_SELF,
    PROP_GUEST,
    N_PROPS
};
static GParamSpec *properties[N_PROPS];

static void
jd_member_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    JdMember *self = JD_MEMBER(object);
    switch (id) {
    case PROP_NICKNAME:
        g_value_set_string(value, self->nickname);
        break;
    case PROP_JID:
        g_value_set_string(value, self->jid);
        break;
    case PROP_OCCUPANT_JID:
        g_value_set_string(value, self->occupant_jid);
        break;
    case PROP_SHOW:
        g_value_set_enum(value, (gint)self->show);
        break;
    case PROP_STATUS:
        g_value_set_string(value, self->status);
        break;
    case PROP_ROLE:
        g_value_set_enum(value, (gint)self->role);
        break;
    case PROP_AFFILIATION:
        g_value_set_enum(value, (gint)self->affiliation);
        break;
    case PROP_SELF:
        g_value_set_boolean(value, self->self);
        break;
    case PROP_GUEST:
        g_value_set_boolean(value, self->guest);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
jd_member_finalize(GObject *object)
{
    JdMember *self = JD_MEMBER(object);
    g_free(self->nickname);
    g_free(self->occupant_jid);
    g_free(self->jid);
    g_free(self->status);
    G_OBJECT_CLASS(jd_member_parent_class)->finalize(object);
}

static void
jd_member_class_init(JdMemberClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

    object_class->get_property = jd_member_get_property;
    object_class->finalize = jd_member_finalize;

    properties[PROP_NICKNAME] = g_param_spec_string("nickname", NULL, NULL, NULL, flags);
    properties[PROP_JID] = g_param_spec_string("jid", NULL, NULL, NULL, flags);
    properties[PROP_OCCUPANT_JID] = g_param_spec_string("occupant-jid", NULL, NULL, NULL, flags);
    properties[PROP_SHOW] =
        g_param_spec_enum("show", NULL, NULL, JD_TYPE_SHOW, JD_SHOW_OFFLINE, flags);
    properties[PROP_STATUS] = g_param_spec_string("status", NULL, NULL, NULL, flags);
    properties[PROP_ROLE] =
        g_param_spec_enum("role", NULL, NULL, JD_TYPE_ROLE, JD_ROLE_NONE, flags);
    properties[PROP_AFFILIATION] = g_param_spec_enum("affiliation", NULL, NULL, JD_TYPE_AFFILIATION,
                                                     JD_AFFILIATION_NONE, flags);
    properties[PROP_SELF] = g_param_spec_boolean("self", NULL, NULL, FALSE, flags);
    properties[PROP_GUEST] = g_param_spec_boolean("guest", NULL, NULL, FALSE, flags);
    g_object_class_install_properties(object_class, N_PROPS, properties);
}

static void
jd_member_init(JdMember *self)
{
    (void)self;
}

static void
update_text(JdMember *self, char **field, const char *text, guint property)
{
    if (g_strcmp0(*field, text) == 0)
        return;
    g_free(*field);
    *field = g_strdup(text);
    g_object_notify_by_pspec(G_OBJECT(self), properties[property]);
}

#define UPDATE_NUMBER(self, field, value, property)                                                \
    do {                                                                                           \
        if ((self)->field != (value)) {                                                            \
            (self)->field = (value);                                                               \
            g_object_notify_by_pspec(G_OBJECT(self), properties[property]);                        \
        }                                                                                          \
    } while (0)

void
member_update(JdMember *self, const struct member_details *details)
{
    g_object_freeze_notify(G_OBJECT(self));
    update_text(self, &self->nickname, details->nickname, PROP_NICKNAME);
    update_text(self, &self->occupant_jid, details->occupant_jid, PROP_OCCUPANT_JID);
    update_text(self, &self->jid, details->jid, PROP_JID);
    update_text(self, &self->status, details->status, PROP_STATUS);
    UPDATE_NUMBER(self, show, details->show, PROP_SHOW);
    UPDATE_NUMBER(self, role, details->role, PROP_ROLE);
    UPDATE_NUMBER(self, affiliation, details->affiliation, PROP_AFFILIATION);
    UPDATE_NUMBER(self, self, details->self, PROP_SELF);
    UPDATE_NUMBER(self, guest, details->guest, PROP_GUEST);
    self->stale = FALSE;
    g_object_thaw_notify(G_OBJECT(self));
}

JdMember *
member_new(const struct member_details *details)
{
    JdMember *self = g_object_new(JD_TYPE_MEMBER, NULL);
    member_update(self, details);
    return self;
}

void
member_set_stale(JdMember *self, gboolean stale)
{
    self->stale = stale;
}

gboolean
member_is_stale(JdMember *self)
{
    return self->stale;
}

const char *
jd_member_get_nickname(JdMember *self)
{
    g_return_val_if_fail(JD_IS_MEMBER(self), NULL);
    return self->nickname;
}

const char *
jd_member_get_jid(JdMember *self)
{
    g_return_val_if_fail(JD_IS_MEMBER(self), NULL);
    return self->jid;
}

const char *
jd_member_get_occupant_jid(JdMember *self)
{
    g_return_val_if_fail(JD_IS_MEMBER(self), NULL);
    return self->occupant_jid;
}

const char *
jd_member_get_status(JdMember *self)
{
    g_return_val_if_fail(JD_IS_MEMBER(self), NULL);
    return self->status;
}

JdShow
jd_member_get_show(JdMember *self)
{
    g_return_val_if_fail(JD_IS_MEMBER(self), JD_SHOW_OFFLINE);
    return self->show;
}

JdRole
jd_member_get_role(JdMember *self)
{
    g_return_val_if_fail(JD_IS_MEMBER(self), JD_ROLE_NONE);
    return self->role;
}

JdAffiliation
jd_member_get_affiliation(JdMember *self)
{
    g_return_val_if_fail(JD_IS_MEMBER(self), JD_AFFILIATION_NONE);
    return self->affiliation;
}

gboolean
jd_member_is_self(JdMember *self)
{
    g_return_val_if_fail(JD_IS_MEMBER(self), FALSE);
    return self->self;
}

gboolean
jd_member_is_guest(JdMember *self)
{
    g_return_val_if_fail(JD_IS_MEMBER(self), FALSE);
    return self->guest;
}
