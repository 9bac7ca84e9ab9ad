"""Live figures in a real browser: what is common to all of them."""


def test_a_page_without_live_figures_loads_none_of_their_scripts(visit):
    page = visit("chapters/06-data-module")
    fetched = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    assert len(fetched) > 10 and not [address for address in fetched if "/figures/" in address]
