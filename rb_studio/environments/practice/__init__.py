"""The practice shop: a small, in-process, web-like back office with a suite of graded tasks.

A simulator for trying the whole loop without a key or a network; everything that comes from it says so.
"""

from rb_studio.environments.practice.shop import PracticeShop, render_html
from rb_studio.environments.practice.suite import practice_suite

__all__ = ["PracticeShop", "practice_suite", "render_html"]
