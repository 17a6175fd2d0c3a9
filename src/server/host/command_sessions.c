/* command_sessions.c - see command_sessions.h. */
#include "server/host/command_sessions.h"

#include "base/error.h"
#include "base/map.h"
#include "base/random.h"

void
command_sessions_open(struct command_sessions *sessions,
                      struct str user,
                      const void *command,
                      int64_t now_us,
                      char ret_id[COMMAND_SESSION_ID_BYTES])
{
    struct command_session *place = &sessions->slots[0];

    random_token(ret_id, COMMAND_SESSION_ID_BYTES);
    pthread_mutex_lock(&sessions->lock);
    for (size_t i = 0; i < COMMAND_SESSIONS_MAX && place->id[0] != '\0'; i++) {
        struct command_session *slot = &sessions->slots[i];

        if (slot->id[0] == '\0' || slot->since_us < place->since_us)
            place = slot;
    }
    memcpy(place->id, ret_id, COMMAND_SESSION_ID_BYTES);
    place->user = map_hash(user);
    place->command = command;
    place->since_us = now_us;
    pthread_mutex_unlock(&sessions->lock);
}

int
command_sessions_close(struct command_sessions *sessions,
                       struct str id,
                       struct str user,
                       const void *command,
                       int64_t now_us)
{
    int r = E_NOT_FOUND;

    pthread_mutex_lock(&sessions->lock);
    for (size_t i = 0; i < COMMAND_SESSIONS_MAX && id.len > 0; i++) {
        struct command_session *slot = &sessions->slots[i];

        if (!str_is(id, slot->id) || slot->user != map_hash(user) || slot->command != command)
            continue;
        r = now_us - slot->since_us > COMMAND_SESSION_US ? E_TIMEOUT : 0;
        slot->id[0] = '\0';
        break;
    }
    pthread_mutex_unlock(&sessions->lock);
    return r;
}
