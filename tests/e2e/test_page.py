"""The page, as the frontend serves it."""

import httpx


def test_the_page_and_its_assets_are_served(http: httpx.Client) -> None:
    page = http.get("/")
    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]
    assert '<div id="root">' in page.text
    assert http.get("/health").json()["service"] == "frontend"
