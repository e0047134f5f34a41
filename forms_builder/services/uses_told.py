"""Where a code is used, as a person may know it: names and pages of what they see, a number for the rest."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from forms_builder import registry
from forms_builder.registry import Owner, Use
from forms_builder.services import where_used
from opsplatform.accounts.models import User


@dataclass(frozen=True)
class ToldUse:
    """A use with the document or row it stands in."""

    use: Use
    title: str
    owner: Owner


@dataclass
class ToldUses:
    """`open`: what can change and has to before the code ends; `on_show`: versions the public works with; `hidden`:
    how many more there are that the person does not see; `past`: versions of which nobody works with any more."""

    open: list[ToldUse] = field(default_factory=list)
    on_show: list[ToldUse] = field(default_factory=list)
    past: list[ToldUse] = field(default_factory=list)
    hidden: int = 0


def tell_uses(actor: User, dictionary: str, code: str) -> ToldUses:
    """Every use of the code."""
    return _told(actor, where_used.find_uses(dictionary, code))


def tell_references(actor: User, register: str, code: str) -> ToldUses:
    """Every place in documents that names this row of a register."""
    return _told(actor, where_used.find_references(register, code))


def _told(actor: User, uses: Iterable[Use]) -> ToldUses:
    told = ToldUses()
    by_source: dict[str, list[Use]] = {}
    for use in uses:
        by_source.setdefault(use.source, []).append(use)
    for kind, own in by_source.items():
        source = registry.source_named(kind)
        owners = source.owners(actor, {use.key for use in own})
        shown = source.on_show({use.key for use in own})
        for use in own:
            if use.key not in owners:
                told.hidden += 1
                continue
            one = ToldUse(use, source.title, owners[use.key])
            group = told.open if source.is_open else told.on_show if use.key in shown else told.past
            group.append(one)
    return told
