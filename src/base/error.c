/* error.c - the table of error.h as arrays. */
#include "base/error.h"

#include "base/attributes.h"

#include <assert.h>
#include <stddef.h>

struct error_row {
    enum error_class class;
    const char *text;
    const char *stream_condition;
    const char *stanza_condition;
};

#define ERROR_ROW(name, class, text, stream, stanza)                                               \
    [ERROR_INDEX_##name] = { ERROR_CLASS_##class, text, stream, stanza },
static const struct error_row rows[ERROR_INDEX_COUNT] = { ERROR_TABLE(ERROR_ROW) };
#undef ERROR_ROW

static const struct error_row *
find_row(int error)
{
    assert(error < 0);
    assert(error > -ERROR_INDEX_COUNT);
    return &rows[-error];
}

const char *
error_text(int error)
{
    return find_row(error)->text;
}

const char *
error_stream_condition(int error)
{
    return find_row(error)->stream_condition;
}

const char *
error_stanza_condition(int error)
{
    return find_row(error)->stanza_condition;
}

enum error_class
error_class(int error)
{
    return find_row(error)->class;
}
