// Owns how a conversation of libotr 4.1.1 is written down, field by field, and whether this is 4.1.1. It must not know who keeps it.
//
// libotr has no function for this; the headers that it installs say all that there is to know. Cipher and code handles
// are made again by libotr's own functions.

#include "record.h"
#include "state.h"

#include <libotr/proto.h>
#include <libotr/userstate.h>
#include <libotr/version.h>
#include <stdlib.h>
#include <string.h>

// What has to hold for any of this to be right: libotr 4.1.1 with eight-byte pointers.
enum {
    is_layout_known = sizeof(ConnContext) == 472 && sizeof(ConnContextPriv) == 728 && sizeof(OtrlAuthInfo) == 256
        && sizeof(DH_keypair) == 24 && sizeof(DH_sesskeys) == 144 && sizeof(OtrlSMState) == 104
        && sizeof(Fingerprint) == 40 && offsetof(ConnContext, context_priv) == 16 && offsetof(ConnContext, auth) == 96
        && offsetof(ConnContext, fingerprint_root) == 352 && offsetof(ConnContext, active_fingerprint) == 392
        && offsetof(ConnContext, protocol_version) == 436 && offsetof(ConnContext, smstate) == 464
        && offsetof(ConnContextPriv, their_y) == 24 && offsetof(ConnContextPriv, our_dh_key) == 48
        && offsetof(ConnContextPriv, sesskeys) == 96 && offsetof(ConnContextPriv, numsavedkeys) == 672
        && offsetof(ConnContextPriv, may_retransmit) == 720 && offsetof(OtrlAuthInfo, our_dh) == 16
        && offsetof(OtrlAuthInfo, enc_c) == 128 && offsetof(OtrlAuthInfo, lastauthmsg) == 240
        && offsetof(DH_sesskeys, sendenc) == 32 && offsetof(DH_sesskeys, extrakey) == 112
        && offsetof(OtrlSMState, nextExpected) == 88
};

int tern_otr_state_is_known(void) {
    if (!is_layout_known || strcmp(otrl_version(), "4.1.1")) return 0;
    OtrlUserState user = otrl_userstate_create();
    if (!user) return 0;
    ConnContext *context = otrl_context_find(user, "them", "us", "net", OTRL_INSTAG_MASTER, 1, NULL, NULL, NULL);
    int is_known = context && context->m_context == context && context->auth.context == context
        && context->auth.authstate == OTRL_AUTHSTATE_NONE && context->msgstate == OTRL_MSGSTATE_PLAINTEXT
        && context->context_priv && !context->context_priv->fragment && !context->context_priv->our_keyid
        && context->smstate && context->smstate->nextExpected == OTRL_SMP_EXPECT1
        && context->recent_rcvd_child == context && !strcmp(context->username, "them");
    // libotr wipes what is hidden in a context and forgets to free it
    ConnContextPriv *hidden = is_known ? context->context_priv : NULL;
    otrl_userstate_free(user);
    free(hidden);
    return is_known;
}

// MARK: Writing

static void put_keypair(tern_otr_record *to, const DH_keypair *pair) {
    put_number(to, pair->groupid);
    put_mpi(to, pair->priv);
    put_mpi(to, pair->pub);
}

/// A key exchange in the middle of a conversation leaves libotr with sessions whose keys it has released, until they have turned
/// twice. No message reaches them, but their codes are published when they turn.
static enum session_kind kind_of(const DH_sesskeys *keys, const gcry_mpi_t theirs) {
    if (keys->sendenc && theirs) return live_session;
    return keys->sendmacused || keys->rcvmacused ? past_session : no_session;
}

static void put_session(tern_otr_record *to, const DH_sesskeys *keys, const gcry_mpi_t theirs) {
    const enum session_kind kind = kind_of(keys, theirs);
    put_number(to, kind);
    if (kind == no_session) return;
    if (kind == live_session) {
        put_bytes(to, keys->sendctr, 16);
        put_bytes(to, keys->rcvctr, 16);
        put_bytes(to, keys->extrakey, OTRL_EXTRAKEY_BYTES);
    }
    put_number(to, keys->sendmacused != 0);
    put_number(to, keys->rcvmacused != 0);
    put_bytes(to, keys->sendmackey, 20);
    put_bytes(to, keys->rcvmackey, 20);
}

/// Whether libotr still reads the other end's half of a key exchange, or ours that waits for it. For one that it has copied from
/// the master it does not keep the length (`otrl_auth_copy_on_key`): what is there may be longer than what was allocated.
static int needs_encrypted_half(const OtrlAuthInfo *auth) {
    if (auth->authstate == OTRL_AUTHSTATE_AWAITING_REVEALSIG) return 1;
    const int is_ours = auth->authstate == OTRL_AUTHSTATE_AWAITING_DHKEY || auth->authstate == OTRL_AUTHSTATE_AWAITING_SIG;
    return is_ours && auth->context == auth->context->m_context;
}

static void put_auth(tern_otr_record *to, const OtrlAuthInfo *auth) {
    put_number(to, auth->authstate);
    put_keypair(to, &auth->our_dh);
    put_number(to, auth->our_keyid);
    const int has_half = needs_encrypted_half(auth);
    put_counted(to, has_half ? auth->encgx : NULL, has_half ? auth->encgx_len : 0);
    put_bytes(to, auth->r, 16);
    put_bytes(to, auth->hashgx, 32);
    put_mpi(to, auth->their_pub);
    put_number(to, auth->their_keyid);
    put_number(to, auth->enc_c && auth->our_dh.priv && auth->their_pub);
    put_bytes(to, auth->their_fingerprint, 20);
    put_number(to, auth->initiated != 0);
    put_number(to, auth->protocol_version);
    put_bytes(to, auth->secure_session_id, 20);
    put_number(to, auth->secure_session_id_len);
    // libotr leaves what it has not set yet as malloc gave it
    const int is_over = auth->authstate == OTRL_AUTHSTATE_NONE && auth->secure_session_id_len;
    put_number(to, is_over && auth->session_id_half);
    put_text(to, auth->lastauthmsg);
    put_number(to, (uint64_t)auth->commit_sent_time);
}

static void put_hidden(tern_otr_record *to, const ConnContextPriv *hidden) {
    put_counted(to, hidden->fragment, hidden->fragment_len);
    put_number(to, hidden->fragment_n);
    put_number(to, hidden->fragment_k);
    put_number(to, hidden->their_keyid);
    put_mpi(to, hidden->their_y);
    put_mpi(to, hidden->their_old_y);
    put_number(to, hidden->our_keyid);
    put_keypair(to, &hidden->our_dh_key);
    put_keypair(to, &hidden->our_old_dh_key);
    for (int i = 0; i < 4; i++)
        put_session(to, &hidden->sesskeys[i / 2][i % 2], i % 2 ? hidden->their_old_y : hidden->their_y);
    put_number(to, hidden->numsavedkeys);
    put_bytes(to, hidden->saved_mac_keys, 20 * (size_t)hidden->numsavedkeys);
    put_number(to, hidden->generation);
    put_number(to, (uint64_t)hidden->lastsent);
    put_number(to, (uint64_t)hidden->lastrecv);
}

static void put_comparison(tern_otr_record *to, const OtrlSMState *state) {
    const gcry_mpi_t numbers[] = {state->secret, state->x2, state->x3, state->g1, state->g2, state->g3, state->g3o,
        state->p, state->q, state->pab, state->qab};
    for (int i = 0; i < 11; i++) put_mpi(to, numbers[i]);
    put_number(to, state->nextExpected);
    put_number(to, state->received_question != 0);
    const int is_set = state->sm_prog_state >= OTRL_SMP_PROG_CHEATED && state->sm_prog_state <= OTRL_SMP_PROG_SUCCEEDED;
    put_number(to, (uint64_t)((is_set ? state->sm_prog_state : OTRL_SMP_PROG_OK) + 2));
}

/// Whether something is known of an instance that its next message would not tell again. libotr makes a context for every number
/// that anybody claims to have and never forgets one: a record that kept them all would be full for good.
static int is_kept(const ConnContext *context, int is_crowded) {
    if (context == context->m_context || context->msgstate != OTRL_MSGSTATE_PLAINTEXT) return 1;
    // agreeing on keys anew
    if (context->context_priv->their_keyid) return 1;
    return !is_crowded && (context->auth.authstate != OTRL_AUTHSTATE_NONE || context->context_priv->fragment);
}

/// The instance that a link leads to: the master where what it led to is not kept.
static uint64_t instance_of(const ConnContext *context, int is_crowded) {
    if (!context) return UINT64_MAX;
    return is_kept(context, is_crowded) ? context->their_instance : context->m_context->their_instance;
}

static void put_context(tern_otr_record *to, const ConnContext *context, int is_crowded) {
    const ConnContext *master = context->m_context;
    put_number(to, context->their_instance);
    put_number(to, context->our_instance);
    put_number(to, context->msgstate);
    put_auth(to, &context->auth);
    uint64_t keys = 0;
    for (const Fingerprint *key = context->fingerprint_root.next; key; key = key->next) keys++;
    put_number(to, keys);
    for (const Fingerprint *key = context->fingerprint_root.next; key; key = key->next) {
        put_bytes(to, key->fingerprint, 20);
        put_text(to, key->trust);
    }
    uint64_t active = 0, place = 0;
    for (const Fingerprint *key = master->fingerprint_root.next; key; key = key->next) {
        place++;
        if (key == context->active_fingerprint) active = place;
    }
    put_number(to, active);
    put_bytes(to, context->sessionid, 20);
    put_number(to, context->sessionid_len);
    put_number(to, context->sessionid_len && context->sessionid_half);
    put_number(to, context->protocol_version);
    put_number(to, context->otr_offer);
    put_hidden(to, context->context_priv);
    put_comparison(to, context->smstate);
    put_number(to, instance_of(context->recent_rcvd_child, is_crowded));
    put_number(to, instance_of(context->recent_sent_child, is_crowded));
    put_number(to, instance_of(context->recent_child, is_crowded));
}

int tern_otr_freeze(void *state, tern_otr_record *record) {
    if (!tern_otr_state_is_known()) return TERN_OTR_UNKNOWN_LIBRARY;
    OtrlUserState user = state;
    uint64_t all = 0, kept = 0;
    for (const ConnContext *context = user->context_root; context; context = context->next) {
        all++;
        uint64_t keys = 0;
        for (const Fingerprint *key = context->fingerprint_root.next; key; key = key->next) keys++;
        // what could not be read again is not written
        if (keys > most_keys || context->context_priv->numsavedkeys > most_saved
            || context->context_priv->fragment_len > longest_text)
            return TERN_OTR_TOO_MUCH;
    }
    const int is_crowded = all > crowd;
    for (const ConnContext *context = user->context_root; context; context = context->next)
        kept += (uint64_t)is_kept(context, is_crowded);
    if (kept > most_contexts) return TERN_OTR_TOO_MUCH;
    put_number(record, format);
    put_number(record, kept);
    // A master comes before its children, since libotr sorts by instance: what they point to is there when they are read.
    for (const ConnContext *context = user->context_root; context; context = context->next)
        if (is_kept(context, is_crowded)) put_context(record, context, is_crowded);
    return record->has_failed ? TERN_OTR_MEMORY : 0;
}
