"""DATABASE_URL, read as people and platforms write it. No error or note quotes its values."""

import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, unquote

import msgspec

# A host and its port.
Host = tuple[str, str | None]

# postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
_LIBPQ: Final = frozenset(
    {
        *("host", "hostaddr", "port", "dbname", "user", "password", "passfile", "service"),
        *("application_name", "fallback_application_name", "client_encoding", "options"),
        *("connect_timeout", "tcp_user_timeout", "load_balance_hosts", "target_session_attrs"),
        *("keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count"),
        *("require_auth", "requirepeer", "channel_binding"),
        *("krbsrvname", "gsslib", "gssencmode", "gssdelegation"),
        *("sslmode", "sslnegotiation", "sslcompression", "sslsni", "sslrootcert", "sslcert"),
        *("sslcertmode", "sslkey", "sslpassword", "sslcrl", "sslcrldir"),
        *("ssl_min_protocol_version", "ssl_max_protocol_version"),
    }
)
# How other libraries pool and prepare; without a meaning here.
_WITHOUT_MEANING: Final = frozenset(
    {
        *("pgbouncer", "connection_limit", "max_connections", "max_overflow"),
        *("conn_max_age", "conn_health_checks"),
        *("pool_mode", "pool_size", "pool_timeout", "pool_recycle", "pool_pre_ping"),
        *("pool_min_conns", "pool_max_conns", "min_pool_size", "max_pool_size"),
        *("min_size", "max_size"),
        *("statement_cache_size", "statement_cache_capacity", "prepared_statement_cache_size"),
        *("prepared_statements", "preparethreshold", "prepare_threshold"),
        *("socket_timeout", "sockettimeout", "charset", "encoding", "stringtype"),
        *("serverversion", "server_version", "rewritebatchedinserts", "reconnect"),
        *("supa", "workaround"),
    }
)
_SSL: Final = frozenset({"ssl", "usessl", "use_ssl", "tls"})
_SCHEMA: Final = frozenset({"schema", "currentschema", "current_schema", "search_path"})
_SETTINGS: Final = frozenset({"statement_timeout", "lock_timeout"})
_KNOWN: Final = _LIBPQ | _WITHOUT_MEANING | _SSL | _SCHEMA | _SETTINGS
_MODES: Final = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})
_MODE_OF: Final = {
    **dict.fromkeys(("true", "1", "yes", "on", "t", "", "no-verify"), "require"),
    **dict.fromkeys(("false", "0", "no", "off", "f"), "disable"),
}
_OTHERS: Final = {
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "mongodb": "MongoDB",
    "redis": "Redis",
    "rediss": "Redis",
    "mssql": "SQL Server",
    "sqlserver": "SQL Server",
    "oracle": "Oracle",
    "libsql": "libSQL",
    "file": "a file",
    "http": "a web page",
    "https": "a web page",
}
_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._%-]*)(?::\d{1,5})?"
_TAIL = re.compile(rf"({_HOST}(?:,{_HOST})*)(?:/([^/?#@]*))?(?:\?([^#]*))?")
_MAY_HOLD_AT = {"application_name", "fallback_application_name", "user", "password"}
_FORM = "postgresql://user:password@host:5432/database"


class AddressError(ValueError):
    """A fault of an address, to be read after the name of its variable."""


class Address(msgspec.Struct, frozen=True):
    """A PostgreSQL server. ``notes`` say which options were ignored or read as another one."""

    user: str | None
    password: str | None
    hosts: tuple[Host, ...]
    database: str | None
    options: Mapping[str, str]
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        # Neither the password nor the options, which may contain another.
        return f"{type(self).__name__}({self.where!r}, database={self.database!r})"

    @property
    def where(self) -> str:
        named = self.options.get("host") or self.options.get("hostaddr")
        hosts = self.hosts if any(host for host, _ in self.hosts) or not named else [(named, None)]
        return ", ".join(host + (f":{port}" if port else "") for host, port in hosts) or "localhost"

    @property
    def url(self) -> str:
        """Return the address as libpq reads it, with the password."""
        user = quote(self.user or "", safe="")
        secret = f":{quote(self.password, safe='')}" if self.password is not None else ""
        at = f"{user}{secret}@" if self.user is not None or secret else ""
        hosts = ",".join(
            _bracketed(host) + (f":{port}" if port else "") for host, port in self.hosts
        )
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in self.options.items())
        database = f"/{quote(self.database, safe='')}" if self.database is not None else ""
        return f"postgresql://{at}{hosts}{database}{'?' if query else ''}{query}"


class File(msgspec.Struct, frozen=True):
    """A SQLite file, or a database in memory if there is no path."""

    path: str | None


def parse(value: str) -> Address | File:
    """Return the server or the file that an address names. Raises AddressError.

    Reserved characters in a password need no escaping as long as the rest is a valid host.
    """
    value = re.sub(r"^(?:psql\s+['\"]?|jdbc:)", "", value.strip()).rstrip("'\"")
    scheme, separator, rest = value.partition("://")
    kind, _, driver = scheme.lower().partition("+")
    if separator and kind in ("postgres", "postgresql") and (not driver or driver.isalnum()):
        return _postgres(rest)
    if separator and kind == "sqlite":
        return _sqlite(rest)
    other = f" but of {_OTHERS[kind]}" if kind in _OTHERS and separator else ""
    raise AddressError(
        f"is not the address of a PostgreSQL server{other}; set it to postgresql://…"
    )


def _sqlite(rest: str) -> File:
    path, _, query = rest.partition("?")
    if query:
        raise AddressError("has options, which SQLite does not take; remove them")
    if not rest.startswith("/") and "@" in rest:  # a password, which a path would show
        raise AddressError(
            "names a user or a host, which a SQLite file does not have; set it to sqlite:///…"
        )
    # sqlite:///relative, sqlite:////absolute; two slashes are taken for three.
    path = path.removeprefix("/")
    return File(None if path in ("", ":memory:") else path)


def _postgres(rest: str) -> Address:
    credentials, tail = _split(rest)
    matched = _TAIL.fullmatch(tail)
    if matched is None:
        raise AddressError(f"cannot be read; write it as {_FORM}")
    hosts, database, query = matched.groups()
    user, colon, password = credentials.partition(":") if credentials is not None else ("", "", "")
    options, notes = _options(parse_qsl(query or "", keep_blank_values=True))
    return Address(
        user=_decoded(options.pop("user", user)) if credentials or "user" in options else None,
        password=options.pop("password", _decoded(password))
        if colon or "password" in options
        else None,
        hosts=tuple(_host(host) for host in hosts.split(",")),
        database=options.pop("dbname", None) or (None if database is None else _decoded(database)),
        options=options,
        notes=notes,
    )


def _split(rest: str) -> tuple[str | None, str]:
    """Return the credentials and the rest, split at the first @ before a valid rest or the last."""
    ends = [at for at, char in enumerate(rest) if char == "@"]
    if not ends or _is_plain(rest):  # an @ in an option does not count
        return None, rest
    end = next((at for at in ends if _is_plain(rest[at + 1 :])), ends[-1])
    return rest[:end], rest[end + 1 :]


def _is_plain(tail: str) -> bool:
    matched = _TAIL.fullmatch(tail)
    if matched is None:
        return False
    pairs = [pair.partition("=") for pair in (matched[3] or "").split("&") if pair]
    return all(
        name.lower() in _KNOWN and ("@" not in value or name.lower() in _MAY_HOLD_AT)
        for name, _, value in pairs
    )


def _host(text: str) -> Host:
    host, _, port = text.rpartition(":") if re.search(r":\d+$", text) else (text, "", None)
    if port and not 0 < int(port) < 65536:
        raise AddressError("has an invalid port; PostgreSQL's default is 5432")
    return unquote(host.strip("[]")), port


def _options(pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return libpq's options, and notes on those that were ignored or read as another one."""
    options: dict[str, str] = {}
    notes: list[str] = []
    for name, value in pairs:
        known = name.lower()
        if known in _LIBPQ and known != "sslmode":
            options[known] = value
        elif known in _SSL or known == "sslmode":
            options["sslmode"] = _mode(value)
            notes += [f'"{name}" is read as sslmode'] if known != "sslmode" else []
        elif known in _SCHEMA:
            _add_setting(options, "search_path", value if value != "public" else "")
            notes.append(f'"{name}" is read as the search_path')
        elif known in _SETTINGS:
            _add_setting(options, known, value)
        elif known in _WITHOUT_MEANING:
            notes.append(f'"{name}" is ignored')
        else:
            shown = f' "{name}"' if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]{0,40}", name) else ""
            raise AddressError(f"has an option{shown} that PostgreSQL does not know; remove it")
    return options, tuple(notes)


def _mode(value: str) -> str:
    mode = _MODE_OF.get(value.lower(), value.lower())
    if mode not in _MODES:
        raise AddressError("has an sslmode that PostgreSQL does not know; set it to require")
    return mode


def _add_setting(options: dict[str, str], name: str, value: str) -> None:
    if value:
        escaped = value.replace("\\", r"\\").replace(" ", r"\ ")
        options["options"] = f"{options.get('options', '')} -c {name}={escaped}".strip()


def _decoded(text: str) -> str:
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text  # the percent sign means itself
    if "\0" in decoded:
        raise AddressError(f"contains a null character; write it as {_FORM}")
    return decoded


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else quote(host, safe="")
