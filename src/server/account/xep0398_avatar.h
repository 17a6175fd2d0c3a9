/* xep0398_avatar.h - one picture, whether it was published with XEP-0084 or in a vCard.
 * Owns: nothing; account->avatar is what presence says. Threads: the account's home worker.
 * Time: none. Errors: none. Spec: XEP-0398, XEP-0153. Tests: tests/interop/test_avatar.py
 *
 * The picture itself is only in the nodes of XEP-0084: a vCard is given it when it is asked for by
 * somebody who may read them. */
#pragma once

#include "server/account/avatar.h"
#include "server/account/pep.h"

/* The metadata that the account was loaded with; may be empty. */
void avatar_load(struct account *account, struct str metadata);

/* A change of the account's nodes is on the disk. */
void avatar_changed(struct account *account, const struct pubsub_change *change);
