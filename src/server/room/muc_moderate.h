/* muc_moderate.h - what a change of standing does to those who are in the room.
 * Owns: nothing. Threads: the room's. Time: none. Errors: none. Spec: XEP-0045 9, 10.2.
 * Tests: tests/interop/test_muc.py */
#pragma once

#include "server/room/presence.h"

/* The affiliation of `bare` has changed: their occupants get its role, are shown anew, or have to
 * leave (banned, or no member any more of a members-only room). `note` says who did it and why. */
void muc_apply_affiliation(struct room *room, struct str bare, struct presence_note note);

/* Somebody is given a role, or is kicked (ROLE_NONE), and all are told. Whether that is allowed has
 * been asked. */
void muc_change_role(struct occupant *occupant, enum role role, struct presence_note note);

/* 10.2: the room has become members-only. */
void muc_remove_non_members(struct room *room);
