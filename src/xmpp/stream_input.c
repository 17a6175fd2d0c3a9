/* stream_input.c - see stream_input.h. */
#include "xmpp/stream_input.h"

#include "base/encoding.h"
#include "base/error.h"
#include "xmpp/sasl.h"

void
stream_input_init(struct stream_input *input, const struct xml_limits *limits)
{
    input->_reader = xml_reader_new(limits);
    buffer_init(&input->_waiting, STREAM_INPUT_WAITING_MAX);
    input->_reader_is_idle = true;
}

void
stream_input_fini(struct stream_input *input)
{
    xml_reader_free(input->_reader);
    buffer_fini(&input->_waiting);
}

void
stream_input_feed(struct stream_input *input, struct str bytes)
{
    if (bytes.len == 0)
        return;
    if (!input->_reader_is_idle || buffer_len(&input->_waiting) > 0) {
        buffer_append(&input->_waiting, bytes);
        return;
    }
    input->_reader_is_idle = false;
    xml_reader_feed(input->_reader, bytes);
}

struct xml_event
stream_input_next(struct stream_input *input)
{
    for (;;) {
        struct xml_event event = { .type = XML_WAIT };

        if (!input->_reader_is_idle)
            event = xml_reader_next(input->_reader);
        if (event.type != XML_WAIT)
            return event;
        input->_reader_is_idle = true;
        if (buffer_failed(&input->_waiting))
            return (struct xml_event){ .type = XML_ERROR, .error = E_LIMIT };
        if (buffer_len(&input->_waiting) == 0)
            return event;
        input->_reader_is_idle = false;
        xml_reader_feed(input->_reader, buffer_str(&input->_waiting));
        buffer_release(&input->_waiting);
    }
}

void
stream_input_set_limits(struct stream_input *input, const struct xml_limits *limits)
{
    xml_reader_set_limits(input->_reader, limits);
}

void
stream_input_restart(struct stream_input *input)
{
    xml_reader_restart(input->_reader);
    buffer_release(&input->_waiting);
    input->_reader_is_idle = true;
}

void
stream_input_reopen(struct stream_input *input)
{
    xml_reader_reopen(input->_reader);
}

void
stream_input_rest(struct stream_input *input)
{
    xml_reader_rest(input->_reader);
    if (buffer_len(&input->_waiting) == 0 && !buffer_failed(&input->_waiting))
        buffer_release(&input->_waiting);
}

int
stream_sasl2_payload(struct stanza *stanza, const struct element *element, struct str *ret_data)
{
    struct str text = element_text(&stanza->arena, element);
    int r;

    *ret_data = STR_EMPTY;
    if (element_first_child(element))
        return E_FORMAT;
    if (text.len == 0)
        return 0;
    r = base64_decode(&stanza->arena, str_trim(text), ret_data);
    sasl_wipe(text);
    return r;
}

int
stream_sasl_payload(struct stanza *stanza, struct str *ret_data, bool *ret_is_there)
{
    struct str text = element_text(&stanza->arena, stanza->root);
    int r;

    *ret_data = STR_EMPTY;
    *ret_is_there = text.len > 0;
    if (element_first_child(stanza->root))
        return E_FORMAT;
    if (text.len == 0 || str_is(text, "="))
        return 0;
    r = base64_decode(&stanza->arena, text, ret_data);
    sasl_wipe(text);
    return r;
}
