"""Somebody who uses no mouse."""

from __future__ import annotations

from typing import Literal

from playwright.sync_api import Locator, Page, expect

MOST_TABS = 80
Role = Literal["button", "checkbox", "combobox", "searchbox", "textbox"]
FOCUSED = "element => element === document.activeElement"
OUTLINED = """element => {
  const seen = element.matches(':focus-visible') ? getComputedStyle(element) : undefined;
  return seen !== undefined && (seen.outlineStyle !== 'none' || seen.boxShadow !== 'none');
}"""


class Keyboard:
    """Goes from control to control by Tab, and wants to see where it is."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def to(self, role: Role, name: str) -> Keyboard:
        """Press Tab until the focus is on this control."""
        return self._to(self._page.get_by_role(role, name=name, exact=True))

    def to_label(self, name: str) -> Keyboard:
        """The same for a field that has no role, as one for passwords."""
        return self._to(self._page.get_by_label(name, exact=True))

    def at(self, role: Role, name: str) -> None:
        """The focus is there by itself."""
        expect(self._page.get_by_role(role, name=name, exact=True)).to_be_focused()

    def press(self, key: str) -> Keyboard:
        self._page.keyboard.press(key)
        return self

    def type(self, text: str) -> Keyboard:
        self._page.keyboard.type(text)
        return self

    def _to(self, control: Locator) -> Keyboard:
        expect(control).to_be_visible()
        for _ in range(MOST_TABS):
            self._page.keyboard.press("Tab")
            if control.evaluate(FOCUSED):
                assert control.evaluate(OUTLINED), f"the focus cannot be seen on {control}"
                return self
        raise AssertionError(f"not reached by {MOST_TABS} × Tab: {control}")
