"""The shape of dossiers: as narrow as the registers' columns, wide enough for the two real ones."""

import json
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from django.conf import settings
from django.db import models

from forms_builder.documents import DictionaryInFile, EntryInFile, Prefill
from forms_builder.models import Dictionary, DictionaryEntry, PublicField
from opsplatform.catalog.models import Material, ServiceItem, ServicePoint
from opsplatform.kernel.shape import shape_problems
from opsplatform.organizations.models import BodyKind, Department
from themes.dossier import structure
from themes.dossier.mending import MendedDossier
from themes.dossier.structure import Dossier

SAMPLES = ("theme_restaurant.json", "theme_dog_license.json")
OTHER_NAMES = {"short": "short_name", "exercise_level_code": "level_code"}
PAIRS: list[tuple[Any, type[models.Model]]] = [
    (structure.DossierDepartment, Department),
    (structure.DossierDepartment, BodyKind),
    (structure.DossierPublicField, PublicField),
    (structure.DossierMaterial, Material),
    (structure.DossierItem, ServiceItem),
    (structure.DossierAddress, ServicePoint),
    (DictionaryInFile, Dictionary),
    (EntryInFile, DictionaryEntry),
]


def limits(hint: Any) -> msgspec.Meta | None:
    """What the annotation of a field demands, inside an optional too."""
    if get_origin(hint) is Annotated:
        return next(part for part in get_args(hint)[1:] if isinstance(part, msgspec.Meta))
    return next((found for part in get_args(hint) if part is not type(None) and (found := limits(part))), None)


@pytest.mark.parametrize(("kind", "model"), PAIRS, ids=lambda part: part.__name__)
def test_nothing_fits_the_shape_that_its_column_cannot_hold(kind: Any, model: type[models.Model]) -> None:
    columns = {column.name: column for column in model._meta.concrete_fields}
    compared = 0
    for name, hint in get_type_hints(kind, include_extras=True).items():
        column = columns.get(OTHER_NAMES.get(name, name))
        if isinstance(column, models.CharField) and column.choices is None and column.max_length:
            demand = limits(hint)
            assert demand is not None and demand.max_length is not None, name
            assert demand.max_length <= column.max_length, name
            assert column.blank or demand.min_length, name
            compared += 1
        elif isinstance(column, models.PositiveSmallIntegerField):
            demand = limits(hint)
            assert demand is not None and demand.ge is not None and demand.le is not None and demand.le <= 32767, name
            compared += 1
    assert compared


def test_libraries_and_elements_of_prefilling_fit_their_columns() -> None:
    for name in ("library", "element"):
        demand = limits(get_type_hints(Prefill, include_extras=True)[name])
        column = PublicField._meta.get_field(f"prefill_{name}")
        assert demand is not None and demand.max_length is not None and demand.max_length <= column.max_length


@pytest.mark.parametrize("name", SAMPLES)
def test_the_two_dossiers_fit_and_need_no_mending(name: str) -> None:
    tree = json.loads((settings.SAMPLE_DATA_DIRECTORY / name).read_bytes())
    assert shape_problems(Dossier, tree) == ()
    assert MendedDossier(tree).dossier == msgspec.convert(tree, Dossier)


@pytest.mark.parametrize("tree", [None, 1, [], "x", {}, {"theme": {}}, {"theme": None, "items": {}, "guide": 3}])
def test_mending_ends_for_every_tree_and_leaves_the_tree_as_it_was(tree: Any) -> None:
    before = json.dumps(tree)
    MendedDossier(tree)
    assert json.dumps(tree) == before
