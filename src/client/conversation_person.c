/* conversation_person.c - what is known of the other person of a private conversation.
 * Spec: XEP-0045 7.5. */
#include "client/conversation_struct.h"

void
conversation_set_seen(JdConversation *self, const char *room, const char *nickname)
{
    g_free(self->seen_room);
    g_free(self->seen_nickname);
    self->seen_room = g_strdup(room);
    self->seen_nickname = g_strdup(nickname);
}

const char *
conversation_get_seen_room(JdConversation *self)
{
    return self->seen_room;
}

const char *
conversation_get_seen_nickname(JdConversation *self)
{
    return self->seen_nickname;
}

void
conversation_set_absence(JdConversation *self, const char *words)
{
    g_free(self->absence);
    self->absence = g_strdup(words);
    conversation_update_subtitle(self);
}

void
conversation_set_guest(JdConversation *self, gboolean guest)
{
    self->guest = guest;
    conversation_update_subtitle(self);
}

gboolean
conversation_is_absent(JdConversation *self)
{
    return self->absence != NULL;
}
