#include "desktop/settings.h"

#define G_SETTINGS_ENABLE_BACKEND
#include <gio/gsettingsbackend.h>

#define SCHEMA_ID "im.jackdaw.Jackdaw"

/* The folder of the program itself; NULL when the system does not tell. */
static char *
program_folder(void)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    return program ? g_path_get_dirname(program) : NULL;
}

static GSettingsSchema *
schema_in(const char *folder)
{
    g_autoptr(GSettingsSchemaSource) source = g_settings_schema_source_new_from_directory(
        folder, g_settings_schema_source_get_default(), TRUE, NULL);
    return source ? g_settings_schema_source_lookup(source, SCHEMA_ID, FALSE) : NULL;
}

/* Beside the program first: in a build directory, then below a prefix the system does not search.
 * An older one that is installed must not shadow ours. */
static GSettingsSchema *
find_schema(void)
{
    static const char *const beside[] = { "data", "../share/glib-2.0/schemas" };
    g_autofree char *folder = program_folder();

    for (gsize i = 0; folder && i < G_N_ELEMENTS(beside); i++) {
        g_autofree char *path = g_build_filename(folder, beside[i], NULL);
        GSettingsSchema *schema = schema_in(path);
        if (schema)
            return schema;
    }
    GSettingsSchemaSource *system = g_settings_schema_source_get_default();
    return system ? g_settings_schema_source_lookup(system, SCHEMA_ID, TRUE) : NULL;
}

GSettings *
settings_get(void)
{
    static GSettings *settings;
    if (settings)
        return settings;

    g_autoptr(GSettingsSchema) schema = find_schema();
    if (schema == NULL)
        g_error("The settings schema " SCHEMA_ID " is not installed.");
    g_autofree char *file =
        g_build_filename(g_get_user_config_dir(), "jackdaw", "settings.ini", NULL);
    g_autoptr(GSettingsBackend) backend = g_keyfile_settings_backend_new(file, "/", NULL);
    settings = g_settings_new_full(schema, backend, NULL);
    return settings;
}
