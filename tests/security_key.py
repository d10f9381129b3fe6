"""A security key made of Python: what a browser would send of it."""

import hashlib
import json
from secrets import token_bytes

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

FLAGS = AuthenticatorData.FLAG


class SecurityKey:
    def __init__(self, origin="http://testserver"):
        self.origin = origin
        self.id = token_bytes(16)
        self.private = ec.generate_private_key(ec.SECP256R1())

    def create(self, options):
        """The answer to a page that adds a key."""
        public = ES256.from_cryptography_key(self.private.public_key())
        data = AuthenticatorData.create(
            self._site(options["rp"]["id"]),
            FLAGS.UP | FLAGS.UV | FLAGS.AT,
            1,
            AttestedCredentialData.create(Aaguid.NONE, self.id, public),
        )
        said = self._said("webauthn.create", options)
        attested = AttestationObject.create("none", data, {})
        return self._answer(clientDataJSON=said, attestationObject=attested)

    def get(self, options):
        """The answer to a page that asks for a key."""
        site = self._site(options["rpId"])
        data = AuthenticatorData.create(site, FLAGS.UP | FLAGS.UV, 2)
        said = self._said("webauthn.get", options)
        signed = bytes(data) + hashlib.sha256(said).digest()
        signature = self.private.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._answer(
            clientDataJSON=said, authenticatorData=data, signature=signature
        )

    def _site(self, name):
        return hashlib.sha256(name.encode()).digest()

    def _said(self, what, options):
        challenge = websafe_decode(options["challenge"])
        return CollectedClientData.create(what, challenge, self.origin)

    def _answer(self, **parts):
        response = {name: websafe_encode(bytes(part)) for name, part in parts.items()}
        name = websafe_encode(self.id)
        answer = {"id": name, "rawId": name, "type": "public-key", "response": response}
        return json.dumps({**answer, "clientExtensionResults": {}})
