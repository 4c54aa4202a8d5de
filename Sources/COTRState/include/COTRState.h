// Owns what Swift calls to write a conversation of libotr down and to read it again. It must not know who keeps it.

#ifndef TERN_OTR_STATE_H
#define TERN_OTR_STATE_H

#include <stddef.h>

/// Bytes that grow. Wiped whenever they move, and by `tern_otr_record_free`.
typedef struct {
    unsigned char *bytes;
    size_t length;
    size_t capacity;
    int has_failed;
} tern_otr_record;

void tern_otr_record_free(tern_otr_record *record);

/// Whether this libotr is the one whose structures are known: version, sizes, and how a fresh context looks.
int tern_otr_state_is_known(void);

/// Writes down everything that the user state knows of its conversations. Keys and instance tags of the account are not part of it.
/// @param user An `OtrlUserState`.
/// @return 0, or what went wrong.
int tern_otr_freeze(void *user, tern_otr_record *record);

/// Makes the conversations again in a user state that has the account's key and instance tag, and no conversations. Session keys are
/// computed anew, and held against those that were written.
/// @return 0, or what went wrong; then the user state may only be freed.
int tern_otr_thaw(
    void *user, const char *account, const char *peer, const char *network, const unsigned char *bytes, size_t length);

/// A number, the most significant byte first.
typedef struct {
    const unsigned char *bytes;
    size_t length;
} tern_otr_number;

/// A Diffie-Hellman key of ours, and one of theirs.
typedef struct {
    tern_otr_number secret, ours, theirs;
} tern_otr_keys;

/// The session keys of data messages: 16 bytes of key stream each way from a counter of zeros, the codes' keys each way with 20 bytes, the
/// extra key with 32.
int tern_otr_inspect_session(const tern_otr_keys *keys, unsigned char out[104]);

/// The keys of a key exchange: 8 bytes of session id, 16 bytes of key stream of c and c', the codes of nothing under m1, m1', m2 and m2'.
int tern_otr_inspect_exchange(const tern_otr_keys *keys, unsigned char out[168]);

/// Reads one data message with the keys that it names.
int tern_otr_inspect_message(
    const tern_otr_keys *keys, unsigned int sender_key, unsigned int recipient_key, const char *wire,
    tern_otr_record *text, tern_otr_record *tlvs);

/// What went wrong.
enum {
    TERN_OTR_UNKNOWN_LIBRARY = 1,
    TERN_OTR_MEMORY = 2,
    TERN_OTR_MALFORMED = 3,
    TERN_OTR_NEWER = 4,
    /// Of something there is more than a record may hold.
    TERN_OTR_TOO_MUCH = 5,
    TERN_OTR_UNAUTHENTIC = 6,
};

#endif
