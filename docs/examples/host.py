#!/usr/bin/env python3
"""A network for Tern in Python: answers what `tern rpc` asks for.

Here a folder is the server: SERVER/JID/NODE/ITEM.xml is what an account has published, SERVER/JID/mail/NAME.xml what was
sent to it. A client of XMPP would do the same with stanzas; everything about keys and trust stays in tern.

  host.py STORE SERVER create JID           make an account and publish its keys
  host.py STORE SERVER send JID TEXT        fetch keys, encrypt, send
  host.py STORE SERVER read FILE...         decrypt messages, answer and publish what has to be
"""
import json
import pathlib
import subprocess
import sys
import uuid
from urllib.parse import quote


class Folder:
    """The server: each method answers one of tern's requests."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def node(self, jid, node):
        return self.path / quote(jid) / quote(node, safe="")

    def fetch(self, account, jid, node, item=None):
        files = sorted(self.node(jid, node).glob((quote(item, safe="") if item else "*") + ".xml"))
        if not files:
            return {"absent": True}
        return {"items": [{"id": file.stem, "payload": file.read_text()} for file in files]}

    def publish(self, account, node, payload, item="current", **_):
        place = self.node(account, node)
        place.mkdir(parents=True, exist_ok=True)
        (place / (quote(item, safe="") + ".xml")).write_text(payload)
        return {"done": True}

    def send(self, account, stanza):
        to = stanza.split(" to='", 1)[1].split("'", 1)[0]
        mail = self.path / quote(to) / "mail"
        mail.mkdir(parents=True, exist_ok=True)
        (mail / f"{uuid.uuid4()}.xml").write_text(stanza.replace("<message", f"<message from='{account}'", 1))
        return {"done": True}


class Tern:
    """A running `tern rpc`, and the network that it asks."""

    def __init__(self, store, network):
        self.network, self.last = network, 0
        self.process = subprocess.Popen(
            ["tern", "--store", store, "rpc", "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def say(self, **message):
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.process.stdin.flush()

    def call(self, method, **parameters):
        self.last += 1
        self.say(id=self.last, method=method, params=parameters)
        for line in self.process.stdout:
            message = json.loads(line)
            if "method" in message:
                self.answer(**message)
            elif "error" in message:
                sys.exit(f"{method}: {message['error']['message']}")
            else:
                return message["result"]
        sys.exit("tern has ended")

    def answer(self, method, params, id=None, **_):
        """Does what tern asks for. An error says that it failed, which is not the same as that nothing is there."""
        try:
            self.say(id=id, result=getattr(self.network, method.removeprefix("network."))(**params))
        except OSError as error:
            self.say(id=id, error={"code": 1, "message": str(error)})


def main(store, server, verb, *words):
    network = Folder(server)
    tern = Tern(store, network)
    if verb == "create":
        print("made", tern.call("account.create", jid=words[0])["output"][0]["fingerprint"])
    account = tern.call("network.attach")["account"]
    if verb == "send":
        for stanza in tern.call("encrypt", to=words[0], text=words[1])["output"][0]["stanzas"]:
            network.send(account, stanza["xml"])
    if verb == "read":
        for file in words:
            print(tern.call("decrypt", stanza=pathlib.Path(file).read_text())["output"][0].get("text", ""))
    tern.call("network.settle")


if __name__ == "__main__":
    main(*sys.argv[1:]) if len(sys.argv) > 4 else sys.exit(__doc__)
