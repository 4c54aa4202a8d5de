// Owns how a conversation of libotr 4.1.1 is written down and read again, field by field. It must not know who keeps it.
//
// libotr has no function for this; the headers that it installs say all that there is to know. Cipher and code handles
// are made again by libotr's own functions.

#include "record.h"

#include <libotr/proto.h>
#include <libotr/userstate.h>
#include <libotr/version.h>
#include <stdlib.h>
#include <string.h>

enum { format = 1 };
enum { most_contexts = 80, most_keys = 1024, longest_text = 1 << 21, most_saved = 1 << 16 };

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

static void put_session(tern_otr_record *to, const DH_sesskeys *keys) {
    put_number(to, keys->sendenc != NULL);
    if (!keys->sendenc) return;
    put_bytes(to, keys->sendctr, 16);
    put_bytes(to, keys->rcvctr, 16);
    put_number(to, keys->sendmacused != 0);
    put_number(to, keys->rcvmacused != 0);
    put_bytes(to, keys->sendmackey, 20);
    put_bytes(to, keys->rcvmackey, 20);
    put_bytes(to, keys->extrakey, OTRL_EXTRAKEY_BYTES);
}

static void put_auth(tern_otr_record *to, const OtrlAuthInfo *auth) {
    put_number(to, auth->authstate);
    put_keypair(to, &auth->our_dh);
    put_number(to, auth->our_keyid);
    put_counted(to, auth->encgx, auth->encgx_len);
    put_bytes(to, auth->r, 16);
    put_bytes(to, auth->hashgx, 32);
    put_mpi(to, auth->their_pub);
    put_number(to, auth->their_keyid);
    put_number(to, auth->enc_c != NULL);
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
    for (int i = 0; i < 4; i++) put_session(to, &hidden->sesskeys[i / 2][i % 2]);
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

static uint64_t instance_of(const ConnContext *context) { return context ? context->their_instance : UINT64_MAX; }

static void put_context(tern_otr_record *to, const ConnContext *context) {
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
    put_number(to, instance_of(context->recent_rcvd_child));
    put_number(to, instance_of(context->recent_sent_child));
    put_number(to, instance_of(context->recent_child));
}

int tern_otr_freeze(void *state, tern_otr_record *record) {
    if (!tern_otr_state_is_known()) return TERN_OTR_UNKNOWN_LIBRARY;
    OtrlUserState user = state;
    uint64_t count = 0;
    for (const ConnContext *context = user->context_root; context; context = context->next) count++;
    put_number(record, format);
    put_number(record, count);
    // A master comes before its children, since libotr sorts by instance: what they point to is there when they are read.
    for (const ConnContext *context = user->context_root; context; context = context->next) put_context(record, context);
    return record->has_failed || count > most_contexts ? TERN_OTR_MEMORY : 0;
}

// MARK: Reading

static void take_keypair(reading *from, DH_keypair *pair) {
    pair->groupid = (unsigned int)take_bounded(from, DH1536_GROUP_ID);
    pair->priv = take_mpi(from);
    pair->pub = take_mpi(from);
}

static void take_session(reading *from, DH_sesskeys *keys, const DH_keypair *pair, gcry_mpi_t theirs) {
    if (!take_bounded(from, 1)) return;
    unsigned char counters[32], codes[40], extra[OTRL_EXTRAKEY_BYTES];
    take_bytes(from, counters, 32);
    int is_sent = (int)take_bounded(from, 1), is_received = (int)take_bounded(from, 1);
    take_bytes(from, codes, 40);
    take_bytes(from, extra, OTRL_EXTRAKEY_BYTES);
    if (!from->has_failed && pair->priv && pair->pub && theirs && !otrl_dh_session(keys, pair, theirs)) {
        memcpy(keys->sendctr, counters, 16);
        memcpy(keys->rcvctr, counters + 16, 16);
        keys->sendmacused = is_sent;
        keys->rcvmacused = is_received;
        // the same exponents give the same keys, or the record is not what was written
        if (memcmp(keys->sendmackey, codes, 20) || memcmp(keys->rcvmackey, codes + 20, 20)
            || memcmp(keys->extrakey, extra, OTRL_EXTRAKEY_BYTES))
            from->has_failed = 1;
    } else {
        from->has_failed = 1;
    }
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
    // libotr computes with all of them as soon as it waits for an answer
    for (int i = 0; i < 11; i++)
        if (state->nextExpected != OTRL_SMP_EXPECT1 && !*numbers[i]) from->has_failed = 1;
}

static Fingerprint *key_at(ConnContext *master, uint64_t place) {
    Fingerprint *key = master->fingerprint_root.next;
    while (key && --place) key = key->next;
    return key;
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
            otrl_context_set_trust(key, trust ? trust : "");
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
    // what libotr takes for granted of a private conversation
    if (context->msgstate == OTRL_MSGSTATE_ENCRYPTED
        && (!context->active_fingerprint || !context->context_priv->their_y || !context->context_priv->our_dh_key.priv
            || !context->context_priv->our_old_dh_key.priv || !context->context_priv->sesskeys[1][0].sendenc
            || context->context_priv->our_keyid < 2 || !context->context_priv->their_keyid
            || context->protocol_version < 2))
        from->has_failed = 1;
    if (context->auth.authstate != OTRL_AUTHSTATE_NONE && (!context->auth.our_dh.priv || !context->auth.our_dh.pub))
        from->has_failed = 1;
    if (context->auth.authstate == OTRL_AUTHSTATE_AWAITING_SIG && (!context->auth.enc_cp || !context->auth.their_pub))
        from->has_failed = 1;
    if ((context->auth.authstate == OTRL_AUTHSTATE_AWAITING_DHKEY
            || context->auth.authstate == OTRL_AUTHSTATE_AWAITING_SIG)
        && !context->auth.lastauthmsg)
        from->has_failed = 1;
    if (context->auth.authstate == OTRL_AUTHSTATE_AWAITING_REVEALSIG && !context->auth.encgx) from->has_failed = 1;
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
    return from.has_failed || from.left ? TERN_OTR_MALFORMED : 0;
}
