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

static const char hint[] = "Try 'jackdawctl --help'.\n";

/* How many of the command's words the arguments begin with. */
static int
count_words(const char *words, int argc, char **argv, bool *ret_all)
{
    struct str rest = str_from(words);
    struct str word;
    int count = 0;

    *ret_all = false;
    while (str_split(&rest, ' ', &word)) {
        if (count == argc || !str_equal(word, str_from(argv[count])))
            return count;
        count++;
    }
    *ret_all = true;
    return count;
}

/* The one whose words come first; *ret_words of the arguments are words of some command. */
static const struct command *
find_command(int argc, char **argv, int *ret_words)
{
    *ret_words = 0;
    for (size_t i = 0; i < command_count; i++) {
        bool is_it;
        int words = count_words(commands[i].words, argc, argv, &is_it);

        if (words > *ret_words)
            *ret_words = words;
        if (is_it)
            return &commands[i];
    }
    return NULL;
}

static void
complain_no_command(int argc, char **argv, int words)
{
    if (argc == 0)
        (void)fputs("jackdawctl: the command is missing\n", stderr);
    else if (argc == words)
        (void)fprintf(stderr, "jackdawctl: there must be more behind '%s'\n", argv[argc - 1]);
    else if (words > 0)
        (void)fprintf(stderr, "jackdawctl: unknown command '%s %s'\n", argv[0], argv[words]);
    else
        (void)fprintf(stderr, "jackdawctl: unknown command '%s'\n", argv[0]);
}

/* NULL after saying what is wrong. */
static const struct command *
parse_command(int argc, char **argv, const char **ret_argument)
{
    int words;
    const struct command *command = find_command(argc, argv, &words);
    const int wanted = words + (command && command->argument ? 1 : 0);
    const bool is_optional = wanted > words && command->argument[0] == '[';

    if (command && (argc == wanted || (is_optional && argc == words))) {
        *ret_argument = argc > words ? argv[words] : NULL;
        return command;
    }
    if (!command)
        complain_no_command(argc, argv, words);
    else if (argc < wanted)
        (void)fprintf(stderr, "jackdawctl: %s: %s is missing\n", command->words, command->argument);
    else
        (void)fprintf(stderr, "jackdawctl: %s: unexpected argument '%s'\n", command->words,
                      argv[wanted]);
    (void)fputs(hint, stderr);
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
        else if (option == 'h')
            return print_usage(stdout), 0;
        else /* getopt has said what is wrong */
            return (void)fputs(hint, stderr), 2;
    }
    command = parse_command(argc - optind, argv + optind, &argument);
    if (!command)
        return 2;
    /* A server that ends while we write is a failed read, not our end. */
    (void)signal(SIGPIPE, SIG_IGN);
    r = run(command, argument, config_path);
    if (r == E_USAGE)
        return 2;
    return r < 0 || fflush(stdout) != 0;
}
