"""The parts together: visitors, staff, and what each sees of the other's doing."""

from tests.forms import form_data

MILAN = "/en/partners/milan/"


def test_what_is_published_shows_with_the_next_request(deployment):
    publisher = deployment.visitor("publisher", "Publishers")
    assert deployment.proxy.ask(MILAN).status == 200
    (form,) = {"/admin/network/partner/1/change/"}

    data = form_data(publisher.get(form))

    assert data
