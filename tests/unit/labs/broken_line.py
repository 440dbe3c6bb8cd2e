"""A real HTTPS server on this machine that serves one file, and breaks off where it is told to."""

import contextlib
import datetime
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Line:
    """`breaks`: after how many bytes of each answer the connection is lost, answer by answer.

    A `closed` server asks everybody for a name and a password. `asked` has the Range and If-Range
    of each request. Without `ranges` the server knows neither.
    """

    content: bytes
    etag: str | None = '"first"'
    ranges: bool = True
    closed: bool = False
    shift: int = 0  # a server whose ranges begin elsewhere than asked
    breaks: list[int] = field(default_factory=list)
    hold: threading.Event | None = None  # at a break, wait for this before breaking off
    broke: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str | None, str | None]] = field(default_factory=list)
    address: str = ""


def certificate(folder: Path) -> Path:
    """Certificate and key for 127.0.0.1 in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@contextmanager
def serving(line: Line, pem: Path) -> Iterator[Line]:
    """The server runs until the end of the block; `line.address` is the file's."""
    handler = type("Handler", (_Handler,), {"line": line})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    line.address = f"https://127.0.0.1:{server.server_port}/file"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield line
    finally:
        if line.hold:
            line.hold.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    line: Line

    def do_GET(self) -> None:
        line, begin = self.line, 0
        asked, condition = self.headers["Range"], self.headers["If-Range"]
        line.asked.append((asked, condition))
        if line.closed:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="films"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if asked and line.ranges and condition in (None, line.etag):
            begin = int(asked.removeprefix("bytes=").removesuffix("-"))
            if begin >= len(line.content):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header(
                "Content-Range",
                f"bytes {begin + line.shift}-{len(line.content) - 1}/{len(line.content)}",
            )
        else:
            self.send_response(200)
        if line.etag:
            self.send_header("ETag", line.etag)
        self.send_header("Content-Length", str(len(line.content) - begin))
        self.end_headers()
        stop = line.breaks.pop(0) if line.breaks else None
        with contextlib.suppress(OSError):  # the client went away, as one does that was killed
            self.wfile.write(line.content[begin : None if stop is None else begin + stop])
        if stop is not None:
            line.broke.set()
            if line.hold:
                line.hold.wait(30)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Says nothing."""
