"""Item forms: those of the demonstration under other items, most of them in force, the others only drafted."""

from collections.abc import Sequence
from random import Random
from typing import Any

import msgspec

from benchmarks.shanghai.reviews import agree, open_reviews
from forms_builder.documents import ItemFormDocument
from forms_builder.models import ItemForm
from forms_builder.release_kind import ItemFormKind
from forms_builder.services.freezing_forms import form_package, freeze_item_form
from forms_builder.services.item_forms import KIND, place_of
from opsplatform.accounts.models import User
from opsplatform.catalog.models import ServiceItem
from opsplatform.kernel import clock
from opsplatform.kernel.canonical import canonical_bytes, digest_of
from opsplatform.kernel.documents import write
from opsplatform.release import signing
from opsplatform.release.models import Decision, DraftRevision, Package, Release, Subject, Version
from opsplatform.release.subjects import Party

BATCH = 200
ONLY_DRAFTED = 0.1


def write_forms(random: Random, forms: Sequence[tuple[ServiceItem, Any]]) -> None:
    """Every item has its form, written by one operator and approved by the other, as the triggers want to see it."""
    for start in range(0, len(forms), BATCH):
        _write_batch(random, forms[start : start + BATCH])


def _write_batch(random: Random, forms: Sequence[tuple[ServiceItem, Any]]) -> None:
    editor, reviewer = User.objects.get(username="operator"), User.objects.get(username="operator2")
    frozen = {
        item.key: freeze_item_form(
            msgspec.structs.replace(msgspec.convert(tree, ItemFormDocument), item=item.key), item.name, clock.today()
        )
        for item, tree in forms
    }
    subjects = Subject.objects.bulk_create(
        Subject(
            kind=KIND,
            code=item.key,
            title=item.name,
            division=place_of(item)[0],
            draft=write(frozen[item.key].document),
        )
        for item, _ in forms
    )
    DraftRevision.objects.bulk_create(
        DraftRevision(subject=subject, revision=1, document=subject.draft, saved_by=editor) for subject in subjects
    )
    ItemForm.objects.bulk_create(
        ItemForm(item=item, subject=subject) for (item, _), subject in zip(forms, subjects, strict=True)
    )
    submitted = [subject for subject in subjects if random.random() >= ONLY_DRAFTED]
    versions = Version.objects.bulk_create(
        _version(subject, canonical_bytes(write(frozen[subject.code])), editor) for subject in submitted
    )
    (step,) = ItemFormKind.steps
    open_reviews([(version, [(step, [Party(version.subject.division)])]) for version in versions])
    agree(versions, lambda party: reviewer, "同意启用")
    Decision.objects.bulk_create(
        Decision(
            version=version, kind=Decision.Kind.APPROVED, digest=version.digest, decided_by=reviewer, note="同意启用"
        )
        for version in versions
    )
    packages = Package.objects.bulk_create(
        _package(version, form_package(frozen[version.subject.code], version.subject.division.code, 1))
        for version in versions
    )
    Release.objects.bulk_create(
        Release(
            subject=version.subject,
            version=version,
            division=version.subject.division,
            package=package,
            released_by=reviewer,
            note="启用",
            public_note="启用",
        )
        for version, package in zip(versions, packages, strict=True)
    )
    for version in versions:
        version.subject.current_version, version.subject.state = version, Subject.State.APPROVED
    Subject.objects.bulk_update(submitted, ["current_version", "state"])


def _version(subject: Subject, content: bytes, editor: User) -> Version:
    return Version(
        subject=subject, number=1, content=content, digest=digest_of(content), draft_revision=1,
        author_ids=[editor.pk], submitted_by=editor, note="首次提交",
    )  # fmt: skip


def _package(version: Version, content: bytes) -> Package:
    return Package(
        digest=digest_of(content), version=version, division=version.subject.division, content=content,
        signature=signing.sign(content), key_id=signing.key_id(),
    )  # fmt: skip
