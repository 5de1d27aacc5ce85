from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import ConnectorError, Secret
from connectors.secret import PART

KEYS = st.text("abcdefghijkmnpqrstuvwxyzABCXYZ0123456789-_.", min_size=12, max_size=60)


@settings(max_examples=60, deadline=None)
@given(KEYS, st.data())
def test_a_key_shows_in_no_error_whole_nor_in_part(key: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(key) - PART))
    end = data.draw(st.integers(start + PART, len(key)))
    quoted = data.draw(
        st.sampled_from(
            [key, key[start:end], f"{key[:6]}***{key[-4:]}", f"Bearer {key}", f'"{key}"']
        )
    )
    error = ConnectorError("x", detail=Secret(key).hide_in(f"Incorrect key {quoted} was sent."))
    assert not any(key[at : at + PART] in error.detail for at in range(len(key) - PART + 1))
    assert "***" in error.detail
    assert (error.detail.startswith("Incorrect"), key[:6] in error.detail) == (True, False)
