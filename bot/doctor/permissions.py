"""The permissions that the bot needs in a channel, and the link that invites it with them."""

from bot.command_sync import BY_PEOPLE
from bot.doctor import texts
from connectors.discord import Permission, authorize_url

P = Permission
# Each with what does not work without it.
NEEDED = {
    P.VIEW_CHANNEL: texts.TO_HEAR,
    P.SEND_MESSAGES: texts.TO_WRITE,
    P.SEND_MESSAGES_IN_THREADS: texts.TO_WRITE_IN_THREADS,
    P.CREATE_PUBLIC_THREADS: texts.TO_OPEN_THREADS,
    P.READ_MESSAGE_HISTORY: texts.TO_READ,
    P.ATTACH_FILES: texts.TO_ATTACH,
    P.EMBED_LINKS: texts.TO_EMBED,
}
INSTALLED = ("bot", "applications.commands")
_NOT_IN_A_THREAD = P.SEND_MESSAGES | P.CREATE_PUBLIC_THREADS


def invite_url(application_id: int | str) -> str:
    """Return the address that adds the bot to a server with exactly what it needs."""
    return authorize_url(application_id, INSTALLED, permissions=sum(NEEDED))


def install_url(application_id: int | str) -> str:
    """Return the address where somebody installs the bot for themselves, to use it everywhere."""
    scopes = INSTALLED[1:]
    return authorize_url(application_id, scopes, integration_type=BY_PEOPLE)


def missing(held: int, *, is_thread: bool = False) -> dict[str, str]:
    """Return the names of permissions that are missing, each with what does not work."""
    wanted = [p for p in NEEDED if not (is_thread and p & _NOT_IN_A_THREAD)]
    return {_name(p): NEEDED[p] for p in wanted if not held & (p | P.ADMINISTRATOR)}


def _name(permission: Permission) -> str:
    return (permission.name or "").replace("_", " ").title().replace(" In ", " in ")
