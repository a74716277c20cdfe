"""The parts every page is made of: what they write, and for whom."""

import re
from html.parser import HTMLParser
from pathlib import Path

import django_tables2 as tables
import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.template.loader import get_template
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails

ROOT = Path(__file__).resolve().parent.parent


def request(path="/", user=None, **headers):
    """A request as the middleware hands it on, of a stranger unless ``user`` is given."""
    made = RequestFactory().get(path, headers=headers)
    made.user = user or AnonymousUser()
    made.htmx = HtmxDetails(made)
    return made


def render(name, context=None, made=None):
    return get_template(name).render(context or {}, made or request())


class Elements(HTMLParser):
    """Every start tag of a piece of HTML, as (name, attributes)."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def all(self, tag, **attrs):
        wanted = {name.replace("_", "-"): value for name, value in attrs.items()}
        return [has for name, has in self.found if name == tag and wanted.items() <= has.items()]

    def one(self, tag, **attrs):
        (only,) = self.all(tag, **attrs)
        return only

    def ids(self):
        return {has["id"] for _, has in self.found if has.get("id")}


def test_status_badge_writes_word_and_state():
    html = render("components/status_badge.html", {"state": "stale", "word": "1 plot is stale"})
    assert Elements(html).one("span")["data-state"] == "stale"
    assert "1 plot is stale" in html


def test_status_badge_reads_a_record():
    class Record:
        status = "conflict"

        def get_status_display(self):
            return "Reviewers <disagree>"

    html = render("components/status_badge.html", {"record": Record()})
    assert 'data-state="conflict"' in html
    assert "Reviewers &lt;disagree&gt;" in html


@pytest.mark.parametrize("light", ["low", "some", "serious", "high", "none", "todo"])
def test_a_light_is_colour_symbol_and_word(light):
    html = render("components/rob_light.html", {"light": light, "word": "the word"})
    has = Elements(html).one("span")
    assert (has["role"], has["aria-label"]) == ("img", "the word")
    assert re.search(r">\S<", html), "a symbol"
    assert f'.light[data-light="{light}"]' in (ROOT / "static/css/words.css").read_text()


def test_base_stands_without_any_context():
    """A server error renders its page with no request at all."""
    html = get_template("500.html").render()
    assert "Concord could not finish this" in html
    assert not Elements(html).all("details")


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "409", "413", "500"])
def test_error_pages_say_what_to_do(code):
    html = render(f"{code}.html")
    assert Elements(html).one("h1") is not None
    assert "error occurred" not in html.lower()
    assert "again" in html or "ask" in html.lower() or "import" in html or "review" in html


def test_who_is_signed_in_can_sign_out_by_post():
    user = User(username="ines", first_name="Ines", last_name="Rautio")
    html = render("base.html", {"user": user}, request(user=user))
    form = Elements(html).one("form", method="post")
    assert form["action"] == "/accounts/logout/"
    assert "csrfmiddlewaretoken" in html
    assert ">IR<" in html


def test_steps_mark_where_one_is_and_count_what_is_open():
    steps = [
        {"label": "Home", "url": "/h", "count": None, "current": False},
        {"label": "Screen", "url": "/s", "count": 0, "current": True},
    ]
    html = render("components/steps.html", {"steps": steps})
    assert Elements(html).one("a", aria_current="page")["href"] == "/s"
    assert html.count("<small>") == 1, "0 is a count, None is none"
    assert not render("components/steps.html", {"steps": None}).strip()


def test_messages_are_escaped_and_carry_their_tone():
    said = [
        Message(constants.ERROR, "<b>no</b>"),
        Message(constants.SUCCESS, "Batch 3 is in."),
    ]
    html = render("components/messages.html", {"messages": said})
    assert "&lt;b&gt;no&lt;/b&gt;" in html
    assert [has["data-tone"] for has in Elements(html).all("div", **{"class": "say"})] == [
        "stop",
        "done",
    ]
    empty = render("components/messages.html", {"messages": []})
    assert re.search(r"<div id=\"messages\"[^>]*></div>", empty), "no space: it is styled :empty"


class Protocol(forms.Form):
    """One field of each kind."""

    title = forms.CharField(help_text="As it stands on the report.")
    question = forms.CharField(widget=forms.Textarea, required=False)
    needed = forms.ChoiceField(
        choices=[("1", "One"), ("2", "Two")], widget=forms.RadioSelect, help_text="Two is usual."
    )
    blind = forms.BooleanField(required=False, label="Hide names", help_text="Until it is settled.")
    file = forms.FileField(label="Export")


@pytest.mark.parametrize("name", ["title", "needed", "blind", "file"])
@pytest.mark.parametrize("bound", [False, True], ids=["fresh", "refused"])
def test_a_field_ties_label_help_and_errors_to_its_control(name, bound):
    form = Protocol({}, {}) if bound else Protocol()
    html = render("components/field.html", {"field": form[name]})
    elements = Elements(html)
    described = [
        has["aria-describedby"].split() for _, has in elements.found if has.get("aria-describedby")
    ]
    told = [f"id_{name}_helptext"] if form[name].help_text else []
    told += [f"id_{name}_error"] if form[name].errors else []
    assert described == ([told] if told else [])
    assert set(told) <= elements.ids()
    if name == "needed":
        assert elements.one("fieldset") is not None and "<legend>Needed" in html
    else:
        assert elements.one("label")["for"] == f"id_{name}"
        assert f"id_{name}" in elements.ids()


def test_words_of_a_field_made_in_the_browser_are_shown_as_text():
    form = Protocol()
    form.fields["title"].label = form.fields["title"].help_text = "<b>n</b>"
    html = render("components/field.html", {"field": form["title"]})
    assert html.count("&lt;b&gt;n&lt;/b&gt;") == 2 and "<b>" not in html


def test_only_what_may_stay_empty_says_so():
    form = Protocol()
    assert "optional" in render("components/field.html", {"field": form["question"]})
    assert "optional" not in render("components/field.html", {"field": form["title"]})


def test_a_form_sends_files_and_keeps_where_to_go_next():
    context = {"form": Protocol(), "submit": "Save", "action": "/a/", "next": "/b?c=1&d=2"}
    elements = Elements(render("components/form.html", context))
    form = elements.one("form")
    assert (form["method"], form["action"]) == ("post", "/a/")
    assert form["enctype"] == "multipart/form-data"
    assert elements.one("input", name="next")["value"] == "/b?c=1&d=2"
    assert elements.all("input", name="csrfmiddlewaretoken")


def test_the_error_summary_leads_to_each_field():
    form = Protocol({"title": "x"}, {})
    form.add_error(None, "Both dates are the same.")
    html = render("components/fields.html", {"form": form})
    elements = Elements(html)
    leads = {has["href"][1:] for has in elements.all("a")}
    assert {"id_file"} < leads and len(leads) == 2
    assert leads <= elements.ids()
    assert "3 things need" in html and "Both dates are the same." in html
    assert not render("components/error_summary.html", {"form": Protocol()}).strip()


class Rows(tables.Table):
    """A list as the apps write them."""

    caption = "Records"
    title = tables.Column()
    year = tables.Column(attrs={"td": {"class": "numeric"}})
    note = tables.Column(orderable=False)

    class Meta:
        empty_text = "No record yet."
        template_name = "components/table.html"


def listed(query="", rows=60):
    made = request(f"/list/?{query}")
    data = [{"title": f"<i>{n}</i>", "year": n, "note": ""} for n in range(rows)]
    table = Rows(data)
    tables.config.RequestConfig(made, paginate={"per_page": 25}).configure(table)
    return table.as_html(made)


def test_a_table_sorts_by_plain_links_that_htmx_may_follow():
    elements = Elements(listed("sort=-year&q=a"))
    assert [h.get("aria-sort") for h in elements.all("th")] == [None, "descending", None]
    links = [has for has in elements.all("a") if has.get("class") == "sort"]
    assert len(links) == 2 and all(has["href"] == has["hx-get"] for has in links)
    assert all("q=a" in has["href"] for has in links), "a filter is kept"
    assert elements.one("thead")["hx-target"] == elements.one("thead")["hx-select"] == "#table"
    assert len(elements.ids()) == len([has for _, has in elements.found if has.get("id")])


def test_a_table_pages_and_can_be_scrolled_by_keys():
    html = listed("page=2")
    elements = Elements(html)
    assert "26 to 50 of 60" in html
    assert elements.one("a", aria_current="page")["href"].endswith("page=2")
    assert elements.one("a", rel="next")["href"].endswith("page=3")
    region = elements.one("div", role="region")
    assert (region["tabindex"], region["aria-label"]) == ("0", "Records")


def test_a_table_escapes_what_it_shows_and_says_when_it_is_empty():
    assert "&lt;i&gt;0&lt;/i&gt;" in listed() and "<i>0" not in listed()
    assert "No record yet." in listed(rows=0)
    assert "<nav" not in listed(rows=3)


@pytest.mark.parametrize("state", ["queued", "running", "done", "failed", "cancelled"])
def test_long_work_is_asked_for_again_only_while_it_goes_on(state):
    context = {"id": "job", "label": "Import", "state": state, "url": "/job/", "total": 1204}
    context |= {"done": 300, "cancel_url": "/stop/", "next_url": "/next/", "next_label": "See it"}
    html = render("components/progress.html", context)
    elements = Elements(html)
    going = state in ("queued", "running")
    assert elements.one("section").get("hx-trigger") == ("every 1s" if going else None)
    assert len(elements.all("form", action="/stop/")) == going
    assert len(elements.all("a", href="/next/")) == (not going)
    assert "300 of 1,204" in html


def test_work_of_unknown_length_shows_no_invented_share():
    context = {"id": "job", "label": "Import", "state": "running", "url": "/job/", "total": None}
    assert "value" not in Elements(render("components/progress.html", context)).one("progress")


def test_a_refusal_is_a_page_or_for_htmx_only_the_box():
    context = {"why": "Reference 14 is <already> included."}
    page = render("components/refused.html", context)
    part = render("components/refused.html", context, request(hx_request="true"))
    assert "<html" in page and "<html" not in part
    for html in (page, part):
        assert "Reference 14 is &lt;already&gt; included." in html
        assert "Nothing was changed." in html


def test_a_confirmation_asks_before_it_sends():
    context = {"verb": "Withdraw", "url": "/w/", "what": "It leaves the review."}
    html = render("components/confirm.html", context)
    assert html.index("<summary") < html.index("It leaves the review.") < html.index("<button")
    assert Elements(html).one("form")["method"] == "post"


def test_nothing_given_is_a_dash_with_words_and_never_zero():
    facts = render("components/facts.html", {"facts": [("Query", ""), ("Left", 0)]})
    assert facts.count("not given") == 1 and "<dd>0</dd>" in facts
    stats = render(
        "components/stats.html",
        {"stats": [{"label": "κ", "value": None, "note": "one person only"}]},
    )
    assert "–" in stats and "one person only" in stats and ">0<" not in stats


def test_a_lane_without_work_has_no_button():
    lane = {"count": 43, "title": "wait for you", "url": "/s/", "verb": "Screen", "key": "1"}
    assert Elements(render("components/lane.html", {"lane": lane})).one("a")["data-key"] == "1"
    idle = render("components/lane.html", {"lane": lane | {"count": 0}})
    assert not Elements(idle).all("a")


def test_the_sign_in_page_names_demo_logins_only_on_a_demo_machine(client, db):
    page = client.get("/accounts/login/")
    assert page.status_code == 200
    logins = [{"username": "lead", "password": "secret", "role": "lead"}]
    shown = render("account/login.html", {"form": page.context["form"], "demo_logins": logins})
    assert "demo machine" in shown and "secret" in shown
    hidden = render("account/login.html", {"form": page.context["form"]})
    assert "demo machine" not in hidden


@pytest.mark.parametrize(
    "path", ["login/", "signup/", "password/reset/", "password/reset/done/", "inactive/"]
)
def test_pages_before_sign_in_wear_the_frame(client, db, path):
    page = client.get(f"/accounts/{path}")
    assert page.status_code == 200
    elements = Elements(page.content.decode())
    assert elements.one("h1") is not None and elements.one("main")["id"] == "main"


@pytest.mark.parametrize("path", ["logout/", "password/change/", "email/"])
def test_pages_of_the_own_account_wear_the_frame(client, django_user_model, path):
    client.force_login(django_user_model.objects.create_user("ines", "i@example.org", "x"))
    elements = Elements(client.get(f"/accounts/{path}").content.decode())
    assert elements.one("h1") is not None
    assert elements.one("meta", name="csrf-token")["content"]
