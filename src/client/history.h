/* history.h - everything that was said, in order, on the disk: what views render from.
 * Owns: one database per account and the one thread that touches it.
 * Threads: call from the main context it was made in; nothing blocks but history_free(). Answers
 * and changes come to that context, in the order of the calls, after the commit.
 * Errors: an answer of NULL or FALSE, after a warning; a damaged file is put aside and begun anew.
 * Time: none; rows are ordered by position, never by time (docs/adr/0009).
 * Spec: XEP-0313, XEP-0359, XEP-0308, XEP-0424, XEP-0425, XEP-0444, XEP-0461, XEP-0184, XEP-0333,
 * XEP-0490. Tests: tests/unit/client/test_history*.c */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

struct history;

/* The first two are lines; the others say something about another message. */
enum history_kind {
    HISTORY_TEXT = 0,
    HISTORY_NOTICE = 1,     /* an event worth keeping: the topic, a kick */
    HISTORY_EDIT = 2,       /* XEP-0308 */
    HISTORY_RETRACTION = 3, /* XEP-0424; XEP-0425 when it is the room's */
    HISTORY_REACTIONS = 4,  /* XEP-0444: all of one person's, separated by spaces */
    HISTORY_RECEIPT = 5,    /* XEP-0184 */
    HISTORY_MARKER = 6,     /* XEP-0333: read up to there */
};

enum history_state {
    HISTORY_RECEIVED = 0,
    HISTORY_PENDING = 1,
    HISTORY_SENT = 2,
    HISTORY_DELIVERED = 3,
    HISTORY_READ = 4,
    HISTORY_FAILED = 5,
};

/* Something said, as it came in or goes out. Texts are borrowed and copied. */
struct history_event {
    enum history_kind kind;
    const char *conversation; /* its address: bare; of a room's occupant full */
    const char *archive;      /* address of the archive that keeps it: a room's, or the account's */
    const char *archive_id;   /* XEP-0359 by that archive, checked by the caller; NULL = unknown */
    const char *origin_id;    /* XEP-0359; NULL = none */
    const char *id;           /* of the stanza; NULL = none */
    const char *sender;       /* who it is for comparing: bare JID, or occupant-id, or occupant */
    const char *sender_jid;   /* as addressed; NULL = unknown */
    const char *nickname;     /* as shown; may be NULL */
    const char *text;         /* NULL with `is_retracted` or where the kind has none */
    const char *target;       /* which message a relation is about */
    const char *reply_to;     /* XEP-0461; NULL = no reply */
    gint64 time;              /* wall microseconds, for showing only */
    enum history_state state; /* of outgoing ones: PENDING or SENT */
    gboolean outgoing;
    gboolean mentions;     /* concerns the user */
    gboolean by_room;      /* the room itself says so (XEP-0425) */
    gboolean is_past;      /* was said before we came: no news on the very first connection */
    gboolean is_retracted; /* the archive has but a tombstone (XEP-0424 5) */
};

/* A line as it is to be shown: with the last edit, all reactions, and how far it got. */
struct history_message {
    gint64 row;      /* names it for as long as the file lives */
    gint64 position; /* orders it in its conversation; may change until the archive id is known */
    enum history_kind kind; /* a line, or a relation among history_pending() */
    enum history_state state;
    gboolean outgoing, mentions, is_edited, is_retracted;
    gint64 time;
    char *conversation, *archive_id, *origin_id, *id;
    char *sender, *sender_jid, *nickname;
    char *body;      /* NULL when retracted */
    char *failure;   /* a sentence, with HISTORY_FAILED */
    char *reply_to;  /* id of the message it replies to */
    char *target;    /* of a pending relation; NULL otherwise */
    char *reactions; /* one line "sender TAB reactions" a person, oldest first; NULL = none */
};
void history_message_free(gpointer message);

/* Messages that are missing between two rows. */
struct history_gap {
    char *archive;
    gint64 era;
    gint64 position;       /* between the positions of its edges */
    gint64 older_position; /* 0: the gap is the beginning */
    gint64 newer_position; /* 0: nothing is above it */
    char *older_id;        /* archive ids; NULL = none known */
    char *newer_id;        /* ask for what is before it; NULL: ask for the newest */
};
void history_gap_free(gpointer gap);

struct history_conversation {
    char *jid, *archive;
    char *draft; /* NULL = none */
    char *preview, *preview_nickname;
    gboolean preview_is_outgoing;
    gint64 last_activity;   /* wall microseconds, of the newest text */
    guint unread, mentions; /* counted up to 1000 */
    char *read_id;          /* archive id of what was read last (XEP-0490); NULL = none */
    gint64 read_row;        /* 0 = none */
    gint64 first_new;       /* row of the first unread message; 0 = none */
    gboolean is_pinned, is_muted, is_archived;
};
void history_conversation_free(gpointer conversation);

/* Called for whatever changed; all may be NULL. What they are given belongs to the caller. */
struct history_listener {
    void (*message)(const struct history_message *message, gpointer data);
    void (*conversation)(const struct history_conversation *conversation, gpointer data);
};

/* `path` NULL keeps everything in memory. `data` is borrowed. */
struct history *
history_new(const char *path, const struct history_listener *listener, gpointer data);

/* Writes what is under way, then forgets; answers that have not come do not come. */
void history_free(struct history *history);

/* The file of an account, its folder made with mode 0700. `data_dir` NULL = the user's. */
char *history_path(const char *data_dir, const char *bare_jid);

/* ---- writing ---- */

typedef void (*history_done_cb)(gboolean ok, gpointer data);

/* `row` is the line it became or belongs to, 0 when there is none; `is_new` when it was not known.
 */
typedef void (*history_added_cb)(gint64 row, gboolean is_new, gpointer data);

/* Something heard live, or something of our own. `done` may be NULL. */
void history_add(struct history *history,
                 const struct history_event *event,
                 history_added_cb done,
                 gpointer data);

/* What became of one of our own. Goes forward only, but for a retry: FAILED to PENDING. */
void history_set_state(struct history *history,
                       const char *conversation,
                       const char *id,
                       enum history_state state,
                       const char *failure);

/* ---- catching up ---- */

/* `gap` belongs to the caller of the callback; NULL: nothing is missing (or no database). */
typedef void (*history_gap_cb)(const struct history_gap *gap, gpointer data);

/* Connected without resumption: a gap opens beneath whatever comes now. Pending messages move to
 * the live edge. */
void
history_begin_era(struct history *history, const char *archive, history_gap_cb done, gpointer data);

/* The newest open gap of an archive, or of one conversation. */
void history_find_gap(struct history *history,
                      const char *archive,
                      const char *conversation,
                      history_gap_cb done,
                      gpointer data);

/* One page, oldest first as the archive gives it. */
struct history_archive_page {
    const char *archive;
    const char *with; /* only this conversation was asked for; NULL = all */
    gint64 era;       /* the gap that was asked about */
    const struct history_event *events;
    guint count;
    const char *first_id; /* of the oldest result, also when it is no event; NULL = empty page */
    gboolean is_complete; /* nothing is older */
};

/* `gap` is what is left of it, NULL when it is closed. */
void history_add_page(struct history *history,
                      const struct history_archive_page *page,
                      history_gap_cb done,
                      gpointer data);

/* Nobody can fill it: there is no archive. */
void history_give_up_gap(struct history *history, const char *archive, gint64 era);

/* Its edge is no longer in the archive: from the newest once more. */
void history_restart_gap(struct history *history,
                         const char *archive,
                         const char *with,
                         gint64 era,
                         history_gap_cb done,
                         gpointer data);

/* ---- reading ---- */

enum history_from {
    HISTORY_NEWEST,
    HISTORY_OLDER,  /* than `position` */
    HISTORY_NEWER,  /* than `position` */
    HISTORY_AROUND, /* half of them before `position` */
};

struct history_view {
    char *conversation;
    GPtrArray *messages; /* struct history_message, in order */
    GPtrArray *gaps;     /* struct history_gap beneath, between or above them, in order */
    gboolean has_older, has_newer;
};

typedef void (*history_view_cb)(const struct history_view *view, gpointer data);
void history_read(struct history *history,
                  const char *conversation,
                  enum history_from from,
                  gint64 position,
                  guint count,
                  history_view_cb done,
                  gpointer data);

/* `rows` of struct history_message, struct history_conversation or struct history_hit. */
typedef void (*history_list_cb)(GPtrArray *rows, gpointer data);

/* A message by an id that another one gave (a reply): one row or none. */
void history_find(struct history *history,
                  const char *conversation,
                  const char *id,
                  history_list_cb done,
                  gpointer data);

/* Our own that wait to be sent, oldest first, relations too. */
void history_pending(struct history *history,
                     const char *conversation,
                     history_list_cb done,
                     gpointer data);

struct history_hit {
    struct history_message *message;
    char *snippet; /* marks what was found with U+0002 and U+0003 */
};
void history_hit_free(gpointer hit);

/* Words, the last one also as a beginning. `conversation` NULL = everywhere. Newest first. */
void history_search(struct history *history,
                    const char *conversation,
                    const char *words,
                    guint count,
                    guint skip,
                    history_list_cb done,
                    gpointer data);

void history_conversations(struct history *history, history_list_cb done, gpointer data);

/* Has the listener told about this conversation, if there is anything to tell. */
void history_touch(struct history *history, const char *conversation);

/* Answers when everything before has been done. */
typedef void (*history_sync_cb)(const char *conversation, gpointer data);
void history_sync(struct history *history,
                  const char *conversation,
                  history_sync_cb done,
                  gpointer data);

/* ---- the conversation itself ---- */

/* Everything up to `row` was read. Never goes back. */
void history_mark_read(struct history *history, const char *conversation, gint64 row);

/* The same from another device (XEP-0490), by archive id; kept until it is known. */
void
history_mark_read_id(struct history *history, const char *conversation, const char *archive_id);

enum history_setting {
    HISTORY_PINNED,
    HISTORY_MUTED,
    HISTORY_ARCHIVED,
};
void history_set(struct history *history,
                 const char *conversation,
                 const char *archive,
                 enum history_setting setting,
                 gboolean value);
void history_set_draft(struct history *history,
                       const char *conversation,
                       const char *archive,
                       const char *draft);

G_END_DECLS
