"""The database holds a review too: each party is a second person, in its turn, and a version needs every step."""

from django.db import migrations

from opsplatform.kernel.append_only import append_only, no_delete

# `release_is_reviewed`: a second person has judged the content itself, not only agreed to an emergency.
QUESTIONS = """
CREATE FUNCTION release_lacks_a_step(version bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM release_reviewstep s WHERE s.version_id = version AND s.needed > (
            SELECT count(*) FROM release_reviewparty p WHERE p.step_id = s.id AND p.state = 'approved'
        )
    )
$$;
CREATE FUNCTION release_is_reviewed(version bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM release_decision d WHERE d.version_id = version AND d.kind = 'approved')
       AND NOT EXISTS (
           SELECT 1 FROM release_decision d WHERE d.version_id = version AND d.kind IN ('voided', 'returned')
       )
       AND NOT release_lacks_a_step(version)
$$;
"""

STEPS_ARE_SET_AT_SUBMISSION = """
CREATE FUNCTION release_steps_are_set_at_submission() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.created_at := transaction_timestamp();
    IF EXISTS (
        SELECT 1 FROM release_reviewstep s WHERE s.version_id = NEW.version_id AND s.created_at <> NEW.created_at
    ) THEN
        RAISE EXCEPTION 'the steps of a review are set at the submission' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_steps_are_set_at_submission BEFORE INSERT ON release_reviewstep
    FOR EACH ROW EXECUTE FUNCTION release_steps_are_set_at_submission();
"""

PARTIES_ARE_SET_AT_SUBMISSION = """
CREATE FUNCTION release_parties_are_set_at_submission() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state NOT IN ('waiting', 'open') THEN
        RAISE EXCEPTION 'a party begins undecided' USING ERRCODE = 'check_violation';
    END IF;
    IF (SELECT s.created_at FROM release_reviewstep s WHERE s.id = NEW.step_id) <> transaction_timestamp() THEN
        RAISE EXCEPTION 'the parties of a review are set at the submission' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_parties_are_set_at_submission BEFORE INSERT ON release_reviewparty
    FOR EACH ROW EXECUTE FUNCTION release_parties_are_set_at_submission();
"""

PARTY_DECIDES_AS_A_SECOND_PERSON = """
CREATE FUNCTION release_party_decides_as_a_second_person() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    version release_version%ROWTYPE;
BEGIN
    IF NEW.state NOT IN ('approved', 'returned') THEN
        RETURN NEW;
    END IF;
    SELECT v.* INTO version FROM release_version v JOIN release_reviewstep s ON s.version_id = v.id
        WHERE s.id = NEW.step_id;
    IF NEW.digest <> version.digest THEN
        RAISE EXCEPTION 'a party decides on the digest of its version' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM release_version same
        WHERE same.subject_id = version.subject_id AND same.digest = version.digest
          AND NEW.decided_by_id = ANY (same.author_ids)
    ) THEN
        RAISE EXCEPTION 'an author decides for no party' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_party_decides_as_a_second_person BEFORE UPDATE ON release_reviewparty
    FOR EACH ROW EXECUTE FUNCTION release_party_decides_as_a_second_person();
"""

PARTY_DECIDES_IN_ITS_TURN = """
CREATE FUNCTION release_party_decides_in_its_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state IN ('approved', 'returned', 'open') AND EXISTS (
        SELECT 1 FROM release_reviewstep own JOIN release_reviewstep earlier
            ON earlier.version_id = own.version_id AND earlier.position < own.position
        WHERE own.id = NEW.step_id AND earlier.needed > (
            SELECT count(*) FROM release_reviewparty p WHERE p.step_id = earlier.id AND p.state = 'approved'
        )
    ) THEN
        RAISE EXCEPTION 'the steps before it come first' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_party_decides_in_its_turn BEFORE UPDATE ON release_reviewparty
    FOR EACH ROW EXECUTE FUNCTION release_party_decides_in_its_turn();
"""

PARTY_DECIDES_ONCE = """
CREATE FUNCTION release_party_decides_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('approved', 'returned') OR
        (NEW.step_id, NEW.division_id, NEW.department_id) IS DISTINCT FROM
        (OLD.step_id, OLD.division_id, OLD.department_id)
    THEN
        RAISE EXCEPTION 'a party decides once and stays who it is' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_party_decides_once BEFORE UPDATE ON release_reviewparty
    FOR EACH ROW EXECUTE FUNCTION release_party_decides_once();
"""

# An emergency lets a version through before its review ends: two persons, the one who approves no author of it.
WHOLE_REVIEW_AGREED = """
CREATE FUNCTION release_whole_review_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind <> 'approved' THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM release_reviewstep s WHERE s.version_id = NEW.version_id) OR (
        release_lacks_a_step(NEW.version_id) AND NOT EXISTS (
            SELECT 1 FROM release_emergency e
            WHERE e.version_id = NEW.version_id AND e.digest = NEW.digest AND e.asked_by_id <> NEW.decided_by_id
        )
    ) THEN
        RAISE EXCEPTION 'a version is approved when every step of its review agreed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_whole_review_agreed BEFORE INSERT ON release_decision
    FOR EACH ROW EXECUTE FUNCTION release_whole_review_agreed();
"""

# Of what an emergency let through, the review that follows may still say no.
DECIDED_ONCE = """
CREATE FUNCTION release_decided_once_or_owed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind = 'returned' AND EXISTS (
        SELECT 1 FROM release_decision d WHERE d.version_id = NEW.version_id
    ) AND NOT (
        EXISTS (SELECT 1 FROM release_emergency e WHERE e.version_id = NEW.version_id)
        AND release_lacks_a_step(NEW.version_id)
        AND NOT EXISTS (
            SELECT 1 FROM release_decision d WHERE d.version_id = NEW.version_id AND d.kind IN ('returned', 'voided')
        )
    ) THEN
        RAISE EXCEPTION 'a version that was decided upon cannot be returned' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER release_decided_once BEFORE INSERT ON release_decision
    FOR EACH ROW EXECUTE FUNCTION release_decided_once_or_owed();
"""
DECIDED_ONCE_BEFORE = """
CREATE OR REPLACE TRIGGER release_decided_once BEFORE INSERT ON release_decision
    FOR EACH ROW EXECUTE FUNCTION release_decided_once();
DROP FUNCTION release_decided_once_or_owed();
"""

RETURNED_IS_NOT_RELEASED = """
CREATE FUNCTION release_returned_is_not_released() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM release_decision d WHERE d.version_id = NEW.version_id AND d.kind = 'returned') THEN
        RAISE EXCEPTION 'a version that was returned is not released' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_returned_is_not_released BEFORE INSERT ON release_release
    FOR EACH ROW EXECUTE FUNCTION release_returned_is_not_released();
"""

# As in migrations 0002 and 0004, but what an emergency alone let through does not count as judged.
NAMES_AUTHORS_SINCE_THE_LAST_REVIEW = """
CREATE FUNCTION release_names_authors_since_the_last_review() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    reviewed integer;
    missing bigint;
BEGIN
    IF NOT NEW.submitted_by_id = ANY (NEW.author_ids) THEN
        RAISE EXCEPTION 'who submits a version is one of its authors' USING ERRCODE = 'check_violation';
    END IF;
    SELECT coalesce(max(v.draft_revision), 0) INTO reviewed FROM release_version v
        WHERE v.subject_id = NEW.subject_id AND release_is_reviewed(v.id);
    SELECT r.saved_by_id INTO missing FROM release_draftrevision r
        WHERE r.subject_id = NEW.subject_id AND r.revision > reviewed AND NOT r.saved_by_id = ANY (NEW.author_ids)
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
CREATE OR REPLACE TRIGGER release_version_names_its_authors BEFORE INSERT ON release_version
    FOR EACH ROW EXECUTE FUNCTION release_names_authors_since_the_last_review();

CREATE FUNCTION release_names_whom_it_takes_unreviewed_from() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    taken jsonb;
    former jsonb;
    missing bigint;
BEGIN
    BEGIN
        taken := convert_from(NEW.content, 'UTF8')::jsonb -> 'revisions';
    EXCEPTION WHEN data_exception OR character_not_in_repertoire THEN
        RETURN NEW;
    END;
    IF jsonb_typeof(taken) IS DISTINCT FROM 'object' THEN
        RETURN NEW;
    END IF;
    SELECT convert_from(v.content, 'UTF8')::jsonb -> 'revisions' INTO former FROM release_version v
        WHERE v.subject_id = NEW.subject_id AND release_is_reviewed(v.id)
        ORDER BY v.number DESC LIMIT 1;
    SELECT r.saved_by_id INTO missing
        FROM jsonb_each_text(taken) AS t(key, revision)
        JOIN release_subject s
            ON s.kind = split_part(t.key, ':', 1) AND s.code = substr(t.key, strpos(t.key, ':') + 1)
        JOIN release_draftrevision r ON r.subject_id = s.id AND r.revision <= t.revision::integer
        WHERE r.revision > coalesce((former ->> t.key)::integer, 0)
          AND r.revision > (
              SELECT coalesce(max(v.draft_revision), 0) FROM release_version v
              WHERE v.subject_id = s.id AND v.draft_revision <= t.revision::integer AND release_is_reviewed(v.id)
          )
          AND NOT r.saved_by_id = ANY (NEW.author_ids)
        LIMIT 1;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'user % wrote what the version takes and is missing among the authors', missing
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER release_version_names_whom_it_takes_from BEFORE INSERT ON release_version
    FOR EACH ROW EXECUTE FUNCTION release_names_whom_it_takes_unreviewed_from();
"""
NAMES_AUTHORS_SINCE_THE_LAST_APPROVAL = """
CREATE OR REPLACE TRIGGER release_version_names_its_authors BEFORE INSERT ON release_version
    FOR EACH ROW EXECUTE FUNCTION release_version_names_its_authors();
CREATE OR REPLACE TRIGGER release_version_names_whom_it_takes_from BEFORE INSERT ON release_version
    FOR EACH ROW EXECUTE FUNCTION release_version_names_whom_it_takes_from();
DROP FUNCTION release_names_authors_since_the_last_review();
DROP FUNCTION release_names_whom_it_takes_unreviewed_from();
"""


def _guard(sql: str, *functions: str) -> migrations.RunSQL:
    return migrations.RunSQL(sql, "; ".join(f"DROP FUNCTION {name} CASCADE" for name in functions))


class Migration(migrations.Migration):
    dependencies = [("release", "0005_review_steps")]
    operations = [
        *append_only("release_reviewstep"),
        *append_only("release_reviewcomment"),
        *append_only("release_commentresolution"),
        *append_only("release_emergency"),
        *no_delete("release_reviewparty"),
        _guard(QUESTIONS, "release_lacks_a_step(bigint)", "release_is_reviewed(bigint)"),
        _guard(STEPS_ARE_SET_AT_SUBMISSION, "release_steps_are_set_at_submission()"),
        _guard(PARTIES_ARE_SET_AT_SUBMISSION, "release_parties_are_set_at_submission()"),
        _guard(PARTY_DECIDES_AS_A_SECOND_PERSON, "release_party_decides_as_a_second_person()"),
        _guard(PARTY_DECIDES_IN_ITS_TURN, "release_party_decides_in_its_turn()"),
        _guard(PARTY_DECIDES_ONCE, "release_party_decides_once()"),
        _guard(WHOLE_REVIEW_AGREED, "release_whole_review_agreed()"),
        migrations.RunSQL(DECIDED_ONCE, DECIDED_ONCE_BEFORE),
        _guard(RETURNED_IS_NOT_RELEASED, "release_returned_is_not_released()"),
        migrations.RunSQL(NAMES_AUTHORS_SINCE_THE_LAST_REVIEW, NAMES_AUTHORS_SINCE_THE_LAST_APPROVAL),
    ]
