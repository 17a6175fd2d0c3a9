/* config_file.c - see config_file.h. */
#include "admin/config_file.h"

#include "base/error.h"
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* True and the value if the line sets the key. */
static bool
read_data_dir(struct str line, struct str *ret_value)
{
    ptrdiff_t equals;

    for (ptrdiff_t at = 0; (at = str_find_char(line, '#', (size_t)at)) >= 0; at++) {
        if (at == 0 || line.data[at - 1] == ' ' || line.data[at - 1] == '\t')
            line = str_slice(line, 0, (size_t)at);
    }
    equals = str_find_char(line, '=', 0);
    if (equals < 0 || !str_is(str_trim(str_slice(line, 0, (size_t)equals)), "data_dir"))
        return false;
    *ret_value = str_trim(str_slice(line, (size_t)equals + 1, line.len));
    return true;
}

static char *
search(FILE *file)
{
    char *data_dir = NULL;
    char *line = NULL;
    size_t room = 0;
    ssize_t len;

    while (!data_dir && (len = getline(&line, &room, file)) >= 0) {
        struct str value;

        if (read_data_dir((struct str){ line, (size_t)len }, &value))
            data_dir = str_dup(value);
    }
    free(line);
    return data_dir ? data_dir : str_dup(STR(CONFIG_FILE_DATA_DIR));
}

int
config_file_data_dir(const char *path, char **ret_data_dir)
{
    FILE *file;

    if (!path && access(CONFIG_FILE_DEFAULT, F_OK) < 0) {
        *ret_data_dir = str_dup(STR(CONFIG_FILE_DATA_DIR));
        return 0;
    }
    if (!path)
        path = CONFIG_FILE_DEFAULT;
    file = fopen(path, "re");
    if (!file) {
        (void)fprintf(stderr, "jackdawctl: %s: %s\n", path, strerror(errno));
        return E_USAGE;
    }
    *ret_data_dir = search(file);
    (void)fclose(file);
    return 0;
}
