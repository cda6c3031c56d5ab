import pytest

from steampulse_dagster.errors import ConfigError
from steampulse_dagster.simulators.fault_quirks import make_odd
from steampulse_dagster.simulators.faults import GROUPS, Fault, FaultPlan, describe_faults, parse_faults
from tests.fake_steam import raw_review

pytestmark = pytest.mark.unit


def strikes(plan, requests=400):
    return [plan.choose("reviews", f"/reviews?{number}", page=str(number)) for number in range(requests)]


def test_faults_are_read_with_target_rate_and_count():
    assert parse_faults("503@reviews=0.1*3, empty_page") == (
        Fault("503", rate=0.1, count=3, target="reviews"),
        Fault("empty_page"),
    )


def test_a_group_shares_its_rate():
    faults = parse_faults("passing=0.29")
    assert [fault.name for fault in faults] == list(GROUPS["passing"])
    assert sum(fault.rate for fault in faults) == pytest.approx(0.29)


@pytest.mark.parametrize("text", ["nonsense", "503=2", "503=x", "503@nowhere", "503*many", "=1"])
def test_what_is_no_fault_is_named(text):
    with pytest.raises(ConfigError, match=text.split("=")[0][:3] or "no fault"):
        parse_faults(text)


def test_no_faults_is_no_mistake():
    assert parse_faults("") == ()


def test_the_same_seed_strikes_the_same_requests_in_any_order():
    faults = parse_faults("passing=0.3")
    one, other = FaultPlan(faults, seed=5), FaultPlan(faults, seed=5)
    forwards = strikes(one)
    backwards = [other.choose("reviews", f"/reviews?{number}", page=str(number)) for number in reversed(range(400))]
    assert forwards == backwards[::-1]
    assert strikes(FaultPlan(faults, seed=6)) != forwards
    assert 80 < one.struck.total() < 160


def test_a_plan_ends_after_a_number_of_faults_or_when_told():
    assert FaultPlan([Fault("503", rate=1, count=3)]).struck.total() == 0
    plan = FaultPlan([Fault("503", rate=1, count=3), Fault("500", rate=1)], stop_after=5)
    assert [name for name in strikes(plan) if name] == ["503"] * 3 + ["500"] * 2
    plan = FaultPlan([Fault("503", rate=1)])
    plan.stop()
    assert not any(strikes(plan))


def test_a_passing_fault_lets_a_repetition_through_and_a_sticky_one_does_not():
    def answers(name, address):
        plan = FaultPlan([Fault(name, rate=0.5)], seed=1)
        return {plan.choose("reviews", address, page="7") for _ in range(40)}

    assert answers("503", "/a") == {None, "503"}
    assert {len(answers("cached_empty_page", f"/{number}")) for number in range(20)} == {1}
    assert len(answers("stuck_cursor", "/a")) == 1


def test_faults_of_pages_strike_reviews_alone():
    plan = FaultPlan([Fault("empty_page", rate=1)])
    assert plan.choose("details", "/x", page="/x") is None
    assert plan.choose("reviews", "/x", page="/x") == "empty_page"


def test_a_quirk_belongs_to_its_review():
    plan = FaultPlan(parse_faults("long_text=0.5"), seed=3)
    reviews = [raw_review(number) for number in range(60)]
    odd = [len(make_odd(review, plan)["review"]) == 150_000 for review in reviews]
    assert 10 < sum(odd) < 50
    assert odd == [len(make_odd({**review, "votes_up": 9}, plan)["review"]) == 150_000 for review in reviews]


def test_every_fault_is_described():
    lines = describe_faults()
    assert all(f"  {name} " in lines for names in GROUPS.values() for name in names)


@pytest.mark.parametrize("seed", range(40))
def test_all_oddities_may_meet_in_one_review(seed):
    plan = FaultPlan(tuple(Fault(name, rate=1.0) for name in GROUPS["quirks"]), seed=seed)
    assert make_odd(raw_review(seed), plan) != raw_review(seed)
