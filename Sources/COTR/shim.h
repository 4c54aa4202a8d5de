#include <gcrypt.h>
#include <sys/syscall.h>
#include <unistd.h>

// libotr takes a name without a prefix that is the project's own.
#define Fingerprint OtrlFingerprint
#include <libotr/proto.h>
#include <libotr/userstate.h>
#include <libotr/privkey.h>
#include <libotr/message.h>
#include <libotr/instag.h>
#include <libotr/version.h>
#undef Fingerprint

/// `OTRL_INIT` without its `exit(1)`: the caller decides what a wrong library version means.
static inline gcry_error_t tern_otrl_init(void) {
    return otrl_init(OTRL_VERSION_MAJOR, OTRL_VERSION_MINOR, OTRL_VERSION_SUB);
}

/// A file without a name that lives in memory and is not inherited; -1 on failure. Declared nowhere that Swift looks.
static inline int tern_memory_file(void) {
    return (int)syscall(SYS_memfd_create, "otr", 1u /* MFD_CLOEXEC */);
}
