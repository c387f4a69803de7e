"""A mail server that others wrote, for one test: aiosmtpd with TLS and authentication.

    python mail_server.py DIRECTORY (starttls | tls | none) CERTIFICATE KEY

It listens on a free port of 127.0.0.1, writes the number into DIRECTORY/port, and each mail that it takes into
DIRECTORY/<number>.eml with the envelope in DIRECTORY/<number>.json. With TLS it takes mails from `guichet` with the
password `s3cret / é` only. It ends when its standard input does not exist any more, that is, when it is killed.
"""

import asyncio
import json
import os
import ssl
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

PASSWORD = "s3cret / é".encode()


class Keeper:
    """Keeps each mail in a file."""

    def __init__(self, directory):
        self.directory = directory
        self.count = 0

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        (self.directory / f"{self.count}.eml").write_bytes(envelope.original_content)
        told = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None,
            "authenticated": bool(session.authenticated),
            "hello": session.host_name,
        }
        draft = self.directory / f"{self.count}.new"
        draft.write_text(json.dumps(told))
        draft.rename(self.directory / f"{self.count}.json")
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (b"guichet", PASSWORD)
    return AuthResult(success=known)


async def main(directory, security, certificate, key):
    context = None
    if security != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
    keeper = Keeper(directory)

    def converse():
        return SMTP(
            keeper,
            hostname="mail.test",
            enable_SMTPUTF8=True,
            tls_context=context if security == "starttls" else None,
            require_starttls=security == "starttls",
            authenticator=authenticate,
            auth_required=security != "none",
            # Over implicit TLS it does not notice that the connection is protected.
            auth_require_tls=security == "starttls",
        )

    listening = await asyncio.get_running_loop().create_server(
        converse, "127.0.0.1", 0, ssl=context if security == "tls" else None
    )
    port = listening.sockets[0].getsockname()[1]
    draft = directory / "port.new"
    draft.write_text(str(port))
    os.rename(draft, directory / "port")
    await listening.serve_forever()


if __name__ == "__main__":
    directory, security, certificate, key = sys.argv[1:]
    asyncio.run(main(Path(directory), security, certificate, key))
