"""Themes: the real dossiers under other codes and names, reviewed, compiled and on show in every district."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

import msgspec
from django.db import transaction
from django.db.models.functions import Now

from benchmarks.shanghai.reviews import Meeting, agree, open_reviews
from benchmarks.shanghai.words import theme_names
from opsplatform.accounts.models import User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.kernel.canonical import canonical_bytes, digest_of
from opsplatform.kernel.documents import write
from opsplatform.organizations.models import Department, Division
from opsplatform.release import signing
from opsplatform.release.models import Decision, DraftRevision, Package, Release, ReviewParty, Subject, Version
from opsplatform.release.subjects import Party
from themes.documents import DepartmentBinding
from themes.models import Collision, LiveFinding, SceneCategory, Theme
from themes.packages.compilation import compile_package, package_bytes, read_frozen
from themes.packages.structure import BodyContent, FrozenTheme
from themes.packages.structure import Package as PackageTree
from themes.release_kind import LEAD as LEAD_STEP
from themes.release_kind import PARTNERS, PLATFORM, ThemeKind

BATCH = 20
LEAD = "D-LEAD"  # the local code of the bureau that leads
# The themes that were changed after their first release, and those whose next version is on its way.
REVISED, REDRAFTED, RESUBMITTED, REAPPROVED = 0.2, 0.1, 0.05, 0.03


@dataclass(frozen=True)
class Original:
    """A released theme of the demonstration: frozen, and compiled for every district."""

    frozen: FrozenTheme
    packages: dict[str, PackageTree]
    partners: tuple[Department, ...]


class ThemeWriter:
    """Writes themes in batches, each batch step by step as the triggers want to see it."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.districts = list(Division.objects.filter(level=Division.Level.DISTRICT).order_by("code"))
        self.city = Division.objects.get(parent=None)
        self.bureaus = list(Department.objects.filter(division=self.city).order_by("name"))
        self.categories = list(SceneCategory.objects.order_by("code"))
        self.operator = User.objects.get(username="operator")
        self.second = User.objects.get(username="operator2")
        self.editors, self.reviewers = _people(RoleCode.LEAD_EDITOR), _people(RoleCode.LEAD_REVIEWER)
        self.originals = [self._original(theme) for theme in Theme.objects.order_by("subject__code")]

    def write(self, count: int, drafts: int, say: Callable[[str], object]) -> int:
        """So many themes are on show in every district, and so many more are drafts; returns how many there are."""
        codes = (f"YJS-310000-S{number // 100}-{number:04d}" for number in range(count + drafts))
        wanted = list(zip(codes, [*theme_names(), *(f"{name}（试点）" for name in theme_names())], strict=False))
        for start in range(0, count, BATCH):
            end = min(start + BATCH, count)
            with transaction.atomic():
                self._write_batch(wanted[start:end])
            say(f"主题 {end} / {count}")
        with transaction.atomic():
            self._open(wanted[count:])
        return len(wanted)

    def _original(self, theme: Theme) -> Original:
        version = Version.objects.get(subject=theme.subject_id, number=1)
        frozen = read_frozen(bytes(version.content))
        packages = {district.code: compile_package(frozen, district.code, 1) for district in self.districts}
        return Original(frozen, packages, tuple(theme.partner_departments.all()))

    def _write_batch(self, named: list[tuple[str, str]]) -> None:
        """The themes are released; of some, a second version has replaced the first or is on its way."""
        opened = self._open(named)
        self._submit(opened, 1)
        self._approve(opened, 1)
        self._release(opened, 1)
        revised = [one for one in opened if self.random.random() < REVISED]
        self._revise(revised, "按最新依据修订。")
        self._submit(revised, 2)
        self._approve(revised, 2)
        self._release(revised, 2)
        onward = [one for one in opened if one not in revised and self.random.random() < REDRAFTED]
        self._revise(onward, "拟增加办理渠道。")
        submitted = [one for one in onward if self.random.random() < RESUBMITTED / REDRAFTED]
        self._submit(submitted, 2)
        self._approve([one for one in submitted if self.random.random() < REAPPROVED / RESUBMITTED], 2)

    def _open(self, named: list[tuple[str, str]]) -> "list[_Written]":
        written = []
        for code, name in named:
            original = self.random.choice(self.originals)
            bureau = self.random.choice(self.bureaus)
            category = self.random.choice(self.categories)
            document = msgspec.structs.replace(
                original.frozen.document,
                code=code,
                name=name,
                aliases=(),
                summary=f"{name}：材料一次提交，各部门并联办理。",
                keywords=(name.removesuffix("一件事"),),
                category_code=category.code,
                lead_department=LEAD,
                departments=(
                    *original.frozen.document.departments,
                    DepartmentBinding(code=LEAD, role="牵头", division=self.city.code, name=bureau.name),
                ),
            )
            body = BodyContent(name=bureau.name, role="牵头", uscc=bureau.uscc)
            frozen = msgspec.structs.replace(
                original.frozen,
                document=document,
                category_name=category.name,
                departments={**original.frozen.departments, LEAD: body},
            )
            subject = Subject(kind="theme", code=code, title=name, division=self.city, draft=write(document))
            written.append(_Written(subject, original, frozen, bureau, category, self.random.choice(self.editors)))
        Subject.objects.bulk_create([one.subject for one in written])
        DraftRevision.objects.bulk_create([one.revision() for one in written])
        Theme.objects.bulk_create(
            [
                Theme(
                    subject=one.subject,
                    category=one.category,
                    lead_department=one.bureau,
                    summary=one.frozen.document.summary,
                )
                for one in written
            ]
        )
        partnership = Theme.partner_departments.through
        partnership.objects.bulk_create(
            [
                partnership(theme_id=one.subject.pk, department_id=partner.pk)
                for one in written
                for partner in one.original.partners
            ]
        )
        Collision.objects.bulk_create(
            [
                Collision(
                    theme_id=one.subject.pk,
                    kind=Collision.Kind.MATERIAL,
                    local_code=f"M{number}",
                    existing_code=f"M-{number:05d}",
                    qualified_code=f"M-{number:05d}@{one.subject.code}",
                    differences=[{"place": "/name", "registered": "营业执照", "dossier": "营业执照副本"}],
                    is_settled=self.random.random() < 0.7,
                )
                for one in written
                for number in range(3)
            ]
        )
        return written

    def _revise(self, written: "list[_Written]", confidence: str) -> None:
        for one in written:
            document = msgspec.structs.replace(one.frozen.document, confidence=confidence)
            one.frozen = msgspec.structs.replace(one.frozen, document=document)
            one.subject.draft, one.subject.draft_revision = write(document), 2
            one.subject.state = Subject.State.DRAFT
        Subject.objects.bulk_update([one.subject for one in written], ["draft", "draft_revision", "state"])
        DraftRevision.objects.bulk_create([one.revision() for one in written])

    def _submit(self, written: "list[_Written]", number: int) -> None:
        for one in written:
            content = canonical_bytes(write(one.frozen))
            one.version = Version(
                subject=one.subject,
                number=number,
                content=content,
                digest=digest_of(content),
                draft_revision=one.subject.draft_revision,
                author_ids=[one.editor.pk],
                submitted_by=one.editor,
                note="首次提交" if number == 1 else "修订后提交",
            )
        Version.objects.bulk_create([one.version for one in written])
        open_reviews([(one.version, self._meetings(one)) for one in written])
        for one in written:
            one.subject.current_version, one.subject.state = one.version, Subject.State.SUBMITTED
        Subject.objects.bulk_update([one.subject for one in written], ["current_version", "state"])

    def _meetings(self, one: "_Written") -> list[Meeting]:
        parties = {
            PARTNERS: [Party(self.city, partner) for partner in one.original.partners if partner != one.bureau],
            LEAD_STEP: [Party(self.city, one.bureau)],
            PLATFORM: [Party(self.city)],
        }
        return [(step, parties[step.code]) for step in ThemeKind.steps if parties[step.code]]

    def _reviewer(self, party: ReviewParty) -> User:
        return self.second if party.department_id is None else self.random.choice(self.reviewers)

    def _approve(self, written: "list[_Written]", number: int) -> None:
        agree([one.version for one in written], self._reviewer, "内容与依据一致，同意")
        Decision.objects.bulk_create(
            [
                Decision(
                    version=one.version,
                    kind=Decision.Kind.APPROVED,
                    digest=one.version.digest,
                    decided_by=self.second,
                    note="内容与依据一致，同意",
                )
                for one in written
            ]
        )
        for one in written:
            one.subject.state = Subject.State.APPROVED
        Subject.objects.bulk_update([one.subject for one in written], ["state"])

    def _release(self, written: "list[_Written]", number: int) -> None:
        if number > 1:
            Release.objects.live().filter(subject__in=[one.subject for one in written]).update(
                ended_at=Now(),
                ended_by=self.operator,
                ending=Release.Ending.SUPERSEDED,
                end_note=f"由版本 {number} 取代",
            )
        for one in written:
            packages = [self._package(one, district) for district in self.districts]
            Package.objects.bulk_create(packages)
            Release.objects.bulk_create(
                [
                    Release(
                        subject=one.subject,
                        version=one.version,
                        division=package.division,
                        package=package,
                        released_by=self.operator,
                        note="发布到全市各区",
                        public_note="发布到全市各区",
                    )
                    for package in packages
                ]
            )
            LiveFinding.objects.bulk_create(self._findings(one, number))

    def _package(self, one: "_Written", district: Division) -> Package:
        content = package_bytes(_named_after(one, district))
        return Package(
            digest=digest_of(content),
            version=one.version,
            division=district,
            content=content,
            signature=signing.sign(content),
            key_id=signing.key_id(),
        )

    def _findings(self, one: "_Written", number: int) -> Iterator[LiveFinding]:
        if self.random.random() < 0.3:
            sentence = "登记信息在发布之后有改动，请核对后重新提交。"
            yield LiveFinding(
                theme_id=one.subject.pk,
                version=number,
                division=self.random.choice(self.districts),
                code="newer_register",
                is_blocking=self.random.random() < 0.2,
                finding={"code": "newer_register", "severity": "warning", "place": "", "sentence": sentence},
            )


@dataclass
class _Written:
    """A theme on its way into the tables."""

    subject: Subject
    original: Original
    frozen: FrozenTheme
    bureau: Department
    category: SceneCategory
    editor: User
    version: Version = None  # type: ignore[assignment]

    def revision(self) -> DraftRevision:
        """The draft as it stands, saved by its editor."""
        return DraftRevision(
            subject=self.subject,
            revision=self.subject.draft_revision,
            document=self.subject.draft,
            saved_by=self.editor,
        )


def _named_after(one: _Written, district: Division) -> PackageTree:
    """What compile_package would make of the renamed theme, without doing again what the name does not change."""
    package = one.original.packages[district.code]
    document = one.frozen.document
    meta = msgspec.structs.replace(
        package.meta,
        code=document.code,
        name=document.name,
        version=one.version.number,
        category=msgspec.structs.replace(package.meta.category, code=one.category.code, name=one.category.name),
        aliases=document.aliases,
        summary=document.summary,
        keywords=document.keywords,
        lead_department=one.bureau.name,
        confidence=document.confidence,
    )
    form = msgspec.structs.replace(package.form, schema={**package.form.schema, "title": document.name})
    return msgspec.structs.replace(package, meta=meta, form=form)


def _people(role: str) -> list[User]:
    return list(User.objects.filter(memberships__role__code=role, is_active=True).order_by("username"))


def is_as_compiled(theme: Theme, district: Division) -> bool:
    """Whether what is on show there is, byte for byte, what compiling the version gives."""
    release = Release.objects.live().select_related("version", "package").get(subject=theme.subject, division=district)
    frozen = read_frozen(bytes(release.version.content))
    compiled = compile_package(frozen, district.code, release.version.number)
    return package_bytes(compiled) == bytes(release.package.content)
