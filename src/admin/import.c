/* import.c - jackdawctl user import: several requests are under way at a time, so that all of the
 * server's hashing threads work and its commits are shared. */
#include "admin/commands.h"

#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    UNDER_WAY_MAX = 8
};

struct import {
    struct control_client *client;
    const char *path;
    unsigned line; /* its number is the request's tag */
    unsigned under_way;
    unsigned made, failed;
};

static void
complain(struct import *import, unsigned line, struct str sentence)
{
    (void)fprintf(stderr, "%s:%u: %.*s\n", import->path, line, STR_ARG(sentence));
    import->failed++;
}

static int
read_answer(struct import *import)
{
    struct control_answer answer;
    int r = control_client_read(import->client, &answer);

    if (r < 0)
        return r;
    import->under_way--;
    if (answer.kind == CONTROL_OK)
        import->made++;
    else
        complain(import, answer.tag, answer.fields[1]);
    return 0;
}

static int
send_line(struct import *import, const char *verb, struct str line)
{
    struct str arguments[2];
    ptrdiff_t space;

    import->line++;
    line = str_trim(line);
    if (line.len == 0 || line.data[0] == '#')
        return 0;
    space = str_find_char(line, ' ', 0);
    if (space < 0) {
        complain(import, import->line, STR("not of the form: name password"));
        return 0;
    }
    arguments[0] = str_slice(line, 0, (size_t)space);
    arguments[1] = str_trim(str_slice(line, (size_t)space, line.len));
    if (!control_client_send(import->client, import->line, verb, arguments, 2)) {
        complain(import, import->line, STR("control characters are not allowed there"));
        return 0;
    }
    import->under_way++;
    return import->under_way < UNDER_WAY_MAX ? 0 : read_answer(import);
}

static int
import_file(struct import *import, const char *verb, FILE *file)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    int r = 0;

    while (r == 0 && (len = getline(&line, &room, file)) >= 0) {
        r = send_line(import, verb, (struct str){ line, (size_t)len });
        explicit_bzero(line, (size_t)len);
    }
    free(line);
    while (r == 0 && import->under_way > 0)
        r = read_answer(import);
    return r;
}

int
command_import(struct control_client *client, const struct command *command, const char *path)
{
    struct import import = { .client = client, .path = path };
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "re");
    int r;

    if (!file) {
        (void)fprintf(stderr, "jackdawctl: %s: %s\n", path, strerror(errno));
        return E_USAGE;
    }
    r = import_file(&import, command->verb, file);
    if (!is_stdin)
        (void)fclose(file);
    (void)printf("%u made, %u not", import.made, import.failed);
    if (import.under_way > 0)
        (void)printf(", %u not known", import.under_way);
    (void)putchar('\n');
    return r == 0 && import.failed > 0 ? E_FORBIDDEN : r;
}
