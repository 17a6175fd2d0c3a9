/* fuzz_xml_reader.c - any bytes as a stream: the same events however they are cut and whether the
 * reader rests or not, and every stanza is read back from what is written of it. */
#include "base/buffer.h"
#include "base/error.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"
#include "xmpp/xml_writer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    NOTES_MAX = 16 * 1024 * 1024
};

/* Small, so that the fuzzer meets them. */
static const struct xml_limits LIMITS = {
    .stanza_bytes = 400,
    .arena_bytes = 8 * 1024,
    .depth = 5,
    .attributes = 6,
    .elements = 20,
    .name_bytes = 50,
    .written_bytes = 4 * 1024,
};

static void
check(bool holds)
{
    if (!holds)
        abort();
}

/* What is written can be read, and then comes out the same again. */
static void
check_written(struct str text)
{
    struct arena arena;
    struct element *element;
    struct buffer again;
    arena_init(&arena, NOTES_MAX);
    buffer_init(&again, NOTES_MAX);
    check(xml_parse(&arena, text, NS_CLIENT, &element) == 0);
    xml_write(&again, element, NS_CLIENT);
    check(str_equal(buffer_str(&again), text));
    buffer_fini(&again);
    arena_fini(&arena);
}

static void
note_stanza(struct buffer *notes, struct stanza *stanza)
{
    const size_t start = buffer_len(notes);
    const struct str all = (xml_write(notes, stanza->root, NS_CLIENT), buffer_str(notes));
    check_written(str_slice(all, start, all.len));
    buffer_printf(notes, " %d %d %d\n", (int)stanza->kind, (int)stanza->type, stanza->error);
    stanza_unref(stanza);
}

/* Writes down one event; false when nothing more may be asked. */
static bool
note(struct buffer *notes, struct xml_event event)
{
    switch (event.type) {
    case XML_WAIT:
        return false;
    case XML_STREAM_HEADER:
        xml_write(notes, event.header, STR_EMPTY);
        return true;
    case XML_STANZA:
        note_stanza(notes, event.stanza);
        return true;
    case XML_STREAM_END:
        buffer_append(notes, STR("end\n"));
        return true;
    case XML_ERROR:
        buffer_printf(notes, "error %d\n", event.error);
        return false;
    }
    abort();
}

/* Pieces of `step` bytes, or of lengths that the bytes themselves choose (step 0). */
static void
read_stream(struct buffer *notes, struct str bytes, size_t step, bool rests)
{
    struct xml_reader *reader = xml_reader_new(&LIMITS);
    struct xml_event event = { .type = XML_WAIT };
    while (bytes.len > 0 && event.type != XML_ERROR) {
        const size_t len = step > 0 ? step : 1 + ((uint8_t)bytes.data[0] & 0x0F);
        xml_reader_feed(reader, str_slice(bytes, 0, len));
        bytes = str_slice(bytes, len, bytes.len);
        do
            event = xml_reader_next(reader);
        while (note(notes, event));
        if (rests)
            xml_reader_rest(reader);
    }
    xml_reader_free(reader);
}

static void
check_same(struct str bytes, struct str expected, size_t step, bool rests)
{
    struct buffer notes;
    buffer_init(&notes, NOTES_MAX);
    read_stream(&notes, bytes, step, rests);
    check(str_equal(buffer_str(&notes), expected));
    buffer_fini(&notes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str bytes = { (const char *)data, size };
    struct buffer notes;
    if (size == 0)
        return 0;
    buffer_init(&notes, NOTES_MAX);
    read_stream(&notes, bytes, size, false);
    check_same(bytes, buffer_str(&notes), 1, false);
    check_same(bytes, buffer_str(&notes), 0, true);
    buffer_fini(&notes);
    return 0;
}
