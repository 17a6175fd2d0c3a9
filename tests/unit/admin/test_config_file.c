/* test_config_file.c - jackdawctl finds data_dir as the server does. */
#include "admin/config_file.h"
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static void
check_data_dir(const char *text, const char *expected)
{
    char path[] = "/tmp/test-config-file-XXXXXX";
    char *data_dir = NULL;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_true(dprintf(fd, "%s", text) >= 0);
    close(fd);
    assert_int_equal(config_file_data_dir(path, &data_dir), 0);
    assert_string_equal(data_dir, expected);
    free(data_dir);
    assert_int_equal(unlink(path), 0);
}

static void
data_dir_is_found(void **state)
{
    static const struct {
        const char *text;
        const char *data_dir;
    } cases[] = {
        { "", CONFIG_FILE_DATA_DIR },
        { "data_dir = /a\n", "/a" },
        { "domain = b\n  data_dir=/a b\t# c\r\n", "/a b" },
        { "data_dir = /a#b", "/a#b" },
        { "#data_dir = /a\n", CONFIG_FILE_DATA_DIR },
        { "data_directory = /a\n", CONFIG_FILE_DATA_DIR },
        { "nonsense\n= \ndata_dir = /a\n", "/a" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check_data_dir(cases[i].text, cases[i].data_dir);
}

static void
a_missing_file_is_wrong_usage(void **state)
{
    char *data_dir = NULL;

    (void)state;
    assert_int_equal(config_file_data_dir("/nonexistent/jackdaw.conf", &data_dir), E_USAGE);
    assert_null(data_dir);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_dir_is_found),
        cmocka_unit_test(a_missing_file_is_wrong_usage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
