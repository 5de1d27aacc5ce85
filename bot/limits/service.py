"""Limits: a question is let in within them, or sent to a cheaper model, or refused."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC
from typing import TYPE_CHECKING, Final, Protocol

from msgspec.structs import replace

from bot.errors import PrivateRefusal, Refused
from bot.limits import texts
from bot.limits.bounds import Bound, Mode, Near, Reached, Whose, for_person, near, reached
from bot.limits.estimate import estimate
from bot.limits.wording import nearly, refusal, server_named, standing_of
from bot.schedules.rights import found, manager_to_tell
from bot.storage.limits import NO_LIMITS, AtLimit, Limits, OperatorLimits
from bot.storage.rules import Model, zone_of
from bot.storage.standing import Scope
from bot.storage.usage import number_of
from bot.storage.usage_statements import EVERYWHERE
from connectors import ConnectorError

if TYPE_CHECKING:
    from bot.limits.books import Books
    from bot.providers.preferences import Place
    from bot.providers.question import Question
    from bot.providers.routing import Routing
    from bot.storage.rules import Change, Rules
    from bot.storage.standing import Standing
    from bot.storage.use import Account, Spent, Use
    from connectors.discord import DiscordRest

log = logging.getLogger(__name__)

# Discord waits 3 s for a response to an interaction, and for none to a message or a job.
CHECK_WITHIN_S, WAIT_S = 1.5, 10.0
REMEMBERED: Final = 10_000  # answers of which limits are looked at again once they are settled
CHEAPER: Final = 5  # so many models are tried

# Tells a person something once for each key. Does not raise.
Tell = Callable[[int, str, str], Awaitable[None]]


class RuleBook(Protocol):
    """The rules of servers; ``of`` does not raise."""

    async def of(self, guild_id: int | None) -> Rules: ...
    async def read(self, guild_id: int) -> tuple[Rules, dict[str, Change]]: ...


class Limiter:
    """Knows the limits of everybody: the operator's, and those of servers."""

    def __init__(
        self,
        books: Books,
        routing: Routing,
        rules: RuleBook,
        rest: DiscordRest,
        operator: OperatorLimits,
        tell: Tell,
        owners: Callable[[], Collection[int]],
    ) -> None:
        self._books = books
        self._usage = books.usage
        self._routing = routing
        self._catalog = routing.catalog
        self._rules = rules
        self._rest = rest
        self._operator = operator
        self._tell = tell
        self._owners = owners
        self._now = books.now
        self._bounds: OrderedDict[str, list[Bound]] = OrderedDict()
        self._told: set[tuple[Scope, str]] = set()

    @asynccontextmanager
    async def admitting(
        self,
        account: Account,
        place: Place,
        question: Question,
        roles: Collection[int] | None = None,
        *,
        is_message: bool = False,
    ) -> AsyncIterator[Question]:
        """Do as ``admit``; release what is reserved if the question is not asked after all."""
        within_s = WAIT_S if is_message else CHECK_WITHIN_S
        admitted = await self.admit(account, place, question, roles, within_s)
        try:
            yield admitted
        except BaseException:
            await self.release(account)
            raise

    async def admit(
        self,
        account: Account,
        place: Place,
        question: Question,
        roles: Collection[int] | None = None,
        within_s: float = WAIT_S,
    ) -> Question:
        """Return a question that may be asked, perhaps of a cheaper model. Raise PrivateRefusal.

        Its use is reserved until it is settled or released. ``roles`` of None are asked for if they
        matter. While the database is away nothing is refused, but what it is too slow to check is.
        """
        question = replace(question, instead=None)
        bounds = await self._bounds_of(account, roles)
        if not bounds:
            return question
        try:
            async with asyncio.timeout(within_s):
                admitted = await self._admitted(account, place, question, bounds)
        except ConnectorError as error:
            log.warning("limits cannot be checked (%s); a question goes on", type(error).__name__)
            return question
        except TimeoutError as error:
            log.warning("limits were not checked in %.1f s; a question is refused", within_s)
            self._books.free_later(account)
            raise PrivateRefusal(texts.SLOW) from error
        self._bounds[account.id] = bounds
        if len(self._bounds) > REMEMBERED:
            self._bounds.popitem(last=False)
        return admitted

    async def release(self, account: Account) -> None:
        """Free what is reserved for a question that is not asked. Never raise."""
        if self._bounds.pop(account.id, None) is None:
            return
        try:
            await self._usage.release(account.id)
        except (ConnectorError, RuntimeError):
            self._books.free_later(account)

    async def settle(self, account: Account, spent: Sequence[Spent]) -> None:
        """Enter what an answer has used, and tell whom it concerns of limits that are near."""
        bounds = self._bounds.pop(account.id, [])
        found = await self._books.settle(account, spent, [bound.scope for bound in bounds])
        try:
            for limit in near(bounds, found) if found else ():
                await self._note(limit, account)
        except (ConnectorError, RuntimeError) as error:
            log.warning("limits cannot be looked at (%s)", type(error).__name__)

    async def standing(
        self, account: Account, whose: Whose, roles: Collection[int] | None = None
    ) -> list[str]:
        """Return how much of the limits of a person or a server is used, in words.

        Raise DatabaseUnavailable.
        """
        bounds = [each for each in await self._bounds_of(account, roles) if each.whose is whose]
        if not bounds:
            return []
        standings = await self._usage.standing([bound.scope for bound in bounds])
        pairs = zip(bounds, standings, strict=True)
        return [line for pair in pairs for line in standing_of(*pair, self._now())]

    async def _bounds_of(self, account: Account, roles: Collection[int] | None) -> list[Bound]:
        """Return the limits that there are, with whoever they are for."""
        rules = await self._rules.of(account.guild_id)
        if not account.guild_id:
            person, roles = self._operator.person, ()
        else:
            if rules.limits_roles and roles is None:
                roles = await self._roles(account)
            person = for_person(rules, roles or ())
        at_limit = rules.at_limit if account.guild_id else self._operator.at_limit
        zone = zone_of(rules) or UTC
        here, world = (number_of(self._now().astimezone(each)) for each in (zone, UTC))
        bounds: list[Bound] = []
        if person != NO_LIMITS and account.user_id:
            scope = _scope(account.guild_id, account.user_id, here, person)
            bounds.append(Bound(Whose.PERSON, scope, person, zone, at_limit))
        if account.guild_id and (limits := rules.limits_server) != NO_LIMITS:
            scope = _scope(account.guild_id, None, here, limits)
            bounds.append(Bound(Whose.SERVER, scope, limits, zone, at_limit))
        if (limits := self._operator.everywhere) != NO_LIMITS:
            scope = _scope(EVERYWHERE, None, world, limits)
            bounds.append(Bound(Whose.ALL, scope, limits, UTC, self._operator.at_limit))
        return bounds

    async def _roles(self, account: Account) -> Collection[int]:
        """Return the roles of a person; none while Discord does not say."""
        with suppress(ConnectorError):
            if member := await found(self._rest.member(account.guild_id, account.user_id)):
                return tuple(map(int, member.roles))
        return ()

    async def _admitted(
        self, account: Account, place: Place, question: Question, bounds: Sequence[Bound]
    ) -> Question:
        try:
            route = await self._routing.route(place, question.provider, question.model)
        except Refused:  # whoever admits it says so, and what can be done
            return question
        wanted = Model(name := route.provider or "", route.model or route.models.get(name))
        is_frugal = all(bound.at_limit is AtLimit.CHEAPER for bound in bounds)
        options = [(wanted, Mode.STRICT if is_frugal else Mode.LAST)]
        objections = await self._reserve(account, question, options, bounds)
        if not isinstance(objections, list):
            return question
        allowed = {objection.bound.at_limit for objection in objections}
        options = list(self._others(wanted, allowed, is_frugal=is_frugal))
        other = await self._reserve(account, question, options, bounds) if options else objections
        if isinstance(other, list):
            raise PrivateRefusal(refusal(objections))
        return replace(question, instead=other) if other and other != wanted else question

    async def _reserve(
        self,
        account: Account,
        question: Question,
        options: Sequence[tuple[Model, Mode]],
        bounds: Sequence[Bound],
    ) -> Model | list[Reached] | None:
        """Reserve the use of the first model that fits; return it, or what objects to the last.

        None if that is done already.
        """
        now = self._now()
        spent = (estimate(question, model.provider, self._name(model)) for model, _ in options)
        uses = list(map(self._books.use_of, spent))

        def choose(standings: Sequence[Standing]) -> tuple[Use | None, Model | list[Reached]]:
            objections: list[Reached] = []
            for (model, mode), use in zip(options, uses, strict=True):
                objections = reached(bounds, standings, use, now, mode)
                if not objections:
                    return use, model
            return None, objections

        return await self._usage.reserve(account, [bound.scope for bound in bounds], choose)

    def _others(
        self, wanted: Model, allowed: Collection[AtLimit], *, is_frugal: bool
    ) -> Iterator[tuple[Model, Mode]]:
        """Yield the models that may answer instead, if every limit that is reached allows it."""
        if AtLimit.NOBODY in allowed:
            return
        if is_frugal:
            for model in self._cheaper(wanted)[:CHEAPER]:
                yield model, Mode.STRICT
            yield wanted, Mode.LAST
        for model in map(Model, self._catalog.usable()):
            if self._catalog.is_local(model.provider, self._name(model)):
                yield model, Mode.SPARED

    def _cheaper(self, wanted: Model) -> list[Model]:
        """Return the models that are known to cost less, the dearest of them first."""
        price = self._books.price_of(wanted.provider, self._name(wanted))
        if price is None:
            return []
        others = {Model(each.provider, each.model) for each in self._catalog.search("")}
        costs = {model: self._books.price_of(model.provider, model.model or "") for model in others}
        known = {model: cost for model, cost in costs.items() if cost and cost < price}
        return sorted(known, key=lambda model: (-known[model], model.provider, model.model or ""))

    def _name(self, model: Model) -> str:
        if not model.provider:
            return ""
        return model.model or self._catalog.connectors.model_of(model.provider) or ""

    async def _note(self, limit: Near, account: Account) -> None:
        """Tell whom a limit concerns that it is nearly reached, once in its period."""
        scope = limit.bound.scope
        if (scope, limit.name) in self._told:
            return
        period = scope.day // 100 * 100 if limit.name.endswith("month") else scope.day
        once = f"{limit.name} {scope.guild_id} {scope.user_id} {period}"
        noted = replace(scope, day=period), limit.name
        if not await self._usage.is_noted(*noted):
            said = nearly(limit, await server_named(self._rest, account.guild_id), self._now())
            for person in await self._concerned(limit.bound, account):
                await self._tell(person, said, once)
            await self._usage.note(*noted)  # last, or a crash would leave it untold
        if len(self._told) > REMEMBERED:  # the database knows whom to tell no more
            self._told.clear()
        self._told.add((scope, limit.name))

    async def _concerned(self, bound: Bound, account: Account) -> Collection[int]:
        if bound.whose is Whose.PERSON:
            return [account.user_id]
        if bound.whose is Whose.ALL:
            log.warning("a limit of ABI_LIMITS is nearly reached")
            return self._owners()
        _, changes = await self._rules.read(account.guild_id)
        by = changes["limits_server"].by if "limits_server" in changes else 0
        return [await manager_to_tell(self._rest, account.guild_id, by)]


def _scope(guild_id: int, user_id: int | None, day: int, limits: Limits) -> Scope:
    return Scope(guild_id, user_id, day, by_minute=limits.questions_minute is not None)
