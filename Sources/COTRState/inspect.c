// Owns libotr's derivations and its reading of one message, from keys that are given: what recorded conversations are held against.
// It must not know where the keys come from.

#include "record.h"

#include <libotr/context_priv.h>
#include <libotr/proto.h>
#include <libotr/userstate.h>
#include <stdlib.h>
#include <string.h>

/// A pair of keys, and the other end's public key.
typedef struct {
    DH_keypair pair;
    gcry_mpi_t theirs;
} agreement;

static gcry_mpi_t number(tern_otr_number given) {
    gcry_mpi_t value = NULL;
    if (gcry_mpi_scan(&value, GCRYMPI_FMT_USG, given.bytes, given.length, NULL)) return NULL;
    return value;
}

static int agree(const tern_otr_keys *keys, agreement *into) {
    otrl_dh_keypair_init(&into->pair);
    into->pair.groupid = DH1536_GROUP_ID;
    into->pair.priv = number(keys->secret);
    into->pair.pub = number(keys->ours);
    into->theirs = number(keys->theirs);
    return into->pair.priv && into->pair.pub && into->theirs ? 0 : TERN_OTR_MALFORMED;
}

static void let_go(agreement *of) {
    otrl_dh_keypair_free(&of->pair);
    gcry_mpi_release(of->theirs);
}

/// 16 bytes of key stream, from a counter of zeros.
static int stream(gcry_cipher_hd_t cipher, unsigned char *into) {
    memset(into, 0, 16);
    return gcry_cipher_reset(cipher) || gcry_cipher_setctr(cipher, into, 16)
        || gcry_cipher_encrypt(cipher, into, 16, NULL, 0);
}

int tern_otr_inspect_session(const tern_otr_keys *keys, unsigned char out[104]) {
    agreement both;
    DH_sesskeys session;
    memset(&session, 0, sizeof session);
    int code = agree(keys, &both);
    if (!code && otrl_dh_session(&session, &both.pair, both.theirs)) code = TERN_OTR_MALFORMED;
    if (!code) {
        if (stream(session.sendenc, out) || stream(session.rcvenc, out + 16)) code = TERN_OTR_MALFORMED;
        memcpy(out + 32, session.sendmackey, 20);
        memcpy(out + 52, session.rcvmackey, 20);
        memcpy(out + 72, session.extrakey, OTRL_EXTRAKEY_BYTES);
        otrl_dh_session_free(&session);
    }
    let_go(&both);
    return code;
}

int tern_otr_inspect_exchange(const tern_otr_keys *keys, unsigned char out[168]) {
    agreement both;
    gcry_cipher_hd_t ciphers[2] = {NULL, NULL};
    gcry_md_hd_t codes[4] = {NULL, NULL, NULL, NULL};
    size_t length = 0;
    int code = agree(keys, &both);
    if (!code
        && otrl_dh_compute_v2_auth_keys(
            &both.pair, both.theirs, out, &length, &ciphers[0], &ciphers[1], &codes[0], &codes[1], &codes[2],
            &codes[3]))
        code = TERN_OTR_MALFORMED;
    if (!code && (length != 8 || stream(ciphers[0], out + 8) || stream(ciphers[1], out + 24))) code = TERN_OTR_MALFORMED;
    for (int i = 0; i < 4; i++) {
        if (!code) memcpy(out + 40 + 32 * i, gcry_md_read(codes[i], GCRY_MD_SHA256), 32);
        gcry_md_close(codes[i]);
    }
    for (int i = 0; i < 2; i++) gcry_cipher_close(ciphers[i]);
    let_go(&both);
    return code;
}

int tern_otr_inspect_message(
    const tern_otr_keys *keys, unsigned int sender_key, unsigned int recipient_key, const char *wire,
    tern_otr_record *text, tern_otr_record *tlvs) {
    agreement both;
    OtrlUserState user = otrl_userstate_create();
    if (!user) return TERN_OTR_MEMORY;
    int is_added = 0;
    ConnContext *context = otrl_context_find(user, "b", "a", "x", OTRL_INSTAG_MASTER, 1, &is_added, NULL, NULL);
    int code = context ? agree(keys, &both) : TERN_OTR_MEMORY;
    if (!code) {
        // as the keys before the newest: then nothing turns, and no key is made
        ConnContextPriv *hidden = context->context_priv;
        hidden->our_keyid = recipient_key + 1;
        hidden->their_keyid = sender_key + 1;
        hidden->their_old_y = gcry_mpi_copy(both.theirs);
        char *plain = NULL;
        OtrlTLV *found = NULL;
        if (otrl_dh_session(&hidden->sesskeys[1][1], &both.pair, both.theirs)) {
            code = TERN_OTR_MALFORMED;
        } else if (otrl_proto_accept_data(&plain, &found, context, wire, NULL, NULL)) {
            code = TERN_OTR_UNAUTHENTIC;
        } else {
            put_bytes(text, plain, strlen(plain));
            size_t length = otrl_tlv_seriallen(found);
            unsigned char *bytes = malloc(length + 1);
            if (bytes) {
                otrl_tlv_serialize(bytes, found);
                put_bytes(tlvs, bytes, length);
                free(bytes);
            }
            if (!bytes || text->has_failed || tlvs->has_failed) code = TERN_OTR_MEMORY;
        }
        otrl_tlv_free(found);
        free(plain);
        let_go(&both);
    }
    ConnContextPriv *hidden = context ? context->context_priv : NULL;
    otrl_userstate_free(user);
    // libotr 4.1.1 wipes it and forgets to free it
    if (!strcmp(otrl_version(), "4.1.1")) free(hidden);
    return code;
}
