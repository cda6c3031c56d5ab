"""Messages to people over the wire: a webhook's HTTP server and a real SMTP server, both on loopback."""

import json
import socket
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from aiosmtpd.smtp import AuthResult
from pydantic import SecretStr

from steampulse_dagster.clients.alert_channels import MailChannel, MailServer, WebhookChannel
from steampulse_dagster.clients.http_client import build_http_client
from steampulse_dagster.errors import AlertError

pytestmark = pytest.mark.integration


@pytest.fixture
def webhook():
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            server.got.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(server.status)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.got, server.status = [], 200
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


class Inbox(Message):
    def __init__(self):
        super().__init__()
        self.got = []

    def handle_message(self, message):
        self.got.append(message)


@contextmanager
def mail_server(**options):
    inbox = Inbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    controller.inbox = inbox
    try:
        yield controller
    finally:
        controller.stop()


@pytest.fixture
def mail():
    with mail_server() as server:
        yield server


@pytest.fixture
def safe_mail(tmp_path, monkeypatch):
    """A server that takes mail by STARTTLS and from `me` alone, with a certificate that this process trusts."""

    def check(server, session, envelope, mechanism, given):
        logins.append((given.login, given.password, session.ssl is not None))
        return AuthResult(success=(given.login, given.password) == (b"me", b"hunter22"), handled=False)

    logins, maker = [], trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    maker.issue_cert("127.0.0.1").configure_cert(context)
    maker.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with mail_server(tls_context=context, require_starttls=True, auth_required=True, authenticator=check) as server:
        server.logins = logins
        yield server


async def test_a_webhook_gets_a_text_in_which_nobody_can_be_mentioned(webhook):
    url = SecretStr(f"http://127.0.0.1:{webhook.server_port}/services/T0/secret")
    async with build_http_client(concurrency=1) as http:
        await WebhookChannel(http, url).send(subject="s", body="570 <!channel> & more" + "x" * 9_000)

    ((path, told),) = webhook.got
    assert path == "/services/T0/secret"
    assert told["text"].startswith("570 &lt;!channel&gt; &amp; more")
    assert len(told["text"]) < 4_000


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_a_webhook_that_refuses_is_an_error_without_its_address(webhook, status):
    webhook.status = status
    url = SecretStr(f"http://127.0.0.1:{webhook.server_port}/services/T0/secret")
    async with build_http_client(concurrency=1) as http:
        with pytest.raises(AlertError, match=f"answered {status}") as told:
            await WebhookChannel(http, url).send(subject="s", body="b")

    assert "secret" not in str(told.value)


async def test_a_webhook_that_nobody_answers_is_an_error_without_its_address():
    async with build_http_client(concurrency=1) as http:
        with pytest.raises(AlertError) as told:
            await WebhookChannel(http, SecretStr("http://127.0.0.1:1/secret")).send(subject="s", body="b")

    assert "could not be reached" in str(told.value)
    assert "secret" not in str(told.value)
    assert told.value.__cause__ is None


async def test_mail_arrives_at_everybody_as_it_was_written(mail):
    server = MailServer(host="127.0.0.1", port=mail.port, starttls=False)

    await MailChannel(server, sender="pulse@example.com", to=["a@example.com", "b@example.com"]).send(
        subject="SteamPulse: 2 games failed", body="• 570 (Döta) <b>\nSecond line"
    )

    (message,) = mail.inbox.got
    assert message["Subject"] == "SteamPulse: 2 games failed"
    assert message["X-RcptTo"] == "a@example.com, b@example.com"
    text = message.get_payload(decode=True).decode()
    assert text.splitlines() == ["• 570 (Döta) <b>", "Second line"]


async def test_a_subject_cannot_add_a_header(mail):
    server = MailServer(host="127.0.0.1", port=mail.port, starttls=False)

    with pytest.raises(AlertError):
        await MailChannel(server, sender="p@example.com", to=["a@example.com"]).send(
            subject="x\nBcc: everybody@example.com", body="b"
        )

    assert mail.inbox.got == []


async def test_a_mail_server_without_encryption_is_refused_unless_the_settings_allow_it(mail):
    server = MailServer(host="127.0.0.1", port=mail.port, user="me", password=SecretStr("hunter22"))

    with pytest.raises(AlertError) as told:
        await MailChannel(server, sender="p@example.com", to=["a@example.com"]).send(subject="s", body="b")

    assert "hunter22" not in str(told.value)
    assert mail.inbox.got == []


async def test_a_mail_server_that_nobody_answers_is_an_error():
    server = MailServer(host="127.0.0.1", port=1, starttls=False)

    with pytest.raises(AlertError, match="did not take it"):
        await MailChannel(server, sender="p@example.com", to=["a@example.com"]).send(subject="s", body="b")


async def send_as_me(port, *, password="hunter22"):
    server = MailServer(host="127.0.0.1", port=port, user="me", password=SecretStr(password))
    await MailChannel(server, sender="p@example.com", to=["a@example.com"]).send(subject="s", body="b")


async def test_mail_goes_over_starttls_and_the_login_only_inside_of_it(safe_mail):
    await send_as_me(safe_mail.port)

    assert [message["X-RcptTo"] for message in safe_mail.inbox.got] == ["a@example.com"]
    assert safe_mail.logins == [(b"me", b"hunter22", True)]


async def test_a_wrong_password_is_an_error_that_does_not_tell_it(safe_mail):
    with pytest.raises(AlertError, match="answered 535") as told:
        await send_as_me(safe_mail.port, password="wrong-one")

    assert "wrong-one" not in str(told.value)
    assert safe_mail.inbox.got == []


async def test_no_login_is_made_at_a_server_whose_certificate_nobody_vouches_for(safe_mail, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")

    with pytest.raises(AlertError, match="SSLCertVerificationError"):
        await send_as_me(safe_mail.port)

    assert (safe_mail.logins, safe_mail.inbox.got) == ([], [])
