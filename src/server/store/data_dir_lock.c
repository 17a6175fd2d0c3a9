/* data_dir_lock.c - see data_dir_lock.h. */
#include "server/store/data_dir_lock.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static void
log_holder(const struct log *log, const char *data_dir, int fd)
{
    char pid[32];
    ssize_t got = pread(fd, pid, sizeof(pid), 0);
    struct str text = str_trim((struct str){ pid, got > 0 ? (size_t)got : 0 });

    log_error(log, "data-dir-busy", "another jackdawd (process %.*s) is using %s", STR_ARG(text),
              data_dir);
}

static int
lock_and_sign(const struct log *log, const char *data_dir, const char *path, int fd)
{
    if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
        log_holder(log, data_dir, fd);
        return E_EXISTS;
    }
    if (ftruncate(fd, 0) < 0 || dprintf(fd, "%ld\n", (long)getpid()) < 0) {
        log_error(log, "data-dir-failed", "%s: %s", path, strerror(errno));
        return E_STORE;
    }
    return 0;
}

int
data_dir_lock(const struct log *log, const char *data_dir, int *ret_fd)
{
    char path[PATH_MAX];
    int fd;
    int r;

    (void)snprintf(path, sizeof(path), "%s/jackdawd.pid", data_dir);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        log_error(log, "data-dir-failed", "%s: %s", path, strerror(errno));
        return E_STORE;
    }
    r = lock_and_sign(log, data_dir, path, fd);
    if (r < 0)
        close(fd);
    else
        *ret_fd = fd;
    return r;
}

/* The file stays: taking it away would let two servers lock two files of one name. That the number
 * in it goes is a courtesy only. */
void
data_dir_unlock(int fd)
{
    const int emptied = ftruncate(fd, 0);

    (void)emptied;
    close(fd);
}
