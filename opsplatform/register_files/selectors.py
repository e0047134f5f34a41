"""Questions about uploads: always the actor's own."""

from collections.abc import Collection

from django.db.models import QuerySet

from opsplatform.accounts.models import User
from opsplatform.jobs.models import Job
from opsplatform.kernel.errors import NotFound
from opsplatform.register_files.models import UploadedSheet
from opsplatform.spreadsheets.sheets import RegisterSheet

UPLOAD = UploadedSheet._meta.label_lower  # what the work about an upload says it is about


def list_uploads(actor: User) -> QuerySet[UploadedSheet]:
    """The actor's own uploads, newest first, without what is in them."""
    return UploadedSheet.objects.filter(created_by=actor).defer("lines", "seen", "comparison").order_by("-pk")


def get_upload(actor: User, sheet: RegisterSheet, pk: int) -> UploadedSheet:
    """The actor's own upload; anybody else's is not found."""
    upload = UploadedSheet.objects.filter(pk=pk, created_by=actor, register=sheet.name).first()
    if upload is None:
        raise NotFound
    return upload


def find_job(upload: UploadedSheet) -> Job | None:
    """The latest work about the upload."""
    return find_jobs([upload]).get(str(upload.pk))


def find_jobs(uploads: Collection[UploadedSheet]) -> dict[str, Job]:
    """The latest work about each of the uploads, by its key."""
    rows = Job.objects.filter(object_type=UPLOAD, object_key__in=[str(upload.pk) for upload in uploads])
    return {job.object_key: job for job in rows.select_related("progress").order_by("pk")}
