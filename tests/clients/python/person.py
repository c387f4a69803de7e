"""A person at their browser, as far as a script needs one: keeps cookies, follows redirects, fills in forms."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests

MOST_REDIRECTS = 20


@dataclass
class Form:
    """A form as the page wrote it."""

    action: str
    fields: list[dict[str, str]] = field(default_factory=list)
    buttons: list[dict[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """An address that was reached and, unless nobody opened it, the links and forms that stand there."""

    def __init__(self, url: str, html: str = ""):
        super().__init__()
        self.url = url
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in attributes:
            self.links.append(urljoin(self.url, attributes["href"]))
        elif tag == "form":
            self.forms.append(Form(urljoin(self.url, attributes.get("action") or self.url)))
        elif self.forms and tag == "input" and attributes.get("type") != "checkbox" and "name" in attributes:
            self.forms[-1].fields.append(attributes)
        elif self.forms and tag == "button":
            self.forms[-1].buttons.append(attributes)


class Person:
    def __init__(self):
        self.http = requests.Session()

    def open(self, url, stop_at=None, **request) -> Page:
        """Opens an address and goes where it leads: a page, or the first address that begins with `stop_at`, unopened."""
        for _ in range(MOST_REDIRECTS):
            if stop_at and url.startswith(stop_at):
                return Page(url)
            method = "POST" if "data" in request else "GET"
            response = self.http.request(method, url, allow_redirects=False, timeout=30, **request)
            if not response.is_redirect:
                response.raise_for_status()
                return Page(url, response.text)
            url = urljoin(url, response.headers["location"])
            request = {}
        raise RuntimeError(f"more than {MOST_REDIRECTS} redirects, the last to {url}")

    def follow(self, page: Page, ending: str, **more) -> Page:
        """Follows the first link whose path ends so."""
        return self.open(next(link for link in page.links if urlsplit(link).path.endswith(ending)), **more)

    def submit(self, page: Page, button_id: str, values: dict[str, str], **more) -> Page:
        """Fills in the form that holds the button of this id, by the ids of its fields, and submits it."""
        pressed = [(form, it) for form in page.forms for it in form.buttons if it.get("id") == button_id]
        form, button = pressed[0]
        data = [(it["name"], values.get(it.get("id"), it.get("value", ""))) for it in form.fields]
        if "name" in button:
            data.append((button["name"], button["value"]))
        address = urlsplit(page.url)
        return self.open(form.action, data=data, headers={"Origin": f"{address.scheme}://{address.netloc}"}, **more)
