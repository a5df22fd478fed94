"""What the shop's forms accept."""

import re
from collections.abc import Mapping
from datetime import date

from rb_studio.environments.practice.names import STATUSES

_RULES = {
    "price": (re.compile(r"[0-9]{1,6}(\.[0-9]{1,2})?"), "Price must be a number such as 19.90."),
    "stock": (re.compile(r"[0-9]{1,6}"), "Stock must be a whole number."),
    "status": (re.compile("|".join(("Enabled", "Disabled", *STATUSES))), "Choose a status of the list."),
    "email": (re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"), "E-mail must look like name@example.org."),
    "phone": (re.compile(r"[0-9+ ()-]{5,20}"), "Phone must consist of digits."),
    "street": (re.compile(r".*\S.*"), "Street must not be empty."),
    "city": (re.compile(r".*\S.*"), "City must not be empty."),
    "postcode": (re.compile(r"[\w -]{3,10}"), "Postcode must have 3 to 10 letters or digits."),
    "comment": (re.compile(r".*\S.*"), "The comment must not be empty."),
}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def complaint(values: Mapping[str, str]) -> str | None:
    """Why a form cannot be saved, or None."""
    for name, value in values.items():
        rule = _RULES.get(name)
        if rule and not rule[0].fullmatch(value):
            return rule[1]
    return None


def tidy(values: Mapping[str, str]) -> dict[str, str]:
    """Values as they are stored: no white space around, prices with two decimals, no leading zeros."""
    clean = {name: value.strip() for name, value in values.items()}
    if "price" in clean:
        whole, _, part = clean["price"].partition(".")
        clean["price"] = f"{int(whole)}.{part:0<2}"
    if "stock" in clean:
        clean["stock"] = str(int(clean["stock"]))
    return clean


def date_complaint(values: Mapping[str, str]) -> str | None:
    """Why a filter's dates cannot be used, or None."""
    for name in ("from", "to"):
        day = values.get(name, "").strip()
        if day and not _is_day(day):
            return "Dates must exist and be written YYYY-MM-DD."
    return None


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return bool(_DATE.fullmatch(text))
