#include "desktop/avatar.h"

#include "client/colour.h"

#define DEFAULT_SIZE 40

struct _JdAvatar {
    GtkWidget parent_instance;
    char *name;
    PangoLayout *letter; /* made when drawn first */
    int size;
    JdShow show;
    gboolean room;
    gboolean has_presence;
};

G_DEFINE_FINAL_TYPE(JdAvatar, jd_avatar, GTK_TYPE_WIDGET)

enum {
    PROP_0,
    PROP_NAME,
    PROP_ROOM,
    PROP_SIZE,
    PROP_SHOW,
    PROP_HAS_PRESENCE,
    N_PROPS
};
static GParamSpec *properties[N_PROPS];

/* ---- the picture ---- */

/* The first letter or sign of the name, large. */
static char *
first_letter(JdAvatar *self)
{
    if (self->room)
        return g_strdup("#");
    if (self->name == NULL || self->name[0] == '\0')
        return g_strdup("");
    g_autofree char *first = g_utf8_substring(self->name, 0, 1);
    return g_utf8_strup(first, -1);
}

static PangoLayout *
ensure_letter(JdAvatar *self)
{
    if (self->letter == NULL) {
        g_autofree char *text = first_letter(self);
        self->letter = gtk_widget_create_pango_layout(GTK_WIDGET(self), text);
        PangoFontDescription *font = pango_font_description_new();
        pango_font_description_set_weight(font, PANGO_WEIGHT_SEMIBOLD);
        pango_font_description_set_absolute_size(font, 0.46 * self->size * PANGO_SCALE);
        pango_layout_set_font_description(self->letter, font);
        pango_font_description_free(font);
    }
    return self->letter;
}

static void
draw_disc(
    GtkSnapshot *snapshot, float x, float y, float diameter, float radius, const GdkRGBA *colour)
{
    GskRoundedRect clip;
    graphene_rect_t bounds = GRAPHENE_RECT_INIT(x, y, diameter, diameter);
    gsk_rounded_rect_init_from_rect(&clip, &bounds, radius);
    gtk_snapshot_push_rounded_clip(snapshot, &clip);
    gtk_snapshot_append_color(snapshot, colour, &bounds);
    gtk_snapshot_pop(snapshot);
}

static void
draw_letter(JdAvatar *self, GtkSnapshot *snapshot)
{
    const GdkRGBA white = { 1, 1, 1, 1 };
    PangoLayout *letter = ensure_letter(self);
    int width = 0;
    int height = 0;
    pango_layout_get_pixel_size(letter, &width, &height);
    float x = (float)(self->size - width) / 2;
    float y = (float)(self->size - height) / 2;

    gtk_snapshot_save(snapshot);
    gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT(x, y));
    gtk_snapshot_append_layout(snapshot, letter, &white);
    gtk_snapshot_restore(snapshot);
}

/* Full = here, crescent = away, bar = do not disturb, ring = gone: never colour alone. */
static void
draw_presence(JdAvatar *self, GtkSnapshot *snapshot)
{
    const GdkRGBA green = { 0.18F, 0.71F, 0.43F, 1 };
    const GdkRGBA amber = { 0.90F, 0.62F, 0.04F, 1 };
    const GdkRGBA red = { 0.88F, 0.11F, 0.14F, 1 };
    const GdkRGBA grey = { 0.58F, 0.58F, 0.58F, 1 };
    const GdkRGBA white = { 1, 1, 1, 1 };
    GdkRGBA around;
    gtk_style_context_get_color(gtk_widget_get_style_context(GTK_WIDGET(self)), &around);

    float dot = self->size >= 36 ? 10 : 8;
    float at = (float)self->size - dot;
    draw_disc(snapshot, at - 2, at - 2, dot + 4, dot / 2 + 2, &around);
    switch (self->show) {
    case JD_SHOW_ONLINE:
    case JD_SHOW_CHAT:
        draw_disc(snapshot, at, at, dot, dot / 2, &green);
        break;
    case JD_SHOW_AWAY:
    case JD_SHOW_XA:
        draw_disc(snapshot, at, at, dot, dot / 2, &amber);
        draw_disc(snapshot, at - dot * 0.2F, at - dot * 0.2F, dot * 0.75F, dot * 0.375F, &around);
        break;
    case JD_SHOW_DND:
        draw_disc(snapshot, at, at, dot, dot / 2, &red);
        gtk_snapshot_append_color(snapshot, &white,
                                  &GRAPHENE_RECT_INIT(at + 2, at + dot / 2 - 1, dot - 4, 2));
        break;
    case JD_SHOW_OFFLINE:
        draw_disc(snapshot, at, at, dot, dot / 2, &grey);
        draw_disc(snapshot, at + 2, at + 2, dot - 4, dot / 2 - 2, &around);
        break;
    }
}

static void
jd_avatar_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    JdAvatar *self = JD_AVATAR(widget);
    JdColour tone = jd_colour_for_name(self->name ? self->name : "", FALSE);
    GdkRGBA colour = { (float)tone.red, (float)tone.green, (float)tone.blue, 1 };
    float size = (float)self->size;

    draw_disc(snapshot, 0, 0, size, self->room ? size * 0.25F : size / 2, &colour);
    draw_letter(self, snapshot);
    if (self->has_presence)
        draw_presence(self, snapshot);
}

static void
jd_avatar_measure(GtkWidget *widget,
                  GtkOrientation orientation,
                  int for_size,
                  int *minimum,
                  int *natural,
                  int *minimum_baseline,
                  int *natural_baseline)
{
    (void)orientation;
    (void)for_size;
    *minimum = *natural = JD_AVATAR(widget)->size;
    *minimum_baseline = *natural_baseline = -1;
}

static void
jd_avatar_system_setting_changed(GtkWidget *widget, GtkSystemSetting setting)
{
    g_clear_object(&JD_AVATAR(widget)->letter);
    GTK_WIDGET_CLASS(jd_avatar_parent_class)->system_setting_changed(widget, setting);
}

/* ---- properties ---- */

void
jd_avatar_set_name(JdAvatar *self, const char *name)
{
    if (g_strcmp0(self->name, name) == 0)
        return;
    g_free(self->name);
    self->name = g_strdup(name);
    g_clear_object(&self->letter);
    gtk_widget_queue_draw(GTK_WIDGET(self));
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_NAME]);
}

void
jd_avatar_set_room(JdAvatar *self, gboolean room)
{
    if (self->room == room)
        return;
    self->room = room;
    g_clear_object(&self->letter);
    gtk_widget_queue_draw(GTK_WIDGET(self));
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_ROOM]);
}

void
jd_avatar_set_size(JdAvatar *self, int size)
{
    if (self->size == size)
        return;
    self->size = size;
    g_clear_object(&self->letter);
    gtk_widget_queue_resize(GTK_WIDGET(self));
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_SIZE]);
}

void
jd_avatar_set_show(JdAvatar *self, JdShow show)
{
    if (self->show == show)
        return;
    self->show = show;
    gtk_widget_queue_draw(GTK_WIDGET(self));
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_SHOW]);
}

void
jd_avatar_set_has_presence(JdAvatar *self, gboolean has_presence)
{
    if (self->has_presence == has_presence)
        return;
    self->has_presence = has_presence;
    gtk_widget_queue_draw(GTK_WIDGET(self));
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_HAS_PRESENCE]);
}

static void
jd_avatar_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    JdAvatar *self = JD_AVATAR(object);
    switch (id) {
    case PROP_NAME:
        jd_avatar_set_name(self, g_value_get_string(value));
        break;
    case PROP_ROOM:
        jd_avatar_set_room(self, g_value_get_boolean(value));
        break;
    case PROP_SIZE:
        jd_avatar_set_size(self, g_value_get_int(value));
        break;
    case PROP_SHOW:
        jd_avatar_set_show(self, (JdShow)g_value_get_enum(value));
        break;
    case PROP_HAS_PRESENCE:
        jd_avatar_set_has_presence(self, g_value_get_boolean(value));
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
jd_avatar_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    JdAvatar *self = JD_AVATAR(object);
    switch (id) {
    case PROP_NAME:
        g_value_set_string(value, self->name);
        break;
    case PROP_ROOM:
        g_value_set_boolean(value, self->room);
        break;
    case PROP_SIZE:
        g_value_set_int(value, self->size);
        break;
    case PROP_SHOW:
        g_value_set_enum(value, (gint)self->show);
        break;
    case PROP_HAS_PRESENCE:
        g_value_set_boolean(value, self->has_presence);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
jd_avatar_finalize(GObject *object)
{
    JdAvatar *self = JD_AVATAR(object);
    g_free(self->name);
    g_clear_object(&self->letter);
    G_OBJECT_CLASS(jd_avatar_parent_class)->finalize(object);
}

static void
jd_avatar_class_init(JdAvatarClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

    object_class->set_property = jd_avatar_set_property;
    object_class->get_property = jd_avatar_get_property;
    object_class->finalize = jd_avatar_finalize;
    widget_class->snapshot = jd_avatar_snapshot;
    widget_class->measure = jd_avatar_measure;
    widget_class->system_setting_changed = jd_avatar_system_setting_changed;

    properties[PROP_NAME] = g_param_spec_string("name", NULL, NULL, NULL, flags);
    properties[PROP_ROOM] = g_param_spec_boolean("room", NULL, NULL, FALSE, flags);
    properties[PROP_SIZE] = g_param_spec_int("size", NULL, NULL, 8, 512, DEFAULT_SIZE, flags);
    properties[PROP_SHOW] =
        g_param_spec_enum("show", NULL, NULL, JD_TYPE_SHOW, JD_SHOW_OFFLINE, flags);
    properties[PROP_HAS_PRESENCE] = g_param_spec_boolean("has-presence", NULL, NULL, FALSE, flags);
    g_object_class_install_properties(object_class, N_PROPS, properties);

    gtk_widget_class_set_css_name(widget_class, "jdavatar");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
jd_avatar_init(JdAvatar *self)
{
    self->size = DEFAULT_SIZE;
    gtk_widget_set_halign(GTK_WIDGET(self), GTK_ALIGN_CENTER);
    gtk_widget_set_valign(GTK_WIDGET(self), GTK_ALIGN_CENTER);
}

GtkWidget *
jd_avatar_new(void)
{
    return g_object_new(JD_TYPE_AVATAR, NULL);
}
