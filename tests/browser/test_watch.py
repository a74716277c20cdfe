"""The watch over every browser page notices what it is there for."""

import pytest

ADD = "document.body.append(Object.assign(document.createElement('{}'), {}))"
BREACHES = {
    "an inline script": ADD.format("script", "{text: '1'}"),
    "an inline style": "document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')",
    "another host": ADD.format("img", "{src: 'http://127.0.0.2:9/x'}"),
    "a missing asset": ADD.format("img", "{src: '/static/absent.png'}"),
    "a script error": "setTimeout(() => { throw new Error('planted') })",
}


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_is_noticed(open_as, problems, breach):
    page = open_as()
    page.goto("/accounts/login/")
    page.evaluate(f"() => {{ {BREACHES[breach]} }}")
    page.wait_for_timeout(300)
    assert problems
    problems.clear()


def test_axe_works_under_the_content_security_policy(open_as, assert_accessible):
    page = open_as()
    page.goto("/accounts/login/")
    assert_accessible(page)
    page.evaluate("document.documentElement.removeAttribute('lang')")
    with pytest.raises(AssertionError, match="html-has-lang"):
        assert_accessible(page)


def test_a_person_is_signed_in_on_both_widths(open_as, django_user_model):
    ana = django_user_model.objects.create_user("ana", email="ana@example.org")
    for width, pixels in [("desk", 1440), ("phone", 360)]:
        page = open_as(ana, width=width)
        page.goto("/accounts/email/")
        assert page.evaluate("innerWidth") == pixels
        assert page.url.endswith("/accounts/email/")
