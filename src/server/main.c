/* main.c - jackdawd's arguments.
 * Exit codes: 0 clean, 1 failed while starting or running, 2 wrong usage or configuration. */
#include "server/daemon.h"
#include "server/net/tls.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_CONFIG "/etc/jackdaw/jackdaw.conf"

static const char usage[] =
    "usage: jackdawd [--config FILE] [--check]\n"
    "       jackdawd --print-config | --help | --version\n"
    "\n"
    "Jackdaw's server. Stays in the foreground; its log goes to standard error. Prints a line\n"
    "\"ready\" with its addresses when clients can sign in. SIGTERM stops it in good order, "
    "SIGHUP\n"
    "makes it read certificate and log level again.\n"
    "\n"
    "  --config FILE   the configuration (default: " DEFAULT_CONFIG " if it is there)\n"
    "  --check         only say what is wrong with the configuration\n"
    "  --print-config  print a commented configuration file with every key and its default\n"
    "  --help          print this\n"
    "  --version       print the version\n";

static const char hint[] = "Try 'jackdawd --help'.\n";

struct arguments {
    const char *config_path; /* NULL = defaults */
    bool check;
};

/* A negative value ends the program: -1 - exit code. */
static int
parse_arguments(int argc, char **argv, struct arguments *ret)
{
    static const struct option options[] = {
        { "config", required_argument, NULL, 'c' }, { "check", no_argument, NULL, 'k' },
        { "print-config", no_argument, NULL, 'p' }, { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'v' },      { NULL, 0, NULL, 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            ret->config_path = optarg;
            break;
        case 'k':
            ret->check = true;
            break;
        case 'p':
            config_print_sample(STDOUT_FILENO);
            return -1 - EXIT_OK;
        case 'h':
            (void)fputs(usage, stdout);
            return -1 - EXIT_OK;
        case 'v':
            (void)puts("jackdawd " JACKDAW_VERSION);
            return -1 - EXIT_OK;
        default: /* getopt has said what is wrong */
            (void)fputs(hint, stderr);
            return -1 - EXIT_USAGE;
        }
    }
    if (optind < argc) {
        (void)fprintf(stderr, "jackdawd: unexpected argument '%s'\n", argv[optind]);
        (void)fputs(hint, stderr);
        return -1 - EXIT_USAGE;
    }
    return 0;
}

static enum exit_code
check(const struct config *config, const char *config_path)
{
    struct tls_context *tls;

    if (config->certificate[0] != '\0') {
        tls = tls_context_new(NULL, config->certificate, config->private_key);
        if (!tls)
            return EXIT_USAGE;
        tls_context_unref(tls);
    }
    (void)printf("%s: good\n", config_path ? config_path : "defaults");
    return EXIT_OK;
}

static enum exit_code
run(const struct config *config, const char *config_path)
{
    bool is_terminal = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
    struct log_sink_options log = {
        .level = config->log_level,
        .format = config->log_format,
        .fd = STDERR_FILENO,
        .colour = is_terminal && config->log_format == LOG_TEXT,
    };
    enum exit_code code;

    if (log_sink_open(&log) < 0) {
        (void)fputs("jackdawd: no thread for the log\n", stderr);
        return EXIT_FAILED;
    }
    code = daemon_run(config, config_path);
    log_sink_close();
    return code;
}

int
main(int argc, char **argv)
{
    struct arguments arguments = { 0 };
    struct config *config;
    enum exit_code code;
    int r = parse_arguments(argc, argv, &arguments);

    if (r < 0)
        return -r - 1;
    if (!arguments.config_path && access(DEFAULT_CONFIG, F_OK) == 0)
        arguments.config_path = DEFAULT_CONFIG;
    config = config_read(arguments.config_path, &r);
    if (!config)
        return EXIT_USAGE;
    code =
        arguments.check ? check(config, arguments.config_path) : run(config, arguments.config_path);
    config_free(config);
    return code;
}
