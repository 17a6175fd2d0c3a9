/* run_transcript.c - plays wire transcripts (*.xt, see README.md) against a server stream in
 * memory: once with each line in one piece, once byte by byte. */
#include "base/error.h"
#include "stream_owner.h"

#include <stdio.h>
#include <stdlib.h>

#define LINE_MAX_BYTES 8192

/* As jackdawd's. */
#define AUTH_ATTEMPTS_MAX 5

struct player {
    const char *path;
    unsigned line_number;
    bool byte_by_byte;
    struct stream_owner owner;
    bool is_playing; /* something was sent or expected: the configuration stands */
    bool failed;
};

static void
complain(struct player *player, const char *what, struct str detail)
{
    (void)fprintf(stderr, "%s:%u (%s): %s: %.*s\n", player->path, player->line_number,
                  player->byte_by_byte ? "byte by byte" : "whole", what, STR_ARG(detail));
    player->failed = true;
}

static struct buffer *
output(struct player *player)
{
    return server_stream_output(player->owner.stream);
}

static void
begin(struct player *player)
{
    if (player->is_playing)
        return;
    player->is_playing = true;
    owner_start(&player->owner);
}

/* Nothing more may have come than what was expected. */
static void
expect_silence(struct player *player)
{
    if (buffer_len(output(player)) > 0)
        complain(player, "unexpected", buffer_str(output(player)));
    buffer_clear(output(player));
}

static void
send_bytes(struct player *player, struct str bytes)
{
    if (!player->byte_by_byte) {
        owner_feed(&player->owner, bytes);
        return;
    }
    for (size_t i = 0; i < bytes.len; i++)
        owner_feed(&player->owner, str_slice(bytes, i, i + 1));
}

/* "\n", "\\" and "\xNN" in a C: line. */
static struct str
unescape(char *text)
{
    size_t len = 0;

    for (const char *c = text; *c; c++) {
        unsigned value;

        if (c[0] == '\\' && c[1] == 'x' && sscanf(c + 2, "%2x", &value) == 1) {
            text[len++] = (char)value;
            c += 3;
        } else if (c[0] == '\\' && c[1] == 'n') {
            text[len++] = '\n';
            c++;
        } else if (c[0] == '\\' && c[1] == '\\') {
            text[len++] = '\\';
            c++;
        } else {
            text[len++] = *c;
        }
    }
    return (struct str){ text, len };
}

/* How many bytes of `text` the pattern takes, each "*" as few as it can; -1 when it does not match
 * its beginning. */
static ptrdiff_t
match(struct str pattern, struct str text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, star_text = 0;

    while (p < pattern.len) {
        if (pattern.data[p] == '*') {
            star = ++p;
            star_text = t;
        } else if (t < text.len && pattern.data[p] == text.data[t]) {
            p++;
            t++;
        } else if (star != SIZE_MAX && star_text < text.len) {
            p = star;
            t = ++star_text;
        } else {
            return -1;
        }
    }
    return (ptrdiff_t)t;
}

static void
do_client(struct player *player, char *argument)
{
    begin(player);
    expect_silence(player);
    send_bytes(player, unescape(argument));
}

static void
do_server(struct player *player, char *argument)
{
    ptrdiff_t len;

    begin(player);
    len = match(str_from(argument), buffer_str(output(player)));
    if (len < 0) {
        complain(player, "expected", str_from(argument));
        complain(player, "but got", buffer_str(output(player)));
        buffer_clear(output(player));
        return;
    }
    buffer_consume(output(player), (size_t)len);
}

/* The header everybody sends, and its answer. */
static void
do_open(struct player *player, char *argument)
{
    char header[] = "<?xml version='1.0'?><stream:stream to='" OWNER_DOMAIN "' version='1.0' "
                    "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
    char answer[] = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
                    "xmlns:stream='http://etherx.jabber.org/streams' id='*' from='" OWNER_DOMAIN
                    "' version='1.0' xml:lang='en'>";

    (void)argument;
    do_client(player, header);
    do_server(player, answer);
}

/* REPEAT count text */
static void
do_repeat(struct player *player, char *argument)
{
    char *text;
    unsigned long count = strtoul(argument, &text, 10);
    struct str bytes = unescape(text + (*text == ' '));

    begin(player);
    expect_silence(player);
    for (unsigned long i = 0; i < count; i++)
        send_bytes(player, bytes);
}

static void
do_tls(struct player *player, char *argument)
{
    (void)argument;
    if (!player->is_playing) {
        player->owner.has_direct_tls = true;
        begin(player);
        return;
    }
    expect_silence(player);
    if (player->owner.seen[SERVER_STREAM_START_TLS] != 1) {
        complain(player, "the server does not start TLS", STR_EMPTY);
        return;
    }
    server_stream_tls_started(player->owner.stream, &player->owner.tls);
    owner_run(&player->owner);
}

static void
do_close(struct player *player, char *argument)
{
    (void)argument;
    begin(player);
    expect_silence(player);
    if (!player->owner.is_closed)
        complain(player, "the server has not closed", STR_EMPTY);
}

static void
do_verifier(struct player *player, char *argument)
{
    char *password = strchr(argument, ' ');

    if (!password || strcmp(password + 1, OWNER_PASSWORD) != 0) {
        complain(player, "every password here is " OWNER_PASSWORD, str_from(argument));
        return;
    }
    *password = '\0';
    owner_add_account(&player->owner, argument);
}

static void
do_config(struct player *player, char *argument)
{
    struct server_stream_config *config = &player->owner.config;
    char *value = strchr(argument, ' ');
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {
        { "require_tls", &config->require_tls },
        { "offer_starttls", &config->offer_starttls },
        { "allow_plain_without_tls", &config->allow_plain_without_tls },
        { "guests", &config->offer_anonymous },
        { "registration", &config->offer_registration },
    };

    if (!value || player->is_playing) {
        complain(player, "CONFIG name yes|no, before everything else", str_from(argument));
        return;
    }
    *value++ = '\0';
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        if (strcmp(flags[i].name, argument) == 0) {
            *flags[i].flag = strcmp(value, "yes") == 0;
            return;
        }
    }
    complain(player, "no such setting", str_from(argument));
}

static void
play_line(struct player *player, char *line)
{
    static const struct {
        const char *word;
        void (*act)(struct player *player, char *argument);
    } verbs[] = {
        { "C:", do_client },         { "S:", do_server },     { "REPEAT", do_repeat },
        { "OPEN", do_open },         { "TLS", do_tls },       { "CLOSE", do_close },
        { "VERIFIER", do_verifier }, { "CONFIG", do_config },
    };
    size_t len = strcspn(line, " ");

    if (line[0] == '\0' || line[0] == '#')
        return;
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (strlen(verbs[i].word) == len && strncmp(line, verbs[i].word, len) == 0) {
            verbs[i].act(player, line + len + (line[len] == ' '));
            return;
        }
    }
    complain(player, "what is this?", str_from(line));
}

static bool
play(const char *path, bool byte_by_byte)
{
    struct player player = { .path = path, .byte_by_byte = byte_by_byte };
    char line[LINE_MAX_BYTES];
    FILE *file = fopen(path, "r");

    if (!file) {
        perror(path);
        return false;
    }
    owner_init(&player.owner);
    player.owner.account_count = 0;
    player.owner.config.auth_attempts_max = AUTH_ATTEMPTS_MAX;
    player.owner.waits_for_tls = true;
    while (fgets(line, sizeof(line), file)) {
        player.line_number++;
        line[strcspn(line, "\n")] = '\0';
        play_line(&player, line);
    }
    begin(&player);
    expect_silence(&player);
    (void)fclose(file);
    owner_fini(&player.owner);
    return !player.failed;
}

int
main(int argc, char **argv)
{
    bool passed = argc > 1;

    for (int i = 1; i < argc; i++) {
        passed = play(argv[i], false) && passed;
        passed = play(argv[i], true) && passed;
    }
    return passed ? 0 : 1;
}
