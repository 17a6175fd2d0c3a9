/* config_file.h - finds the running server's data_dir in its configuration file.
 * Owns: the path. Threads: main's. Errors: E_USAGE after a line on standard error. Spec: none.
 * Tests: tests/unit/admin/test_config_file.c
 *
 * Only this one key is looked at, on purpose: jackdawctl goes on working with a running server
 * while somebody is in the middle of editing its configuration. */
#pragma once

#include "base/attributes.h"

/* As src/server/core/config_table.c has them. */
#define CONFIG_FILE_DEFAULT  "/etc/jackdaw/jackdaw.conf"
#define CONFIG_FILE_DATA_DIR "/var/lib/jackdaw"

/* `path` NULL: the default file if it is there. The result is to be freed. */
MUST_CHECK int config_file_data_dir(const char *path, char **ret_data_dir);
