#include "desktop/field_note.h"

struct _JdFieldNote {
    GtkListBoxRow parent_instance;
    char *hint;
    gboolean has_error;

    GtkLabel *label;
    GtkButton *remedy;
};

G_DEFINE_FINAL_TYPE(JdFieldNote, jd_field_note, GTK_TYPE_LIST_BOX_ROW)

enum {
    PROP_0,
    PROP_HINT,
    N_PROPS
};
static GParamSpec *properties[N_PROPS];
static guint mended_signal;

static void
toggle_class(GtkWidget *widget, const char *name, gboolean on)
{
    if (on)
        gtk_widget_add_css_class(widget, name);
    else
        gtk_widget_remove_css_class(widget, name);
}

/* The field is the row above. */
static void
mark_field(JdFieldNote *self)
{
    GtkWidget *field = gtk_widget_get_prev_sibling(GTK_WIDGET(self));
    if (field == NULL)
        return;
    toggle_class(field, "error", self->has_error);
    toggle_class(field, "has-note", gtk_widget_get_visible(GTK_WIDGET(self)));
    gtk_accessible_update_state(
        GTK_ACCESSIBLE(field), GTK_ACCESSIBLE_STATE_INVALID,
        self->has_error ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
}

static void
show_text(JdFieldNote *self, const char *text, const char *remedy)
{
    gtk_label_set_label(self->label, text ? text : "");
    toggle_class(GTK_WIDGET(self->label), "error", self->has_error);
    toggle_class(GTK_WIDGET(self->label), "dim-label", !self->has_error);
    gtk_button_set_label(self->remedy, remedy ? remedy : "");
    gtk_widget_set_visible(GTK_WIDGET(self->remedy), remedy != NULL);
    gtk_widget_set_visible(GTK_WIDGET(self), text != NULL);
    mark_field(self);
}

static void
remedy_clicked_cb(JdFieldNote *self)
{
    g_signal_emit(self, mended_signal, 0);
}

static void
jd_field_note_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    JdFieldNote *self = JD_FIELD_NOTE(object);
    switch (id) {
    case PROP_HINT:
        g_free(self->hint);
        self->hint = g_value_dup_string(value);
        show_text(self, self->hint, NULL);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
jd_field_note_finalize(GObject *object)
{
    g_free(JD_FIELD_NOTE(object)->hint);
    G_OBJECT_CLASS(jd_field_note_parent_class)->finalize(object);
}

static void
jd_field_note_class_init(JdFieldNoteClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    object_class->set_property = jd_field_note_set_property;
    object_class->finalize = jd_field_note_finalize;
    properties[PROP_HINT] =
        g_param_spec_string("hint", NULL, NULL, NULL, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, properties);
    mended_signal = g_signal_new("mended", JD_TYPE_FIELD_NOTE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);

    gtk_widget_class_set_template_from_resource(widget_class, "/im/jackdaw/Jackdaw/field_note.ui");
    gtk_widget_class_bind_template_child(widget_class, JdFieldNote, label);
    gtk_widget_class_bind_template_child(widget_class, JdFieldNote, remedy);
    gtk_widget_class_bind_template_callback(widget_class, remedy_clicked_cb);
}

static void
jd_field_note_init(JdFieldNote *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

void
jd_field_note_set_error(JdFieldNote *self, const char *error, const char *remedy)
{
    self->has_error = TRUE;
    show_text(self, error, remedy);
}

void
jd_field_note_clear(JdFieldNote *self)
{
    self->has_error = FALSE;
    show_text(self, self->hint, NULL);
}

gboolean
jd_field_note_has_error(JdFieldNote *self)
{
    return self->has_error;
}
