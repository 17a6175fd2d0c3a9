/* commands.c - see commands.h. */
#include "admin/commands.h"

#include "admin/password.h"
#include "admin/qr_code.h"
#include "base/error.h"

/* Asks and hands each row to `row`; says what an error says. */
static int
ask(struct control_client *client,
    const char *verb,
    const struct str *arguments,
    size_t count,
    void (*row)(const struct control_answer *answer))
{
    struct control_answer answer;
    int r;

    if (!control_client_send(client, 1, verb, arguments, count)) {
        (void)fputs("jackdawctl: control characters are not allowed there\n", stderr);
        return E_FORMAT;
    }
    while ((r = control_client_read(client, &answer)) == 0 && answer.kind == CONTROL_ROW)
        row(&answer);
    if (r < 0 || answer.kind == CONTROL_OK)
        return r;
    (void)fprintf(stderr, "jackdawctl: %.*s\n", STR_ARG(answer.fields[1]));
    return E_FORBIDDEN;
}

static void
print_row(const struct control_answer *answer)
{
    for (size_t i = 0; i < answer->field_count; i++)
        (void)printf("%s%.*s", i > 0 ? "\t" : "", STR_ARG(answer->fields[i]));
    (void)putchar('\n');
}

static void
print_status(const struct control_answer *answer)
{
    (void)printf("%-12.*s %.*s\n", STR_ARG(answer->fields[0]), STR_ARG(answer->fields[1]));
}

static int
with_password(struct control_client *client, const struct command *command, const char *name)
{
    struct str arguments[2] = { str_from(name) };
    char *password;
    int r = password_read(&password);

    if (r < 0)
        return r;
    arguments[1] = str_from(password);
    r = ask(client, command->verb, arguments, ARRAY_LEN(arguments), print_row);
    password_free(password);
    return r;
}

static int
with_name(struct control_client *client, const struct command *command, const char *name)
{
    struct str argument = str_from(name);

    return ask(client, command->verb, &argument, 1, print_row);
}

static int
alone(struct control_client *client, const struct command *command, const char *unused)
{
    (void)unused;
    return ask(client, command->verb, NULL, 0, print_row);
}

static int
show_status(struct control_client *client, const struct command *command, const char *unused)
{
    (void)unused;
    return ask(client, command->verb, NULL, 0, print_status);
}

/* The link alone on its line, for scripts; the rest for people. */
static void
print_invitation(const struct control_answer *answer)
{
    char link[2048];

    (void)snprintf(link, sizeof(link), "%.*s", STR_ARG(answer->fields[0]));
    (void)puts(link);
    if (!qr_code_fits(stdout))
        return;
    (void)printf("holds until %.*s, for one account\n", STR_ARG(answer->fields[1]));
    if (qr_code_print(stdout, link) < 0)
        (void)fputs("jackdawctl: the link is too long for a QR code\n", stderr);
}

static int
invite(struct control_client *client, const struct command *command, const char *name)
{
    struct str argument = str_from(name);

    return name ? ask(client, "invite-name", &argument, 1, print_invitation)
                : ask(client, command->verb, NULL, 0, print_invitation);
}

const struct command commands[] = {
    { "user add", "NAME", "make an account; asks for the password", with_password, "user-add" },
    { "user list", NULL, "print the names of all accounts", alone, "user-list" },
    { "user password", "NAME", "set a new password", with_password, "user-password" },
    { "user remove", "NAME", "remove an account, end its sessions", with_name, "user-remove" },
    { "user import", "FILE", "make accounts from lines `name password`; # begins a comment",
      command_import, "user-add" },
    { "user disable", "NAME", "close an account until it is enabled, end its sessions", with_name,
      "user-disable" },
    { "user enable", "NAME", "let a disabled account sign in again", with_name, "user-enable" },
    { "invite", "[NAME]", "make a link (and a QR code) to register an account (of that name only)",
      invite, "invite" },
    { "status", NULL, "print how the server is doing", show_status, "status" },
    { "sessions", NULL, "print who is signed in: address, from, TLS, seconds", alone, "sessions" },
    { "log-level", "LEVEL", "debug, info, notice, warning, error; until the next start", with_name,
      "log-level" },
};
const size_t command_count = ARRAY_LEN(commands);
