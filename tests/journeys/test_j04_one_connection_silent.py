from tests.journeys.conftest import Make
from tests.journeys.world import LONG

MAILS = 1000


def test_one_mail_waits_while_all_others_are_sent_and_the_worker_dies(make_world: Make) -> None:
    world = make_world(**LONG, BOCAU_SMTP_TIMEOUTS__DOT="600")
    world.sink.rule("dot", match="p17.", action="accept_silent", times=1)
    number = world.submit(MAILS)
    worker = world.start()
    world.until(lambda: world.counts(number).get("sent") == MAILS - 1)
    assert world.state(number) == "running"
    worker.kill()
    world.sweep()
    assert world.state(number) == "running"
    world.start()
    world.until_finished(number)
    assert world.counts(number) == {"sent": MAILS}
    assert world.account(number, extra=1) == 1
