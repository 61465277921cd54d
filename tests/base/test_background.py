import asyncio

from bocau.base.background import Background


def test_work_is_kept_until_it_is_over_and_no_longer() -> None:
    async def main() -> None:
        background, gate = Background(), asyncio.Event()
        done: list[str] = []

        async def work() -> None:
            await gate.wait()
            done.append("done")

        background.spawn(work())
        assert len(background._tasks) == 1
        gate.set()
        await asyncio.wait(list(background._tasks))
        assert done == ["done"] and not background._tasks

    asyncio.run(main())
