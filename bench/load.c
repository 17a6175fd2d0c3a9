/* load.c - the load driver: many sessions, checked to the last message.
 * Exit codes: 0 all well, 1 something lost, doubled, out of order or failed, 2 wrong usage. */
#include "crowd.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum {
    EXIT_GOOD,
    EXIT_BAD
};

static void
raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void
print_accounts(const struct options *options)
{
    for (unsigned i = 0; i < options->accounts; i++)
        (void)printf("%s%u %s\n", options->prefix, i, options->password);
}

int
main(int argc, char **argv)
{
    struct options options;
    static struct crowd crowd;
    int code = options_read(argc, argv, &options);

    if (code >= 0)
        return code;
    if (options.prints_accounts) {
        print_accounts(&options);
        return EXIT_GOOD;
    }
    raise_descriptor_limit();
    if (crowd_run(&crowd, &options) < 0) {
        (void)fputs("load: nothing could be started\n", stderr);
        return EXIT_BAD;
    }
    figures_print(&crowd.figures, stdout);
    return figures_are_good(&crowd.figures) ? EXIT_GOOD : EXIT_BAD;
}
