#!/usr/bin/env python3
"""Writes the files of this folder: literal values of RFCs and NIST papers, each recomputed with pyca/cryptography first.

    python3 generate.py            # pip: cryptography

A value that pyca/cryptography does not reproduce stops the script before anything is written.
"""
import hashlib
import hmac
import json
import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HERE = os.path.dirname(os.path.abspath(__file__))
H = bytes.fromhex
FILES = {}


def file(name, spec, source, cases, licence="facts of a public specification; no rights claimed"):
    FILES[name] = {
        "format": "tern-vectors/1", "spec": spec, "source": source,
        "generator": "TestVectors/rfc/generate.py (literal values, recomputed with pyca/cryptography)",
        "licence": licence, "cases": cases,
    }


def case(id, kind, inputs, expected, comment):
    return {"id": id, "kind": kind, "comment": comment, "inputs": inputs, "expected": expected}


def same(computed, literal, what):
    if computed != literal:
        raise SystemExit(f"{what}: {computed!r} is not {literal!r}")


def count(start, end):
    return bytes(range(start, end)).hex()


# ---------------------------------------------------------------- RFC 7748
def x25519(private, public):
    return X25519PrivateKey.from_private_bytes(H(private)).exchange(X25519PublicKey.from_public_bytes(H(public))).hex()


BASE = "09" + "00" * 31
cases = []
for number, (scalar, u, out) in enumerate([
    ("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
     "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
     "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"),
    ("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
     "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
     "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"),
], 1):
    same(x25519(scalar, u), out, f"RFC 7748 5.2 vector {number}")
    if int(u[-2:], 16) & 0x80:
        item = case(f"5.2-{number}", "x25519", {"private": scalar, "public": u}, None,
                    "the second test vector; bit 255 of u is set, which the RFC masks and Tern refuses")
        del item["expected"]
        item["error"] = "malformed"
        cases.append(item)
        u = u[:-2] + f"{int(u[-2:], 16) & 0x7f:02x}"
        same(x25519(scalar, u), out, f"RFC 7748 5.2 vector {number}, canonical")
        cases.append(case(f"5.2-{number}-canonical", "x25519", {"private": scalar, "public": u}, {"shared": out},
                          "the second test vector with bit 255 of u cleared: the same value in its one encoding"))
    else:
        cases.append(case(f"5.2-{number}", "x25519", {"private": scalar, "public": u}, {"shared": out},
                          "the first test vector of section 5.2"))
k = u = BASE
for iteration in range(1, 1001):
    k, u = x25519(k, u), k
    if iteration in (1, 1000):
        literal = {1: "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079",
                   1000: "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"}[iteration]
        same(k, literal, f"RFC 7748 5.2 after {iteration}")
        cases.append(case(f"5.2-iterated-{iteration}", "x25519-iterated",
                          {"private": BASE, "public": BASE, "iterations": iteration}, {"shared": literal},
                          f"k and u exchange places {iteration} time(s)"))
alice = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"
alice_public = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
bob = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"
bob_public = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
for name, private, public, peer in (("alice", alice, alice_public, bob_public), ("bob", bob, bob_public, alice_public)):
    same(x25519(private, BASE), public, f"RFC 7748 6.1 public key of {name}")
    same(x25519(private, peer), shared, f"RFC 7748 6.1 shared secret of {name}")
    cases.append(case(f"6.1-{name}-public", "x25519-public", {"private": private}, {"public": public},
                      f"the public key of {name}"))
    cases.append(case(f"6.1-{name}-shared", "x25519", {"private": private, "public": peer}, {"shared": shared},
                      f"the shared secret as {name} computes it"))
cases.append({"id": "6.1-zero", "kind": "x25519", "comment": "u = 0 has small order: the shared secret would be zero",
              "inputs": {"private": alice, "public": "00" * 32}, "error": "malformed"})
file("rfc7748.json", "RFC 7748 (X25519)", "RFC 7748 sections 5.2 and 6.1", cases)


# ---------------------------------------------------------------- RFC 8032
cases = []
for id, seed, message, signature in [
    ("test-1", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("test-2", "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("test-3", "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    ("test-sha-abc", "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     hashlib.sha512(b"abc").hexdigest(),
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"),
]:
    key = Ed25519PrivateKey.from_private_bytes(H(seed))
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    same(key.sign(H(message)).hex(), signature, f"RFC 8032 {id}")
    cases.append(case(f"{id}-sign", "ed25519-sign", {"seed": seed, "message": message},
                      {"public": public, "signature": signature}, "section 7.1: key pair and signature"))
    cases.append(case(f"{id}-verify", "ed25519-verify", {"public": public, "message": message, "signature": signature},
                      {"valid": True}, "section 7.1: the signature verifies"))
    cases.append({"id": f"{id}-other-message", "kind": "ed25519-verify",
                  "comment": "the signature of another message", "error": "unauthentic",
                  "inputs": {"public": public, "message": message + "00", "signature": signature}})
file("rfc8032.json", "RFC 8032 (Ed25519)", "RFC 8032 section 7.1, TEST 1, 2, 3 and SHA(abc)", cases)


# ---------------------------------------------------------------- RFC 5869
cases = []
for id, ikm, salt, info, length, okm in [
    ("A.1", "0b" * 22, count(0, 13), count(0xf0, 0xfa), 42,
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"),
    ("A.2", count(0, 0x50), count(0x60, 0xb0), count(0xb0, 0x100), 82,
     "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
     "cc30c58179ec3e87c14c01d5c1f3434f1d87"),
    ("A.3", "0b" * 22, "", "", 42, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"),
]:
    same(HKDF(hashes.SHA256(), length, H(salt) or None, H(info)).derive(H(ikm)).hex(), okm, f"RFC 5869 {id}")
    cases.append(case(id, "hkdf-sha256", {"ikm": ikm, "salt": salt, "info": info, "length": length}, {"okm": okm},
                      f"appendix {id}"))
cases.append({"id": "2.3-too-long", "kind": "hkdf-sha256", "error": "limitExceeded",
              "comment": "one byte more than the 255 blocks of section 2.3",
              "inputs": {"ikm": "0b" * 22, "salt": "", "info": "", "length": 255 * 32 + 1}})
file("rfc5869.json", "RFC 5869 (HKDF-SHA-256)", "RFC 5869 appendix A.1 to A.3 and section 2.3", cases)


# ---------------------------------------------------------------- RFC 4231
cases = []
for number, key, message, tag, comment in [
    (1, "0b" * 20, b"Hi There".hex(), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", "a key of 20 bytes"),
    (2, b"Jefe".hex(), b"what do ya want for nothing?".hex(),
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", "a key shorter than the code"),
    (3, "aa" * 20, "dd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe", "key and text above 64 bytes"),
    (4, count(1, 26), "cd" * 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b", "key and text above 64 bytes"),
    (5, "0c" * 20, b"Test With Truncation".hex(), "a3b6167473100ee06e0c796c2955552b", "the code truncated to 128 bits"),
    (6, "aa" * 131, b"Test Using Larger Than Block-Size Key - Hash Key First".hex(),
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", "a key longer than a block"),
    (7, "aa" * 131, (b"This is a test using a larger than block-size key and a larger than block-size data. "
                     b"The key needs to be hashed before being used by the HMAC algorithm.").hex(),
     "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2", "key and text longer than a block"),
]:
    same(hmac.new(H(key), H(message), hashlib.sha256).hexdigest()[:len(tag)], tag, f"RFC 4231 case {number}")
    cases.append(case(f"4.{number + 1}", "hmac-sha256", {"key": key, "message": message}, {"tag": tag},
                      f"test case {number}: {comment}"))
    bent = f"{int(tag[:2], 16) ^ 1:02x}" + tag[2:]
    cases.append({"id": f"4.{number + 1}-bent", "kind": "hmac-sha256-verify", "error": "unauthentic",
                  "comment": f"test case {number} with one bit of the code flipped",
                  "inputs": {"key": key, "message": message, "tag": bent}})
file("rfc4231.json", "RFC 4231 (HMAC-SHA-256)", "RFC 4231 section 4", cases)


# ---------------------------------------------------------------- AES-CBC: RFC 3602 and SP 800-38A
def cbc(key, iv, padded):
    encryptor = Cipher(algorithms.AES(H(key)), modes.CBC(H(iv))).encryptor()
    return (encryptor.update(padded) + encryptor.finalize()).hex()


SP_TEXT = ("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
           "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710")
cases = []
for id, key, iv, text, literal, comment in [
    ("rfc3602-1", "06a9214036b8a15b512e03d534120006", "3dafba429d9eb430b422da802c9fac41", b"Single block msg".hex(),
     "e353779c1079aeb82708942dbe77181a", "RFC 3602 section 4, case 1"),
    ("rfc3602-2", "c286696d887c9aa0611bbb3e2025a45a", "562e17996d093d28ddb3ba695a2e6f58", count(0, 32),
     "d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1", "RFC 3602 section 4, case 2"),
    ("rfc3602-3", "6c3ea0477630ce21a2ce334aa746c2cd", "c782dc4c098c66cbd9cd27d825682c81",
     b"This is a 48-byte message (exactly 3 AES blocks)".hex(),
     "d0a02b3836451753d493665d33f0e8862dea54cdb293abc7506939276772f8d5021c19216bad525c8579695d83ba2684",
     "RFC 3602 section 4, case 3"),
    ("rfc3602-4", "56e47a38c5598974bc46903dba290349", "8ce82eefbea0da3c44699ed7db51b7d9", count(0xa0, 0xe0),
     "c30e32ffedc0774e6aff6af0869f71aa0f3af07a9a31a9c684db207eb0ef8e4e35907aa632c3ffdf868bb7b29d3d46ad83ce9f9a102ee99d49a53e87f4c3da55",
     "RFC 3602 section 4, case 4"),
    ("sp800-38a-F.2.1", "2b7e151628aed2a6abf7158809cf4f3c", count(0, 16), SP_TEXT,
     "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b273bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7",
     "SP 800-38A F.2.1, AES-128"),
    ("sp800-38a-F.2.3", "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", count(0, 16), SP_TEXT,
     "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd",
     "SP 800-38A F.2.3, AES-192"),
    ("sp800-38a-F.2.5", "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", count(0, 16), SP_TEXT,
     "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b",
     "SP 800-38A F.2.5, AES-256"),
]:
    padder = PKCS7(128).padder()
    ciphertext = cbc(key, iv, padder.update(H(text)) + padder.finalize())
    same(ciphertext[:len(literal)], literal, id)
    cases.append(case(id, "aes-cbc-pkcs7", {"key": key, "iv": iv, "plaintext": text}, {"ciphertext": ciphertext},
                      comment + "; the paper does not pad: its ciphertext, then the block of padding"))
    item = {"id": f"{id}-unpadded", "kind": "aes-cbc-pkcs7-open", "error": "malformed",
            "comment": "the ciphertext as the paper has it, which ends without padding",
            "inputs": {"key": key, "iv": iv, "ciphertext": literal}}
    cases.append(item)
for id, ciphertext, comment in [("empty", "", "no block at all"), ("half", "00" * 8, "half a block")]:
    cases.append({"id": f"length-{id}", "kind": "aes-cbc-pkcs7-open", "comment": comment, "error": "malformed",
                  "inputs": {"key": "00" * 32, "iv": "00" * 16, "ciphertext": ciphertext}})
file("aes-cbc.json", "AES-CBC (NIST SP 800-38A) with PKCS#7 padding (RFC 5652 section 6.3)",
     "RFC 3602 section 4; NIST SP 800-38A appendix F.2", cases)


# ---------------------------------------------------------------- AES-GCM: the specification's own test cases
K = {128: "feffe9928665731c6d6a8f9467308308", 192: "feffe9928665731c6d6a8f9467308308feffe9928665731c",
     256: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"}
P = ("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255")
A = "feedfacedeadbeeffeedfacedeadbeefabaddad2"
N12, N8 = "cafebabefacedbaddecaf888", "cafebabefacedbad"
N60 = ("9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728"
       "c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b")
Z12, Z16 = "00" * 12, "00" * 16
cases = []
for number, bits, nonce, data, text, ciphertext, tag in [
    (1, 0, Z12, "", "", "", "58e2fccefa7e3061367f1d57a4e7455a"),
    (2, 0, Z12, "", Z16, "0388dace60b6a392f328c2b971b2fe78", "ab6e47d42cec13bdf53a67b21257bddf"),
    (3, 128, N12, "", P, "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985",
     "4d5c2af327cd64a62cf35abd2ba6fab4"),
    (4, 128, N12, A, P[:-8], "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
     "5bc94fbc3221a5db94fae95ae7121a47"),
    (5, 128, N8, A, P[:-8], "61353b4c2806934a777ff51fa22a4755699b2a714fcdc6f83766e5f97b6c742373806900e49f24b22b097544d4896b424989b5e1ebac0f07c23f4598",
     "3612d2e79e3b0785561be14aaca2fccb"),
    (6, 128, N60, A, P[:-8], "8ce24998625615b603a033aca13fb894be9112a5c3a211a8ba262a3cca7e2ca701e4a9a4fba43c90ccdcb281d48c7c6fd62875d2aca417034c34aee5",
     "619cc5aefffe0bfa462af43c1699d050"),
    (7, 1, Z12, "", "", "", "cd33b28ac773f74ba00ed1f312572435"),
    (8, 1, Z12, "", Z16, "98e7247c07f0fe411c267e4384b0f600", "2ff58d80033927ab8ef4d4587514f0fb"),
    (9, 192, N12, "", P, "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710acade256",
     "9924a7c8587336bfb118024db8674a14"),
    (10, 192, N12, A, P[:-8], "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710",
     "2519498e80f1478f37ba55bd6d27618c"),
    (11, 192, N8, A, P[:-8], "0f10f599ae14a154ed24b36e25324db8c566632ef2bbb34f8347280fc4507057fddc29df9a471f75c66541d4d4dad1c9e93a19a58e8b473fa0f062f7",
     "65dcc57fcf623a24094fcca40d3533f8"),
    (12, 192, N60, A, P[:-8], "d27e88681ce3243c4830165a8fdcf9ff1de9a1d8e6b447ef6ef7b79828666e4581e79012af34ddd9e2f037589b292db3e67c036745fa22e7e9b7373b",
     "dcf566ff291c25bbb8568fc3d376a6d9"),
    (13, 2, Z12, "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
    (14, 2, Z12, "", Z16, "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"),
    (15, 256, N12, "", P, "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad",
     "b094dac5d93471bdec1a502270e3cc6c"),
    (16, 256, N12, A, P[:-8], "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"),
    (17, 256, N8, A, P[:-8], "c3762df1ca787d32ae47c13bf19844cbaf1ae14d0b976afac52ff7d79bba9de0feb582d33934a4f0954cc2363bc73f7862ac430e64abe499f47c9b1f",
     "3a337dbf46a792c45e454913fe2ea8f2"),
    (18, 256, N60, A, P[:-8], "5a8def2f0c9e53f1f75d7853659e2a20eeb2b22aafde6419a058ab4f6f746bf40fc0c3b780f244452da3ebf1c5d82cdea2418997200ef82e44ae7e3f",
     "a44a8266ee1c8eb0c8b5d4cf5ae9f19a"),
]:
    key = K[bits] if bits > 2 else "00" * (16, 24, 32)[bits]
    same(AESGCM(H(key)).encrypt(H(nonce), H(text), H(data)).hex(), ciphertext + tag, f"GCM test case {number}")
    comment = f"test case {number}: AES-{len(key) * 4}, nonce of {len(nonce) // 2} bytes"
    cases.append(case(f"test-case-{number}", "aes-gcm", {"key": key, "nonce": nonce, "data": data, "plaintext": text},
                      {"ciphertext": ciphertext, "tag": tag}, comment))
    bent = tag[:-2] + f"{int(tag[-2:], 16) ^ 0x80:02x}"
    cases.append({"id": f"test-case-{number}-bent", "kind": "aes-gcm-open", "error": "unauthentic",
                  "comment": comment + ", the last bit of the tag flipped",
                  "inputs": {"key": key, "nonce": nonce, "data": data, "ciphertext": ciphertext, "tag": bent}})
cases.append({"id": "empty-nonce", "kind": "aes-gcm", "comment": "a nonce of no bytes, which SP 800-38D section 5.2.1.1 rules out",
              "error": "malformed", "inputs": {"key": K[128], "nonce": "", "data": "", "plaintext": P}})
file("aes-gcm.json", "AES-GCM (NIST SP 800-38D)",
     "McGrew and Viega, The Galois/Counter Mode of Operation, appendix B, test cases 1 to 18", cases)

for name, document in FILES.items():
    with open(os.path.join(HERE, name), "w") as output:
        json.dump(document, output, indent=1)
        output.write("\n")
    print(name, len(document["cases"]), "cases")
