"""Pages of lists: forward and back from the rows on show, with how many there are where they may be counted."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from opsplatform.kernel.keyset import Keyset, seal, unseal

PARAMETER = "p"  # the admin's own name for it
MOST_COUNTED = 10_000


@dataclass(frozen=True)
class ListPage:
    """The rows of one page, where the neighbours are, and how many rows the list has: none where nobody counted,
    MOST_COUNTED + 1 where counting stopped."""

    rows: list[Any]
    number: int
    count: int | None
    previous: str | None
    next: str | None

    @property
    def is_one_of_several(self) -> bool:
        """Whether the list has more rows than these."""
        return bool(self.previous or self.next)

    @property
    def total(self) -> str:
        """How many rows there are, in words."""
        if self.count is None:
            return ""
        return f"共 {self.count:,} 条" if self.count <= MOST_COUNTED else f"{MOST_COUNTED:,} 条以上"


def list_page(rows: QuerySet[Any], cursor: str | None, size: int, *, is_counted: bool = True) -> ListPage:
    """The page of the ordered rows that the cursor names; the first one where it names none of this list.

    A page number only says how many steps it took to get here: rows may come and go before it meanwhile.
    """
    keyset = Keyset(rows.model, [str(name) for name in rows.query.order_by])
    purpose = ("page", rows.model._meta.label, *keyset.names)
    opened = unseal(cursor, *purpose) if cursor else None
    is_backward, number, key = opened or (False, 1, None)
    if is_backward and key is not None:
        found = list(keyset.before(rows, key)[: size + 1])
        if len(found) <= size:  # the beginning: a full page of it, whatever was removed
            return list_page(rows, None, size, is_counted=is_counted)
        shown, has_previous, has_next = found[size - 1 :: -1], True, True
    else:
        found = list(keyset.after(rows, key)[: size + 1])
        shown, has_previous, has_next = found[:size], key is not None, len(found) > size
    if not shown and key is not None:
        return list_page(rows, None, size, is_counted=is_counted)

    def neighbour(row: Any, step: int) -> str:
        return seal((step < 0, max(number + step, 1), keyset.key_of(row)), *purpose)

    return ListPage(
        rows=shown,
        number=number,
        count=rows.order_by()[: MOST_COUNTED + 1].count() if is_counted else None,
        previous=neighbour(shown[0], -1) if has_previous else None,
        next=neighbour(shown[-1], 1) if has_next else None,
    )
