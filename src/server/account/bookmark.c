/* bookmark.c - see bookmark.h. */
#include "server/account/bookmark.h"

#include "xmpp/jid.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

static bool
is_true(struct str value)
{
    return str_is(value, "true") || str_is(value, "1");
}

static void
read_common(struct arena *arena,
            struct str ns,
            const struct element *conference,
            struct bookmark *ret)
{
    const struct element *nick = element_child(conference, ns, STR("nick"));
    const struct element *password = element_child(conference, ns, STR("password"));

    ret->name = element_get(conference, STR("name"));
    ret->autojoin = is_true(element_get(conference, STR("autojoin")));
    ret->has_nick = nick;
    ret->has_password = password;
    ret->nick = nick ? element_text(arena, nick) : STR_EMPTY;
    ret->password = password ? element_text(arena, password) : STR_EMPTY;
}

bool
bookmark_read(struct arena *arena,
              struct str id,
              const struct element *conference,
              struct bookmark *ret)
{
    *ret = (struct bookmark){ .jid = id };
    if (!element_is(conference, NS_BOOKMARKS, STR("conference")))
        return false;
    read_common(arena, NS_BOOKMARKS, conference, ret);
    ret->extensions = element_child(conference, NS_BOOKMARKS, STR("extensions"));
    return true;
}

bool
bookmark_read_legacy(struct arena *arena, const struct element *conference, struct bookmark *ret)
{
    struct jid jid;

    *ret = (struct bookmark){ .autojoin = false };
    if (!element_is(conference, NS_STORAGE_BOOKMARKS, STR("conference")) ||
        jid_parse(arena, element_get(conference, STR("jid")), &jid) < 0)
        return false;
    ret->jid = jid.bare;
    read_common(arena, NS_STORAGE_BOOKMARKS, conference, ret);
    return true;
}

bool
bookmark_equal(const struct bookmark *a, const struct bookmark *b)
{
    return str_equal(a->jid, b->jid) && str_equal(a->name, b->name) && a->has_nick == b->has_nick &&
           str_equal(a->nick, b->nick) && a->has_password == b->has_password &&
           str_equal(a->password, b->password) && a->autojoin == b->autojoin;
}

static void
write_child(struct buffer *out, const char *name, struct str text)
{
    buffer_printf(out, "<%s>", name);
    xml_escape(out, text);
    buffer_printf(out, "</%s>", name);
}

static void
write_common(struct buffer *out, const struct bookmark *bookmark)
{
    if (bookmark->name.len > 0)
        xml_write_attribute(out, STR("name"), bookmark->name);
    if (bookmark->autojoin)
        xml_write_attribute(out, STR("autojoin"), STR("true"));
    buffer_append_char(out, '>');
    if (bookmark->has_nick)
        write_child(out, "nick", bookmark->nick);
    if (bookmark->has_password)
        write_child(out, "password", bookmark->password);
}

void
bookmark_write(struct buffer *out, const struct bookmark *bookmark)
{
    buffer_append(out, STR("<conference xmlns='urn:xmpp:bookmarks:1'"));
    write_common(out, bookmark);
    if (bookmark->extensions)
        xml_write(out, bookmark->extensions, NS_BOOKMARKS);
    buffer_append(out, STR("</conference>"));
}

void
bookmark_write_legacy(struct buffer *out, const struct bookmark *bookmark)
{
    buffer_append(out, STR("<conference"));
    xml_write_attribute(out, STR("jid"), bookmark->jid);
    write_common(out, bookmark);
    buffer_append(out, STR("</conference>"));
}
