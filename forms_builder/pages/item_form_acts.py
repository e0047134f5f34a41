"""What a person can do with an item form now: the acts their rights allow, each open or with the reason why not."""

from collections.abc import Iterator

from forms_builder import selectors
from forms_builder.documents import FrozenItemForm
from forms_builder.models import ItemForm
from opsplatform.accounts.models import User
from opsplatform.console.acts import Act
from opsplatform.kernel.canonical import canonical_bytes, digest_of
from opsplatform.kernel.documents import write
from opsplatform.release.models import Release, Subject, Version
from opsplatform.release.review_selectors import how_the_review_stands, parties_of, why_not_decide
from opsplatform.release.wording import why_nothing_waits


def acts_for(
    actor: User, form: ItemForm, draft: FrozenItemForm, live: Release | None, approved: Version | None
) -> list[Act]:
    """The acts this person has the right to, in the order of the form's way; `draft` as it would be frozen now."""
    return list(_acts(actor, form, draft, live, approved))


def _acts(
    actor: User, form: ItemForm, draft: FrozenItemForm, live: Release | None, approved: Version | None
) -> Iterator[Act]:
    subject = form.subject
    if selectors.may_on_form(actor, form, "item_forms.edit"):
        yield Act("designer", "设计表单", "primary" if subject.state == Subject.State.DRAFT else "")
        yield Act("form_import", "从文件导入")
    if selectors.may_on_form(actor, form, "item_forms.submit"):
        yield Act("item_form_submit", "提交审核", "", why_not_submit(subject, draft))
    pending = subject.current_version if subject.state == Subject.State.SUBMITTED else None
    if selectors.may_on_form(actor, form, "item_forms.approve") or (pending and parties_of(actor, pending)):
        reason = why_not_decide(actor, pending) if pending else why_nothing_waits(subject)
        yield Act("item_form_review", "审核", "" if reason else "primary", reason)
    if selectors.may_on_form(actor, form, "item_forms.release"):
        reason = why_not_enable(live, approved)
        yield Act("item_form_enable", "启用", "" if reason else "primary", reason)
    if selectors.may_on_form(actor, form, "item_forms.withdraw"):
        yield Act("item_form_disable", "停用", "danger", "" if live else "没有在用的版本。")


def why_not_submit(subject: Subject, draft: FrozenItemForm) -> str:
    """Why the draft cannot be submitted as it stands; empty where only the gate decides."""
    version = subject.current_version
    if version is None:
        return ""
    if subject.state == Subject.State.SUBMITTED:
        return f"版本 {version.number} 正在等待审核。"
    if subject.state == Subject.State.APPROVED and digest_of(canonical_bytes(write(draft))) == version.digest:
        return f"版本 {version.number} 已批准，之后草稿和字典都没有改动。"
    return ""


def why_not_enable(live: Release | None, approved: Version | None) -> str:
    """Why nothing can be enabled; empty where an approved version is not in force yet."""
    if approved is None:
        return "还没有经第二人批准的版本。"
    return f"版本 {approved.number} 已经启用。" if live and live.version_id == approved.pk else ""


def next_step(subject: Subject, live: Release | None, approved: Version | None) -> str:
    """Where the form stands and who moves next, in a sentence."""
    if subject.state == Subject.State.APPROVED and approved is not None:
        if live is not None and live.version_id == approved.pk:
            return f"版本 {approved.number} 在用。要改动时，直接设计草稿；在用的表单不受影响。"
        return f"版本 {approved.number} 已批准，等待启用。启用之后，主题重新提交时才会采用它。"
    waiting = "草稿有尚未提交的改动" if subject.current_version else "草稿还没有提交过"
    return how_the_review_stands(subject) or f"{waiting}，设计完成后提交审核。"
