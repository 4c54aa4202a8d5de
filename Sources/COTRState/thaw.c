// Owns how a conversation of libotr 4.1.1 is read out of a record, and what has to hold before libotr may touch it. It must not
// know who keeps it.

#include "record.h"
#include "state.h"

#include <libotr/instag.h>
#include <libotr/proto.h>
#include <libotr/userstate.h>
#include <stdlib.h>
#include <string.h>

static void take_keypair(reading *from, DH_keypair *pair) {
    pair->groupid = (unsigned int)take_bounded(from, DH1536_GROUP_ID);
    pair->priv = take_mpi(from);
    pair->pub = take_mpi(from);
}

static void take_session(reading *from, DH_sesskeys *keys, const DH_keypair *pair, gcry_mpi_t theirs) {
    const enum session_kind kind = (enum session_kind)take_bounded(from, past_session);
    if (from->has_failed || kind == no_session) return;
    unsigned char counters[32], codes[40], extra[OTRL_EXTRAKEY_BYTES];
    if (kind == live_session) {
        take_bytes(from, counters, 32);
        take_bytes(from, extra, OTRL_EXTRAKEY_BYTES);
    }
    int is_sent = (int)take_bounded(from, 1), is_received = (int)take_bounded(from, 1);
    take_bytes(from, codes, 40);
    if (from->has_failed) {
        // nothing is taken
    } else if (kind == past_session) {
        memcpy(keys->sendmackey, codes, 20);
        memcpy(keys->rcvmackey, codes + 20, 20);
        // one that has nothing to publish would not have been written
        if (!is_sent && !is_received) from->has_failed = 1;
    } else if (pair->priv && pair->pub && theirs && !otrl_dh_session(keys, pair, theirs)) {
        memcpy(keys->sendctr, counters, 16);
        memcpy(keys->rcvctr, counters + 16, 16);
        // the same exponents give the same keys, or the record is not what was written
        if (memcmp(keys->sendmackey, codes, 20) || memcmp(keys->rcvmackey, codes + 20, 20)
            || memcmp(keys->extrakey, extra, OTRL_EXTRAKEY_BYTES))
            from->has_failed = 1;
    } else {
        from->has_failed = 1;
    }
    keys->sendmacused = is_sent;
    keys->rcvmacused = is_received;
    explicit_bzero(codes, sizeof codes);
    explicit_bzero(extra, sizeof extra);
}

static void take_auth(reading *from, OtrlAuthInfo *auth) {
    auth->authstate = (OtrlAuthState)take_bounded(from, OTRL_AUTHSTATE_AWAITING_SIG);
    take_keypair(from, &auth->our_dh);
    auth->our_keyid = (unsigned int)take_bounded(from, UINT32_MAX);
    auth->encgx = take_counted(from, longest_text, &auth->encgx_len);
    take_bytes(from, auth->r, 16);
    take_bytes(from, auth->hashgx, 32);
    auth->their_pub = take_mpi(from);
    auth->their_keyid = (unsigned int)take_bounded(from, UINT32_MAX);
    if (take_bounded(from, 1)) {
        unsigned char id[20];
        size_t length;
        if (from->has_failed || !auth->our_dh.priv || !auth->their_pub
            || otrl_dh_compute_v2_auth_keys(
                &auth->our_dh, auth->their_pub, id, &length, &auth->enc_c, &auth->enc_cp, &auth->mac_m1,
                &auth->mac_m1p, &auth->mac_m2, &auth->mac_m2p))
            from->has_failed = 1;
    }
    take_bytes(from, auth->their_fingerprint, 20);
    auth->initiated = (int)take_bounded(from, 1);
    auth->protocol_version = (unsigned int)take_bounded(from, 3);
    take_bytes(from, auth->secure_session_id, 20);
    auth->secure_session_id_len = take_bounded(from, 20);
    auth->session_id_half = (OtrlSessionIdHalf)take_bounded(from, OTRL_SESSIONID_SECOND_HALF_BOLD);
    auth->lastauthmsg = take_text(from, longest_text);
    auth->commit_sent_time = (time_t)take_number(from);
}

static void take_hidden(reading *from, ConnContextPriv *hidden) {
    hidden->fragment = (char *)take_counted(from, longest_text, &hidden->fragment_len);
    hidden->fragment_n = (unsigned short)take_bounded(from, UINT16_MAX);
    hidden->fragment_k = (unsigned short)take_bounded(from, UINT16_MAX);
    hidden->their_keyid = (unsigned int)take_bounded(from, UINT32_MAX);
    hidden->their_y = take_mpi(from);
    hidden->their_old_y = take_mpi(from);
    hidden->our_keyid = (unsigned int)take_bounded(from, UINT32_MAX);
    take_keypair(from, &hidden->our_dh_key);
    take_keypair(from, &hidden->our_old_dh_key);
    for (int i = 0; i < 4; i++) {
        const DH_keypair *pair = i / 2 ? &hidden->our_old_dh_key : &hidden->our_dh_key;
        take_session(from, &hidden->sesskeys[i / 2][i % 2], pair, i % 2 ? hidden->their_old_y : hidden->their_y);
    }
    uint64_t saved = take_bounded(from, most_saved);
    if (!from->has_failed && saved && 20 * saved <= from->left) {
        hidden->saved_mac_keys = malloc(20 * saved);
        if (hidden->saved_mac_keys) {
            hidden->numsavedkeys = (unsigned int)saved;
            take_bytes(from, hidden->saved_mac_keys, 20 * saved);
        } else {
            from->has_failed = 1;
        }
    } else if (saved) {
        from->has_failed = 1;
    }
    hidden->generation = (unsigned int)take_bounded(from, UINT32_MAX);
    hidden->lastsent = (time_t)take_number(from);
    hidden->lastrecv = (time_t)take_number(from);
}

static void take_comparison(reading *from, OtrlSMState *state) {
    otrl_sm_state_free(state);
    gcry_mpi_t *numbers[] = {&state->secret, &state->x2, &state->x3, &state->g1, &state->g2, &state->g3, &state->g3o,
        &state->p, &state->q, &state->pab, &state->qab};
    for (int i = 0; i < 11; i++) *numbers[i] = take_mpi(from);
    state->nextExpected = (NextExpectedSMP)take_bounded(from, OTRL_SMP_EXPECT5);
    state->received_question = (int)take_bounded(from, 1);
    state->sm_prog_state = (OtrlSMProgState)((int)take_bounded(from, 3) - 2);
    // libotr computes with all of them as soon as it waits for an answer, and with all but the exponents once it has begun
    int missing = 0;
    for (int i = 0; i < 11; i++) missing += !*numbers[i];
    const int has_exponents = state->x2 && state->x3, has_none = !state->x2 && !state->x3;
    const int is_fresh = missing == 11, is_begun = missing == 2 && has_none, is_complete = missing == 0 && has_exponents;
    if (!(is_complete || (state->nextExpected == OTRL_SMP_EXPECT1 && (is_fresh || is_begun)))) from->has_failed = 1;
}

static Fingerprint *key_at(ConnContext *master, uint64_t place) {
    Fingerprint *key = master->fingerprint_root.next;
    while (key && --place) key = key->next;
    return key;
}

/// What libotr takes for granted of a conversation's keys. Whether it is private says nothing about them: a new instance begins with
/// the state of the master, which may be private without having keys, and one that agrees on keys anew is not private meanwhile.
static int are_keys_sound(const ConnContext *context) {
    const ConnContextPriv *hidden = context->context_priv;
    if (hidden->our_keyid
        && (hidden->our_keyid < 2 || !hidden->our_dh_key.priv || !hidden->our_dh_key.pub || !hidden->our_old_dh_key.priv
            || !hidden->our_old_dh_key.pub))
        return 0;
    if (!hidden->their_keyid) return 1;
    // a session for each of our two keys with each of theirs
    const int has_older = hidden->their_old_y != NULL;
    for (int ours = 0; ours < 2; ours++)
        if (!hidden->sesskeys[ours][0].sendenc || (hidden->sesskeys[ours][1].sendenc != NULL) != has_older) return 0;
    return hidden->our_keyid && context->active_fingerprint && context->protocol_version >= 2;
}

/// What libotr takes for granted of a key exchange that is under way.
static int is_exchange_sound(const OtrlAuthInfo *auth) {
    // libotr compares it with one less than the newest of a conversation, which is 0 before there is one
    if (auth->our_keyid == UINT32_MAX) return 0;
    if (auth->authstate == OTRL_AUTHSTATE_NONE) return 1;
    if (!auth->our_dh.priv || !auth->our_dh.pub) return 0;
    const int is_master = auth->context == auth->context->m_context;
    switch (auth->authstate) {
    case OTRL_AUTHSTATE_AWAITING_DHKEY: return auth->encgx || !is_master;
    case OTRL_AUTHSTATE_AWAITING_REVEALSIG: return auth->encgx != NULL;
    case OTRL_AUTHSTATE_AWAITING_SIG: return (auth->encgx || !is_master) && auth->their_pub && auth->enc_cp;
    default: return 0;
    }
}

// Whose links are set once all contexts are there.
typedef struct {
    ConnContext *context;
    uint64_t received, sent, recent;
} links;

static ConnContext *find(OtrlUserState user, uint64_t instance) {
    for (ConnContext *context = user->context_root; context; context = context->next)
        if (context->their_instance == instance) return context;
    return NULL;
}

static void take_context(
    reading *from, OtrlUserState user, const char *account, const char *peer, const char *network, links *link) {
    uint64_t instance = take_bounded(from, UINT32_MAX);
    // one of libotr's numbers with a meaning, or a program's
    if (from->has_failed || (instance > 0 && instance < 0x100) || find(user, instance)) {
        from->has_failed = 1;
        return;
    }
    ConnContext *context =
        otrl_context_find(user, peer, account, network, (otrl_instag_t)instance, 1, NULL, NULL, NULL);
    if (!context || context->their_instance != instance) {
        from->has_failed = 1;
        return;
    }
    link->context = context;
    context->our_instance = (otrl_instag_t)take_bounded(from, UINT32_MAX);
    context->msgstate = (OtrlMessageState)take_bounded(from, OTRL_MSGSTATE_FINISHED);
    take_auth(from, &context->auth);
    uint64_t keys = take_bounded(from, context == context->m_context ? most_keys : 0);
    Fingerprint **end = &context->fingerprint_root.next;
    for (uint64_t i = 0; i < keys && !from->has_failed; i++) {
        unsigned char bytes[20];
        take_bytes(from, bytes, 20);
        char *trust = take_text(from, longest_text);
        int is_new = 0;
        Fingerprint *key = from->has_failed ? NULL : otrl_context_find_fingerprint(context, bytes, 1, &is_new);
        if (key && is_new) {
            otrl_context_set_trust(key, trust);
            // libotr adds at the front; the order is part of what was written
            *key->tous = key->next;
            if (key->next) key->next->tous = key->tous;
            while (*end) end = &(*end)->next;
            *end = key;
            key->tous = end;
            key->next = NULL;
        } else {
            from->has_failed = 1;
        }
        free(trust);
    }
    uint64_t active = take_bounded(from, most_keys);
    context->active_fingerprint = active ? key_at(context->m_context, active) : NULL;
    if (active && !context->active_fingerprint) from->has_failed = 1;
    take_bytes(from, context->sessionid, 20);
    context->sessionid_len = take_bounded(from, 20);
    context->sessionid_half = (OtrlSessionIdHalf)take_bounded(from, OTRL_SESSIONID_SECOND_HALF_BOLD);
    context->protocol_version = (unsigned int)take_bounded(from, 3);
    context->otr_offer = take_bounded(from, OFFER_ACCEPTED);
    take_hidden(from, context->context_priv);
    take_comparison(from, context->smstate);
    link->received = take_number(from);
    link->sent = take_number(from);
    link->recent = take_number(from);
    if (!are_keys_sound(context) || !is_exchange_sound(&context->auth)) from->has_failed = 1;
}

/// What is under way goes on under the number that the other end knows; otherwise the account's counts, which may be another by now.
/// libotr gives new contexts the account's and compares with the master's: the two have to be the same.
static int settle_instance(OtrlUserState user, const char *account, const char *network) {
    OtrlInsTag *tag = otrl_instag_find(user, account, network);
    if (!tag) return 0;
    const ConnContext *live = NULL;
    for (const ConnContext *context = user->context_root; context; context = context->next) {
        const int is_live = context->msgstate == OTRL_MSGSTATE_ENCRYPTED || context->context_priv->their_keyid
            || context->auth.authstate != OTRL_AUTHSTATE_NONE || context->context_priv->fragment;
        if (is_live && context->our_instance >= OTRL_MIN_VALID_INSTAG) live = context;
    }
    if (live) tag->instag = live->our_instance;
    for (ConnContext *context = user->context_root; context; context = context->next) context->our_instance = tag->instag;
    return 1;
}

int tern_otr_thaw(
    void *state, const char *account, const char *peer, const char *network, const unsigned char *bytes, size_t length) {
    if (!tern_otr_state_is_known()) return TERN_OTR_UNKNOWN_LIBRARY;
    OtrlUserState user = state;
    reading from = {bytes, length, 0};
    if (user->context_root) return TERN_OTR_MALFORMED;
    if (take_number(&from) != format) return from.has_failed ? TERN_OTR_MALFORMED : TERN_OTR_NEWER;
    uint64_t count = take_bounded(&from, most_contexts);
    links all[most_contexts] = {0};
    for (uint64_t i = 0; i < count && !from.has_failed; i++)
        take_context(&from, user, account, peer, network, &all[i]);
    for (uint64_t i = 0; i < count && !from.has_failed; i++) {
        ConnContext *context = all[i].context;
        context->recent_rcvd_child = find(user, all[i].received);
        context->recent_sent_child = find(user, all[i].sent);
        context->recent_child = find(user, all[i].recent);
        if (context == context->m_context
            && (!context->recent_rcvd_child || !context->recent_sent_child || !context->recent_child))
            from.has_failed = 1;
    }
    if (from.has_failed || from.left) return TERN_OTR_MALFORMED;
    return settle_instance(user, account, network) ? 0 : TERN_OTR_MALFORMED;
}
