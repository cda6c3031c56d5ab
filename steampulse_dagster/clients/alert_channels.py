"""Ways to people: a webhook that takes JSON with a text, as Slack's do, and e-mail."""

import asyncio
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage

import httpx
from pydantic import SecretStr

from steampulse_dagster.errors import AlertError

TIMEOUT_SECONDS = 10.0
MOST_TEXT_CHARACTERS = 3_900
"""Slack cuts a text at 4,000."""


class WebhookChannel:
    """Posts {"text": …}. The address is a secret and is never told."""

    def __init__(self, http: httpx.AsyncClient, url: SecretStr) -> None:
        self._http = http
        self._url = url

    async def send(self, *, subject: str, body: str) -> None:
        """Deliver one message; the body begins with the subject. Raises AlertError."""
        try:
            answer = await self._http.post(
                self._url.get_secret_value(), json={"text": escape(body or subject)}, timeout=TIMEOUT_SECONDS
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise AlertError(f"The webhook could not be reached: {type(error).__name__}.", retryable=True) from None
        if not answer.is_success:
            raise AlertError(f"The webhook answered {answer.status_code}.", retryable=True)


def escape(text: str) -> str:
    """A text in which names and reasons cannot mention people or make links."""
    cut = text if len(text) <= MOST_TEXT_CHARACTERS else text[: MOST_TEXT_CHARACTERS - 1] + "…"
    return cut.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in."""

    host: str
    port: int
    user: str | None = None
    password: SecretStr | None = field(default=None, repr=False)
    starttls: bool = True


class MailChannel:
    """Sends plain text to a few people."""

    def __init__(self, server: MailServer, *, sender: str, to: Sequence[str]) -> None:
        self._server = server
        self._sender = sender
        self._to = tuple(to)

    async def send(self, *, subject: str, body: str) -> None:
        """Hand in one message. Raises AlertError."""
        await asyncio.to_thread(self._send, subject, body)

    def _send(self, subject: str, body: str) -> None:
        server = self._server
        try:
            message = EmailMessage()
            message["Subject"], message["From"], message["To"] = subject, self._sender, ", ".join(self._to)
            message.set_content(body)
            with smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS) as smtp:
                if server.starttls:
                    smtp.starttls(context=ssl.create_default_context())
                if server.user and server.password:
                    smtp.login(server.user, server.password.get_secret_value())
                smtp.send_message(message)
        except smtplib.SMTPResponseException as error:
            raise AlertError(f"The mail server {server.host} answered {error.smtp_code}.", retryable=True) from None
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise AlertError(
                f"The mail server {server.host}:{server.port} did not take it: {type(error).__name__}.", retryable=True
            ) from None
