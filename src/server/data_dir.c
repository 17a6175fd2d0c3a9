/* data_dir.c - see data_dir.h. */
#include "server/data_dir.h"

#include "base/error.h"
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
complain(const struct log *log, const char *path)
{
    log_error(log, "data-dir-failed", "%s: %s", path, strerror(errno));
    return E_IO;
}

static int
make_parents(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        int r;

        *slash = '\0';
        r = mkdir(path, 0755);
        *slash = '/';
        if (r < 0 && errno != EEXIST)
            return r;
    }
    return 0;
}

int
data_dir_prepare(const struct log *log, const char *data_dir)
{
    char path[PATH_MAX];
    struct stat status;
    int len = snprintf(path, sizeof(path), "%s", data_dir);

    if (len < 0 || (size_t)len >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return complain(log, data_dir);
    }
    if (make_parents(path) < 0 || (mkdir(path, 0700) < 0 && errno != EEXIST))
        return complain(log, path);
    if (stat(path, &status) < 0)
        return complain(log, path);
    if (!S_ISDIR(status.st_mode)) {
        errno = ENOTDIR;
        return complain(log, path);
    }
    if (status.st_mode & 077)
        log_warning(log, "data-dir-open", "others can look into %s: chmod 0700 would stop that",
                    path);
    return 0;
}

/* The file appears whole or not at all. */
static int
make_secret(const struct log *log, const char *path)
{
    uint8_t secret[DATA_DIR_SECRET_BYTES];
    char temporary[PATH_MAX + 8];
    bool written;
    int fd;

    random_bytes(secret, sizeof(secret));
    (void)snprintf(temporary, sizeof(temporary), "%s.new", path);
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return complain(log, temporary);
    written = write(fd, secret, sizeof(secret)) == (ssize_t)sizeof(secret) && fsync(fd) == 0;
    close(fd);
    explicit_bzero(secret, sizeof(secret));
    return written && rename(temporary, path) == 0 ? 0 : complain(log, temporary);
}

int
data_dir_secret(const struct log *log,
                const char *data_dir,
                uint8_t ret_secret[DATA_DIR_SECRET_BYTES])
{
    char path[PATH_MAX];
    ssize_t got;
    int fd;

    (void)snprintf(path, sizeof(path), "%s/secret", data_dir);
    if (access(path, F_OK) < 0 && make_secret(log, path) < 0)
        return E_IO;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return complain(log, path);
    got = read(fd, ret_secret, DATA_DIR_SECRET_BYTES);
    close(fd);
    if (got == DATA_DIR_SECRET_BYTES)
        return 0;
    log_error(log, "data-dir-failed", "%s is damaged: remove it and start again", path);
    return E_IO;
}
