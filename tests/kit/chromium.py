"""Chromium of the private test tree under Playwright, with a fake microphone; the pages' errors fail the test."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, Page, async_playwright

from dialplan.private_tree import testing_tree

FLAGS: Final = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-quic", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required", "--mute-audio",
)  # fmt: skip


@asynccontextmanager
async def chromium(*more: str, launcher: Path | None = None) -> AsyncIterator[Browser]:
    """A headless browser. `more`: further flags; `launcher`: starts the tree's browser, as on another machine.

    Without the test tree: skipped, or a failure with CI=true.
    """
    tree = testing_tree()
    if faults := tree.missing():
        if os.environ.get("CI") == "true":
            pytest.fail("\n".join(faults))
        pytest.skip(faults[0])
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(launcher or tree.chromium), headless=True, args=[*FLAGS, *more]
        )
        try:
            yield browser
        finally:
            await browser.close()


async def new_page(browser: Browser, faults: list[str], language: str = "ru-RU", scheme: str = "light") -> Page:
    """A page of a visitor of its own; what its scripts throw is added to `faults`."""
    context = await browser.new_context(
        locale=language,
        timezone_id="Asia/Vladivostok",  # never the supplier's: what is shown must not depend on it
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": 1366, "height": 768},
        permissions=["microphone"],
    )
    page = await context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    return page
