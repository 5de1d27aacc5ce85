from bot.providers.preferences import Place, Scope
from tests.rows import each

IN_SERVER, IN_DMS = Place(1, 2, 3), Place(1, 2, None)
AWAY = Place(1, 2, None, is_away=True)


@each(
    "place, scope, key",
    [
        (IN_SERVER, Scope.ME, (3, 1)),
        (IN_SERVER, Scope.CHANNEL, (2, 0)),
        (IN_SERVER, Scope.SERVER, (3, 0)),
        (IN_DMS, Scope.ME, (2, 1)),
        (IN_DMS, Scope.CHANNEL, (2, 0)),
        (IN_DMS, Scope.SERVER, (0, 0)),
        (AWAY, Scope.ME, (0, 1)),
        (AWAY, Scope.CHANNEL, (0, 0)),
        (AWAY, Scope.SERVER, (0, 0)),
    ],
)
def test_a_preference_is_stored_under_its_place(
    place: Place, scope: Scope, key: tuple[int, int]
) -> None:
    assert place.key(scope) == key


def test_the_narrowest_scope_comes_first() -> None:
    assert list(Scope) == [Scope.ME, Scope.CHANNEL, Scope.SERVER]
