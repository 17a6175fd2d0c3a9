/* main.c - jackdawctl's arguments.
 * Exit codes: 0 done, 1 failed, 2 wrong usage or configuration. */
#include "admin/commands.h"
#include "admin/config_file.h"
#include "base/error.h"

#include <getopt.h>
#include <signal.h>
#include <stdlib.h>

static void
print_usage(FILE *file)
{
    (void)fputs("usage: jackdawctl [--config FILE] COMMAND\n"
                "       jackdawctl --help | --version\n"
                "\n"
                "Talks to the running server. Passwords are read from standard input.\n"
                "\n"
                "  --config FILE        the server's configuration (default: " CONFIG_FILE_DEFAULT
                ")\n"
                "\n",
                file);
    for (size_t i = 0; i < command_count; i++) {
        char left[64];

        (void)snprintf(left, sizeof(left), "%s %s", commands[i].words,
                       commands[i].argument ? commands[i].argument : "");
        (void)fprintf(file, "  %-20s %s\n", left, commands[i].help);
    }
}

/* The number of arguments that the command's words take, or 0 if they are not these. */
static int
match_words(const char *words, int argc, char **argv)
{
    struct str rest = str_from(words);
    struct str word;
    int count = 0;

    while (str_split(&rest, ' ', &word)) {
        if (count == argc || !str_equal(word, str_from(argv[count])))
            return 0;
        count++;
    }
    return count;
}

static const struct command *
find_command(int argc, char **argv, const char **ret_argument)
{
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = &commands[i];
        int words = match_words(command->words, argc, argv);

        if (words == 0 || argc != words + (command->argument ? 1 : 0))
            continue;
        *ret_argument = command->argument ? argv[words] : NULL;
        return command;
    }
    return NULL;
}

static int
run(const struct command *command, const char *argument, const char *config_path)
{
    struct control_client client;
    char *data_dir;
    int r = config_file_data_dir(config_path, &data_dir);

    if (r < 0)
        return r;
    r = control_client_open(&client, data_dir);
    free(data_dir);
    if (r < 0)
        return r;
    r = command->run(&client, command, argument);
    control_client_close(&client);
    return r;
}

int
main(int argc, char **argv)
{
    static const struct option options[] = {
        { "config", required_argument, NULL, 'c' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'v' },
        { NULL, 0, NULL, 0 },
    };
    const struct command *command;
    const char *config_path = NULL;
    const char *argument;
    int option;
    int r;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'c')
            config_path = optarg;
        else if (option == 'v')
            return puts("jackdawctl " JACKDAW_VERSION) < 0;
        else
            return print_usage(option == 'h' ? stdout : stderr), option == 'h' ? 0 : 2;
    }
    command = find_command(argc - optind, argv + optind, &argument);
    if (!command)
        return print_usage(stderr), 2;
    /* A server that ends while we write is a failed read, not our end. */
    (void)signal(SIGPIPE, SIG_IGN);
    r = run(command, argument, config_path);
    if (r == E_USAGE)
        return 2;
    return r < 0 || fflush(stdout) != 0;
}
