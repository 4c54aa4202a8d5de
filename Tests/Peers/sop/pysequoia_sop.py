"""Owns the few calls of the Stateless OpenPGP interface that the matrix needs, done by pysequoia. It must not know what is encrypted.

Usage: pysequoia_sop.py encrypt|decrypt|sign|verify|generate-key|extract-cert ARGUMENT...
"""

import sys

import pysequoia


def read(path):
    with open(path, "rb") as file:
        return file.read()


def value(argument):
    return argument.split("=", 1)[1]


def secret(path):
    return pysequoia.Tsk.from_bytes(read(path))


def main(call, *arguments):
    data = sys.stdin.buffer.read()
    give = sys.stdout.buffer.write
    if call == "generate-key":
        give(str(pysequoia.Tsk.generate(arguments[0], profile=pysequoia.Profile.RFC4880)).encode())
    elif call == "extract-cert":
        give(str(pysequoia.Tsk.from_bytes(data).extract_certificate()).encode())
    elif call == "encrypt":
        recipients = [pysequoia.Cert.from_bytes(read(path)) for path in arguments[1:]]
        give(pysequoia.encrypt(bytes=data, recipients=recipients, signer=secret(value(arguments[0])).signer()))
    elif call == "decrypt":
        signer = pysequoia.Cert.from_bytes(read(value(arguments[0])))
        opened = pysequoia.decrypt(bytes=data, decryptor=secret(arguments[2]).decryptor(), store=lambda _: [signer])
        if not opened.valid_sigs:
            return 3
        with open(value(arguments[1]), "w", encoding="utf-8") as file:
            file.writelines(f"{each.signing_key} {each.certificate}\n" for each in opened.valid_sigs)
        give(opened.bytes)
    elif call == "sign":
        give(pysequoia.sign(secret(arguments[0]).signer(), data, mode=pysequoia.SignatureMode.DETACHED))
    elif call == "verify":
        signer = pysequoia.Cert.from_bytes(read(arguments[1]))
        signature = pysequoia.Sig.from_bytes(read(arguments[0]))
        try:
            pysequoia.verify(bytes=data, store=lambda _: [signer], signature=signature)
        except RuntimeError:
            return 3
        print("good")
    else:
        return 69
    return 0


sys.exit(main(*sys.argv[1:]))
