"""The database itself holds what no channel may bypass: immutability, the second person, approved bytes only."""

from django.db import migrations

from opsplatform.kernel.append_only import append_only, no_delete

VERSION_NAMES_ITS_AUTHORS = """
CREATE FUNCTION release_version_names_its_authors() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    approved integer;
    missing bigint;
BEGIN
    IF NOT NEW.submitted_by_id = ANY (NEW.author_ids) THEN
        RAISE EXCEPTION 'who submits a version is one of its authors' USING ERRCODE = 'check_violation';
    END IF;
    SELECT coalesce(max(v.draft_revision), 0) INTO approved FROM release_version v
        WHERE v.subject_id = NEW.subject_id
          AND EXISTS (SELECT 1 FROM release_decision d WHERE d.version_id = v.id AND d.kind = 'approved')
          AND NOT EXISTS (SELECT 1 FROM release_decision d WHERE d.version_id = v.id AND d.kind = 'voided');
    SELECT r.saved_by_id INTO missing FROM release_draftrevision r
        WHERE r.subject_id = NEW.subject_id AND r.revision > approved AND NOT r.saved_by_id = ANY (NEW.author_ids)
        LIMIT 1;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'user % wrote the draft and is missing among the authors', missing
            USING ERRCODE = 'check_violation';
    END IF;
    IF encode(sha256(NEW.content), 'hex') <> NEW.digest THEN
        RAISE EXCEPTION 'the digest is not that of the content' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_version_names_its_authors BEFORE INSERT ON release_version
    FOR EACH ROW EXECUTE FUNCTION release_version_names_its_authors();
"""

SECOND_PERSON_DECIDES = """
CREATE FUNCTION release_second_person_decides() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    version release_version%ROWTYPE;
BEGIN
    SELECT * INTO version FROM release_version WHERE id = NEW.version_id;
    IF NEW.digest <> version.digest THEN
        RAISE EXCEPTION 'a decision names the digest of its version' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind = 'approved' AND NEW.decided_by_id = ANY (version.author_ids) THEN
        RAISE EXCEPTION 'an author cannot approve their own version' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind = 'approved' AND EXISTS (
        SELECT 1 FROM release_decision d WHERE d.version_id = version.id AND d.kind IN ('returned', 'voided')
    ) THEN
        RAISE EXCEPTION 'a returned or voided version cannot be approved' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_second_person_decides BEFORE INSERT ON release_decision
    FOR EACH ROW EXECUTE FUNCTION release_second_person_decides();
"""

PACKAGE_IS_ITS_BYTES = """
CREATE FUNCTION release_package_is_its_bytes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF encode(sha256(NEW.content), 'hex') <> NEW.digest THEN
        RAISE EXCEPTION 'the digest is not that of the content' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_package_is_its_bytes BEFORE INSERT ON release_package
    FOR EACH ROW EXECUTE FUNCTION release_package_is_its_bytes();
"""

ONLY_APPROVED_IS_RELEASED = """
CREATE FUNCTION release_only_approved_is_released() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM release_decision d JOIN release_version v ON v.id = d.version_id
        WHERE v.id = NEW.version_id AND v.subject_id = NEW.subject_id
          AND d.kind = 'approved' AND d.digest = v.digest
    ) OR EXISTS (
        SELECT 1 FROM release_decision d WHERE d.version_id = NEW.version_id AND d.kind = 'voided'
    ) THEN
        RAISE EXCEPTION 'only an approved version is released' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM release_package p
        WHERE p.digest = NEW.package_id AND p.version_id = NEW.version_id AND p.division_id = NEW.division_id
    ) THEN
        RAISE EXCEPTION 'the package is not of this version and division' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_only_approved_is_released BEFORE INSERT ON release_release
    FOR EACH ROW EXECUTE FUNCTION release_only_approved_is_released();

CREATE FUNCTION release_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL
        OR (NEW.subject_id, NEW.version_id, NEW.division_id, NEW.package_id, NEW.released_by_id, NEW.released_at, NEW.note)
           IS DISTINCT FROM
           (OLD.subject_id, OLD.version_id, OLD.division_id, OLD.package_id, OLD.released_by_id, OLD.released_at, OLD.note)
    THEN
        RAISE EXCEPTION 'a release is ended once and otherwise never changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_ends_once BEFORE UPDATE ON release_release
    FOR EACH ROW EXECUTE FUNCTION release_ends_once();
"""

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


def _guard(sql: str, *functions: str) -> migrations.RunSQL:
    return migrations.RunSQL(sql, "; ".join(f"DROP FUNCTION {name}() CASCADE" for name in functions))


class Migration(migrations.Migration):
    dependencies = [("release", "0001_initial")]
    operations = [
        *append_only("release_draftrevision"),
        *append_only("release_version"),
        *append_only("release_decision"),
        *append_only("release_package"),
        *no_delete("release_release"),
        *no_delete("release_subject"),
        _guard(VERSION_NAMES_ITS_AUTHORS, "release_version_names_its_authors"),
        _guard(SECOND_PERSON_DECIDES, "release_second_person_decides"),
        _guard(PACKAGE_IS_ITS_BYTES, "release_package_is_its_bytes"),
        _guard(ONLY_APPROVED_IS_RELEASED, "release_only_approved_is_released", "release_ends_once"),
        _guard(VERSION_IS_OF_THE_DRAFT, "release_version_is_of_the_draft"),
        _guard(DECIDED_ONCE, "release_decided_once"),
        _guard(HISTORY_GOES_FORWARD, "release_history_goes_forward"),
        _guard(AUTHOR_OF_THE_DIGEST, "release_no_author_of_the_digest"),
        _guard(DRAFT_WAS_SAVED, "release_draft_was_saved"),
    ]
