from bocau.delivery.window import FLOOR, Window


def test_window_follows_the_rate_between_its_bounds() -> None:
    window = Window(1024, 0.0)
    assert window.measure(0.01, 1) == FLOOR
    window.settled(500)
    assert window.measure(0.1, 1) == 750
    window.settled(5000)
    assert window.measure(0.2, 1) == 1024
    for step in range(3, 60):
        window.measure(step / 10, 1)
    assert window.size == FLOOR


def test_window_is_never_smaller_than_two_mails_a_connection() -> None:
    assert Window(1024, 0.0).measure(0.5, 40) == 80


def test_window_is_never_larger_than_the_setting() -> None:
    assert Window(20, 0.0).measure(0.5, 40) == 20
