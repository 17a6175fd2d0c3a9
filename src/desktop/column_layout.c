#include "desktop/column_layout.h"

struct _JdColumnLayout {
    GtkLayoutManager parent_instance;
    int natural_width;
};

G_DEFINE_FINAL_TYPE(JdColumnLayout, jd_column_layout, GTK_TYPE_LAYOUT_MANAGER)

enum {
    PROP_0,
    PROP_NATURAL_WIDTH,
    N_PROPS
};
static GParamSpec *properties[N_PROPS];

static GtkSizeRequestMode
jd_column_layout_get_request_mode(GtkLayoutManager *manager, GtkWidget *widget)
{
    (void)manager;
    (void)widget;
    return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
jd_column_layout_measure(GtkLayoutManager *manager,
                         GtkWidget *widget,
                         GtkOrientation orientation,
                         int for_size,
                         int *minimum,
                         int *natural,
                         int *minimum_baseline,
                         int *natural_baseline)
{
    *minimum = *natural = 0;
    *minimum_baseline = *natural_baseline = -1;
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
         child = gtk_widget_get_next_sibling(child)) {
        int child_minimum = 0;
        int child_natural = 0;
        if (!gtk_widget_should_layout(child))
            continue;
        gtk_widget_measure(child, orientation, for_size, &child_minimum, &child_natural, NULL,
                           NULL);
        *minimum = MAX(*minimum, child_minimum);
        *natural = MAX(*natural, child_natural);
    }
    if (orientation == GTK_ORIENTATION_HORIZONTAL)
        *natural = MAX(*minimum, JD_COLUMN_LAYOUT(manager)->natural_width);
}

static void
jd_column_layout_allocate(
    GtkLayoutManager *manager, GtkWidget *widget, int width, int height, int baseline)
{
    (void)manager;
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
         child = gtk_widget_get_next_sibling(child)) {
        if (gtk_widget_should_layout(child))
            gtk_widget_allocate(child, width, height, baseline, NULL);
    }
}

static void
jd_column_layout_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    switch (id) {
    case PROP_NATURAL_WIDTH:
        JD_COLUMN_LAYOUT(object)->natural_width = g_value_get_int(value);
        gtk_layout_manager_layout_changed(GTK_LAYOUT_MANAGER(object));
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
jd_column_layout_class_init(JdColumnLayoutClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkLayoutManagerClass *layout_class = GTK_LAYOUT_MANAGER_CLASS(klass);

    object_class->set_property = jd_column_layout_set_property;
    layout_class->get_request_mode = jd_column_layout_get_request_mode;
    layout_class->measure = jd_column_layout_measure;
    layout_class->allocate = jd_column_layout_allocate;
    properties[PROP_NATURAL_WIDTH] = g_param_spec_int("natural-width", NULL, NULL, 0, G_MAXINT, 0,
                                                      G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, properties);
}

static void
jd_column_layout_init(JdColumnLayout *self)
{
    (void)self;
}
