# Owns a conversation through python-potr, as Gajim's plugin held one: requests in, answers out, one JSON object a line. It speaks
# version 2 alone. It must not know Tern. Tests/Peers/README.md has the protocol.
import json
import sys

import potr
from potr import context as otr
from potr import crypt
from potr.compatcrypto import pycrypto
from Cryptodome.Cipher import AES
from Cryptodome.PublicKey import DSA


# potr was written for a library whose DSA keys signed numbers; its successor has these under other names.
def sign(self, data):
    k = pycrypto.randrange(2, int(self.priv.q))
    r, s = self.priv._sign(pycrypto.bytes_to_long(data), k)
    return pycrypto.long_to_bytes(int(r), 20) + pycrypto.long_to_bytes(int(s), 20)


def verify(self, data, signature):
    pair = [pycrypto.bytes_to_long(half) for half in (signature[:20], signature[20:])]
    return self.pub._verify(pycrypto.bytes_to_long(data), pair)


def generate(cls):
    key = DSA.generate(1024)
    return cls(tuple(int(getattr(key, name)) for name in "ygpqx"), private=True)


def construct(self, key=None, private=False):
    self.priv = DSA.construct(tuple(int(each) for each in key), consistency_check=False) if private else None
    self.pub = self.priv.publickey() if private else DSA.construct(tuple(int(each) for each in key))


def ctr(key, counter=0):
    if not isinstance(counter, pycrypto.Counter):
        counter = pycrypto.Counter(counter)
    return AES.new(key, AES.MODE_CTR, nonce=b"", initial_value=counter.prefix << 64 | counter.val)


def payload(self):
    return tuple(int(each) for each in (self.pub.p, self.pub.q, self.pub.g, self.pub.y))


pycrypto.DSAKey.getPublicPayload = payload
pycrypto.DSAKey.sign, pycrypto.DSAKey.verify, pycrypto.DSAKey.generate = sign, verify, classmethod(generate)
pycrypto.DSAKey.__init__ = construct
crypt.AESCTR = ctr

out, events = [], []


class Talk(otr.Context):
    tags = False
    longest = 0

    def getPolicy(self, key):
        return {"ALLOW_V1": False, "ALLOW_V2": True, "REQUIRE_ENCRYPTION": False,
                "SEND_TAG": self.tags, "WHITESPACE_START_AKE": self.tags, "ERROR_START_AKE": False}.get(key, False)

    def inject(self, msg, appdata=None):
        out.append(msg.decode() if isinstance(msg, bytes) else msg)

    def maxMessageSize(self, appdata=None):
        return self.longest or 1 << 20

    def setState(self, newstate):
        if newstate != self.state:
            events.append({otr.STATE_ENCRYPTED: "secure", otr.STATE_FINISHED: "peerEnded"}.get(newstate, "insecure"))
        super().setState(newstate)


class Person(otr.Account):
    contextclass = Talk

    def loadPrivkey(self):
        return None

    def savePrivkey(self):
        pass

    def saveTrusts(self):
        pass


person = talk = None


def perform(request, answer):
    global person, talk
    op = request["op"]
    if op == "create":
        person = Person(request["account"], "xmpp", 1 << 20)
        talk = person.getContext(request["peer"])
        talk.tags, talk.longest = request.get("tags", False), request.get("longest", 0)
        answer["fingerprint"] = person.getPrivkey().cfingerprint().lower()
    elif op == "query":
        out.append("?OTRv2?")
    elif op == "receive":
        try:
            text, tlvs = talk.receiveMessage(request["body"].encode())
        except otr.UnencryptedMessage as error:
            events.append("unencrypted")
            text, tlvs = error.args[0], []
        except otr.NotEncryptedError:
            events.append("notInPrivate")
            return True
        except otr.ErrorReceived:
            events.append("generalError")
            return True
        names = {2: "smp1", 3: "smp2", 4: "smp3", 5: "smp4", 6: "smpAbort", 7: "smp1q"}
        for tlv in tlvs or []:
            if type(tlv).__name__ == "SMP1QTLV":
                events.append("question:" + tlv.msg.decode())
            if tlv.typ in names:
                events.append(names[tlv.typ])
        if any(tlv.typ in (4, 5) for tlv in tlvs or []):
            if talk.smpIsSuccess():
                events.append("smpSuccess")
            elif not talk.smpIsValid() or talk.crypto.smp.prog == crypt.SMPPROG_FAILED:
                events.append("smpFailure")
        if text is not None:
            text = text[0] if isinstance(text, tuple) else text
            answer["text"] = text.decode() if isinstance(text, bytes) else text
    elif op == "send":
        sent = talk.sendMessage(otr.FRAGMENT_SEND_ALL, request["text"].encode())
        if talk.state != otr.STATE_ENCRYPTED:
            out[:] = [sent.decode() if isinstance(sent, bytes) else sent]
    elif op == "smp":
        question = request.get("question")
        talk.smpInit(request["secret"].encode(), question=question.encode() if question else None)
    elif op == "answer":
        talk.smpGotSecret(request["secret"].encode())
    elif op == "abort":
        talk.smpAbort()
    elif op == "end":
        talk.disconnect()
    elif op != "quit":
        return False
    if talk:
        answer["private"] = talk.state == otr.STATE_ENCRYPTED
        answer["version"] = 2
        answer["trusted"] = bool(talk.getCurrentTrust()) if talk.state == otr.STATE_ENCRYPTED else False
    return True


for line in sys.stdin:
    request = json.loads(line)
    answer = {}
    out.clear()
    events.clear()
    try:
        done = perform(request, answer)
    except Exception as error:  # what it cannot read is its answer, too
        done, answer["message"] = False, "%s: %s" % (type(error).__name__, error)
    answer.update({"ok": done, "id": request.get("id"), "out": list(out), "events": list(events)})
    if not done:
        answer["error"] = "other"
    print(json.dumps(answer), flush=True)
    if request["op"] == "quit":
        break
