#include <gpgme.h>

// Glibc's module has neither of these two. Their headers are not included: whichever module is built first would own their types.
extern int pipe2(int ends[2], int flags);
extern int posix_spawn_file_actions_addclosefrom_np(void *actions, int first);

/// A pipe with `O_CLOEXEC` from its beginning on: no program gets its ends that another thread starts meanwhile.
static inline int tern_pipe(int ends[2], int flags) {
    return pipe2(ends, flags);
}

/// Keeps all but the first three descriptors from a program that is started: others of this process are pipes and sockets whose
/// other ends wait for their end. `actions` are a `posix_spawn_file_actions_t`.
static inline int tern_spawn_standard_only(void *actions) {
    return posix_spawn_file_actions_addclosefrom_np(actions, 3);
}

/// `gpgme_check_version` as the macro of this name calls it, so that structures of another size are noticed.
static inline int tern_gpgme_start(void) {
    // gpgme would start gpgconf three times to be told that gpg is on the path
    gpgme_set_global_flag("disable-gpgconf", "1");
    return gpgme_check_version("1.18.0") != NULL;
}

// Swift does not see bit-fields.

/// Whether a user id counts for nothing any more.
static inline int tern_gpgme_is_void(gpgme_user_id_t user) {
    return user->revoked || user->invalid;
}

/// Whether a key or subkey was revoked.
static inline int tern_gpgme_is_revoked(gpgme_subkey_t key) {
    return key->revoked;
}

/// Whether the time of a key or subkey is over.
static inline int tern_gpgme_is_expired(gpgme_subkey_t key) {
    return key->expired;
}

/// Whether a key or subkey cannot be used, for whatever reason.
static inline int tern_gpgme_is_unusable(gpgme_subkey_t key) {
    return key->revoked || key->expired || key->disabled || key->invalid;
}

/// Whether others can encrypt to a key or subkey.
static inline int tern_gpgme_can_encrypt(gpgme_subkey_t key) {
    return key->can_encrypt;
}

/// Whether a key or subkey signs.
static inline int tern_gpgme_can_sign(gpgme_subkey_t key) {
    return key->can_sign;
}

/// Whether the secret part of a key or subkey is here.
static inline int tern_gpgme_is_secret(gpgme_subkey_t key) {
    return key->secret;
}
