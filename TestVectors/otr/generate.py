#!/usr/bin/env python3
"""Records conversations of OTR between two plain libotr programs, with every Diffie-Hellman key, and writes them as test vectors.

    python3 generate.py PEER       # PEER: Tests/Peers/libotr, as Tests/Peers/setup has built it; pip: cryptography

What libotr has to derive and to read is computed here with whole numbers, hashlib and pyca/cryptography alone: nothing that
libotr says about its keys is an expected value but the keys themselves. A message that does not decrypt here to what was said
stops the script before anything is written.
"""
import base64
import hashlib
import hmac
import json
import os
import struct
import subprocess
import sys

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

HERE = os.path.dirname(os.path.abspath(__file__))
# RFC 3526 §2
P = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B"
    "302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6"
    "49286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D"
    "670C354E4ABC9804F1746C08CA237327FFFFFFFFFFFFFFFF", 16)


def number(value):
    """As libotr's numbers stand in messages: no zeros before."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


class Peer:
    def __init__(self, program, name, other, version):
        self.name = name
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.count = 0
        self.ask("create", account=name, peer=other, versions=[version])

    def ask(self, op, **members):
        self.count += 1
        self.process.stdin.write(json.dumps({"op": op, "id": self.count, **members}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if not answer["ok"]:
            raise SystemExit(f"{self.name} refuses {op}")
        return answer


class Keys:
    """The keys of one end, by their numbers."""

    def __init__(self):
        self.ours, self.theirs = {}, {}

    def note(self, peer):
        answer = peer.ask("keys")
        for place, names in ((0, ("secret", "public", "theirs")), (1, ("oldSecret", "oldPublic", "theirsOld"))):
            if names[0] in answer:
                self.ours[answer["ourKey"] - place] = tuple(int(answer[name], 16) for name in names[:2])
            if names[2] in answer:
                self.theirs[answer["theirKey"] - place] = int(answer[names[2]], 16)


def secret(private, theirs):
    shared = number(pow(theirs, private, P))
    return struct.pack(">I", len(shared)) + shared


def stream(key, count=16, counter=bytes(16)):
    return Cipher(algorithms.AES(key), modes.CTR(counter)).encryptor().update(bytes(count))


def session_keys(private, public, theirs):
    """OTR 3, "Data Message": sending key, receiving key, extra key."""
    bytes_ = secret(private, theirs)
    high, low = (hashlib.sha1(bytes([which]) + bytes_).digest()[:16] for which in (1, 2))
    return (high, low) if public > theirs else (low, high), hashlib.sha256(b"\xff" + bytes_).digest()


def exchange_keys(private, theirs):
    """OTR 3, "Overview of AKE": the session's id, c and c', m1, m1', m2, m2'."""
    bytes_ = secret(private, theirs)
    hashed = [hashlib.sha256(bytes([which]) + bytes_).digest() for which in range(6)]
    return hashed[0][:8], hashed[1][:16], hashed[1][16:], hashed[2], hashed[4], hashed[3], hashed[5]


def parse(wire):
    """A data message: version, sender's key, recipient's key, counter, ciphertext, what the code covers, the code."""
    raw = base64.b64decode(wire[len("?OTR:"):-1])
    version = struct.unpack(">H", raw[:2])[0]
    place = 3 + (8 if version == 3 else 0) + 1
    sender, recipient, length = struct.unpack(">III", raw[place:place + 12])
    place += 12 + length
    counter, length = raw[place:place + 8], struct.unpack(">I", raw[place + 8:place + 12])[0]
    place += 12
    text = raw[place:place + length]
    place += length
    return version, sender, recipient, counter, text, raw[:place], raw[place:place + 20]


def is_data(wire):
    return wire.startswith("?OTR:") and base64.b64decode(wire[5:-1])[2] == 3


def record(program, version):
    """A conversation with texts, both comparisons, an extra key and an end."""
    alice, bob = (Peer(program, "alice@example.org", "bob@example.org", version),
                  Peer(program, "bob@example.org", "alice@example.org", version))
    keys = {alice.name: Keys(), bob.name: Keys()}
    wires, exchanges = [], []

    def settle(sender, recipient, answer, said=None):
        for place, wire in enumerate(answer["out"]):
            if is_data(wire):
                keys[recipient.name].note(recipient)
                wires.append((sender.name, recipient.name, wire, said if place == 0 else None))
            got = recipient.ask("receive", body=wire)
            if "secure" in got["events"]:
                exchanges.append(recipient.name)
            if said is not None and place == 0 and got.get("text") != said:
                raise SystemExit(f"{said!r} did not arrive")
            settle(recipient, sender, got)

    settle(alice, bob, alice.ask("query"))
    for end in (alice, bob):
        keys[end.name].note(end)
    first = {name: (keys[name].ours[1], keys[name].theirs[1]) for name in exchanges}
    lines = ["Hello", "Hello yourself", "", "ünïcode ✓", "x" * 3000, "a", "b", "c", "?OTR is a text here", "<b>bold</b>"]
    for place, line in enumerate(line for line in lines if line):
        one, other = (alice, bob) if place % 3 else (bob, alice)
        settle(one, other, one.ask("send", text=line), line)
    settle(alice, bob, alice.ask("smp", secret="park", question="Where did we meet?"))
    settle(bob, alice, bob.ask("answer", secret="park"))
    settle(bob, alice, bob.ask("smp", secret="one"))
    settle(alice, bob, alice.ask("answer", secret="another"))
    settle(alice, bob, alice.ask("symkey", use=7, data="what for"))
    settle(bob, alice, bob.ask("end"))
    for end in (alice, bob):
        end.ask("quit")
    return keys, wires, first


def members(private, public, theirs):
    return {"private": number(private).hex(), "public": number(public).hex(), "theirs": number(theirs).hex()}


def cases(keys, wires, first):
    out, known = [], set()
    for name, ((private, public), theirs) in sorted(first.items()):
        derived = exchange_keys(private, theirs)
        codes = [hmac.new(key, b"", hashlib.sha256).hexdigest() for key in derived[3:]]
        out.append({
            "id": f"{name.split('@')[0]}-exchange", "kind": "otr-exchange-keys",
            "comment": f"the key exchange at {name}", "inputs": members(private, public, theirs),
            "expected": {
                "sessionID": derived[0].hex(), "cStream": stream(derived[1]).hex(), "cPrimeStream": stream(derived[2]).hex(),
                **dict(zip(("m1", "m1Prime", "m2", "m2Prime"), codes))}})
    for place, (sender, recipient, wire, said) in enumerate(wires):
        version, sender_key, recipient_key, counter, text, covered, code = parse(wire)
        private, public = keys[recipient].ours[recipient_key]
        theirs = keys[recipient].theirs[sender_key]
        (sending, receiving), extra = session_keys(private, public, theirs)
        inputs = members(private, public, theirs)
        if (recipient, recipient_key, sender_key) not in known:
            known.add((recipient, recipient_key, sender_key))
            out.append({
                "id": f"{recipient.split('@')[0]}-keys-{recipient_key}-{sender_key}", "kind": "otr-session-keys",
                "comment": f"the session keys of {recipient} with its key {recipient_key} and the other end's {sender_key}",
                "inputs": inputs,
                "expected": {
                    "sendingStream": stream(sending).hex(), "receivingStream": stream(receiving).hex(),
                    "sendingMAC": hashlib.sha1(sending).hexdigest(), "receivingMAC": hashlib.sha1(receiving).hexdigest(),
                    "extraKey": extra.hex()}})
        if hmac.new(hashlib.sha1(receiving).digest(), covered, hashlib.sha1).digest() != code:
            raise SystemExit(f"message {place}: the code does not fit")
        plain = bytes(a ^ b for a, b in zip(text, stream(receiving, len(text), counter + bytes(8))))
        body, _, records = plain.partition(b"\0")
        if said is not None and body.decode() != said:
            raise SystemExit(f"message {place} says {body!r}")
        inputs = {**inputs, "senderKey": sender_key, "recipientKey": recipient_key, "wire": wire.encode().hex()}
        out.append({
            "id": f"message-{place}", "kind": "otr-read",
            "comment": f"{sender} to {recipient}, version {version}: " + (
                f"{said[:30]!r}" if said is not None else "records of types " + ", ".join(map(str, types(records))) or "nothing"),
            "inputs": inputs, "expected": {"plaintext": body.hex(), "records": records.hex()}})
        if place == 0:
            raw = bytearray(base64.b64decode(wire[5:-1]))
            for at, what in ((len(raw) - 30, "the code"), (len(covered) - 1, "the ciphertext"), (3 if version == 2 else 11, "the flags")):
                changed = bytearray(raw)
                changed[at] ^= 1
                if what == "the code":
                    changed = bytearray(raw)
                    changed[len(covered)] ^= 1
                damaged = "?OTR:" + base64.b64encode(bytes(changed)).decode() + "."
                out.append({
                    "id": f"message-{place}-changed-{what.split()[1]}", "kind": "otr-read",
                    "comment": f"the same, with one bit of {what} changed", "inputs": {**inputs, "wire": damaged.encode().hex()},
                    "error": "unauthentic"})
    return out


def types(records):
    found = []
    while len(records) >= 4:
        kind, length = struct.unpack(">HH", records[:4])
        found.append(kind)
        records = records[4 + length:]
    return found


def main():
    for version in (2, 3):
        keys, wires, first = record(sys.argv[1], version)
        content = {
            "format": "tern-vectors/1", "spec": f"Off-the-Record Messaging Protocol version {version}",
            "source": "two programs over libotr 4.1.1 (Tests/Peers/libotr), recorded",
            "generator": "TestVectors/otr/generate.py, which computes every expected value without libotr",
            "licence": "as the project", "cases": cases(keys, wires, first)}
        with open(os.path.join(HERE, f"libotr-v{version}.json"), "w") as target:
            json.dump(content, target, indent=1)
            target.write("\n")
        print(f"version {version}: {len(wires)} messages, {len(content['cases'])} cases")


main()
