import pytest
from sqlalchemy import text

from tests.connectors.local_scheduler.conftest import World, fence


@pytest.mark.parametrize("how", ["parked", "ended", "unreadable"])
async def test_a_token_goes_with_the_end_of_its_job(world: World, how: str) -> None:
    asked = 'He wrote "token":"x" to me.'
    job_id = await world.add(payload={"origin": {"token": "secret.to-ken"}, "text": asked})
    if how == "unreadable":
        await world.sql("UPDATE jobs SET payload = payload || '}'")
    (job,) = await world.claim("a")
    if how == "ended":
        await world.run(lambda c: world.owners.end(c, job_id, 1, "cancelled"))
    else:
        await world.run(lambda c: world.of("a").park(c, fence("a", job), "gone"))
    (payload,) = await world.run(
        lambda c: list(c.execute(text("SELECT payload FROM jobs")).scalars())
    )
    assert "secret" not in payload
    if how != "unreadable":
        assert (await world.get(job_id)).payload == {"origin": {"token": ""}, "text": asked}
