#!/usr/bin/env python3
"""Writes xeddsa.json: XEdDSA signatures, the sign-bit form of OMEMO 0.3 and the conversions between both key forms.

    python3 generate.py            # pip: xeddsa==1.2.0 cryptography

Keys, messages and nonces follow from SHA-256 of their names. Each signature is verified as plain Ed25519 with
pyca/cryptography, and each conversion is recomputed with whole numbers, before anything is written.
"""
import hashlib
import json
import os
from importlib.metadata import version

import xeddsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HERE = os.path.dirname(os.path.abspath(__file__))
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
cases = []


def drawn(name, count):
    return b"".join(hashlib.sha256(b"tern-xeddsa-v1" + name.encode() + bytes([i])).digest() for i in range(2))[:count]


def add(id, kind, comment, inputs, expected=None, error=None):
    case = {"id": id, "kind": kind, "comment": comment,
            "inputs": {k: v.hex() if isinstance(v, bytes) else v for k, v in inputs.items()}}
    if error:
        case["error"] = error
    else:
        case["expected"] = {k: v.hex() if isinstance(v, bytes) else v for k, v in expected.items()}
    cases.append(case)


def verify(public, signature, message):
    Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    assert int.from_bytes(signature[32:], "little") < L


def flipped(data, index, bit):
    data = bytearray(data)
    data[index] ^= bit
    return bytes(data)


for i in range(16):
    private = bytearray(drawn(f"priv{i}", 32))
    private[0] &= 248
    private[31] = private[31] & 127 | 64  # ed25519_priv_sign takes the scalar as it is given
    private = bytes(private)
    message, nonce = drawn(f"msg{i}", [0, 1, 32, 33, 64][i % 5]), drawn(f"nonce{i}", 64)
    curve, edwards = xeddsa.priv_to_curve25519_pub(private), xeddsa.priv_to_ed25519_pub(private)
    sign = edwards[31] >> 7
    clear = xeddsa.curve25519_pub_to_ed25519_pub(curve, False)
    y = int.from_bytes(edwards, "little") & (2**255 - 1)
    assert ((1 + y) * pow(1 - y, -1, P) % P).to_bytes(32, "little") == curve
    assert clear == edwards[:31] + bytes([edwards[31] & 127])
    signature = xeddsa.ed25519_priv_sign(xeddsa.priv_force_sign(private, False), message, nonce)
    verify(clear, signature, message)
    plain = xeddsa.ed25519_priv_sign(private, message, nonce)
    verify(edwards, plain, message)
    on_wire = plain[:63] + bytes([plain[63] | sign << 7])

    add(f"{i}-sign", "xeddsa-sign", f"the Edwards form of this key has sign {sign}",
        {"private": private, "nonce": nonce, "message": message}, {"public": curve, "signature": signature})
    add(f"{i}-verify", "xeddsa-verify", "Ed25519 under the Edwards form with sign 0",
        {"public": curve, "message": message, "signature": signature}, {"valid": True})
    add(f"{i}-bent", "xeddsa-verify", "one bit of s flipped", error="unauthentic",
        inputs={"public": curve, "message": message, "signature": flipped(signature, 40, 1)})
    add(f"{i}-sign-bit", "sign-bit-verify", f"bit 7 of the last byte carries sign {sign}",
        {"public": curve, "message": message, "signature": on_wire}, {"valid": True})
    add(f"{i}-sign-bit-flipped", "sign-bit-verify", "the sign of the other Edwards form", error="unauthentic",
        inputs={"public": curve, "message": message, "signature": flipped(on_wire, 63, 0x80)})
    add(f"{i}-to-edwards", "curve25519-to-ed25519", "the sign is given beside the key",
        {"public": curve, "signBit": bool(sign)}, {"ed25519": edwards})
    add(f"{i}-to-curve", "ed25519-to-curve25519", "the sign is lost", {"public": edwards}, {"curve25519": curve})

# The signature vector of libsignal's own tests: Curve25519 key with its type byte, sign bit in the signature.
key = bytes.fromhex("05ab7e717d4a163b7d9a1d8071dfe9dcf8cdcd1cea3339b6356be84d887e322c64")[1:]
message = bytes.fromhex("05edce9d9c415ca78cb7252e72c2c4a554d3eb29485a0e1d503118d1a82d99fb4a")
signature = bytes.fromhex("5de88ca9a89b4a115da79109c67c9c7464a3e4180274f1cb8c63c2984e286dfb"
                          "ede82deb9dcd9fae0bfbb821569b3d9001bd8130cd11d486cef047bd60b86e88")
edwards = xeddsa.curve25519_pub_to_ed25519_pub(key, bool(signature[63] >> 7))
verify(edwards, signature[:63] + bytes([signature[63] & 127]), message)
add("libsignal", "sign-bit-verify", "the vector test_curve25519_signature of libsignal",
    {"public": key, "message": message, "signature": signature}, {"valid": True})
add("libsignal-other-message", "sign-bit-verify", "the same signature under another message", error="unauthentic",
    inputs={"public": key, "message": message[1:], "signature": signature})
add("short-signature", "sign-bit-verify", "63 bytes are no signature", error="malformed",
    inputs={"public": key, "message": message, "signature": signature[:63]})
add("minus-one", "curve25519-to-ed25519", "u = -1 is the one value without an Edwards form", error="malformed",
    inputs={"public": (P - 1).to_bytes(32, "little"), "signBit": False})
add("non-canonical", "curve25519-to-ed25519", "u = 2^255 - 19 is 0 written twice: not a key", error="malformed",
    inputs={"public": P.to_bytes(32, "little"), "signBit": False})
add("neutral", "ed25519-to-curve25519", "y = 1 is the neutral element", error="malformed",
    inputs={"public": bytes([1]) + bytes(31)})

document = {
    "format": "tern-vectors/1",
    "spec": "The XEdDSA and VXEdDSA Signature Schemes, revision 1; XEP-0384 0.3 (signed pre key); RFC 7748 section 4.1",
    "source": f"recorded with the Python package xeddsa {version('xeddsa')} (libxeddsa, MIT); case libsignal: libsignal's tests",
    "generator": "TestVectors/xeddsa/generate.py (verified with pyca/cryptography)",
    "licence": "as the project; the libsignal case is a fact of its published tests",
    "cases": cases,
}
with open(os.path.join(HERE, "xeddsa.json"), "w") as output:
    json.dump(document, output, indent=1)
    output.write("\n")
print("xeddsa.json", len(cases), "cases")
