#include <gcrypt.h>

// gcry_control is variadic and its values are macros: Swift sees neither.

/// True when something in this process has used libgcrypt already.
static inline int tern_gcry_is_in_use(void) {
    return gcry_control(GCRYCTL_ANY_INITIALIZATION_P) != 0;
}

/// Ends the initialisation that `gcry_check_version` began.
static inline gcry_error_t tern_gcry_finish_initialisation(void) {
    return gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

/// `gcry_cipher_reset`: the key stays, the text begins anew.
static inline gcry_error_t tern_gcry_cipher_reset(gcry_cipher_hd_t handle) {
    return gcry_cipher_reset(handle);
}
