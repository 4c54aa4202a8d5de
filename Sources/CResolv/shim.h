#include <arpa/nameser.h>
#include <netinet/in.h>
#include <netdb.h>
#include <resolv.h>
#include <string.h>

/// Asks for the SRV records of a name (RFC 2782). `server` is a name server's port on loopback in place of the system's, for tests; 0
/// asks the system's.
/// Returns the answer's length, or -1 for a failure and -2 where there is no such name or record.
static inline int tern_srv_query(const char *name, unsigned short server, unsigned char *answer, int capacity) {
    struct __res_state state;
    memset(&state, 0, sizeof state);
    if (res_ninit(&state) != 0) return -1;
    state.retrans = 3;
    state.retry = 2;
    if (server != 0) {
        state.nscount = 1;
        state.nsaddr_list[0].sin_family = AF_INET;
        state.nsaddr_list[0].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        state.nsaddr_list[0].sin_port = htons(server);
    }
    int length = res_nquery(&state, name, ns_c_in, ns_t_srv, answer, capacity);
    int error = state.res_h_errno;
    res_nclose(&state);
    if (length >= 0) return length > capacity ? -1 : length;
    return error == HOST_NOT_FOUND || error == NO_DATA ? -2 : -1;
}

/// One record of an answer: its priority, weight and port, and its target's name in `target`.
/// Returns 1 for an SRV record, 0 for another one, -1 where there is none of this number or the answer is malformed.
static inline int tern_srv_record(
    const unsigned char *answer, int length, int number, unsigned short values[3], char *target, int capacity) {
    ns_msg message;
    ns_rr record;
    if (ns_initparse(answer, length, &message) != 0) return -1;
    if (number >= ns_msg_count(message, ns_s_an)) return -1;
    if (ns_parserr(&message, ns_s_an, number, &record) != 0) return -1;
    if (ns_rr_type(record) != ns_t_srv) return 0;
    if (ns_rr_rdlen(record) < 7) return -1;
    const unsigned char *data = ns_rr_rdata(record);
    for (int each = 0; each < 3; each++) values[each] = (unsigned short) ns_get16(data + 2 * each);
    if (ns_name_uncompress(answer, answer + length, data + 6, target, (size_t) capacity) < 0) return -1;
    return 1;
}
