#include <gpgme.h>

/// `gpgme_check_version` as the macro of this name calls it, so that structures of another size are noticed.
static inline int tern_gpgme_start(void) {
    return gpgme_check_version("1.18.0") != NULL;
}

// Swift does not see bit-fields.

/// Whether a message was encrypted without protection against changes, or to a key that is not for encryption.
static inline int tern_gpgme_is_weak(gpgme_decrypt_result_t result) {
    return result->legacy_cipher_nomdc || result->wrong_key_usage || result->unsupported_algorithm != NULL;
}

/// Whether a signature was made with a key that is not for signing.
static inline int tern_gpgme_is_misused(gpgme_signature_t signature) {
    return signature->wrong_key_usage;
}

/// Whether a key is of no use any more, as a whole.
static inline int tern_gpgme_is_unusable(gpgme_key_t key) {
    return key->revoked || key->expired || key->disabled || key->invalid;
}
