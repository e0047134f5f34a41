"""Items with what they stand on and their forms, materials, dictionaries, public fields, windows."""

from copy import copy
from datetime import timedelta
from itertools import islice
from random import Random
from typing import Any

from django.db.models.base import ModelState

from benchmarks.shanghai.forms import write_forms
from benchmarks.shanghai.words import ROADS, TRADES, item_names, material_names
from forms_builder.models import Dictionary, DictionaryEntry, PublicField
from opsplatform.catalog.models import LegalBasis, Material, ReviewPoint, ServiceItem, ServicePoint
from opsplatform.catalog.services.items import key_of
from opsplatform.kernel import clock
from opsplatform.organizations.models import BodyKind, Department, Division

DICTIONARIES, ENTRIES = 60, 40
FIELDS = 400


def build_items(random: Random, count: int) -> int:
    """Each item is one of the real ones under another name and code, done by a bureau or by every district's body."""
    originals = list(
        ServiceItem.objects.select_related("form__subject").prefetch_related("legal_bases").order_by("key")
    )
    bureaus = list(Department.objects.filter(division__parent=None).select_related("division").order_by("name"))
    kinds = list(BodyKind.objects.order_by("code"))
    items, forms, bases = [], [], []
    for number, name in enumerate(islice(item_names(), count)):
        original = random.choice(originals)
        item = _anew(original)
        item.name, item.daily_name = name, ""
        item.department, item.body_kind = None, None
        if random.random() < 0.4:
            item.department = random.choice(bureaus)
        else:
            item.body_kind = random.choice(kinds)
        item.basic_code, item.sequence = f"{number + 1:06d}{random.randrange(10**6):06d}", "01"
        item.statutory_days = random.randrange(5, 45)
        item.promised_days = random.randrange(1, item.statutory_days)
        item.key = key_of(item)
        items.append(item)
        forms.append((item, original.form.subject.draft))
        bases += [
            LegalBasis(item=item, order=order, text=basis.text, valid_from=basis.valid_from)
            for order, basis in enumerate(original.legal_bases.all())
        ]
    ServiceItem.objects.bulk_create(items, batch_size=500)
    LegalBasis.objects.bulk_create(bases, batch_size=1000)
    write_forms(random, forms)
    return len(items)


def build_materials(random: Random, count: int) -> int:
    """Each material is one of the real ones under another name and code."""
    originals = list(Material.objects.order_by("code"))
    materials = []
    for number, name in enumerate(islice(material_names(), count)):
        material = _anew(random.choice(originals))
        material.code, material.name = f"M-{number:05d}", name
        materials.append(material)
    Material.objects.bulk_create(materials, batch_size=1000)
    ReviewPoint.objects.bulk_create(
        [ReviewPoint(material=material, text=f"{material.name}内容完整、在有效期内") for material in materials],
        batch_size=1000,
    )
    return len(materials)


def build_dictionaries() -> int:
    """Dictionaries with their entries, and public fields that use them."""
    dictionaries = Dictionary.objects.bulk_create(
        [Dictionary(code=f"trade_class_{number}", name=f"{TRADES[number]}类别") for number in range(DICTIONARIES)]
    )
    DictionaryEntry.objects.bulk_create(
        [
            DictionaryEntry(dictionary=dictionary, code=f"{order + 1:02d}", name=f"{trade}类", order=order)
            for dictionary in dictionaries
            for order, trade in enumerate(TRADES[:ENTRIES])
        ],
        batch_size=1000,
    )
    PublicField.objects.bulk_create(
        [
            PublicField(
                code=f"pf_{number:04d}",
                label=f"{TRADES[number % len(TRADES)]}信息{number // len(TRADES) + 1}",
                data_type="dict" if number % 3 == 0 else "string",
                dictionary=dictionaries[number % DICTIONARIES] if number % 3 == 0 else None,
                max_length=None if number % 3 == 0 else 100,
            )
            for number in range(FIELDS)
        ]
    )
    return len(dictionaries)


def build_windows(random: Random) -> int:
    """Every street has windows for all themes; some are closed already or will be soon."""
    today = clock.today()
    windows = []
    for street in Division.objects.exclude(parent=None).select_related("parent").order_by("code"):
        for number in range(1, random.randrange(2, 6)):
            ends = random.choices((None, today + timedelta(days=random.randrange(-30, 90))), weights=(9, 1))[0]
            road = random.choice(ROADS) + random.choice(ROADS)
            windows.append(
                ServicePoint(
                    division=street,
                    name=f"{street}政务服务第{number}窗口",
                    address=f"{street.parent}{road}路{random.randrange(1, 2000)}号",
                    window=f"综合窗口 {number}",
                    hours="周一至周五 9:00–17:00",
                    phone=f"021-{random.randrange(20000000, 69999999)}",
                    valid_to=ends,
                    is_illustrative=True,
                )
            )
    return len(ServicePoint.objects.bulk_create(windows, batch_size=1000))


def _anew(original: Any) -> Any:
    """A copy that will be a row of its own."""
    row = copy(original)
    row.pk, row._state = None, ModelState()
    return row
