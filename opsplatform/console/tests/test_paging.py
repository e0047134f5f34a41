"""Lists go forward and back by key, say where one stands, and start anew where an address no longer fits."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from opsplatform.accounts.tests.factories import person
from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.admin import MaterialAdmin
from opsplatform.catalog.models import Material
from opsplatform.catalog.tests.factories import MaterialFactory
from opsplatform.console import paging
from opsplatform.console.paging import list_page
from opsplatform.organizations.tests.factories import CityFactory

pytestmark = pytest.mark.django_db

MATERIALS = reverse("admin:catalog_material_changelist")
PAGER = re.compile(r'<nav class="op-pager".*?</nav>', re.DOTALL)
LINK = re.compile(r'href="([^"]*)">(首页|上一页|下一页)</a>')


@pytest.fixture
def five_a_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Somebody who reads 23 materials, five on a page."""
    monkeypatch.setattr(MaterialAdmin, "list_per_page", 5)
    for number in range(23):
        MaterialFactory(code=f"M{number:02d}", name=f"{'甲乙'[number % 2]}证")
    client.force_login(person("platform_operator"))
    return client


def shown(client: Client, query: str = "") -> tuple[list[str], str, dict[str, str]]:
    """The codes on the page, what the pager says, and where its links lead."""
    response = client.get(MATERIALS + query)
    assert response.status_code == 200
    found = PAGER.search(response.content.decode())
    pager = found[0] if found else ""
    said = re.search(r"<span>(.*?)</span>", pager)
    links = {word: unescape(address) for address, word in LINK.findall(pager)}
    return [row.code for row in response.context["cl"].result_list], said[1] if said else "", links


def test_one_walks_to_the_end_and_back(five_a_page: Client) -> None:
    codes, said, links = shown(five_a_page)
    assert (codes, said) == ([f"M{number:02d}" for number in range(5)], "第 1 页（共 23 条）")
    assert set(links) == {"下一页"}
    met = [codes]
    while "下一页" in links:
        codes, said, links = shown(five_a_page, links["下一页"])
        met.append(codes)
    assert [code for codes in met for code in codes] == [f"M{number:02d}" for number in range(23)]
    assert said == "第 5 页（共 23 条）"
    for expected in met[-2::-1]:
        codes, said, links = shown(five_a_page, links["上一页"])
        assert codes == expected
    assert (said, set(links)) == ("第 1 页（共 23 条）", {"下一页"})


def test_the_way_back_to_the_beginning_is_one_step(five_a_page: Client) -> None:
    links = shown(five_a_page)[2]
    for _ in range(2):
        links = shown(five_a_page, links["下一页"])[2]
    assert shown(five_a_page, links["首页"])[0] == [f"M{number:02d}" for number in range(5)]


def test_filter_search_and_order_stay_while_one_walks(five_a_page: Client) -> None:
    query = "?q=甲&o=-1"
    codes, said, links = shown(five_a_page, query)
    assert (codes[0], said) == ("M22", "第 1 页（共 12 条）")
    assert shown(five_a_page, links["下一页"])[0] == ["M12", "M10", "M08", "M06", "M04"]


def test_equal_values_in_the_sorted_column_lose_no_row(five_a_page: Client) -> None:
    codes, _, links = shown(five_a_page, "?o=2")
    while "下一页" in links:
        more, _, links = shown(five_a_page, links["下一页"])
        codes += more
    assert sorted(codes) == [f"M{number:02d}" for number in range(23)]


def test_an_address_of_another_order_or_of_nobodys_starts_at_the_beginning(five_a_page: Client) -> None:
    links = shown(five_a_page)[2]
    first = [f"M{number:02d}" for number in range(5)]
    assert shown(five_a_page, f"{links['下一页']}&o=-1")[0][0] == "M22"
    for strange in ("?p=3", "?p=☃", "?p="):
        assert shown(five_a_page, strange)[0] == first


def test_a_page_whose_rows_are_gone_starts_at_the_beginning(five_a_page: Client) -> None:
    links = shown(five_a_page)[2]
    second = shown(five_a_page, links["下一页"])[2]
    Material.objects.filter(code__gte="M05").delete()
    assert shown(five_a_page, second["下一页"])[0] == [f"M{number:02d}" for number in range(5)]


def test_nobody_counts_further_than_anybody_reads(five_a_page: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MOST_COUNTED", 20)
    assert shown(five_a_page)[1] == "第 1 页（20 条以上）"


def test_the_trail_is_not_counted(client: Client) -> None:
    city = CityFactory()
    AuditEntry.objects.bulk_create(
        AuditEntry(actor_name="某人", action="item.changed", object_key=str(number), division_code=city.code)
        for number in range(120)
    )
    client.force_login(person("audit_admin", city))
    response = client.get(reverse("admin:audit_auditentry_changelist"))
    found = PAGER.search(response.content.decode())
    assert found and "第 1 页" in found[0]
    assert "条" not in found[0]
    page = list_page(AuditEntry.objects.order_by("-id"), None, 50, is_counted=False)
    assert (page.count, len(page.rows), page.previous) == (None, 50, None)
