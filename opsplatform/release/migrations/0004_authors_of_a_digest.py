"""Authorship belongs to the content, whichever version carries it: nobody approves bytes that they wrote for an earlier
version. And a version is made of a draft that somebody saved under their name."""

from django.db import migrations

AUTHOR_OF_THE_DIGEST = """
CREATE FUNCTION release_no_author_of_the_digest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind = 'approved' AND EXISTS (
        SELECT 1 FROM release_version decided JOIN release_version same
            ON same.subject_id = decided.subject_id AND same.digest = decided.digest AND same.id <> decided.id
        WHERE decided.id = NEW.version_id AND NEW.decided_by_id = ANY (same.author_ids)
    ) THEN
        RAISE EXCEPTION 'an author of these bytes cannot approve them in a later version'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_no_author_of_the_digest BEFORE INSERT ON release_decision
    FOR EACH ROW EXECUTE FUNCTION release_no_author_of_the_digest();
"""

DRAFT_WAS_SAVED = """
CREATE FUNCTION release_draft_was_saved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM release_subject s JOIN release_draftrevision r
            ON r.subject_id = s.id AND r.revision = s.draft_revision AND r.document = s.draft
        WHERE s.id = NEW.subject_id
    ) THEN
        RAISE EXCEPTION 'the draft is not what anybody saved' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_draft_was_saved BEFORE INSERT ON release_version
    FOR EACH ROW EXECUTE FUNCTION release_draft_was_saved();
"""


def _guard(sql: str, function: str) -> migrations.RunSQL:
    return migrations.RunSQL(sql, f"DROP FUNCTION {function}() CASCADE")


class Migration(migrations.Migration):
    dependencies = [("release", "0003_closer_guards")]
    operations = [
        _guard(AUTHOR_OF_THE_DIGEST, "release_no_author_of_the_digest"),
        _guard(DRAFT_WAS_SAVED, "release_draft_was_saved"),
    ]
