// Owns a conversation through plain libotr, as Pidgin holds one: requests in, answers out, one JSON object a line. It must not
// know Tern. Tests/Peers/README.md has the protocol.

#include <jansson.h>
#include <libotr/proto.h>
#include <libotr/userstate.h>
#include <libotr/privkey.h>
#include <libotr/context_priv.h>
#include <libotr/message.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *network = "prpl-jabber";

static OtrlUserState user;
static char *account, *peer;
static OtrlPolicy policy;
static int longest;
static json_t *out, *events;

static void tell(const char *event) { json_array_append_new(events, json_string(event)); }

static OtrlPolicy policy_of(void *data, ConnContext *context) { return policy; }
static int is_logged_in(void *data, const char *a, const char *p, const char *who) { return 1; }
static int max_size(void *data, ConnContext *context) { return longest; }
static void gone_secure(void *data, ConnContext *context) { tell("secure"); }
static void gone_insecure(void *data, ConnContext *context) { tell("insecure"); }
static void still_secure(void *data, ConnContext *context, int is_reply) { tell("refreshed"); }
static void inject(void *data, const char *a, const char *p, const char *who, const char *message) {
    json_array_append_new(out, json_string(message));
}
static void create_tag(void *data, const char *a, const char *p) {
    FILE *file = tmpfile();
    otrl_instag_generate_FILEp(user, file, a, p);
    fclose(file);
}
static void message_event(
    void *data, OtrlMessageEvent event, ConnContext *context, const char *message, gcry_error_t error) {
    static const char *names[] = {
        "none", "encryptionRequired", "encryptionError", "connectionEnded", "setupError", "reflected", "resent",
        "notInPrivate", "unreadable", "malformed", "heartbeatReceived", "heartbeatSent", "generalError", "unencrypted",
        "unrecognized", "forOtherInstance"};
    tell(event < sizeof names / sizeof *names ? names[event] : "unknown");
}
static void smp_event(
    void *data, OtrlSMPEvent event, ConnContext *context, unsigned short percent, char *question) {
    static const char *names[] = {"smpNone", "smpError", "smpAbort", "smpCheated", "smpAskAnswer", "smpAskSecret",
        "smpProgress", "smpSuccess", "smpFailure"};
    tell(event < sizeof names / sizeof *names ? names[event] : "unknown");
    if (question) json_array_append_new(events, json_sprintf("question:%s", question));
    if (event == OTRL_SMPEVENT_CHEATED || event == OTRL_SMPEVENT_ERROR) tell("shouldAbort");
}
static void symmetric_key(
    void *data, ConnContext *context, unsigned int use, const unsigned char *use_data, size_t length,
    const unsigned char *key) {
    char digits[65];
    for (int i = 0; i < 32; i++) sprintf(digits + 2 * i, "%02x", key[i]);
    json_array_append_new(events, json_sprintf("symkey:%u:%s", use, digits));
}

static OtrlMessageAppOps ops = {
    .policy = policy_of, .is_logged_in = is_logged_in, .inject_message = inject, .gone_secure = gone_secure,
    .gone_insecure = gone_insecure, .still_secure = still_secure, .max_message_size = max_size,
    .received_symkey = symmetric_key, .handle_smp_event = smp_event, .handle_msg_event = message_event,
    .create_instag = create_tag};

static ConnContext *best(void) {
    return otrl_context_find(user, peer, account, network, OTRL_INSTAG_BEST, 1, NULL, NULL, NULL);
}

static const char *text(json_t *request, const char *name) {
    const char *value = json_string_value(json_object_get(request, name));
    return value ? value : "";
}

static void tell_number(json_t *answer, const char *name, gcry_mpi_t number) {
    unsigned char *digits = NULL;
    if (!number || gcry_mpi_aprint(GCRYMPI_FMT_HEX, &digits, NULL, number)) return;
    json_object_set_new(answer, name, json_string((char *)digits));
    gcry_free(digits);
}

// What a request does; 0 for one that makes no sense.
static int perform(json_t *request, json_t *answer) {
    const char *op = text(request, "op");
    if (!strcmp(op, "create")) {
        account = strdup(text(request, "account"));
        peer = strdup(text(request, "peer"));
        longest = json_integer_value(json_object_get(request, "longest"));
        policy = OTRL_POLICY_NEVER;
        size_t place;
        json_t *version;
        json_array_foreach(json_object_get(request, "versions"), place, version) policy |=
            json_integer_value(version) == 2 ? OTRL_POLICY_ALLOW_V2 : OTRL_POLICY_ALLOW_V3;
        if (json_is_true(json_object_get(request, "tags")))
            policy |= OTRL_POLICY_SEND_WHITESPACE_TAG | OTRL_POLICY_WHITESPACE_START_AKE;
        user = otrl_userstate_create();
        FILE *keys = tmpfile();
        const char *given = text(request, "keys");
        if (*given) {
            fputs(given, keys);
            rewind(keys);
            if (otrl_privkey_read_FILEp(user, keys)) return 0;
        } else if (otrl_privkey_generate_FILEp(user, keys, account, network)) {
            return 0;
        }
        fclose(keys);
        create_tag(NULL, account, network);
        unsigned char hash[20];
        if (!otrl_privkey_fingerprint_raw(user, hash, account, network)) return 0;
        char digits[41];
        for (int i = 0; i < 20; i++) sprintf(digits + 2 * i, "%02x", hash[i]);
        json_object_set_new(answer, "fingerprint", json_string(digits));
    } else if (!strcmp(op, "query")) {
        char *query = otrl_proto_default_query_msg(account, policy);
        json_array_append_new(out, json_string(query));
        free(query);
    } else if (!strcmp(op, "receive")) {
        char *plain = NULL;
        OtrlTLV *tlvs = NULL;
        int internal = otrl_message_receiving(
            user, &ops, NULL, account, network, peer, text(request, "body"), &plain, &tlvs, NULL, NULL, NULL);
        if (otrl_tlv_find(tlvs, OTRL_TLV_DISCONNECTED)) tell("peerEnded");
        otrl_tlv_free(tlvs);
        if (!internal) json_object_set_new(answer, "text", json_string(plain ? plain : text(request, "body")));
        otrl_message_free(plain);
    } else if (!strcmp(op, "send")) {
        char *message = NULL;
        if (otrl_message_sending(
                user, &ops, NULL, account, network, peer, OTRL_INSTAG_BEST, text(request, "text"), NULL, &message,
                OTRL_FRAGMENT_SEND_ALL, NULL, NULL, NULL))
            return 0;
        if (!message) json_array_append_new(out, json_string(text(request, "text")));
        otrl_message_free(message);
    } else if (!strcmp(op, "smp")) {
        const char *secret = text(request, "secret"), *question = text(request, "question");
        if (*question)
            otrl_message_initiate_smp_q(
                user, &ops, NULL, best(), question, (const unsigned char *)secret, strlen(secret));
        else
            otrl_message_initiate_smp(user, &ops, NULL, best(), (const unsigned char *)secret, strlen(secret));
    } else if (!strcmp(op, "answer")) {
        const char *secret = text(request, "secret");
        otrl_message_respond_smp(user, &ops, NULL, best(), (const unsigned char *)secret, strlen(secret));
    } else if (!strcmp(op, "abort")) {
        otrl_message_abort_smp(user, &ops, NULL, best());
    } else if (!strcmp(op, "symkey")) {
        unsigned char key[OTRL_EXTRAKEY_BYTES];
        const char *data = text(request, "data");
        if (otrl_message_symkey(
                user, &ops, NULL, best(), json_integer_value(json_object_get(request, "use")),
                (const unsigned char *)data, strlen(data), key))
            return 0;
        char digits[65];
        for (int i = 0; i < 32; i++) sprintf(digits + 2 * i, "%02x", key[i]);
        json_object_set_new(answer, "key", json_string(digits));
    } else if (!strcmp(op, "weaken")) {
        // the next public key that is announced, as whoever holds this end's keys could choose it
        gcry_mpi_t value = NULL;
        if (gcry_mpi_scan(&value, GCRYMPI_FMT_HEX, text(request, "value"), 0, NULL)) return 0;
        gcry_mpi_set(best()->context_priv->our_dh_key.pub, value);
        gcry_mpi_release(value);
    } else if (!strcmp(op, "keys")) {
        // everything that a recorded conversation gives away
        ConnContextPriv *hidden = best()->context_priv;
        json_object_set_new(answer, "ourKey", json_integer(hidden->our_keyid));
        json_object_set_new(answer, "theirKey", json_integer(hidden->their_keyid));
        tell_number(answer, "secret", hidden->our_dh_key.priv);
        tell_number(answer, "public", hidden->our_dh_key.pub);
        tell_number(answer, "oldSecret", hidden->our_old_dh_key.priv);
        tell_number(answer, "oldPublic", hidden->our_old_dh_key.pub);
        tell_number(answer, "theirs", hidden->their_y);
        tell_number(answer, "theirsOld", hidden->their_old_y);
    } else if (!strcmp(op, "end")) {
        otrl_message_disconnect_all_instances(user, &ops, NULL, account, network, peer);
    } else {
        return !strcmp(op, "quit");
    }
    if (user) {
        ConnContext *context = best();
        json_object_set_new(answer, "private", json_boolean(context->msgstate == OTRL_MSGSTATE_ENCRYPTED));
        json_object_set_new(answer, "version", json_integer(context->protocol_version));
        Fingerprint *key = context->active_fingerprint;
        json_object_set_new(answer, "trusted", json_boolean(key && key->trust && *key->trust));
    }
    return 1;
}

int main(void) {
    OTRL_INIT;
    gcry_control(GCRYCTL_ENABLE_QUICK_RANDOM, 0);
    char *line = NULL;
    size_t length = 0;
    while (getline(&line, &length, stdin) > 0) {
        json_t *request = json_loads(line, 0, NULL), *answer = json_object();
        out = json_array();
        events = json_array();
        int is_done = request && perform(request, answer);
        json_object_set_new(answer, "ok", json_boolean(is_done));
        if (!is_done) json_object_set_new(answer, "error", json_string("other"));
        json_object_set(answer, "id", json_object_get(request, "id"));
        json_object_set_new(answer, "out", out);
        json_object_set_new(answer, "events", events);
        json_dumpf(answer, stdout, JSON_COMPACT);
        putchar('\n');
        fflush(stdout);
        int is_over = request && !strcmp(text(request, "op"), "quit");
        json_decref(request);
        json_decref(answer);
        if (is_over) break;
    }
    return 0;
}
