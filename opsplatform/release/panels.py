"""What the engine tells on the home page: the reviews whose turn it is and which this person can decide."""

from datetime import date

from opsplatform.accounts.models import User
from opsplatform.console import panels
from opsplatform.console.panels import Content, Entry, Panel
from opsplatform.kernel import clock
from opsplatform.release.models import ReviewParty
from opsplatform.release.review_selectors import list_open_parties
from opsplatform.release.subjects import kind_of, kinds


def open_reviews(actor: User) -> Content:
    """What waits for the person's decision, what is due first."""
    shown, total = panels.most_pressing(list_open_parties(actor))
    if not shown:
        return panels.content([])
    today = clock.today()
    return panels.content([_entry(actor, party, today) for party in shown], total=total)


def _entry(actor: User, party: ReviewParty, today: date) -> Entry:
    version = party.step.version
    subject = version.subject
    taken = "转交给您；" if party.assignee_id == actor.pk else ""
    days = (party.due_on - today).days if party.due_on else 0
    return Entry(
        title=subject.title,
        url=kind_of(subject).review_page(subject.code),
        text=f"版本 {version.number} {party.step.name}（{party}）：{taken}{version.submitted_by}：{version.note}",
        badge=f"逾期 {-days} 天" if days < 0 else "今天到期" if days == 0 else f"还有 {days} 天",
        tone="bad" if days < 0 else "warn" if days <= 1 else "info",
        at=version.submitted_at,
        at_word="提交于",
    )


def _reviews(actor: User) -> bool:
    return any(actor.may_somewhere(action) for action in {step.action for kind in kinds() for step in kind.steps})


panels.register(
    Panel("release.reviews", "等我处理", "等我审核", "fact_check", _reviews, open_reviews, "没有等您审核的版本。", 20)
)
