"""Financial functions against published numbers and constructed flows whose rates are known."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from serai.errors import InputError
from serai.programme import internal_rates, modified_rate, payback, present_value
from serai.programme.cashflow import sign_changes, single_rate


def flow_with(*rates, scale=-100):
    """The flow whose internal rates are exactly these: the product of (1 - x (1 + rate)), as fractions."""
    flow = [Fraction(scale)]
    for rate in rates:
        growth = 1 + Fraction(rate)
        flow = [a - growth * b for a, b in zip([*flow, Fraction(0)], [Fraction(0), *flow], strict=True)]
    return [float(amount) for amount in flow]


def test_the_documented_examples_of_numpy_financial():
    assert present_value([-40_000, 5_000, 8_000, 12_000, 30_000], 0.08) == pytest.approx(3065.22267, abs=5e-6)
    assert modified_rate([-100, 39, 59, 55, 20], 0.10, 0.12) == pytest.approx(0.204377, abs=5e-7)
    assert internal_rates([-100, 39, 59, 55, 20]).only == pytest.approx(0.28095, abs=5e-6)
    assert internal_rates([-100, 0, 0, 74]).only == pytest.approx(-0.0955, abs=5e-5)


def test_where_numpy_financial_prints_one_of_several():
    """Its documentation gives -0.0833 and 0.0886 without saying that there are more."""
    assert internal_rates([-100, 100, 0, -7]).rates == pytest.approx((-0.6789, -0.0833), abs=5e-5)
    rates = internal_rates([-5, 10.5, 1, -8, 1]).rates
    assert rates == pytest.approx((-0.8702, 0.0886, 0.7096), abs=5e-5)


def test_two_rates_are_both_found():
    assert internal_rates([-100, 230, -132]).rates == pytest.approx((0.10, 0.20))
    assert internal_rates([-100, 230, -132]).only is None


@pytest.mark.parametrize(
    ("rates", "multiplicities"),
    [
        (("0.1",), (1,)),
        (("0.05", "0.1", "0.3"), (1, 1, 1)),
        (("0.1", "0.1"), (2,)),
        (("0.1", "0.1", "0.1"), (3,)),
        (("-0.5", "0.2", "0.2", "4"), (1, 2, 1)),
        (("0.1", "0.1000001"), (1, 1)),
    ],
)
def test_constructed_flows_give_their_rates_back(rates, multiplicities):
    found = internal_rates(flow_with(*rates))
    assert found.multiplicities == multiplicities
    assert found.rates == pytest.approx(sorted({float(rate) for rate in rates}), abs=1e-9)


def test_a_double_rate_is_told_from_a_near_miss():
    """Around [-100, 220, -121], whose rate of 10 % is double: a cent either way."""
    assert internal_rates([-100, 220, -121]).multiplicities == (2,)
    assert internal_rates([-100, 220, -121.0000001]).count == 0
    assert internal_rates([-100, 220, -120.9999999]).count == 2
    assert internal_rates([-1, 2.2, -1.21]).multiplicities == (2,), "amounts are the decimals they print as"


def test_flows_without_a_rate():
    assert internal_rates([-100, 200, -150]).rates == ()
    assert internal_rates([100, 20, 30]).count == 0
    assert internal_rates([0, -100, 110, 0]).only == pytest.approx(0.10)
    with pytest.raises(InputError, match="an amount in it"):
        internal_rates([0, 0, 0])


def test_a_triple_rate_is_the_only_one_and_a_double_one_is_not():
    assert internal_rates(flow_with("0.1", "0.1", "0.1")).only == pytest.approx(0.1)
    assert internal_rates(flow_with("0.1", "0.1")).only is None


def test_sign_changes_skip_zeros():
    flows = np.array([[-1, 0, 1, 0], [-1, 1, 0, -1], [0, 0, 0, 5], [1, -1, 1, -1]], dtype=float)
    assert sign_changes(flows).tolist() == [1, 2, 0, 3]


def test_many_flows_at_once_agree_with_one_by_one():
    rng = np.random.default_rng(2)
    flows = np.concatenate([-rng.uniform(1, 50, (40, 3)), rng.uniform(1, 20, (40, 12))], axis=1)
    flows[0] = np.r_[-100, 230, -132, np.zeros(12)]
    flows[1] = 1
    found = single_rate(flows)
    assert np.isnan(found[:2]).all()
    assert found[2:] == pytest.approx([internal_rates(flow).only for flow in flows[2:]], abs=1e-9)


def test_payback():
    assert payback([-100, 40, 40, 40]) == pytest.approx(2.5)
    assert payback([-100, 60.5, 60.5], rate=0.10) == pytest.approx(1 + 45 / 50)
    assert np.isnan(payback([-100, 40, 40]))
    assert payback([-100, 150, -100, 90]) == pytest.approx(2 + 50 / 90), "paid back for good, not for a while"
    assert payback([0, 5]) == 0


def test_mirr_needs_both_costs_and_benefits():
    assert np.isnan(modified_rate([10, 20], 0.1, 0.1))
    assert np.isnan(modified_rate([-10, -20], 0.1, 0.1))


@pytest.mark.parametrize("flows", [[1], [], [1, np.nan], [1, np.inf], 3])
def test_bad_flows_are_refused(flows):
    with pytest.raises(InputError):
        present_value(flows, 0.1)
