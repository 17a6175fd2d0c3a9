/* control_client.c - see control_client.h. */
#include "admin/control_client.h"

#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int
complain_unreachable(const char *path)
{
    if (errno == ENOENT || errno == ECONNREFUSED)
        (void)fprintf(stderr, "jackdawctl: the server is not running (nobody answers at %s)\n",
                      path);
    else if (errno == EACCES)
        (void)fprintf(stderr,
                      "jackdawctl: %s: permission denied: run this as the server's user or root\n",
                      path);
    else
        (void)fprintf(stderr, "jackdawctl: %s: %s\n", path, strerror(errno));
    return E_IO;
}

static int
connect_socket(const char *data_dir)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int len = snprintf(address.sun_path, sizeof(address.sun_path), "%s/control.sock", data_dir);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (len < 0 || (size_t)len >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        (void)complain_unreachable(data_dir);
    } else if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0) {
        return fd;
    } else {
        (void)complain_unreachable(address.sun_path);
    }
    if (fd >= 0)
        close(fd);
    return E_IO;
}

int
control_client_open(struct control_client *client, const char *data_dir)
{
    int fd = connect_socket(data_dir);
    int copy;

    *client = (struct control_client){ 0 };
    if (fd < 0)
        return fd;
    copy = dup(fd);
    client->in = fdopen(fd, "r");
    client->out = copy < 0 ? NULL : fdopen(copy, "w");
    if (client->in && client->out)
        return 0;
    control_client_close(client);
    return E_IO;
}

void
control_client_close(struct control_client *client)
{
    if (client->in)
        (void)fclose(client->in);
    if (client->out)
        (void)fclose(client->out);
    free(client->_line);
    *client = (struct control_client){ 0 };
}

static bool
is_sendable(struct str field)
{
    for (size_t i = 0; i < field.len; i++) {
        unsigned char c = (unsigned char)field.data[i];

        if (c < ' ' || c == 0x7f)
            return false;
    }
    return true;
}

bool
control_client_send(struct control_client *client,
                    unsigned tag,
                    const char *verb,
                    const struct str *arguments,
                    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_sendable(arguments[i]))
            return false;
    }
    /* A server that has gone is noticed by reading. */
    (void)fprintf(client->out, "%u\t%s", tag, verb);
    for (size_t i = 0; i < count; i++)
        (void)fprintf(client->out, "\t%.*s", STR_ARG(arguments[i]));
    (void)fputc('\n', client->out);
    return true;
}

/* Takes tag and kind off the front. */
static bool
read_front(struct str *line, struct control_answer *ret)
{
    static const char *const kinds[] = {
        [CONTROL_ROW] = "row",
        [CONTROL_OK] = "ok",
        [CONTROL_ERROR] = "error",
    };
    struct str tag, kind;
    int64_t number;

    if (!str_split(line, '\t', &tag) || str_to_int64(tag, 0, UINT32_MAX, &number) < 0)
        return false;
    ret->tag = (unsigned)number;
    if (!str_split(line, '\t', &kind))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        ret->kind = (enum control_kind)i;
        if (str_is(kind, kinds[i]))
            return true;
    }
    return false;
}

int
control_client_read(struct control_client *client, struct control_answer *ret)
{
    struct str line;
    ssize_t len;

    (void)fflush(client->out);
    len = getline(&client->_line, &client->_line_room, client->in);
    if (len <= 0) {
        (void)fputs("jackdawctl: the server has ended the connection\n", stderr);
        return E_IO;
    }
    line = (struct str){ client->_line, (size_t)len - (client->_line[len - 1] == '\n') };
    *ret = (struct control_answer){ 0 };
    if (!read_front(&line, ret)) {
        (void)fputs("jackdawctl: the server has answered something else than expected\n", stderr);
        return E_IO;
    }
    while (ret->field_count < CONTROL_FIELDS_MAX &&
           str_split(&line, '\t', &ret->fields[ret->field_count]))
        ret->field_count++;
    return 0;
}
