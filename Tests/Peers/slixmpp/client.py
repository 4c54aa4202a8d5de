"""A client of another kind: slixmpp with slixmpp-omemo, over a real server. It prints a JSON object for each thing that happens.

Usage: slixmpp-omemo --jid JID --password-file FILE --host H --port N --ca FILE --state FILE --version 0.3|2 [--send TO TEXT]... [--expect N]

It is ready once its list and bundle are published. Then it sends, each text for itself, and ends after as many messages as it expects. It
speaks one version alone, so that it falls back to nothing. slixmpp-omemo has no envelope of XEP-0420: the one here is this program's.
"""

import argparse
import asyncio
import base64
import json
import os
import sys
from xml.etree import ElementTree

import oldmemo
import oldmemo.etree
import slixmpp_omemo.xep_0384 as plugin
import twomemo
import twomemo.etree
from omemo.storage import Just, Nothing, Storage
from slixmpp import JID, ClientXMPP
from slixmpp.plugins import register_plugin
from slixmpp.xmlstream.handler import CoroutineCallback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp_omemo import XEP_0384, TrustLevel

VERSIONS = {"0.3": oldmemo.oldmemo.NAMESPACE, "2": twomemo.twomemo.NAMESPACE}
ENVELOPE = "{urn:xmpp:sce:1}"


def tell(event, **more):
    print(json.dumps({"event": event, **more}, ensure_ascii=False), flush=True)


class Shelf(Storage):
    """What the library keeps, in a file."""

    def __init__(self, path):
        super().__init__()
        self.path = path
        self.values = {}
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                self.values = json.load(file)

    def write(self):
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            json.dump(self.values, file)
        os.replace(self.path + ".new", self.path)

    async def _load(self, key):
        return Just(self.values[key]) if key in self.values else Nothing()

    async def _store(self, key, value):
        self.values[key] = value
        self.write()

    async def _delete(self, key):
        self.values.pop(key, None)
        self.write()


def one_version(version):
    """In place of slixmpp-omemo's own preparation, which speaks both."""

    async def prepare(xmpp, xep_0384, storage, *_, **__):
        backend = twomemo.Twomemo(storage) if version == "2" else oldmemo.Oldmemo(storage)
        manager = await plugin._make_session_manager(xmpp, xep_0384).create(
            [backend], storage, xmpp.boundjid.bare, initial_own_label=None,
            undecided_trust_level_name=TrustLevel.UNDECIDED.value)
        await manager.ensure_data_consistency()
        await manager.after_history_sync()
        return manager

    return prepare


class Omemo(XEP_0384):
    """Everybody is trusted blindly."""

    default_config = {"fallback_message": "encrypted", "path": None, "namespace": None}

    def plugin_init(self):
        self.shelf = Shelf(self.path)
        super().plugin_init()

    @property
    def storage(self):
        return self.shelf

    @property
    def _btbv_enabled(self):
        return True

    async def _devices_blindly_trusted(self, blindly_trusted, identifier):
        pass

    async def _prompt_manual_trust(self, manually_trusted, identifier):
        manager = await self.get_session_manager()
        for device in manually_trusted:
            await manager.set_trust(device.bare_jid, device.identity_key, TrustLevel.TRUSTED.value)

    async def _subscribe(self, namespace, jid):
        if namespace == self.namespace:
            await super()._subscribe(namespace, jid)

    async def _on_device_list_update(self, msg):
        try:
            await super()._on_device_list_update(msg)
        except plugin.UnknownNamespace:
            pass  # the other version's


register_plugin(Omemo)


def wrapped(text, author, recipient):
    envelope = ElementTree.Element(ENVELOPE + "envelope")
    content = ElementTree.SubElement(envelope, ENVELOPE + "content")
    ElementTree.SubElement(content, "{jabber:client}body").text = text
    padding = base64.b64encode(os.urandom(30)).decode()
    ElementTree.SubElement(envelope, ENVELOPE + "rpad").text = padding
    ElementTree.SubElement(envelope, ENVELOPE + "to").set("jid", recipient)
    ElementTree.SubElement(envelope, ENVELOPE + "from").set("jid", author)
    return ElementTree.tostring(envelope)


def unwrapped(data):
    body = ElementTree.fromstring(data).find(f"{ENVELOPE}content/{{jabber:client}}body")
    return None if body is None else body.text


class Client(ClientXMPP):
    def __init__(self, options):
        with open(options.password_file, encoding="utf-8") as file:
            super().__init__(options.jid, file.readline().rstrip("\n"))
        self.options = options
        self.namespace = VERSIONS[options.version]
        self.left = options.expect
        self.done = asyncio.Event()
        self.ca_certs = options.ca
        self.enable_direct_tls, self.enable_plaintext = False, False
        for number in ("0004", "0030", "0045", "0060", "0115", "0163", "0280", "0334", "0380"):
            self.register_plugin("xep_" + number)
        self.register_plugin(
            "xep_0384", {"path": options.state, "namespace": self.namespace}, module=sys.modules[__name__])
        self.add_event_handler("session_start", self.begin)
        self.add_event_handler("failed_all_auth", lambda _: self.fail("login"))
        # the event for messages comes only where there is a body
        self.register_handler(CoroutineCallback(
            "encrypted", MatchXPath(f"{{jabber:client}}message/{{{self.namespace}}}encrypted"), self.take))

    def fail(self, why):
        tell("error", what=str(why))
        self.done.set()

    async def begin(self, _):
        try:
            self.send_presence()
            await self.get_roster()
            manager = await self["xep_0384"].get_session_manager()
            own, _ = await manager.get_own_device_information()
            tell("ready", device=own.device_id)
            for recipient, text in self.options.send:
                await self.say(manager, JID(recipient), text)
            if self.left == 0:
                # what was sent is with the server once it answers
                await self["xep_0030"].get_info(jid=self.boundjid.domain)
                self.done.set()
        except Exception as error:
            self.fail(f"{type(error).__name__}: {error}")

    async def say(self, manager, recipient, text):
        await manager.refresh_device_list(self.namespace, recipient.bare)
        plaintext = wrapped(text, self.boundjid.bare, recipient.bare) if self.options.version == "2" else text.encode()
        messages, errors = await manager.encrypt(frozenset([recipient.bare]), {self.namespace: plaintext})
        for message in messages:
            write = twomemo.etree if self.options.version == "2" else oldmemo.etree
            stanza = self.make_message(mto=recipient, mtype="chat")
            stanza.append(write.serialize_message(message))
            stanza.enable("store")
            stanza.send()
        tell("sent", to=recipient.bare, errors=[str(error) for error in errors])

    async def take(self, stanza):
        try:
            manager = await self["xep_0384"].get_session_manager()
            author = stanza["from"].bare
            element = stanza.xml.find(f"{{{self.namespace}}}encrypted")
            if self.options.version == "2":
                message = twomemo.etree.parse_message(element, author)
            else:
                message = await oldmemo.etree.parse_message(element, author, self.boundjid.bare, manager)
            plaintext = (await manager.decrypt(message))[0]
            if plaintext is None:
                tell("empty", **{"from": author})
                return
            text = unwrapped(plaintext) if self.options.version == "2" else plaintext.decode()
            tell("message", **{"from": author, "text": text})
            self.left -= 1
            if self.left == 0:
                self.done.set()
        except Exception as error:
            tell("error", what=f"{type(error).__name__}: {error}")


async def main():
    parser = argparse.ArgumentParser()
    for name in ("jid", "password-file", "host", "ca", "state"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--version", choices=VERSIONS, required=True)
    parser.add_argument("--send", nargs=2, action="append", default=[])
    parser.add_argument("--expect", type=int, default=0)
    options = parser.parse_args()
    plugin._prepare = one_version(options.version)
    client = Client(options)
    client.connect(options.host, options.port)
    try:
        await asyncio.wait_for(client.done.wait(), 60)
    except asyncio.TimeoutError:
        client.fail("nothing more came")
    await asyncio.wait_for(client.disconnect(), 5)


asyncio.run(main())
