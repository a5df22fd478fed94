"""Hover texts of what a model or a file wrote: Qt would read what looks like a tag or an entity as rich text."""

from html import escape


def plain_tip(text: str) -> str:
    """The text as a hover text that shows every character and draws nothing."""
    if "<" not in text and "&" not in text:
        return text
    return '<p style="white-space:pre-wrap">' + escape(text) + "</p>"
