"""That nothing is left out of what the browser visits. Needs no browser."""

from itertools import product

from node.web.rendering import TEMPLATES
from tests.browser.visits import BOTH, VISITS, cases, views_of


def test_each_template_is_visited():
    there = {f"pages/{path.name}" for path in (TEMPLATES / "pages").iterdir()}
    assert {visit.template for visit in VISITS} - {""} == there


def test_the_views_that_are_chosen_have_something_of_each():
    chosen = [param.values for param in cases(all_views=False)]
    assert {visit for visit, _ in chosen} == set(VISITS)
    views = {view for _, view in chosen}
    assert {(view.device, view.scheme) for view in views} == set(product(("phone", "desktop"), ("light", "dark")))
    assert {(view.side, view.signed_in) for view in views} == set(product(("ltr", "rtl"), BOTH))
    assert len(cases(all_views=True)) == sum(len(views_of(visit)) for visit in VISITS)
