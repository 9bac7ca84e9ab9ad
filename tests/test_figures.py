"""Live figures in a real browser: what is common to all of them."""


def test_a_page_without_live_figures_loads_none_of_their_scripts(visit):
    page = visit("chapters/06-data-module")
    assert not [address for address in page.responses if "/figures/" in address]
