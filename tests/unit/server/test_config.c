/* test_config.c - every kind of value, every kind of mistake, and the sample. */
#include "admin/config_file.h"
#include "base/error.h"
#include "base/memory.h"
#include "server/core/config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* Parses; *ret_complaints is to be freed. */
static struct config *
parse(const char *text, char **ret_complaints)
{
    size_t len;
    FILE *complaints = open_memstream(ret_complaints, &len);
    struct config *config;
    int error = 0;

    assert_non_null(complaints);
    config = config_parse(str_from(text), "test.conf", complaints, &error);
    fclose(complaints);
    assert_int_equal(error, config ? 0 : E_USAGE);
    return config;
}

static struct config *
parse_good(const char *text)
{
    char *complaints = NULL;
    struct config *config = parse(text, &complaints);

    assert_string_equal(complaints, "");
    assert_non_null(config);
    free(complaints);
    return config;
}

static void
check_complaints(const char *text, const char *expected)
{
    char *complaints = NULL;
    struct config *config = parse(text, &complaints);

    assert_null(config);
    assert_string_equal(complaints, expected);
    free(complaints);
}

static void
every_key_has_a_default(void **state)
{
    struct config *config = parse_good("");

    (void)state;
    assert_string_equal(config->domain, "localhost");
    assert_string_equal(config->listen, "*");
    assert_string_equal(config->certificate, "");
    assert_int_equal(config->c2s_port, 5222);
    assert_int_equal(config->c2s_tls_port, 5223);
    assert_true(config->require_tls);
    assert_true(config->limits);
    assert_false(config->guests);
    assert_false(config->log_messages);
    assert_false(config->allow_plain_without_tls);
    assert_int_equal(config->registration, REGISTRATION_OPEN);
    assert_int_equal(config->durability, DURABILITY_STRICT);
    assert_int_equal(config->log_level, LOG_INFO);
    assert_int_equal(config->max_stanza_bytes, 256 * 1024);
    config_free(config);
}

/* jackdawctl reads this key by itself. */
static void
jackdawctl_looks_at_the_same_place(void **state)
{
    struct config *config = parse_good("");

    (void)state;
    assert_string_equal(config->data_dir, CONFIG_FILE_DATA_DIR);
    config_free(config);
}

static void
values_of_every_kind_are_read(void **state)
{
    struct config *config = parse_good("# a comment\n"
                                       "\n"
                                       "domain = Chat.Example\r\n"
                                       "  data_dir=/tmp/a#b\t# a comment\n"
                                       "listen = 127.0.0.1, ::1\n"
                                       "c2s_port = 0\n"
                                       "workers = 4\n"
                                       "require_tls = off\n"
                                       "registration = closed\n"
                                       "durability = relaxed\n"
                                       "log_level = warning\n"
                                       "log_format = json\n"
                                       "admins = anna@chat.example, bob@chat.example\n"
                                       "rate_bytes_per_second = 2M\n"
                                       "max_session_queue_bytes = 65536");

    (void)state;
    assert_string_equal(config->domain, "Chat.Example");
    assert_string_equal(config->data_dir, "/tmp/a#b");
    assert_string_equal(config->listen, "127.0.0.1, ::1");
    assert_int_equal(config->c2s_port, 0);
    assert_int_equal(config->c2s_tls_port, 5223);
    assert_int_equal(config->workers, 4);
    assert_false(config->require_tls);
    assert_int_equal(config->registration, REGISTRATION_CLOSED);
    assert_int_equal(config->durability, DURABILITY_RELAXED);
    assert_int_equal(config->log_level, LOG_WARNING);
    assert_int_equal(config->log_format, LOG_JSON);
    assert_string_equal(config->admins, "anna@chat.example, bob@chat.example");
    assert_int_equal(config->rate_bytes_per_second, 2 * 1024 * 1024);
    assert_int_equal(config->max_session_queue_bytes, 65536);
    config_free(config);
}

static void
booleans_have_six_words(void **state)
{
    static const char *const words[] = { "no", "false", "off", "yes", "true", "on" };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        char text[64];
        struct config *config;

        (void)snprintf(text, sizeof(text), "guests = %s", words[i]);
        config = parse_good(text);
        assert_int_equal(config->guests, i >= 3);
        config_free(config);
    }
}

static void
mistakes_are_named_with_their_line(void **state)
{
    static const struct {
        const char *text;
        const char *complaint;
    } cases[] = {
        { "colour = blue\n", "test.conf:1: colour: no such key\n" },
        { "\nDomain = a\n", "test.conf:2: Domain: no such key\n" },
        { "hello\n", "test.conf:1: 'hello' is not of the form key = value\n" },
        { "= 5\n", "test.conf:1: '= 5' is not of the form key = value\n" },
        { "workers = 1\nworkers = 2\n", "test.conf:2: workers: set on line 1 already\n" },
        { "workers = many\n", "test.conf:1: workers: 'many' is not a number\n" },
        { "workers = -1\n", "test.conf:1: workers: -1 is outside 0 to 256\n" },
        { "workers = 1k\n", "test.conf:1: workers: '1k' is not a number\n" },
        { "workers =\n", "test.conf:1: workers: '' is not a number\n" },
        { "c2s_port = 65536\n", "test.conf:1: c2s_port: 65536 is outside 0 to 65535\n" },
        { "max_stanza_bytes = 9999\n",
          "test.conf:1: max_stanza_bytes: 9999 is outside 10000 to 524288\n" },
        { "max_stanza_bytes = 99999999999999999999G\n",
          "test.conf:1: max_stanza_bytes: 99999999999999999999G is outside 10000 to 524288\n" },
        { "max_stanza_bytes = k\n", "test.conf:1: max_stanza_bytes: 'k' is not a number\n" },
        { "guests = maybe\n",
          "test.conf:1: guests: 'maybe' is none of on, yes, true, off, no, false\n" },
        { "registration = Open\n",
          "test.conf:1: registration: 'Open' is not one of open, invite, closed\n" },
        { "domain = anna@chat.example\n",
          "test.conf:1: domain: 'anna@chat.example' is not a domain name\n" },
        { "domain =\n", "test.conf:1: domain: '' is not a domain name\n" },
        { "data_dir =\n", "test.conf:1: data_dir: '' may not be empty\n" },
        { "listen = localhost\n",
          "test.conf:1: listen: 'localhost' must be numeric addresses such as 192.0.2.1 or "
          "2001:db8::1, or *\n" },
        { "admins = anna\n",
          "test.conf:1: admins: 'anna' must be addresses such as anna@chat.example\n" },
        { "certificate = /a\n",
          "test.conf: certificate and private_key go together: set both or none\n" },
        { "c2s_port = 0\nc2s_tls_port = 0\n",
          "test.conf: c2s_port and c2s_tls_port are both off: nobody could connect\n" },
        { "c2s_port = 5223\n", "test.conf: c2s_port and c2s_tls_port are the same\n" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check_complaints(cases[i].text, cases[i].complaint);
}

static void
all_mistakes_are_named(void **state)
{
    (void)state;
    check_complaints("a = 1\nworkers = x\nguests = 2\n", "test.conf:1: a: no such key\n"
                                                         "test.conf:2: workers: 'x' is not a "
                                                         "number\n"
                                                         "test.conf:3: guests: '2' is none of on, "
                                                         "yes, true, off, no, false\n");
}

static void
a_missing_file_is_a_mistake(void **state)
{
    int error = 0;

    (void)state;
    assert_null(config_read("/nonexistent/jackdaw.conf", &error));
    assert_int_equal(error, E_USAGE);
}

struct changes {
    char text[256];
};

static void
note_change(void *context, const char *key, bool reloadable)
{
    struct changes *changes = context;
    size_t at = strlen(changes->text);

    (void)snprintf(changes->text + at, sizeof(changes->text) - at, "%s%s ", key,
                   reloadable ? "*" : "");
}

static void
changes_are_found(void **state)
{
    struct config *old = parse_good("domain = a\nworkers = 2\nlog_level = debug\nguests = no");
    struct config *new = parse_good("domain = b\nworkers = 3\nlog_level = error\nguests = off");
    struct changes changes = { "" };

    (void)state;
    config_compare(old, new, note_change, &changes);
    assert_string_equal(changes.text, "domain workers log_level* ");
    config_compare(old, old, note_change, &changes);
    assert_string_equal(changes.text, "domain workers log_level* ");
    config_free(old);
    config_free(new);
}

/* Everything that is in `fd` from its beginning; to be freed. */
static char *
read_all(int fd)
{
    off_t len = lseek(fd, 0, SEEK_END);
    char *text;

    assert_true(len >= 0);
    text = memory_new((size_t)len + 1, 1);
    assert_int_equal(pread(fd, text, (size_t)len, 0), len);
    return text;
}

static char *
print_sample(void)
{
    FILE *file = tmpfile();
    char *text;

    assert_non_null(file);
    config_print_sample(fileno(file));
    text = read_all(fileno(file));
    fclose(file);
    return text;
}

/* With every key uncommented it is a file that says just what the defaults say. */
static void
the_sample_is_the_defaults(void **state)
{
    char *sample = print_sample();
    struct config *defaults = parse_good("");
    struct config *config;
    struct changes changes = { "" };

    (void)state;
    for (char *line = sample; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (line[0] == '#' && line[1] >= 'a' && line[1] <= 'z')
            line[0] = ' ';
    }
    config = parse_good(sample);
    config_compare(defaults, config, note_change, &changes);
    assert_string_equal(changes.text, "");
    config_free(config);
    config_free(defaults);
    free(sample);
}

static void
the_sample_in_the_tree_is_current(void **state)
{
    char *sample = print_sample();
    char *in_tree;
    int fd = open(SAMPLE_FILE, O_RDONLY | O_CLOEXEC);

    (void)state;
    assert_true(fd >= 0);
    in_tree = read_all(fd);
    assert_string_equal(in_tree, sample);
    close(fd);
    free(in_tree);
    free(sample);
}

static void
a_byte_order_mark_is_not_seen(void **state)
{
    struct config *config = parse_good("\xef\xbb\xbf"
                                       "guests = on\n");

    (void)state;
    assert_true(config->guests);
    config_free(config);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_has_a_default),
        cmocka_unit_test(jackdawctl_looks_at_the_same_place),
        cmocka_unit_test(values_of_every_kind_are_read),
        cmocka_unit_test(a_byte_order_mark_is_not_seen),
        cmocka_unit_test(booleans_have_six_words),
        cmocka_unit_test(mistakes_are_named_with_their_line),
        cmocka_unit_test(all_mistakes_are_named),
        cmocka_unit_test(a_missing_file_is_a_mistake),
        cmocka_unit_test(changes_are_found),
        cmocka_unit_test(the_sample_is_the_defaults),
        cmocka_unit_test(the_sample_in_the_tree_is_current),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
