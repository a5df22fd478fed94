"""Pages as simple HTML, to look at a stored episode. No scripts, no addresses; all text is escaped."""

from html import escape

from rb_studio.environments.practice.nodes import Node, Page

_TAGS = {
    "navigation": "nav",
    "main": "main",
    "heading": "h1",
    "form": "fieldset",
    "table": "table",
    "row": "tr",
    "columnheader": "th",
    "gridcell": "td",
    "link": "a",
    "button": "button",
    "region": "section",
    "article": "article",
    "alert": "p",
    "alertdialog": "aside",
    "StaticText": "p",
}
_CAPTIONED = {"form": "legend", "table": "caption", "region": "h2", "alertdialog": "strong"}
_LEAVES = frozenset(("heading", "link", "button", "alert", "StaticText"))
_STYLE = (
    "body{font:14px sans-serif;margin:1em;max-width:70em}nav a{margin-right:1em}a{color:#0645ad}"
    "table{border-collapse:collapse;margin:.5em 0}td,th{border:1px solid #999;padding:.2em .6em;text-align:left}"
    "article{border-left:3px solid #999;padding-left:.6em;margin:.5em 0}[role=alert]{background:#fff3c4}"
    "fieldset{margin:.5em 0}label{margin-right:1em}aside{border:2px solid #555;padding:1em}footer{margin-top:1em}"
)


def page_html(page: Page, answered: str | None) -> str:
    """A whole document; elements carry their id as `data-id`, the message sent stands at the end."""
    body = "".join(_html(child) for child in page.root.children)
    if answered is not None:
        body += f"<footer>Message sent: {escape(answered)}</footer>"
    head = f'<meta charset="utf-8"><title>{escape(page.root.name)}</title><style>{_STYLE}</style>'
    return f'<!DOCTYPE html><html lang="en"><head>{head}</head><body>{body}</body></html>'


def _html(node: Node) -> str:
    mark = f' data-id="{node.bid}"' if node.bid else ""
    if node.role in ("textbox", "combobox"):
        return _field(node, mark)
    tag = _TAGS[node.role]
    role = ' role="alert"' if node.role == "alert" else ""
    return f"<{tag}{mark}{role}>{_inner(node)}</{tag}>"


def _inner(node: Node) -> str:
    children = "".join(_html(child) for child in node.children)
    if node.role in _CAPTIONED:
        tag = _CAPTIONED[node.role]
        return f"<{tag}>{escape(node.name)}</{tag}>{children}"
    if node.role in _LEAVES or not node.children:
        return escape(node.name)
    return children


def _field(node: Node, mark: str) -> str:
    value = escape(node.value or "")
    if node.role == "textbox":
        control = f'<input{mark} value="{value}" readonly>'
    else:
        options = "".join(
            f"<option{' selected' if option == node.value else ''}>{escape(option)}</option>" for option in node.options
        )
        control = f"<select{mark}>{options}</select>"
    return f"<label>{escape(node.name)} {control}</label>"
