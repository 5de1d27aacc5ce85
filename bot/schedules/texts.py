"""What people read about schedules, whatever the feature."""

from collections.abc import Sequence

NOT_LASTING = (
    "I cannot keep anything for later here, because my files are deleted at every restart. "
    "The person who runs me can change that; my log says how."
)
NO_ZONE = "I do not know your time zone. Set it with `/timezone`, then try again."
CLOCK_NOW = "What does your clock show now?"


def ambiguous(labels: Sequence[str]) -> str:
    """Return what to write instead of a phrase that means several times."""
    choices = " or ".join(f'"{label}"' for label in labels)
    return f"That could mean two times. Write {choices}."
