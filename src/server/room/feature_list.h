/* feature_list.h - the features' own descriptors, for the one table in features.c.
 * Owns: constants. Threads: any. Time: none. Errors: none. Spec: in each feature's file.
 * Tests: tests/interop/test_muc.py */
#pragma once

struct room_feature;

extern const struct room_feature muc_disco_feature;    /* XEP-0045 6.4, 6.5, 7.12 */
extern const struct room_feature muc_enter_feature;    /* XEP-0045 7.2, 7.7 */
extern const struct room_feature muc_invite_feature;   /* XEP-0045 7.8.2 */
extern const struct room_feature muc_iq_feature;       /* XEP-0045 17.4 */
extern const struct room_feature muc_leave_feature;    /* XEP-0045 7.14, 18.1.2 */
extern const struct room_feature muc_message_feature;  /* XEP-0045 7.4 */
extern const struct room_feature muc_moderate_feature; /* XEP-0045 8, 9 */
extern const struct room_feature muc_nick_feature;     /* XEP-0045 7.6 */
extern const struct room_feature muc_owner_feature;    /* XEP-0045 10 */
extern const struct room_feature muc_private_feature;  /* XEP-0045 7.5 */
extern const struct room_feature muc_subject_feature;  /* XEP-0045 8.1 */
extern const struct room_feature muc_voice_feature;    /* XEP-0045 7.13, 8.6 */
extern const struct room_feature xep0199_ping_feature;
extern const struct room_feature xep0410_self_ping_feature;
extern const struct room_feature xep0313_archive_feature;
extern const struct room_feature xep0421_occupant_id_feature;
extern const struct room_feature xep0425_moderation_feature;
