"""One OMEMO device of python-omemo, with its own storage. It must not know how requests arrive."""

import functools
import json
import secrets
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

import oldmemo
import oldmemo.etree
import omemo
import omemo.storage
import twomemo
import twomemo.etree
import x3dh.pre_key_pair
import xeddsa
from omemo.message import Message
from omemo.session import Initiation

# The public key of each of the 100 pre keys is calculated anew whenever one is looked for: a quarter of all time.
x3dh.pre_key_pair.xeddsa = type("xeddsa", (), {
    "priv_to_curve25519_pub": staticmethod(functools.lru_cache(20_000)(xeddsa.priv_to_curve25519_pub))})

SCE = "{urn:xmpp:sce:1}"
VERSIONS = {"0.3": (oldmemo.Oldmemo, oldmemo.etree), "2": (twomemo.Twomemo, twomemo.etree)}


class Malformed(Exception):
    """What arrived cannot be read."""


class MemoryStorage(omemo.storage.Storage):
    """A dictionary that could be written to a file at any time, as the keys and values are JSON."""

    def __init__(self, values):
        super().__init__(disable_cache=True)
        self.values = values

    async def _load(self, key):
        return omemo.storage.Just(self.values[key]) if key in self.values else omemo.storage.Nothing()

    async def _store(self, key, value):
        self.values[key] = value

    async def _delete(self, key):
        self.values.pop(key, None)


def text_of(element, namespace):
    """Writes an element with its namespace as the default one, as clients do."""
    ET.register_namespace("", namespace)
    return ET.tostring(element, encoding="unicode")


def manager_class(device):
    """python-omemo wants static callbacks, so each device has a class of its own."""

    class Manager(omemo.SessionManager):
        DEVICE_ID_MIN, DEVICE_ID_MAX = device.id, device.id + 1  # the first free id is the one that was asked for

        @staticmethod
        async def _upload_bundle(bundle):
            device.published = text_of(device.etree.serialize_bundle(bundle), device.namespace)
            device.uploads += 1

        @staticmethod
        async def _download_bundle(namespace, bare_jid, device_id):
            return device.bundle_of(bare_jid, device_id)

        @staticmethod
        async def _delete_bundle(namespace, device_id):
            device.published = None

        @staticmethod
        async def _upload_device_list(namespace, device_list):
            device.device_list = text_of(device.etree.serialize_device_list(device_list), namespace)

        @staticmethod
        async def _download_device_list(namespace, bare_jid):
            return device.devices_of(bare_jid)

        async def _evaluate_custom_trust_level(self, other):
            chosen = device.recipients is None or (other.bare_jid, other.device_id) in device.recipients
            return omemo.TrustLevel.TRUSTED if chosen else omemo.TrustLevel.DISTRUSTED

        async def _make_trust_decision(self, undecided, identifier):
            raise omemo.TrustDecisionFailed("everything is trusted")

        @staticmethod
        async def _send_message(message, bare_jid):
            device.sent.append({"to": bare_jid, "element": device.written(message)})

    return Manager


class Device:
    def __init__(self, jid, number, version):
        self.jid, self.id, self.version = jid, number, version
        backend, self.etree = VERSIONS[version]
        self.namespace = self.etree.NAMESPACE
        self.make_backend = backend
        self.values, self.known, self.parsed = {}, {}, {}
        self.published = self.device_list = None
        self.uploads, self.sent, self.recipients = 0, [], None

    async def open(self):
        storage = MemoryStorage(self.values)
        self.backend = self.make_backend(storage, 1000, None)
        self.manager = await manager_class(self).create(
            [self.backend], storage, self.jid, initial_own_label=None, undecided_trust_level_name="new")
        await self.manager.ensure_data_consistency()
        await self.manager.after_history_sync()  # from here on used pre keys are deleted and answered at once

    async def restart(self):
        """Everything but what was stored is dropped."""
        await self.manager.shutdown()
        stored = json.dumps({"jid": self.jid, "device": self.id, "version": self.version, "values": self.values,
                             "known": self.known, "published": self.published, "list": self.device_list})
        read = json.loads(stored)
        fresh = Device(read["jid"], read["device"], read["version"])
        fresh.values, fresh.known = read["values"], read["known"]
        fresh.published, fresh.device_list = read["published"], read["list"]
        await fresh.open()
        return fresh

    def devices_of(self, jid):
        imported = [int(key.split(" ")[1]) for key in self.known if key.split(" ")[0] == jid]
        return {number: None for number in ([self.id] if jid == self.jid and self.device_list else []) + imported}

    async def identity_hex(self):
        own, _ = await self.manager.get_own_device_information()
        return xeddsa.ed25519_pub_to_curve25519_pub(own.identity_key).hex()

    def bundle_of(self, jid, number):
        key = f"{jid} {number}"
        if key not in self.known:
            raise omemo.BundleNotFound(f"no bundle of {key} was imported")
        if key not in self.parsed:
            self.parsed[key] = self.etree.parse_bundle(ET.fromstring(self.known[key]), jid, number)
        return self.parsed[key]

    async def learn(self, jid, number, xml):
        key = f"{jid} {number}"
        try:
            bundle = self.etree.parse_bundle(ET.fromstring(xml), jid, number)
        except Exception as error:
            raise Malformed(f"bundle: {error}") from error
        if key in self.known and self.bundle_of(jid, number).identity_key != bundle.identity_key:
            raise omemo.PublicDataInconsistency("another identity key of this device is known")
        self.known[key], self.parsed[key] = xml, bundle
        await self.manager.update_device_list(self.namespace, jid, self.devices_of(jid))

    async def encrypt(self, recipients, text, to):
        plaintext = text.encode() if self.version == "0.3" else self.envelope(text, to).encode()
        self.recipients = set(recipients)
        try:
            messages, errors = await self.manager.encrypt(
                frozenset(jid for jid, _ in recipients), {self.namespace: plaintext})
        finally:
            self.recipients = None
        for error in errors:
            raise error.exception
        (message,) = messages
        reached = {(key.bare_jid, key.device_id) for key, _ in message.keys}
        if reached != set(recipients):
            raise omemo.NoEligibleDevices(frozenset(), f"not reached: {set(recipients) - reached}")
        return self.written(message)

    async def empty(self, recipients):
        content, material = await self.backend.encrypt_empty()
        keys = set()
        for jid, number in recipients:
            session = await self.backend.load_session(jid, number)
            if session is None:
                bundle = self.bundle_of(jid, number)
                session, key = await self.backend.build_session_active(jid, number, bundle, material)
            else:
                key = await self.backend.encrypt_key_material(session, material)
            await self.backend.store_session(session)
            exchange = session.initiation is Initiation.ACTIVE and not session.confirmed
            keys.add((key, session.key_exchange if exchange else None))
        return self.written(Message(self.namespace, self.jid, self.id, content, frozenset(keys)))

    async def decrypt(self, sender, xml):
        try:
            element = ET.fromstring(xml)
            message = await self.etree.parse_message(element, sender, self.jid, self.manager) \
                if self.version == "0.3" else self.etree.parse_message(element, sender)
        except omemo.SenderNotFound:
            raise
        except Exception as error:
            raise Malformed(f"element: {type(error).__name__}: {error}") from error
        uploads, self.sent = self.uploads, []
        plaintext, other, _ = await self.manager.decrypt(message)
        answer = {"device": other.device_id, "prekey_used": self.uploads > uploads, "sent": self.sent}
        if plaintext is None:
            return {"empty": True, **answer}
        if self.version == "0.3":
            return {"text": plaintext.decode(), **answer}
        return {**self.opened(plaintext), **answer}

    def written(self, message):
        return text_of(self.etree.serialize_message(message), self.namespace)

    def envelope(self, text, to):
        padding = secrets.token_urlsafe(secrets.randbelow(120) + 1)
        return (f"<envelope xmlns='urn:xmpp:sce:1'><content><body xmlns='jabber:client'>{escape(text)}</body></content>"
                f"<rpad>{padding}</rpad><from jid={quoteattr(self.jid)}/><to jid={quoteattr(to)}/></envelope>")

    @staticmethod
    def opened(plaintext):
        try:
            envelope = ET.fromstring(plaintext)
        except ET.ParseError as error:
            raise Malformed(f"envelope: {error}") from error
        body = envelope.find(f"{SCE}content/{{jabber:client}}body")
        if envelope.tag != f"{SCE}envelope" or body is None or envelope.find(f"{SCE}rpad") is None:
            raise Malformed("no envelope with a body and padding")
        affixes = {name: envelope.find(SCE + name) for name in ("from", "to")}
        return {"text": body.text or "", **{
            f"envelope_{name}": affix.get("jid") for name, affix in affixes.items() if affix is not None}}
