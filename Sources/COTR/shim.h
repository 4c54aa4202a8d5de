#include <gcrypt.h>
#include <libotr/proto.h>
#include <libotr/userstate.h>
#include <libotr/privkey.h>
#include <libotr/message.h>
#include <libotr/instag.h>
#include <libotr/version.h>

/// `OTRL_INIT` without its `exit(1)`: the caller decides what a wrong library version means.
static inline gcry_error_t tern_otrl_init(void) {
    return otrl_init(OTRL_VERSION_MAJOR, OTRL_VERSION_MINOR, OTRL_VERSION_SUB);
}
