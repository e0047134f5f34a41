"""What the first guards left open: a version that hides its authors behind a later draft revision, a decision taken
back behind an approval, and a history that is written after the fact."""

from django.db import migrations

VERSION_IS_OF_THE_DRAFT = """
CREATE FUNCTION release_version_is_of_the_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.draft_revision IS DISTINCT FROM (SELECT s.draft_revision FROM release_subject s WHERE s.id = NEW.subject_id)
        OR NEW.draft_revision IS DISTINCT FROM
           (SELECT max(r.revision) FROM release_draftrevision r WHERE r.subject_id = NEW.subject_id)
    THEN
        RAISE EXCEPTION 'a version is made of the latest saved draft' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_version_is_of_the_draft BEFORE INSERT ON release_version
    FOR EACH ROW EXECUTE FUNCTION release_version_is_of_the_draft();
"""

DECIDED_ONCE = """
CREATE FUNCTION release_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind = 'returned' AND EXISTS (
        SELECT 1 FROM release_decision d WHERE d.version_id = NEW.version_id
    ) THEN
        RAISE EXCEPTION 'a version that was decided upon cannot be returned' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_decided_once BEFORE INSERT ON release_decision
    FOR EACH ROW EXECUTE FUNCTION release_decided_once();
"""

HISTORY_GOES_FORWARD = """
CREATE FUNCTION release_history_goes_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.ended_at IS NOT NULL THEN
        RAISE EXCEPTION 'a release begins on show' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.released_at < transaction_timestamp() OR EXISTS (
        SELECT 1 FROM release_release r
        WHERE r.subject_id = NEW.subject_id AND r.division_id = NEW.division_id AND r.ended_at > NEW.released_at
    ) THEN
        RAISE EXCEPTION 'a release begins after what stood before it' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_history_goes_forward BEFORE INSERT ON release_release
    FOR EACH ROW EXECUTE FUNCTION release_history_goes_forward();
"""


def _guard(sql: str, function: str) -> migrations.RunSQL:
    return migrations.RunSQL(sql, f"DROP FUNCTION {function}() CASCADE")


class Migration(migrations.Migration):
    dependencies = [("release", "0002_guards")]
    operations = [
        _guard(VERSION_IS_OF_THE_DRAFT, "release_version_is_of_the_draft"),
        _guard(DECIDED_ONCE, "release_decided_once"),
        _guard(HISTORY_GOES_FORWARD, "release_history_goes_forward"),
    ]
