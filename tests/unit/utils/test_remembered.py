"""An answer that is remembered is asked for once in a while, by one thread; of many, those asked for last are kept."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event

import pytest

from steampulse_dagster.utils.remembered import Recent, Remembered

pytestmark = pytest.mark.unit


def test_it_is_asked_again_when_it_is_too_old() -> None:
    numbers, now = count(1), [0.0]
    remembered = Remembered(lambda: next(numbers), seconds=10.0, clock=lambda: now[0])
    assert [remembered.get(), remembered.get()] == [1, 1]
    now[0] = 9.9
    assert remembered.get() == 1
    now[0] = 10.0
    assert remembered.get() == 2


def test_many_threads_that_come_first_ask_once() -> None:
    numbers = count(1)
    remembered = Remembered(lambda: next(numbers), seconds=10.0)
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: remembered.get(), range(100))) == {1}


def test_while_it_is_asked_again_the_others_have_the_last_answer_up_to_twice_as_old() -> None:
    numbers, now, asking, may_answer = count(1), [0.0], Event(), Event()

    def ask() -> int:
        asking.set()
        assert may_answer.wait(10)
        return next(numbers)

    remembered = Remembered(ask, seconds=10.0, clock=lambda: now[0])
    may_answer.set()
    assert remembered.get() == 1
    now[0] = 19.9
    may_answer.clear(), asking.clear()
    with ThreadPoolExecutor(2) as threads:
        slow = threads.submit(remembered.get)
        assert asking.wait(10)
        assert remembered.get() == 1
        now[0] = 20.0
        waiting = threads.submit(remembered.get)
        may_answer.set()
        assert (slow.result(10), waiting.result(10)) == (2, 2)


def test_a_failure_is_not_remembered() -> None:
    answers = iter([ZeroDivisionError(), 7])

    def ask() -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    remembered = Remembered(ask, seconds=10.0)
    with pytest.raises(ZeroDivisionError):
        remembered.get()
    assert remembered.get() == 7


def test_of_many_answers_those_that_were_asked_for_last_are_kept() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.keep({"a": 1, "b": 2})
    assert recent.get_all(["a", "x"]) == {"a": 1}
    recent.keep({"c": 3})
    assert recent.get_all(["a", "b", "c"]) == {"a": 1, "c": 3}
    recent.keep({"d": 4, "e": 5, "f": 6})
    assert recent.get_all("abcdef") == {"e": 5, "f": 6}


def test_what_is_made_under_a_key_is_made_once_and_forgotten_as_the_others_are() -> None:
    numbers, recent = count(1), Recent[str, int](2)
    asked = [recent.get_or_make(key, lambda: next(numbers)) for key in ("a", "b", "a", "c", "a", "b")]
    assert asked == [1, 2, 1, 3, 1, 4]
