"""What a page is built from, and the fields of its forms."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from rb_studio.environments.practice.books import Books
from rb_studio.environments.practice.nodes import Node


@dataclass(frozen=True, slots=True)
class View:
    """Everything a page depends on. `form` holds unsaved values by field."""

    books: Books
    url: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    expanded: AbstractSet[str]
    dialog: str | None

    def textbox(self, label: str, field: str, initial: str = "") -> Node:
        return Node("textbox", label, field=field, value=self.form.get(field, initial))

    def choice(self, label: str, field: str, options: Sequence[str], initial: str) -> Node:
        return Node("combobox", label, field=field, value=self.form.get(field, initial), options=tuple(options))

    def asked(self, name: str) -> str:
        return self.query.get(name, "")
