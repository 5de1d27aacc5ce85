"""Discord's error codes, by their documented names. Source: topics/opcodes-and-status-codes."""

UNKNOWN_CHANNEL = "10003"
UNKNOWN_GUILD = "10004"
UNKNOWN_MESSAGE = "10008"
UNKNOWN_WEBHOOK = "10015"
UNKNOWN_INTERACTION = "10062"
UNKNOWN_COMMAND = "10063"
ALREADY_ACKNOWLEDGED = "40060"
INVALID_WEBHOOK_TOKEN = "50027"  # noqa: S105 - a code
