/* password.c - see password.h. */
#include "admin/password.h"

#include "base/error.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

void
password_free(char *password)
{
    if (password)
        explicit_bzero(password, strlen(password));
    free(password);
}

/* A line without its end; NULL at the end of the input. */
static char *
read_line(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len = getline(&line, &room, stdin);

    if (len < 0) {
        free(line);
        return NULL;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

/* The prompt goes to standard error so that standard output holds answers only. */
static char *
ask(const char *prompt)
{
    struct termios shown, hidden;
    char *line;

    if (tcgetattr(STDIN_FILENO, &shown) < 0)
        return NULL;
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    /* First this: what is typed before the prompt is thrown away, nothing behind it is. */
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    (void)fputs(prompt, stderr);
    (void)fflush(stderr);
    line = read_line();
    (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &shown);
    (void)fputc('\n', stderr);
    return line;
}

static int
ask_twice(char **ret_password)
{
    char *first = ask("Password: ");
    char *second = first ? ask("Again: ") : NULL;
    bool same = first && second && strcmp(first, second) == 0;

    password_free(second);
    if (same) {
        *ret_password = first;
        return 0;
    }
    if (first)
        (void)fputs("jackdawctl: that was not the same twice\n", stderr);
    password_free(first);
    return E_FORMAT;
}

int
password_read(char **ret_password)
{
    char *password = NULL;
    int r = 0;

    if (isatty(STDIN_FILENO))
        r = ask_twice(&password);
    else
        password = read_line();
    if (r == 0 && (!password || password[0] == '\0')) {
        (void)fputs("jackdawctl: no password on standard input\n", stderr);
        password_free(password);
        return E_FORMAT;
    }
    *ret_password = password;
    return r;
}
