"""python-omemo as a peer: reads one request a line, writes one answer a line. Tests/Peers/README.md has the protocol."""

import asyncio
import json
import logging
import sys
import warnings

import doubleratchet
import omemo
from cryptography.exceptions import InvalidTag
from device import VERSIONS, Device, Malformed


class Refused(Exception):
    """A request that makes no sense here."""


class Peer:
    def __init__(self):
        self.devices = {}

    async def answer(self, request):
        verb = {"create": self.create, "bundle": self.bundle, "import": self.learn, "encrypt": self.encrypt,
                "empty": self.empty, "decrypt": self.decrypt, "restart": self.restart}.get(request.get("op"))
        if verb is None:
            raise Refused(f"unknown operation {request.get('op')!r}")
        return await verb(request)

    def device(self, place):
        try:
            return self.devices[place["jid"], place["device"]]
        except KeyError:
            raise Refused(f"there is no device {place!r} here") from None

    async def create(self, request):
        key = request["jid"], request["device"]
        if key in self.devices or request["version"] not in VERSIONS:
            raise Refused("the device exists already, or the version is not known")
        device = Device(*key, request["version"])
        await device.open()
        self.devices[key] = device
        return {"device": device.id, "bundle": device.published, "devices": device.device_list,
                "identity_hex": await device.identity_hex()}

    async def bundle(self, request):
        return {"bundle": self.device(request).published}

    async def learn(self, request):
        await self.device(request["as"]).learn(request["jid"], request["device"], request["bundle"])
        return {}

    async def encrypt(self, request):
        device, recipients = self.device(request["as"]), [(each["jid"], each["device"]) for each in request["to"]]
        others = [jid for jid, _ in recipients if jid != device.jid] or [device.jid]
        return {"element": await device.encrypt(recipients, request["text"], request.get("room", others[0]))}

    async def empty(self, request):
        device, recipients = self.device(request["as"]), [(each["jid"], each["device"]) for each in request["to"]]
        return {"element": await device.empty(recipients)}

    async def decrypt(self, request):
        return await self.device(request["as"]).decrypt(request["from"], request["element"])

    async def restart(self, request):
        device = self.device(request["as"])
        self.devices[device.jid, device.id] = await device.restart()
        return {}


def causes(error):
    while error is not None:
        yield error
        error = error.__cause__


def classed(error):
    """The error class of the protocol. python-omemo tells its reasons in a chain of causes, the innermost last."""
    chain = list(causes(error))
    any_is = lambda *kinds: any(isinstance(each, kinds) for each in chain)  # noqa: E731
    if any_is(Malformed):
        return "malformed"
    if any_is(omemo.MessageNotForUs):
        return "notForThisDevice"
    if any_is(omemo.NoSession):
        return "noSession"
    if any_is(omemo.KeyExchangeFailed):
        return "noSession" if "pre key with id" in str(error) else "unauthentic"
    if any_is(doubleratchet.DuplicateMessageException):
        return "duplicate"
    if any_is(doubleratchet.aead.AuthenticationFailedException, InvalidTag, omemo.PublicDataInconsistency):
        return "unauthentic"
    if any_is(omemo.DecryptionFailed) and "Authentication tag" in str(error):
        return "unauthentic"
    if any_is(doubleratchet.aead.DecryptionFailedException):
        return "malformed"
    return "other"


async def main():
    peer, loop = Peer(), asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        request = {}
        try:
            request = json.loads(line)
            answer = {} if request["op"] == "quit" else await peer.answer(request)
            answer = {"ok": True, **answer}
        except Exception as error:  # whatever went wrong is an answer, and the next request may be fine
            message = " <- ".join(f"{type(each).__name__}: {each}" for each in causes(error))
            answer = {"ok": False, "error": classed(error), "message": message}
        if isinstance(request, dict) and "id" in request:
            answer["id"] = request["id"]
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
        if isinstance(request, dict) and request.get("op") == "quit":
            break
    for device in peer.devices.values():
        await device.manager.shutdown()


warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)  # refused messages are answers here, not news
asyncio.run(main())
