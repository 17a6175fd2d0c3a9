/* thread.c - see thread.h. */
#include "base/thread.h"

#include "base/error.h"

#include <signal.h>
#include <stdio.h>

int
thread_start(pthread_t *ret_thread, const char *name, void *(*run)(void *context), void *context)
{
    char short_name[16];
    sigset_t all, before;
    int r;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    r = pthread_create(ret_thread, NULL, run, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (r != 0)
        return E_IO;
    (void)snprintf(short_name, sizeof(short_name), "%.15s", name);
    (void)pthread_setname_np(*ret_thread, short_name);
    return 0;
}
